"""What happens in a fleet, request by request; every answer by hand."""

import math
from dataclasses import dataclass, replace

import pytest

from workshop.errors import WorkshopError
from workshop.simulate import (
    Fleet,
    Load,
    Metered,
    Metering,
    Ramp,
    aws_lambda,
    constant,
    diurnal,
    exponential,
    fargate_fixed,
    measured,
    poisson,
    simulate,
)

SECOND = constant(1)


@dataclass(frozen=True)
class Wants:
    """A rule that a test writes: `wanted` of the load."""

    rule: object

    def wanted(self, load: Load) -> int:
        return self.rule(load)


def fleet(rule, **settings):
    """A fleet with a rule of the test's own, without limits."""
    return Fleet(
        "test", "lambda", Wants(rule), Metering(Metered.REQUEST, 1), **settings
    )


def waiting(load):
    """One instance for all who wait."""
    return max(load.instances, 1 if load.waiting else 0)


def at(outcome, seconds):
    """How many instances there were."""
    return outcome.instances[
        max(i for i, t in enumerate(outcome.t_s) if t <= seconds)
    ]


# Cold and warm.


def test_the_first_request_waits_for_the_init():
    outcome = simulate([0, 10], SECOND, aws_lambda(), constant(0.5))
    assert (outcome.requests, outcome.served) == (2, 2)
    assert outcome.cold_starts == outcome.instances_started == 1
    assert outcome.cold_share == 0.5
    assert outcome.waited == 1
    assert outcome.wait_s == outcome.init_s == 0.5
    assert outcome.mean_wait_s == 0.25
    assert outcome.percentile(0) == 1
    assert outcome.percentile(100) == 1.5
    assert outcome.p50_s == pytest.approx(1, rel=0.004)
    assert outcome.p95_s == outcome.p99_s == pytest.approx(1.5, rel=0.004)
    assert outcome.duration_s == 11
    assert outcome.busy_s == 2
    assert outcome.active_s == 2.5
    assert outcome.mean_active == 2.5 / 11
    assert outcome.instance_s == 11
    assert outcome.mean_instances == 1
    assert outcome.utilisation == 2 / 11


def test_as_many_start_as_come_at_once():
    outcome = simulate([0, 0, 0, 5, 5], SECOND, aws_lambda())
    assert outcome.cold_starts == outcome.most_instances == 3
    assert outcome.waited == 0  # an init of no time


def test_the_first_of_an_instance_may_take_longer():
    outcome = simulate([0, 0, 9], SECOND, aws_lambda(), first=constant(3))
    assert outcome.busy_s == 7
    assert outcome.percentile(100) == 3


@pytest.mark.parametrize(("gap_s", "cold"), [(299.9, 1), (300, 2)])
def test_an_instance_ends_when_it_has_been_idle_for_so_long(gap_s, cold):
    outcome = simulate([0, 1 + gap_s], SECOND, aws_lambda(idle_s=300))
    assert outcome.cold_starts == cold
    alive = 302 if cold == 2 else 301.9
    assert outcome.instance_s == pytest.approx(alive)


def test_the_one_used_last_is_used_first():
    # Two start; then one request at a time is enough for one to stay.
    arrivals = [0, 0, *range(5, 50, 5)]
    outcome = simulate(arrivals, SECOND, aws_lambda(idle_s=20))
    assert outcome.cold_starts == 2
    assert [at(outcome, s) for s in (1, 20, 20.9, 21.1, 40)] == [2, 2, 2, 1, 1]


def test_the_emptiest_is_used_first():
    # 2 instances of 2 places: 3 requests at once are on both of them, so the
    # first to be free takes the fourth.
    two = replace(fargate_fixed(2, 2), workers=1)
    outcome = simulate([0, 0, 0, 0.5], SECOND, two)
    assert outcome.wait_s == pytest.approx(1 + 0.5)


# Inside an instance.


def test_one_worker_takes_one_after_another():
    outcome = simulate([0, 0, 0.5], SECOND, fargate_fixed(1, 3))
    assert outcome.wait_s == 1 + 1.5
    assert outcome.percentile(100) == 2.5
    assert outcome.cold_starts == 0


def test_two_workers_take_two():
    outcome = simulate([0, 0, 0.5], SECOND, fargate_fixed(1, 3, vcpus=2))
    assert outcome.wait_s == 0.5
    assert outcome.utilisation == 3 / (2 * 2)


def test_as_many_workers_as_places_never_wait():
    one = replace(fargate_fixed(1, 3), workers=3)
    assert simulate([0, 0.1, 0.2], SECOND, one).wait_s == 0


