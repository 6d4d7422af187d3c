"""The comparison as a chart: bars on a logarithmic scale, a panel a column.

The times span six powers of ten, so each centimetre to the right is as many
times slower as the one before. The talk's figure is a mark on the bar of the
same language.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from workshop.compare.figures import TALKS_MS, language
from workshop.compare.row import Row
from workshop.compare.table import duration
from workshop.picture import Picture, svg, text

# In pixels.
WIDTH, LEFT, RIGHT, TOP = 760.0, 130.0, 90.0, 28.0
ROW, BAR, GAP = 19.0, 13.0, 34.0
COLOURS = {  # of Okabe and Ito
    "python": "#0072B2",
    "node": "#E69F00",
    "rust": "#D55E00",
}
PLATFORMS = {"lambda": "AWS Lambda", "azure": "Azure Functions"}
COLD = "cold"
TALK = 'stroke="#222" stroke-width="2"'
GREY = 'font-size="12" fill="#555"'


@dataclass(frozen=True)
class Bar:
    """One function in one panel; times in ms."""

    function: str
    ms: float
    talks_ms: float | None


def chart(rows: Sequence[Row]) -> Picture:
    """A panel for the cold starts and one for each workload, by platform."""
    panels = list(_panels(rows))
    times = [
        ms
        for _, bars in panels
        for bar in bars
        for ms in (bar.ms, bar.talks_ms)
        if ms
    ]
    low = math.floor(math.log10(min(times, default=1)))
    high = math.ceil(math.log10(max(times, default=10)) + 0.01)
    scale = _Scale(low, max(high, low + 1))
    parts, y = [], TOP
    for title, bars in panels:
        parts.append(text(16, y, title, 'font-weight="600"'))
        y += 8
        top = y
        for bar in bars:
            parts += _bar(bar, y, scale)
            y += ROW
        parts = [*_grid(scale, top, y), *parts]
        y += GAP
    parts += _axis(scale, y - GAP)
    parts += _legend(y + 8)
    words = " ".join(_words(panels))
    title = "The comparison, on a logarithmic scale"
    return Picture(svg(WIDTH, y + 24, title, words, *parts), words)


class _Scale:
    """Where a time is, from a power of ten to another."""

    def __init__(self, low: int, high: int) -> None:
        self.powers = range(low, high + 1)
        self._px = (WIDTH - LEFT - RIGHT) / (high - low)

    def x(self, ms: float) -> float:
        place = math.log10(max(ms, 10.0 ** self.powers[0]))
        return LEFT + (place - self.powers[0]) * self._px


def _panels(rows: Sequence[Row]) -> Iterator[tuple[str, list[Bar]]]:
    for platform, title in PLATFORMS.items():
        mine = [one for one in rows if one.platform == platform]
        for column in (COLD, *dict.fromkeys(one.workload for one in mine)):
            bars = [
                _measured(one, column)
                for one in mine
                if _is_in(one, column) and _ms(one, column) is not None
            ]
            if bars:
                kind = "cold start" if column == COLD else f"{column}, warm"
                yield f"{title}: {kind}", bars


def _is_in(row: Row, column: str) -> bool:
    return row.workload == ("hello" if column == COLD else column)


def _ms(row: Row, column: str) -> float | None:
    return row.cold_ms if column == COLD else row.warm_ms


def _measured(row: Row, column: str) -> Bar:
    talk = TALKS_MS[row.platform].get(language(row.function), {})
    talks_ms = talk.get(column) if row.kernel == "brute" else None
    return Bar(row.function, _ms(row, column) or 0.0, talks_ms)


def _bar(bar: Bar, y: float, scale: _Scale) -> Iterator[str]:
    end = scale.x(bar.ms)
    width = max(end - LEFT, 2)
    colour = COLOURS.get(language(bar.function), "#777")
    yield text(LEFT - 8, y + 11, bar.function, 'text-anchor="end"')
    yield (
        f'<rect x="{LEFT:g}" y="{y:g}" width="{width:.1f}" '
        f'height="{BAR:g}" fill="{colour}"/>'
    )
    if bar.talks_ms:
        x = scale.x(bar.talks_ms)
        yield f'<path d="M{x:.1f} {y - 2:g}v{BAR + 4:g}" {TALK}/>'
        end = max(end, x)
    yield text(end + 6, y + 11, duration(bar.ms), 'font-size="12"')


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
        x += 90
    yield f'<path d="M{x:g} {y - 12:g}v16" {TALK}/>'
    yield text(x + 8, y, "the talk's figure", GREY)


def _words(panels: Sequence[tuple[str, list[Bar]]]) -> Iterator[str]:
    for title, bars in panels:
        told = ", ".join(
            f"{bar.function} {duration(bar.ms)}"
            + (f" (talk {duration(bar.talks_ms)})" if bar.talks_ms else "")
            for bar in bars
        )
        yield f"{title}: {told}."
