"""What a Functions host's timeline tells of the last invocation."""

import pytest

from workshop.compare.on_azure import measured
from workshop.timeline import Event, Phase

INIT, IDLE, INVOKE, ENDED = (
    *(Phase.INIT, Phase.IDLE, Phase.INVOKE, Phase.ENDED),
)
HOST = [Event("host", INIT, 0.0), Event("host", IDLE, 0.5)]


def worker(number, *moments):
    return [Event(f"worker {number}", phase, at) for phase, at in moments]


FIRST = worker(1, (INIT, 0.1), (IDLE, 0.35), (INVOKE, 1.0), (IDLE, 1.004))


def test_the_first_one_waited_for_its_handler():
    found = measured([*HOST, *FIRST])
    assert found.init_ms == pytest.approx(250)
    assert found.duration_ms == pytest.approx(4)


def test_a_later_one_did_not():
    later = worker(1, (INVOKE, 2.0), (IDLE, 2.001))
    found = measured([*HOST, *FIRST, *later])
    assert found.init_ms == 0
    assert found.duration_ms == pytest.approx(1)


def test_a_handler_that_took_the_place_of_another_is_cold():
    ended = worker(1, (ENDED, 1.5))
    other = worker(2, (INIT, 1.6), (IDLE, 1.7), (INVOKE, 2.0), (IDLE, 2.3))
    found = measured([*HOST, *FIRST, *ended, *other])
    assert found.init_ms == pytest.approx(100)
    assert found.duration_ms == pytest.approx(300)
