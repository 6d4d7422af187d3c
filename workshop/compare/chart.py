"""The comparison as a chart: bars on a logarithmic scale, a panel a column.

The times span six powers of ten, so each line of the grid is ten times as
slow as the one before. A bar is brute force; the better algorithm is a ring
on its row, and the talk's figure for the same language a stroke. Nothing is
told by colour alone: each bar has its name and its time beside it, and the
talk's.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from workshop.compare.figures import TALKS_MS, language
from workshop.compare.row import Row
from workshop.compare.table import duration
from workshop.picture import Picture, svg, text

# In pixels.
WIDTH, LEFT, RIGHT, TOP = 760.0, 130.0, 150.0, 28.0
ROW, BAR, GAP, AXIS = 19.0, 13.0, 34.0, 18.0
COLOURS = {  # of Okabe and Ito
    "python": "#0072B2",
    "node": "#009E73",
    "rust": "#D55E00",
}
PLATFORMS = {"lambda": "AWS Lambda", "azure": "Azure Functions"}
COLD = "cold"
TALK = 'stroke="#222" stroke-width="2"'
RING = 'fill="#fff" stroke="#222" stroke-width="2"'
GREY = 'font-size="12" fill="#555"'


@dataclass(frozen=True)
class Bar:
    """One function in one panel; times in ms."""

    function: str
    ms: float
    talks_ms: float | None
    fast_ms: float | None


@dataclass(frozen=True)
class Panel:
    """One column of the talk's table."""

    title: str
    bars: list[Bar]


def chart(rows: Sequence[Row]) -> Picture:
    """A panel for the cold starts and one for each workload, by platform."""
    parts: list[str] = []
    words: list[str] = []
    y = TOP
    scale = _Scale(rows)
    for platform in PLATFORMS:
        panels = list(
            _panels([one for one in rows if one.platform == platform])
        )
        for panel in panels:
            parts.append(text(16, y, panel.title, 'font-weight="600"'))
            words.append(_in_words(panel))
            y += 8
            parts += _grid(scale, y, y + ROW * len(panel.bars))
            for bar in panel.bars:
                parts += _bar(bar, y, scale)
                y += ROW
            y += GAP
        if panels:
            parts += _axis(scale, y - GAP)
            y += AXIS
    parts += _legend(y - AXIS)
    title = "The comparison, on a logarithmic scale"
    told = " ".join(words)
    return Picture(svg(WIDTH, y, title, told, *parts), told)


class _Scale:
    """Where a time is, from a power of ten to another."""

    def __init__(self, rows: Sequence[Row]) -> None:
        times = [
            ms
            for one in rows
            for ms in (one.cold_ms, one.warm_ms, *_talks(one).values())
            if ms
        ]
        low = math.floor(math.log10(min(times, default=1)))
        high = math.ceil(math.log10(max(times, default=10)))
        self.powers = range(low, max(high, low + 1) + 1)
        self._px = (WIDTH - LEFT - RIGHT) / (len(self.powers) - 1)

    def x(self, ms: float) -> float:
        place = math.log10(max(ms, 10.0 ** self.powers[0]))
        return LEFT + (place - self.powers[0]) * self._px


def _panels(rows: Sequence[Row]) -> Iterator[Panel]:
    """Those of one platform; with both kernels, brute force has the bars."""
    kernels = list(dict.fromkeys(one.kernel for one in rows))
    bars_of = [one for one in rows if one.kernel == kernels[0]]
    fast_ms = {
        (one.function, one.workload): one.warm_ms
        for one in rows
        if one.kernel != kernels[0] and one.workload != "hello"
    }
    for column in (COLD, *dict.fromkeys(one.workload for one in bars_of)):
        is_cold = column == COLD
        bars = [
            Bar(
                one.function,
                ms,
                _talks(one).get(column),
                None if is_cold else fast_ms.get((one.function, column)),
            )
            for one in bars_of
            if one.workload == ("hello" if is_cold else column)
            and (ms := one.cold_ms if is_cold else one.warm_ms) is not None
        ]
        if bars:
            kind = "cold start" if is_cold else f"{column}, warm"
            if column not in (COLD, "hello"):
                kind += f", {kernels[0]}"
            yield Panel(f"{PLATFORMS[rows[0].platform]}: {kind}", bars)


def _talks(row: Row) -> dict[str, float]:
    """The talk's figures for the language of a row's function, in ms."""
    if row.kernel != "brute":
        return {}
    return dict(TALKS_MS[row.platform].get(language(row.function), {}))


def _bar(bar: Bar, y: float, scale: _Scale) -> Iterator[str]:
    end = scale.x(bar.ms)
    colour = COLOURS.get(language(bar.function), "#777")
    yield text(LEFT - 8, y + 11, bar.function, 'text-anchor="end"')
    yield (
        f'<rect x="{LEFT:g}" y="{y:g}" width="{max(end - LEFT, 2):.1f}" '
        f'height="{BAR:g}" fill="{colour}"/>'
    )
    if bar.fast_ms is not None:
        x = scale.x(bar.fast_ms)
        yield f'<circle cx="{x:.1f}" cy="{y + BAR / 2:g}" r="4" {RING}/>'
        end = max(end, x + 4)
    if bar.talks_ms:
        x = scale.x(bar.talks_ms)
        yield f'<path d="M{x:.1f} {y - 2:g}v{BAR + 4:g}" {TALK}/>'
        end = max(end, x)
    told = duration(bar.ms)
    if bar.talks_ms:
        told += f" (talk: {duration(bar.talks_ms)})"
    yield text(end + 6, y + 11, told, 'font-size="12"')


def _grid(scale: _Scale, top: float, bottom: float) -> Iterator[str]:
    for power in scale.powers:
        x = scale.x(10.0**power)
        yield f'<path d="M{x:.1f} {top:g}V{bottom:g}" stroke="#ddd"/>'


def _axis(scale: _Scale, y: float) -> Iterator[str]:
    for power in scale.powers:
        label = duration(10.0**power)
        middle = f'{GREY} text-anchor="middle"'
        yield text(scale.x(10.0**power), y + 14, label, middle)


def _legend(y: float) -> Iterator[str]:
    x = LEFT
    for name, colour in COLOURS.items():
        yield (
            f'<rect x="{x:g}" y="{y - 10:g}" width="12" height="12" '
            f'fill="{colour}"/>'
        )
        yield text(x + 18, y, name, GREY)
        x += 75
    yield f'<circle cx="{x + 4:g}" cy="{y - 4:g}" r="4" {RING}/>'
    yield text(x + 16, y, "the better algorithm", GREY)
    x += 150
    yield f'<path d="M{x:g} {y - 12:g}v16" {TALK}/>'
    yield text(x + 8, y, "the talk's figure", GREY)


def _in_words(panel: Panel) -> str:
    told = []
    for bar in panel.bars:
        more = []
        if bar.talks_ms:
            more.append(f"talk {duration(bar.talks_ms)}")
        if bar.fast_ms is not None:
            more.append(f"the better algorithm {duration(bar.fast_ms)}")
        brackets = f" ({', '.join(more)})" if more else ""
        told.append(f"{bar.function} {duration(bar.ms)}{brackets}")
    return f"{panel.title}: {', '.join(told)}."
