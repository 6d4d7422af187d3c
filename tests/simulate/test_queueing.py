"""The simulation against queueing theory, within 2 %."""

import math
from dataclasses import replace
from statistics import fmean, pvariance

import pytest

from workshop.simulate import (
    aws_lambda,
    exponential,
    fargate_fixed,
    measured,
    poisson,
    simulate,
)

REQUESTS = 500_000  # the spread of a mean wait is then below 1 %


def chance_to_wait(servers, offered):
    """Erlang's C: the chance that a caller finds all servers busy.

    By way of Erlang's B, the chance that one is lost where none may wait.
    """
    lost = 1.0
    for n in range(1, servers + 1):
        lost = offered * lost / (n + offered * lost)
    return lost / (1 - offered / servers * (1 - lost))


@pytest.mark.parametrize(
    ("servers", "load", "seed"), [(1, 0.4, 1), (2, 0.5, 2), (8, 0.6, 3)]
)
def test_a_fixed_fleet_is_an_m_m_c_queue(servers, load, seed):
    offered = servers * load  # by service times of 1 s on average
    fleet = replace(fargate_fixed(servers, 1), patience_s=math.inf)
    outcome = simulate(
        poisson(offered, REQUESTS / offered, seed),
        exponential(1),
        fleet,
        seed=seed,
    )
    waits = chance_to_wait(servers, offered)
    wait_s = waits / (servers - offered)
    assert outcome.waited / outcome.served == pytest.approx(waits, rel=0.02)
    assert outcome.mean_wait_s == pytest.approx(wait_s, rel=0.02)
    assert outcome.latency.mean_s == pytest.approx(1 + wait_s, rel=0.02)
    assert outcome.utilisation == pytest.approx(load, rel=0.02)
    assert outcome.throttled == outcome.cold_starts == 0


def test_workers_of_one_instance_are_servers_too():
    fleet = replace(fargate_fixed(1, 1000), workers=4, patience_s=math.inf)
    outcome = simulate(
        poisson(2.4, REQUESTS / 2.4, 2), exponential(1), fleet, seed=2
    )
    waits = chance_to_wait(4, 2.4)
    assert outcome.waited / outcome.served == pytest.approx(waits, rel=0.02)
    assert outcome.mean_wait_s == pytest.approx(waits / 1.6, rel=0.02)
    assert outcome.utilisation == pytest.approx(0.6, rel=0.02)


def test_a_fleet_without_limits_is_an_m_g_infinity_queue():
    fleet = aws_lambda(most=math.inf, ramp=None)
    service = measured([100] * 9 + [4100])  # 500 ms, and far from exponential
    outcome = simulate(
        poisson(20, 20_000, 1), service, fleet, seed=1, points=20_000
    )
    assert outcome.mean_active == pytest.approx(10, rel=0.02)
    busy = outcome.active[100:]  # when it has filled
    assert fmean(busy) == pytest.approx(10, rel=0.02)
    assert pvariance(busy) == pytest.approx(10, rel=0.02)
    for n in range(25):
        share = busy.count(n) / len(busy)
        theory = math.exp(-10) * 10**n / math.factorial(n)
        assert share == pytest.approx(theory, abs=0.01), n


@pytest.mark.parametrize("q", [50, 95, 99])
def test_the_percentiles_of_exponential_times_are_theirs(q):
    fleet = aws_lambda(most=math.inf, ramp=None)
    outcome = simulate(poisson(20, 10_000), exponential(0.2), fleet)
    theory = -0.2 * math.log(1 - q / 100)
    assert outcome.percentile(q) == pytest.approx(theory, rel=0.02)
