"""What becomes of what is logged."""

import re

from workshop.azure.log import (
    KEPT_BYTES,
    KEPT_LINES,
    Level,
    Log,
)


def test_each_line_has_its_level():
    log = Log(None)
    log.debug("a")
    log.information("b")
    log.warning("c")
    log.error("d\ne")
    assert log.lines() == [
        "[Debug] a",
        "[Information] b",
        "[Warning] c",
        "[Error] d\ne",
    ]


def test_what_is_printed_has_its_moment():
    printed = []
    log = Log(lambda level, line: printed.append((level, line)))
    log.information("Host started (1ms)")
    ((level, line),) = printed
    assert level is Level.INFORMATION
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3} \[Information\] Host started "
        r"\(1ms\)",
        line,
    )


def test_whoever_reads_may_leave():
    asked = []

    def gone(level, line):
        asked.append(line)
        raise BrokenPipeError

    log = Log(gone)
    log.error("a")
    log.error("b")
    assert len(asked) == 1
    assert log.lines() == ["[Error] a", "[Error] b"]


def test_only_the_latest_lines_are_kept():
    log = Log(None)
    for i in range(KEPT_LINES + 2):
        log.debug(str(i))
    assert len(log.lines()) == KEPT_LINES
    assert log.lines()[0] == "[Debug] 2"


def test_so_many_bytes_are_kept():
    log = Log(None)
    lines = [
        f"{i}" + "\N{LATIN SMALL LETTER E WITH ACUTE}" * 500_000
        for i in range(40)
    ]
    for line in lines:
        log.debug(line)
    kept = log.lines()
    assert kept == [f"[Debug] {line}" for line in lines[-len(kept) :]]
    size = sum(len(line.encode()) for line in kept)
    assert KEPT_BYTES - len(lines[0].encode()) <= size <= KEPT_BYTES


def test_of_too_long_a_line_the_beginning_is_kept():
    log = Log(None)
    log.debug("x" * (KEPT_BYTES + 1))
    [line] = log.lines()
    assert len(line) == KEPT_BYTES
    log.debug("after")
    assert log.lines() == ["[Debug] after"]


def test_what_no_encoding_can_hold():
    printed = []
    log = Log(lambda level, line: printed.append(line))
    log.information("a\ud800b")
    assert log.lines() == ["[Information] a?b"]
    assert printed[0].endswith("a?b")