def test_who_waits_for_an_instance_is_cold_and_who_waits_for_room_is_not():
    # Ready at 2: it takes two of the three; the third waits for room.
    one = fleet(waiting, concurrency=2, workers=2)
    outcome = simulate([0, 1, 1.5, 2.5], SECOND, one, constant(2))
    assert outcome.cold_starts == 3
    assert outcome.wait_s == 2 + 1 + 1.5 + 0.5
    assert outcome.instances_started == 1


# No room.


def test_lambda_refuses_what_is_above_the_concurrency():
    outcome = simulate([0, 0, 0, 2], SECOND, aws_lambda(most=2))
    assert (outcome.throttled, outcome.served) == (1, 3)
    assert outcome.most_instances == 2


def test_lambda_starts_so_many_at_once_and_so_many_again():
    ramp = aws_lambda(ramp=Ramp(2, 10))
    outcome = simulate([0] * 5 + [4.9] + [5.0] * 5, constant(9), ramp)
    assert outcome.instances_started == 3  # one more in 5 s
    assert outcome.throttled == 3 + 1 + 4


def test_what_is_not_started_now_is_no_credit_for_later():
    outcome = simulate([100] * 5, constant(9), aws_lambda(ramp=Ramp(2, 10)))
    assert outcome.instances_started == 2


def test_a_request_may_join_one_that_starts_for_another():
    shared = fleet(
        lambda load: load.instances + 1,
        concurrency=2,
        workers=2,
        patience_s=0,
    )
    outcome = simulate([0, 0.5], SECOND, shared, constant(2))
    assert (outcome.instances_started, outcome.cold_starts) == (1, 2)
    assert outcome.wait_s == 2 + 1.5


def test_no_instance_ever_holds_more_than_it_may():
    full = []

    def rule(load):
        full.append(load.in_flight)
        return 4

    four = fleet(rule, least=4, concurrency=3, workers=3, every_s=0.5)
    outcome = simulate(poisson(10, 1000), exponential(1), four)
    assert max(full) == 12
    assert outcome.served == outcome.requests
    assert min(outcome.active) < max(outcome.active) == 4


def test_what_has_ended_takes_no_more():
    shared = fleet(
        lambda load: max(load.instances, load.waiting),
        concurrency=3,
        workers=3,
        idle_s=5,
    )
    outcome = simulate([0, 20, 20.1, 40], SECOND, shared)
    assert outcome.instances_started == 3
    assert outcome.instance_s == pytest.approx(6 + 6.1 + 1)


def test_who_waits_as_long_as_may_be_is_served():
    one = replace(fargate_fixed(1, 1), patience_s=1)
    assert simulate([0, 0], SECOND, one).throttled == 0


def test_who_waits_too_long_is_refused():
    one = replace(fargate_fixed(1, 1), patience_s=1.5)
    outcome = simulate([0, 0, 0, 3.5], SECOND, one)
    assert outcome.throttled == 1  # it would have begun at 2
    assert outcome.wait_s == 1
    assert outcome.percentile(100) == 2


def test_who_waits_is_served_first_come_first_served():
    outcome = simulate([0, 0.1, 0.2], SECOND, fargate_fixed(1, 1))
    assert outcome.wait_s == pytest.approx(0.9 + 1.8)
    assert outcome.most_instances == 1


# Rules.


def test_a_rule_may_start_before_there_is_need():
    two = fleet(lambda load: max(load.instances, 2), patience_s=0)
    outcome = simulate([0, 5], SECOND, two, constant(1))
    assert outcome.instances_started == 2
    assert outcome.cold_starts == 1


def test_a_rule_sees_the_load():
    seen = []

    def rule(load):
        seen.append(load)
        return waiting(load)

    one = fleet(rule, every_s=10, concurrency=2)
    simulate([5, 5, 16, 31], constant(4), one, constant(2))
    first, second, third, *_ = seen
    assert (first.now_s, first.waiting, first.in_flight) == (5, 1, 0)
    assert (first.instances, first.starting, first.ticks) == (0, 0, ())
    assert (first.since_scaling_s, first.utilisation) == (math.inf, 0)
    assert (second.waiting, second.instances, second.starting) == (2, 1, 1)
    assert (third.now_s, third.in_flight, third.waiting) == (10, 2, 0)
    assert third.since_scaling_s == 5
    # From 7 to 10 of the 5 s that it has been there, one of one worker.
    assert third.ticks == ((0.6, 0.3, 2),)
    assert third.utilisation == 0.6
    # At 20: from 10 to 15, and from 16 on.
    assert seen[3].ticks[1] == pytest.approx((0.9, 0.9, 1))


