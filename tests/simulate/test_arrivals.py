"""When requests arrive."""

import itertools
import math
from statistics import fmean, pvariance

import pytest

from workshop.errors import WorkshopError
from workshop.simulate import bursty, diurnal, from_trace, poisson


def per_slot(arrivals, slot_s, slots):
    """How many arrive in each slot of so many seconds."""
    counts = [0] * slots
    for at_s in arrivals:
        counts[int(at_s / slot_s)] += 1
    return counts


def test_independent_callers_are_as_many_as_poisson_says():
    counts = per_slot(poisson(10, 10_000, seed=1), 1, 10_000)
    assert fmean(counts) == pytest.approx(10, rel=0.01)
    assert pvariance(counts) == pytest.approx(10, rel=0.05)


@pytest.mark.parametrize(
    "arrivals",
    [
        poisson(5, 100, seed=3),
        diurnal(1, 10, 100, seed=3, day_s=50),
        bursty(1, 10, 100, every_s=20, spike_s=5, seed=3),
    ],
    ids=lambda arrivals: arrivals.about,
)
def test_they_come_in_order_and_the_same_again(arrivals):
    once = list(arrivals)
    assert once == sorted(once) == list(arrivals)
    assert 0 < once[0] <= once[-1] < 100


def test_another_seed_is_another_run():
    assert list(poisson(5, 100, seed=1)) != list(poisson(5, 100, seed=2))


def test_the_first_of_a_seed_are_these_on_every_python():
    first = [*itertools.islice(poisson(1, 10, seed=7), 3)]
    assert first == pytest.approx(FIRST, rel=1e-12)


FIRST = [0.6970593870198925, 3.1859622308160853, 3.435798938817123]


def test_a_day_has_its_trough_at_its_ends_and_its_peak_at_noon():
    counts = per_slot(diurnal(2, 20, seed=1), 3600, 24)
    assert counts[0] == pytest.approx(2 * 3600, rel=0.1)
    assert counts[12] == pytest.approx(20 * 3600, rel=0.02)
    assert sum(counts) == pytest.approx(11 * 86_400, rel=0.01)


def test_a_spike_ends_each_period():
    counts = per_slot(bursty(1, 50, 1200, 600, 60, seed=1), 60, 20)
    spikes = [counts[9], counts[19]]
    calm = [n for slot, n in enumerate(counts) if slot % 10 != 9]
    assert fmean(spikes) == pytest.approx(3000, rel=0.05)
    assert fmean(calm) == pytest.approx(60, rel=0.1)


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (lambda: poisson(0, 1), "rate_per_s is 0"),
        (lambda: poisson(-1, 1), "rate_per_s is -1"),
        (lambda: poisson(math.nan, 1), "rate_per_s is nan"),
        (lambda: poisson(1, math.inf), "duration_s is inf"),
        (lambda: poisson("1", 1), "rate_per_s is '1'"),
        (lambda: poisson(True, 1), "rate_per_s is True"),
        (lambda: diurnal(-1, 1), "trough_per_s is -1"),
        (lambda: diurnal(2, 1), "The trough, 2 requests a second, is above"),
        (lambda: bursty(2, 1, 9), "The spike, 1 requests a second, is below"),
        (lambda: bursty(1, 2, 9, 5, 6), "A spike of 6 s does not fit into 5"),
        (lambda: bursty(math.inf, 2, 9), "base_per_s is inf"),
    ],
)
def test_numbers_that_make_no_sense_are_named(make, named):
    with pytest.raises(WorkshopError, match=named):
        make()


@pytest.fixture
def trace(tmp_path):
    """A trace file, from its text."""

    def write(text):
        path = tmp_path / "trace.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


@pytest.mark.parametrize(
    "text",
    [
        "0\n1.5\n1.5\n7e1\n",
        "time_s\n0\n1.5\n1.5\n70",
        '"time, or so",who\r\n0,a\r\n1.5,b\r\n\r\n1.5,c\r\n70,d\r\n',
        "\N{ZERO WIDTH NO-BREAK SPACE}0\n1.5\n1.5\n70\n",
    ],
)
def test_a_trace_is_a_time_a_line(trace, text):
    arrivals = from_trace(trace(text))
    assert list(arrivals) == list(arrivals) == [0, 1.5, 1.5, 70]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("1\nsoon\n", "line 2: 'soon' is not a time"),
        ("at\nwho\n1\n", "line 2: 'who' is not a time"),
        ("1\n2\n1.9\n", r"line 3: 1\.9 comes after 2; sort it"),
        ("1\n\nnan\n", "line 3: nan is not a time from 0 on"),
        ("1..5\n2\n3\n", r"line 1: '1\.\.5' is not a time"),
        ("+1s,a\n2,b\n", r"line 1: '\+1s' is not a time"),
        ("-\n2\n", "line 1: '-' is not a time"),
        (".5.\n2\n", r"line 1: '\.5\.' is not a time"),
        ("inf\n", "line 1: inf is not a time from 0 on"),
        ("-1\n", "line 1: -1 is not a time from 0 on"),
        ("1\n,2\n", "line 2: '' is not a time"),
        (b"1\n\xff2\n", "line 2: '.2' is not a time"),
    ],
)
def test_a_bad_line_is_named(trace, text, named):
    path = trace(text)
    with pytest.raises(WorkshopError, match=named) as e:
        list(from_trace(path))
    assert str(path) in str(e.value)


def test_a_trace_is_read_no_further_than_it_is_asked_for(trace):
    arrivals = iter(from_trace(trace("1\n2\nsoon\n")))
    assert [next(arrivals), next(arrivals)] == [1, 2]


def test_a_trace_that_is_not_there_is_told_at_once(tmp_path):
    with pytest.raises(WorkshopError, match="cannot be read: No such file"):
        from_trace(tmp_path / "none.csv")
