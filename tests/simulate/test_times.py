"""How long things take."""

import math
from collections import Counter
from random import Random
from statistics import fmean, pstdev

import pytest

from workshop.errors import WorkshopError
from workshop.simulate import constant, exponential, measured


def draw(times, count=100_000):
    sample = times.sampler(Random("test"))
    return [sample() for _ in range(count)]


def test_constant_is_constant():
    assert set(draw(constant(0.25), 10)) == {0.25}
    assert constant(0.25).mean_s == 0.25


def test_exponential_spreads_as_much_as_its_mean():
    drawn = draw(exponential(0.5))
    assert fmean(drawn) == pytest.approx(0.5, rel=0.01)
    assert pstdev(drawn) == pytest.approx(0.5, rel=0.02)
    assert min(drawn) >= 0
    assert exponential(0.5).mean_s == 0.5


def test_measured_values_come_equally_often_in_seconds():
    times = measured([10, 20, 30, 40])
    shares = Counter(draw(times))
    assert sorted(shares) == [0.01, 0.02, 0.03, 0.04]
    assert max(shares.values()) - min(shares.values()) < 1_000
    assert times.mean_s == pytest.approx(0.025)


def test_one_measured_value_is_enough():
    assert draw(measured([7]), 3) == [0.007] * 3


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (lambda: constant(-1), "seconds is -1"),
        (lambda: constant(math.nan), "seconds is nan"),
        (lambda: exponential(math.inf), "mean_s is inf"),
        (lambda: exponential(None), "mean_s is None"),
        (lambda: measured([]), "no measured values"),
        (lambda: measured([1, -2]), r"values_ms\[1\] is -2"),
        (lambda: measured([None]), r"values_ms\[0\] is None"),
    ],
)
def test_a_bad_time_is_named(make, named):
    with pytest.raises(WorkshopError, match=named):
        make()
