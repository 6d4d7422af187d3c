"""How many instances the rules want, and what comes of it."""

import math
from itertools import pairwise

import pytest

from workshop.simulate import (
    Load,
    Tick,
    azure_consumption,
    azure_flex,
    cloud_run,
    constant,
    exponential,
    fargate_fixed,
    fargate_target_tracking,
    poisson,
    simulate,
)
from workshop.simulate.scaling import (
    CloudRunTargets,
    OneMore,
    PerRequest,
    TargetTracking,
)


def load(instances, waiting=0, in_flight=0, used=(), since_s=math.inf):
    """What a rule sees: `used` are the utilisations of the ticks."""
    ticks = [Tick(share, share * instances, in_flight) for share in used]
    return Load(0, waiting, in_flight, instances, 0, since_s, ticks)


@pytest.mark.parametrize(
    ("rule", "there", "wanted"),
    [
        (PerRequest(), load(3, waiting=1, in_flight=3), 4),
        (PerRequest(), load(3, waiting=0, in_flight=1), 3),
        (PerRequest(10), load(1, waiting=1, in_flight=10), 2),
        (PerRequest(10, share=0.5), load(1, waiting=1, in_flight=10), 3),
        (OneMore(), load(2), 2),
        (OneMore(), load(0, waiting=9), 1),
        (OneMore(), load(2, used=[0.1, 0.61]), 3),
        (OneMore(), load(2, used=[0.9, 0.6]), 2),
        (CloudRunTargets(), load(0, waiting=1), 1),
        (CloudRunTargets(), load(1, waiting=1, in_flight=80), 2),
        (CloudRunTargets(), load(10, used=[0.6] * 12), 10),
        (CloudRunTargets(), load(10, used=[0.9] * 12), 15),
        (CloudRunTargets(), load(10, used=[0.9] * 6 + [0.1] * 6), 10),
        (CloudRunTargets(), load(10, used=[0.9] + [0.1] * 12), 10),
        (CloudRunTargets(workers=2), load(10, used=[0.9] * 12), 10),
        (CloudRunTargets(), load(2, in_flight=120, used=[0]), 3),
        (TargetTracking(), load(2, used=[0.9, 0.9]), 2),
        (TargetTracking(), load(2, used=[0.9, 0.9, 0.9]), 4),
        (TargetTracking(), load(2, used=[0.9, 0.5, 0.9]), 2),
        (TargetTracking(), load(2, used=[0.9] * 3, since_s=299), 2),
        (TargetTracking(), load(9, used=[0.1] * 14), 9),
        (TargetTracking(), load(9, used=[0.1] * 15), 2),
        (TargetTracking(), load(9, used=[0.1] * 14 + [0.46]), 9),
        (TargetTracking(), load(90, used=[0.46] * 15), 90),
        (TargetTracking(), load(9, used=[0.9, *[0.1] * 14]), 9),
    ],
)
def test_what_a_rule_wants(rule, there, wanted):
    assert rule.wanted(there) == wanted


def steps(outcome):
    """By how many the instances grow from one point to the next."""
    told = outcome.instances
    return {b - a for a, b in pairwise(told)}


def pairs(outcome):
    """The moments, each with the number of instances."""
    return zip(outcome.t_s, outcome.instances, strict=True)


def test_azure_starts_one_a_second():
    outcome = simulate(
        poisson(200, 30, 1), constant(0.1), azure_consumption(), constant(0.5)
    )
    assert steps(outcome) <= {0, 1}
    # 20 workers are needed, and the rule aims at 60 % of their time.
    assert 20 <= outcome.most_instances <= 36
    assert outcome.throttled == 0


def test_flex_starts_one_for_each_request():
    outcome = simulate([0] * 9, constant(1), azure_flex(), constant(1))
    assert outcome.most_instances == outcome.cold_starts == 9
    shared = simulate(
        [0] * 9, constant(1), azure_flex(concurrency=4), constant(1)
    )
    assert shared.most_instances == 3


def test_cloud_run_keeps_its_cpu_near_60_percent():
    outcome = simulate(
        poisson(60, 1800, 1), exponential(0.1), cloud_run(), constant(1)
    )
    late = outcome.instances[len(outcome.instances) // 2 :]
    assert 6 / 0.6 <= late[-1] <= 6 / 0.6 * 1.3
    assert len(set(late)) <= 2


def test_cloud_run_fills_an_instance_that_is_starting():
    outcome = simulate([0] * 80, constant(0.01), cloud_run(), constant(2))
    assert outcome.instances_started == 1
    assert outcome.cold_starts == 80


def test_cloud_run_lets_no_one_wait_for_long():
    outcome = simulate([0], constant(1), cloud_run(), constant(11))
    assert outcome.throttled == 1
    patient = cloud_run(patience_s=3.5 * 11)
    assert simulate([0], constant(1), patient, constant(11)).served == 1


def test_target_tracking_reacts_after_three_minutes():
    # 1.6 workers are busy on 2: 80 %, where 50 % are aimed at.
    outcome = simulate(
        poisson(16, 3600, 1),
        exponential(0.1),
        fargate_target_tracking(least=2),
        constant(30),
    )
    grown = [t for t, n in pairs(outcome) if n > 2]
    assert 180 <= grown[0] <= 180 + outcome.t_s[1]
    assert outcome.instances[-1] in (4, 5)


def test_target_tracking_shrinks_after_a_quarter_of_an_hour():
    calm = [3600.0 * hour for hour in range(1, 3)]
    busy = [0.1 * n for n in range(3000)]  # five minutes of one whole worker
    outcome = simulate(
        busy + calm, constant(0.1), fargate_target_tracking(), constant(30)
    )
    assert outcome.most_instances >= 2
    assert outcome.instances[-1] == 1
    shrunk = next(
        t for t, n in pairs(outcome) if n < outcome.most_instances and t > 300
    )
    assert 1140 <= shrunk <= 1500


def test_a_fixed_fleet_is_fixed():
    outcome = simulate(poisson(9, 100), constant(1), fargate_fixed(5))
    assert set(outcome.instances) == {5}
    assert outcome.instances_started == 0