def test_only_so_many_ticks_are_kept():
    most = []

    def rule(load):
        most.append(len(load.ticks))
        return 1

    simulate([0, 100], SECOND, fleet(rule, every_s=1, least=1))
    assert max(most) == 60


def test_an_instance_that_is_not_wanted_ends_when_it_is_empty():
    # From 10 on one is wanted. At that moment two of three are busy.
    shrinks = fleet(
        lambda load: 3 if load.now_s < 10 else 1,
        every_s=10,
        least=0,
        concurrency=2,
        workers=2,
    )
    outcome = simulate([0, 9, 9, 13, 13], constant(3), shrinks)
    assert [at(outcome, s) for s in (9.9, 10.1, 11.9, 12.1)] == [3, 2, 2, 1]
    assert outcome.most_instances == 3
    assert outcome.served == 5
    assert outcome.instance_s == pytest.approx(10 + 12 + 16)


def test_one_that_drains_takes_no_more():
    # From 10 on one is wanted, and takes one of the two that come then; the
    # other one waits for it, until 12.
    shrinks = fleet(
        lambda load: 2 if load.now_s < 10 else 1,
        every_s=5,
        concurrency=2,
        workers=2,
    )
    outcome = simulate([9, 9, 10.5, 10.5], constant(3), shrinks)
    assert outcome.wait_s == 1.5
    assert at(outcome, 12.1) == 1


def test_one_that_is_full_takes_no_more_when_it_is_not_wanted():
    # From 5 on one is wanted of two, each of them full and with a queue: the
    # second ends with its first request, and the other takes all the rest.
    since_s = {}

    def rule(load):
        since_s[load.now_s] = load.since_scaling_s
        return 2 if load.now_s < 5 else 1

    outcome = simulate([0] * 8, constant(20), fleet(rule, every_s=5))
    assert [at(outcome, s) for s in (19.9, 20.1, 139.9)] == [2, 1, 1]
    assert outcome.duration_s == 7 * 20
    assert outcome.instance_s == 20 + 7 * 20
    # At 5 the rule has its way, and then there is nothing to do for it.
    assert [since_s[s] for s in (5, 10, 15, 20)] == [5, 5, 10, 15]


def test_one_that_starts_ends_at_once_when_it_is_not_wanted():
    # Two start for two who wait; from 5 on one is wanted. The one that was
    # started last has been there for 3 s.
    starting = []

    def rule(load):
        starting.append((load.now_s, load.instances, load.starting))
        return 1 if load.now_s >= 5 else load.waiting

    shrinks = fleet(rule, every_s=5)
    outcome = simulate([0, 2], constant(20), shrinks, constant(10))
    assert starting[-1] == (45, 1, 0)
    assert starting[2:4] == [(5, 2, 2), (10, 1, 0)]
    assert outcome.wait_s == 10 + 28
    assert outcome.instance_s == outcome.active_s == 3 + 50
    assert outcome.init_s == 3 + 10


def test_one_that_starts_with_requests_ends_when_they_are_done():
    # No queue: each has started with a request inside. One is wanted when
    # the third is refused; of the other the request is done at 12.
    def rule(load):
        return load.instances + 1 if load.now_s < 5 else 1

    shrinks = fleet(rule, patience_s=0, every_s=6)
    outcome = simulate([0, 1, 7, 30], constant(1), shrinks, constant(10))
    assert outcome.throttled == 1
    assert [at(outcome, s) for s in (11.9, 12.1)] == [2, 1]
    assert outcome.instance_s == pytest.approx(11 + 31)


def test_of_the_busy_ones_the_emptiest_drain_first():
    # Two of two places hold 2 and 1 requests; one is wanted from 1.5 on. The
    # one with a place left is done at 4, with 2 to come in the other.
    def rule(load):
        return 2 if load.now_s < 1.5 else 1

    shrinks = fleet(rule, least=0, concurrency=2, workers=2, every_s=1.5)
    outcome = simulate([0, 0, 1, 2], constant(3), shrinks)
    assert [at(outcome, s) for s in (2.9, 3.1, 4.1)] == [2, 1, 1]
    assert outcome.wait_s == 0 + 1


def test_the_least_stay_and_the_others_go():
    one = fleet(
        lambda load: load.in_flight + load.waiting,
        least=1,
        idle_s=5,
        patience_s=0,
    )
    outcome = simulate([0, 0, 30, 60, 60], SECOND, one)
    assert [at(outcome, s) for s in (0.5, 5.9, 6.1, 40)] == [2, 2, 1, 1]
    assert outcome.instances_started == outcome.cold_starts == 2


