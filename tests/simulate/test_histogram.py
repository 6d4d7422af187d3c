"""Percentiles from bins."""

import math
from random import Random

import pytest

from workshop.errors import WorkshopError
from workshop.simulate.histogram import Histogram, latencies


def of(*values):
    histogram = Histogram()
    for value in values:
        histogram.add(value)
    return latencies(histogram, math.fsum(values))


@pytest.mark.parametrize("scale", [1e-6, 0.05, 1, 4000])
def test_a_percentile_is_near_one_that_came(scale):
    random = Random(1)
    values = sorted(scale * random.expovariate(1) for _ in range(1000))
    told = of(*values)
    for q in range(1, 100):
        exact = values[math.ceil(len(values) * q / 100) - 1]
        assert told.percentile(q) == pytest.approx(exact, rel=0.004)
    assert told.percentile(0) == values[0]
    assert told.percentile(100) == values[-1]
    assert told.mean_s == pytest.approx(math.fsum(values) / 1000)


def test_one_value_is_every_percentile():
    told = of(0.25, 0.25, 0.25)
    assert {told.percentile(q) for q in (0, 1, 50, 99.9, 100)} == {0.25}


def test_no_time_is_a_latency_too():
    told = of(0, 0, 0, 1e-12, 1e300)
    assert [count for _, count in told.bins] == [3, 1, 1]
    assert told.percentile(50) == told.percentile(0) == 0
    assert told.percentile(80) == pytest.approx(1e-12, rel=0.004)
    assert told.percentile(99) == pytest.approx(1e300, rel=0.004)


def test_the_bins_are_in_order_and_hold_all():
    told = of(3, 1, 2, 1e4, 1)
    assert [count for _, count in told.bins] == [2, 1, 1, 1]
    assert told.count == 5


@pytest.mark.parametrize("q", [-1, 100.1, math.nan])
def test_a_percentile_that_there_is_not_is_named(q):
    with pytest.raises(WorkshopError, match=f"no percentile {q}"):
        of(1).percentile(q)
