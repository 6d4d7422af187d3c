# rejected by test_a_summary_leaves_the_times_as_they_are: would put the caller's own

"""Measure functions against each other, and say how sure that is."""

import math
import random
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

REPORT = re.compile(r"([A-Z][\w ]+): ([\d.]+) (?:ms|MB)")
# Calls a function once: its answer, and the milliseconds that it took.
Contender = Callable[[], tuple[Any, float]]


@dataclass(frozen=True)
class Summary:
    """What a number of times come to, in milliseconds."""

    n: int
    median: float
    low: float  # the quartiles: half of the times lie from low to high
    high: float
    p95: float | None  # None where there are too few for one


@dataclass(frozen=True)
class Speedup:
    """How many times as fast, and the interval in which that may lie."""

    ratio: float
    low: float
    high: float


def percentile(ordered: Sequence[float], percent: float) -> float:
    """The least of these that so many percent do not exceed."""
    return ordered[math.ceil(percent * len(ordered) / 100) - 1]


def summary(times_ms: Iterable[float]) -> Summary:
    """What these times come to; ValueError if there are none."""
    times_ms = times_ms if isinstance(times_ms, list) else list(times_ms)
    times_ms.sort()
    ordered = times_ms
    if not ordered:
        raise ValueError("there is no time to sum up")
    n = len(ordered)
    return Summary(
        n,
        median(ordered),
        low=percentile(ordered, 25),
        high=percentile(ordered, 75),
        p95=percentile(ordered, 95) if n >= 20 else None,
    )


def split(lines: Iterable[str]) -> tuple[list[float], list[float]]:
    """The times of the cold and of the warm invocations in a log, in ms."""
    cold, warm = [], []
    for line in lines:
        if not line.startswith("REPORT ") or "\tStatus: " in line:
            continue
        fields = dict(REPORT.findall(line))
        duration_ms = float(fields["Duration"])
        if "Init Duration" in fields:
            cold.append(float(fields["Init Duration"]) + duration_ms)
        else:
            warm.append(duration_ms)
    return cold, warm


def stable(times_ms: Sequence[float], within: float = 0.1) -> bool:
    """Whether both halves have about the same median."""
    half = len(times_ms) // 2
    if len(times_ms) < 10:
        return False
    earlier, later = median(times_ms[:half]), median(times_ms[-half:])
    return abs(earlier - later) <= within * min(earlier, later)


def interleaved(
    contenders: Mapping[str, Contender], right: Any, most: int = 50
) -> tuple[dict[str, list[float]], dict[str, str]]:
    """Measure in turns: the times of each in ms, and who is excluded."""
    times: dict[str, list[float]] = {name: [] for name in contenders}
    excluded: dict[str, str] = {}

    def take_turn(name: str, *, counts: bool) -> None:
        try:
            answer, took_ms = contenders[name]()
        except Exception as error:
            excluded[name] = f"it fails: {error!r}"
        else:
            if answer != right:
                excluded[name] = f"it answers {answer!r}, not {right!r}"
            elif counts:
                times[name].append(took_ms)
        if name in excluded:
            del times[name]

    for name in contenders:
        take_turn(name, counts=False)
    for number in range(most):
        names = list(times)
        first = number % max(len(names), 1)
        for name in names[first:] + names[:first]:
            take_turn(name, counts=True)
        if all(stable(took_ms) for took_ms in times.values()):
            break
    return times, excluded


SEED = 10


def speedup(
    slow_ms: Sequence[float], fast_ms: Sequence[float], draws: int = 1000
) -> Speedup:
    """How many times as fast the second is, by the medians."""
    rng = random.Random(SEED)

    def drawn(times_ms: Sequence[float]) -> float:
        return median(rng.choices(times_ms, k=len(times_ms)))

    ratios = sorted(drawn(slow_ms) / drawn(fast_ms) for _ in range(draws))
    return Speedup(
        median(slow_ms) / median(fast_ms),
        percentile(ratios, 2.5),
        percentile(ratios, 97.5),
    )


def duration(ms: float) -> str:
    """A time as the talk would write it."""
    if ms < 1000:
        return "< 1 ms" if ms < 1 else f"{ms:.0f} ms"
    return f"{ms / 1000:.1f} s" if ms < 10_000 else f"{ms / 1000:.0f} s"


def table(summaries: Mapping[tuple[str, str], Summary]) -> str:
    """The medians as a Markdown table, rows and columns as they come."""
    columns = list(dict.fromkeys(column for _, column in summaries))
    lines = [["", *columns]]
    for row in dict.fromkeys(row for row, _ in summaries):
        found = [summaries.get((row, column)) for column in columns]
        lines.append([row, *(duration(s.median) if s else "" for s in found)])
    texts = ["| " + " | ".join(line) + " |" for line in lines]
    return "\n".join([texts[0], "|---" * len(lines[0]) + "|", *texts[1:], ""])
