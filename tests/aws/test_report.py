"""REPORT lines, from a history of phases."""

import pytest

from workshop.aws.report import init_report, recorded, report
from workshop.timeline import Event, Phase


def history(*moments):
    """Events of request 1, from (phase, ms) pairs."""
    return [Event("e", phase, ms / 1000, "1") for phase, ms in moments]


def test_the_first_invocation_has_an_init_duration_and_pays_for_it():
    first = report(
        history(
            (Phase.INIT, 0),
            (Phase.IDLE, 100.4),
            (Phase.INVOKE, 100.6),
            (Phase.ANSWERED, 110.9),
            (Phase.IDLE, 111.5),
        ),
        "1",
        128,
        21,
    )
    assert first.line() == (
        "REPORT RequestId: 1\tDuration: 10.30 ms\tBilled Duration: 111 ms\t"
        "Memory Size: 128 MB\tMax Memory Used: 21 MB\t"
        "Init Duration: 100.40 ms\t"
    )


def test_a_later_one_has_none():
    later = report(
        history((Phase.INVOKE, 5), (Phase.ANSWERED, 6.25)), "1", 512, 30
    )
    assert later.line() == (
        "REPORT RequestId: 1\tDuration: 1.25 ms\tBilled Duration: 2 ms\t"
        "Memory Size: 512 MB\tMax Memory Used: 30 MB\t"
    )


def test_a_whole_millisecond_is_not_rounded_up_to_the_next():
    # 0.1 + 0.2 is a little more than 0.3: no reason to pay for it.
    exact = report(
        history((Phase.INVOKE, 1000), (Phase.ANSWERED, 1003)), "1", 128, 1
    )
    assert exact.billed_ms == 3


@pytest.mark.parametrize(
    ("init_ms", "duration_ms", "billed_ms"),
    [(51.004, 41.004, 92), (50.006, 41.996, 93), (50.996, 41.004, 92)],
)
def test_the_line_adds_up_to_what_is_billed(init_ms, duration_ms, billed_ms):
    # Each duration is told to two decimals, and those are what is billed.
    moments = (Phase.INIT, 0), (Phase.INVOKE, init_ms)
    ended = Phase.ANSWERED, init_ms + duration_ms
    added = report(history(*moments, ended), "1", 128, 1)
    assert f"Billed Duration: {billed_ms} ms" in added.line()


@pytest.mark.parametrize(
    ("error_type", "fields"),
    [
        ("Sandbox.Timedout", "Status: timeout\t"),
        (
            "Runtime.ExitError",
            "Status: error\tError Type: Runtime.ExitError\t",
        ),
        ("InvalidRange", ""),
    ],
)
def test_what_the_platform_ended_says_so(error_type, fields):
    line = report(
        history((Phase.INVOKE, 0), (Phase.ENDED, 3000)),
        "1",
        128,
        9,
        error_type,
    ).line()
    assert line.endswith(f"Max Memory Used: 9 MB\t{fields}")


def test_an_init_that_failed_is_all_that_its_request_took():
    failed = report(
        history((Phase.INIT, 0), (Phase.ENDED, 42)),
        "1",
        128,
        9,
        "Runtime.ExitError",
    )
    assert (failed.duration_ms, failed.init_ms) == (42, None)


def test_what_is_timed_out_has_taken_its_time_limit():
    late = report(
        history((Phase.INVOKE, 0), (Phase.ENDED, 3004.2)),
        "1",
        128,
        9,
        "Sandbox.Timedout",
        timeout_s=3,
    )
    assert (late.duration_ms, late.billed_ms) == (3000, 3000)


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("Runtime.Oops", "Runtime.Oops"),
        ("Function.Oops", "Function.Oops"),
        ("Function.", "Function.Unknown"),
        ("Sandbox.Timedout", "Sandbox.Timedout"),
        ("ValueError", "Runtime.Unknown"),
        ("runtime.oops", "Runtime.Unknown"),
        ("", "Runtime.Unknown"),
    ],
)
def test_what_is_recorded_of_the_error_of_an_init(told, kept):
    assert recorded(told) == kept


def test_an_init_that_failed_has_a_line_of_its_own():
    moments = history((Phase.INIT, 0), (Phase.ENDED, 12.345))
    assert init_report(moments, "Runtime.ExitError") == (
        "INIT_REPORT Init Duration: 12.35 ms\tPhase: init\t"
        "Status: error\tError Type: Runtime.ExitError"
    )
    again = [Event("e", Phase.INIT, 0, "1", "suppressed"), moments[1]]
    assert init_report(again, "Sandbox.Timedout") == (
        "INIT_REPORT Init Duration: 12.35 ms\tPhase: invoke\tStatus: timeout"
    )