def test_a_kept_one_that_is_idle_for_long_goes_when_another_has_come():
    # At 20 a second one starts: the first, idle since 0, need not stay.
    two = fleet(
        lambda load: 2 if load.now_s == 20 else load.instances,
        least=1,
        idle_s=5,
        every_s=20,
    )
    outcome = simulate([30], SECOND, two)
    assert outcome.instances_started == 1
    assert outcome.instance_s == 20 + 11


@pytest.mark.parametrize("every_s", [math.inf, 60])
def test_a_rule_that_starts_nothing_is_told(every_s):
    nothing = fleet(lambda load: 0, every_s=every_s)
    with pytest.raises(WorkshopError, match="2 requests wait, and the rule"):
        simulate([0, 1], SECOND, nothing)


def test_a_rule_that_says_no_whole_number_is_told():
    with pytest.raises(WorkshopError, match=r"The rule wants 1\.5 instances"):
        simulate([0], SECOND, fleet(lambda load: 1.5))


# Over time.


def test_what_is_told_over_time_is_as_long_as_was_asked_for():
    for points in (2, 10, 400):
        outcome = simulate(
            poisson(1, 500), SECOND, aws_lambda(), points=points
        )
        assert points / 2 <= len(outcome.t_s) <= points
        assert len(outcome.instances) == len(outcome.t_s)
        assert outcome.t_s[0] == 0
        assert outcome.t_s[-1] <= outcome.duration_s
        assert 2 * outcome.t_s[-1] >= outcome.duration_s * 0.5


def test_active_and_waiting_are_told_over_time():
    outcome = simulate([1] * 5, constant(2), fargate_fixed(2, 1), points=100)
    told = dict(
        zip(
            outcome.t_s,
            zip(
                outcome.instances,
                outcome.active,
                outcome.waiting,
                strict=True,
            ),
            strict=True,
        )
    )
    assert told[0.5] == (2, 0, 0)
    assert told[2] == (2, 2, 3)
    assert told[4] == (2, 2, 1)
    assert told[6] == (2, 1, 0)


# The same again.


def test_equal_arguments_give_an_equal_outcome():
    def run(seed):
        return simulate(
            diurnal(1, 9, 600, day_s=600, seed=4),
            measured([20, 30, 900]),
            aws_lambda(idle_s=30),
            exponential(0.4),
            seed=seed,
        )

    assert run(1) == run(1)
    assert run(1) != run(2)


def test_a_run_comes_to_this_on_every_python():
    outcome = simulate(
        poisson(5, 2_000, seed=1),
        exponential(0.3),
        aws_lambda(idle_s=60),
        exponential(0.5),
        seed=2,
    )
    assert (
        outcome.requests,
        outcome.cold_starts,
        outcome.most_instances,
        round(outcome.billed_s, 3),
        round(outcome.p99_s, 6),
    ) == PINNED


PINNED = (10060, 33, 11, 3039.386, 1.378906)


def test_no_request_is_an_outcome_too():
    outcome = simulate([], SECOND, aws_lambda())
    assert outcome.requests == outcome.served == 0
    assert outcome.cold_share == outcome.utilisation == outcome.p99_s == 0
    assert outcome.mean_instances == outcome.mean_active == 0
    assert outcome.mean_wait_s == outcome.latency.mean_s == 0


# What makes no sense.


@pytest.mark.parametrize(
    ("arrivals", "named"),
    [
        ([2, 1], "An arrival at 1 s comes after 2"),
        ([-1], "An arrival is at -1 s; it must be a finite time"),
        ([math.nan], "An arrival is at nan s"),
        ([1, math.inf], "An arrival is at inf s"),
    ],
)
def test_arrivals_that_are_none_are_named(arrivals, named):
    with pytest.raises(WorkshopError, match=named):
        simulate(arrivals, SECOND, aws_lambda())


@dataclass(frozen=True)
class Always:
    """A distribution that a learner writes, and gets wrong."""

    mean_s: float

    def sampler(self, random):
        return lambda: self.mean_s


@pytest.mark.parametrize("seconds", [-1, math.nan, math.inf])
def test_a_distribution_that_gives_no_time_is_named(seconds):
    with pytest.raises(WorkshopError, match=f"gave {seconds} s"):
        simulate([0], Always(seconds), aws_lambda())
    with pytest.raises(WorkshopError, match=f"gave {seconds} s"):
        simulate([0], SECOND, aws_lambda(), Always(seconds))


@pytest.mark.parametrize("points", [1, 2.5, "many"])
def test_too_few_points_are_named(points):
    with pytest.raises(WorkshopError, match="points is"):
        simulate([0], SECOND, aws_lambda(), points=points)
