"""What the module of exercise 01 must do: one check, one sentence.

Everything is called in a process of its own, see calls.py. What rules say of
a load, and what becomes of a day with them, is found out by days.py.
"""

from math import isclose

import pytest
from days import ask_rules

P95_S = 0.6
TEN_SERVERS_USD = 355.46  # a month of ten tasks, as the notebook prints it
FLAPPING = 500  # instances started in a day; patience of a minute starts 200


def expect(answer, expected, hint):
    """Fail at the first call that does not give what is expected of it.

    `expected` is a dict from calls to values.
    """
    outcomes = ask_rules(answer.path, *expected)
    for outcome, value in zip(outcomes, expected.values(), strict=False):
        if not is_right(outcome, value):
            reject(outcome.call, repr(value), outcome.came, hint)


def is_right(outcome, value):
    if isinstance(value, float) and isinstance(outcome.value, int | float):
        return isclose(outcome.value, value, rel_tol=1e-6)
    return outcome.error is None and outcome.value == value


def reject(call, expected, came, hint):
    pytest.fail(
        f"{call}\n"
        f"  expected  {expected}\n"
        f"  came      {came}\n"
        f"  hint      {hint}",
        pytrace=False,
    )


def of_a_day(answer, rule, meets, expected, hint):
    """Fail unless a day with the rule, in numbers, meets what is expected."""
    outcome = a_day(answer.source, answer.path, rule)
    if outcome.error or not meets(outcome.value):
        reject(outcome.call, expected, outcome.came, hint)


_days = {}


def a_day(source, path, rule):
    """What came of a day with a rule: it takes long, so there is one."""
    if (source, rule) not in _days:
        [_days[source, rule]] = ask_rules(path, f"a_day({rule})")
    return _days[source, rule]


# Step 1: how busy they are


def test_utilisation_is_a_share_of_all_their_time(answer):
    expect(
        answer,
        {
            "utilisation(30, 1, 60)": 0.5,
            "utilisation(90, 3, 60)": 0.5,
            "utilisation(120, 2, 60)": 1.0,
        },
        "three instances have three times the time: instances * seconds",
    )


def test_no_time_is_no_utilisation(answer):
    expect(
        answer,
        {"utilisation(0, 0, 60)": 0.0, "utilisation(0, 3, 0)": 0.0},
        "where there was no time, there is nothing to divide by: return 0.0",
    )


# Step 2: the limits


def test_within_keeps_to_the_limits(answer):
    expect(
        answer,
        {
            "within(7, 2, 40)": 7,
            "within(0, 2, 40)": 2,
            "within(900, 2, 40)": 40,
            "within(2, 2, 2)": 2,
        },
        "not above the most is min(wanted, most); of that and the least, the "
        "larger one",
    )


# Step 3: one for each


def test_one_each_counts_the_queue(answer):
    expect(
        answer,
        {
            "OneEach().wanted(load(in_flight=3, waiting=2))": 5,
            "OneEach().wanted(load(in_flight=4, waiting=0, instances=9))": 4,
            "OneEach(least=0).wanted(load(waiting=1, instances=1))": 1,
        },
        "load.in_flight + load.waiting, whatever is there already",
    )


# Step 4: a target


def test_at_target_divides_by_it(answer):
    expect(
        answer,
        {
            "AtTarget(target=0.5).wanted(load(working=[3.0]))": 6,
            "AtTarget(target=0.25).wanted(load(working=[3.0]))": 12,
            "AtTarget(target=1).wanted(load(working=[3.0]))": 3,
        },
        "a lower target needs more instances: divide by it",
    )


def test_at_target_rounds_up(answer):
    expect(
        answer,
        {
            "AtTarget(target=0.5).wanted(load(working=[3.1]))": 7,
            "AtTarget(target=0.8).wanted(load(working=[1.7]))": 3,
        },
        "6.2 instances are 7, or they are busier than the target: math.ceil",
    )


def test_at_target_counts_what_worked(answer):
    expect(
        answer,
        {
            "AtTarget(target=0.5).wanted"
            "(load(working=[4.0], instances=12, starting=8, waiting=30))": 8,
        },
        "tick.working is the number; those that start do no work yet, and "
        "counting them in brings more with every tick",
    )


def test_at_target_takes_the_last_tick(answer):
    expect(
        answer,
        {
            "AtTarget(target=0.5).wanted(load(working=[9, 1, 2]))": 4,
            "AtTarget(target=0.5).wanted(load(working=[1, 2, 9]))": 18,
        },
        "the newest tick stands at the end: load.ticks[-1]",
    )


def test_no_tick_means_no_change(answer):
    expect(
        answer,
        {
            "AtTarget().wanted(load(working=[], instances=4))": 4,
            "Patient().wanted(load(working=[], instances=4))": 4,
        },
        "at the beginning load.ticks is empty: then load.instances, within "
        "the limits",
    )


# Step 5: patience


def test_patient_scales_out_at_once(answer):
    expect(
        answer,
        {
            "Patient(target=0.5, ticks=6).wanted(load(working=[1, 1, 5]))": 10,
            "Patient(target=0.5, ticks=6).wanted(load(working=[5]))": 10,
        },
        "patience is for scaling in: one busy tick is enough to scale out",
    )


def test_patient_keeps_the_busiest(answer):
    expect(
        answer,
        {
            "Patient(target=0.5, ticks=3).wanted(load(working=[5, 1]))": 10,
            "Patient(target=0.5, ticks=3).wanted(load(working=[5, 1, 2]))": 10,
            "Patient(target=0.5, ticks=3).wanted(load(working=[1, 5, 3]))": 10,
        },
        "max(tick.working for tick in load.ticks[-self.ticks:])",
    )


def test_patient_forgets_in_time(answer):
    expect(
        answer,
        {
            "Patient(target=0.5, ticks=3).wanted"
            "(load(working=[5, 1, 2, 1], instances=10))": 4,
            "Patient(target=0.5, ticks=1).wanted"
            "(load(working=[5, 1], instances=10))": 2,
        },
        "only the last self.ticks ticks count; then it scales in, all the way",
    )


def test_no_rule_leaves_its_limits(answer):
    expect(
        answer,
        {
            "limits(OneEach(least=3, most=20))": [3, 20],
            "limits(AtTarget(least=3, most=20))": [3, 20],
            "limits(Patient(least=3, most=20))": [3, 20],
        },
        "return within(..., self.least, self.most), a whole number; the two "
        "are the least and the most of what came of many loads",
    )


def test_patient_does_not_flap(answer):
    of_a_day(
        answer,
        "Patient(target=0.6, ticks=12)",
        lambda day: day["started"] <= FLAPPING,
        f"started: {FLAPPING} at most, in a day",
        "an instance that is ended too soon is started again a tick later: "
        "keep the busiest of the last 12 ticks",
    )


# Step 6: your numbers


def test_my_rule_is_fast_enough(answer):
    of_a_day(
        answer,
        "my_rule()",
        lambda day: day["p95_s"] <= P95_S and not day["refused"],
        f"p95_s: {P95_S} at most, and refused: 0",
        "a larger reserve, which is a lower target, or more patience",
    )


def test_my_rule_is_cheap_enough(answer):
    of_a_day(
        answer,
        "my_rule()",
        lambda day: day["usd"] <= TEN_SERVERS_USD / 4,
        f"usd: {TEN_SERVERS_USD / 4:.2f} at most",
        "a smaller reserve, which is a higher target, or less patience; and "
        "a low least, for the night",
    )
