"""Who is measured when, and how long the rest takes."""

from itertools import groupby

import pytest

from tests.compare.plans import FAST, HELLO, LARGE, MIDDLE, contender, sample
from workshop.compare.sample import COLD, WARM, Samples
from workshop.compare.schedule import MOST_A_ROUND, Schedule

PYTHON, RUST = contender("python"), contender("rust")
ON_AZURE = contender("rust", "azure")


@pytest.fixture
def samples(tmp_path):
    return Samples(tmp_path / "samples.jsonl")


def play(schedule, samples, takes_ms, most=10_000):
    """Take every step, each as long as it is said to take; the steps."""
    steps = []
    while (step := schedule.next()) and len(steps) < most:
        steps.append(step)
        ms = takes_ms(step)
        samples.add(sample(step.contender, step.workload, step.kind, ms))
    return steps


def turns(steps):
    """Who had turns at what, one after the other, and of which length."""
    return [
        (step.contender.name, step.workload.name, step.kind, len(list(same)))
        for step, same in groupby(steps)
    ]


def test_functions_take_turns_in_each_workload_of_each_round(samples):
    workloads = (HELLO, MIDDLE)
    schedule = Schedule((PYTHON, RUST), workloads, 128, 2, samples)
    took = {COLD: 50.0, "hello": 1.0, "100-999": 250.0}
    steps = play(
        schedule,
        samples,
        lambda step: took[COLD if step.kind == COLD else step.workload.name],
    )
    a_round = [
        ("python", "hello", COLD, 1),
        ("rust", "hello", COLD, 1),
        *[("python", "hello", WARM, 1), ("rust", "hello", WARM, 1)]
        * MOST_A_ROUND,
        ("python", "100-999", WARM, 4),
        ("rust", "100-999", WARM, 4),
    ]
    assert turns(steps) == [*a_round, *a_round]
    assert schedule.left_s() == 0


def test_what_is_long_comes_after_all_that_is_short(samples):
    workloads = (HELLO, MIDDLE, LARGE)
    schedule = Schedule((PYTHON, RUST), workloads, 128, 5, samples)
    took = {
        ("python", "100-999"): 900.0,
        ("rust", "100-999"): 50.0,
        ("python", "1000-9999"): 90_000.0,
        ("rust", "1000-9999"): 5_000.0,
    }
    steps = play(
        schedule,
        samples,
        lambda step: took.get((step.contender.name, step.workload.name), 5),
    )
    last = [turn for turn in turns(steps) if turn[1] == "1000-9999"]
    assert turns(steps)[-len(last) :] == last
    # Thrice in all, and once in all.
    assert last == [
        ("rust", "1000-9999", WARM, 3),
        ("python", "1000-9999", WARM, 1),
    ]


def test_it_goes_on_where_it_was(samples):
    def once(step):
        return 3.0

    workloads = (HELLO, *FAST)
    both = (PYTHON, RUST, ON_AZURE)
    whole = Schedule(both, workloads, 128, 2, samples)
    first = play(whole, samples, once, most=77)
    rest = play(Schedule(both, workloads, 128, 2, samples), samples, once)
    again = Samples(samples.path.with_name("other"))
    assert first + rest == play(
        Schedule(both, workloads, 128, 2, again), again, once
    )


def test_without_hello_nothing_is_started_for_it(samples):
    schedule = Schedule((PYTHON,), (MIDDLE,), 128, 1, samples)
    assert {s.kind for s in play(schedule, samples, lambda _: 600)} == {WARM}


def test_a_function_that_is_dropped_has_no_more_turns(samples):
    schedule = Schedule((PYTHON, RUST), (HELLO,), 128, 1, samples)
    schedule.drop(PYTHON)
    steps = play(schedule, samples, lambda _: 1)
    assert {step.contender for step in steps} == {RUST}


# How long it takes


def test_the_time_left_falls_with_each_step(samples):
    schedule = Schedule((PYTHON, RUST), (HELLO, MIDDLE), 128, 2, samples)
    took = {"hello": 20.0, "100-999": 400.0}
    left = []
    while step := schedule.next():
        left.append(schedule.left_s())
        ms = 700.0 if step.kind == COLD else took[step.workload.name]
        samples.add(sample(step.contender, step.workload, step.kind, ms))
    steady = left[len(left) // 2 :]  # from where everything is known
    assert steady == sorted(steady, reverse=True)
    assert left[-1] == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("memory_mb", "low_s", "high_s"), [(128, 60, 200), (1769, 5, 15)]
)
def test_a_first_guess_knows_the_memory(samples, memory_mb, low_s, high_s):
    schedule = Schedule((PYTHON,), (LARGE,), memory_mb, 1, samples)
    assert low_s < schedule.left_s() < high_s


def test_ten_times_as_wide_is_a_hundred_times_as_long(samples):
    samples.add(sample(PYTHON, MIDDLE, WARM, 400.0))
    schedule = Schedule((PYTHON,), (LARGE,), 128, 5, samples)
    assert schedule.left_s() == pytest.approx(40)


def test_on_azure_memory_does_not_matter(samples):
    python = contender("python", "azure")
    schedule = Schedule((python,), (LARGE,), 128, 1, samples)
    assert schedule.left_s() < 15
