"""Lines in a frame, drawn by matplotlib: a fleet over a day, a bill by size.

Each line has a dash of its own and its name at its end, so nothing is told by
colour alone. The same data give the same SVG, byte by byte, so a notebook's
picture can be compared.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Any, Literal

import matplotlib
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from workshop.picture import Picture

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#222222")
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)))
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",  # text stays text: small, and can be read aloud
    "svg.hashsalt": "workshop",  # ids that are the same in every run
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#ddd",
}


@dataclass(frozen=True)
class Series:
    """One line: its name, and its points."""

    name: str
    xs: Sequence[float]
    ys: Sequence[float]
    steps: bool = False  # a value holds until the next one


@dataclass(frozen=True)
class Axis:
    """What is along an axis, and how it is divided."""

    label: str
    scale: Literal["linear", "log"] = "linear"


@dataclass(frozen=True)
class Mark:
    """A point that the text speaks of, such as a break-even."""

    x: float
    y: float
    label: str


def line_chart(
    series: Sequence[Series],
    x: Axis,
    y: Axis,
    words: str,
    marks: Sequence[Mark] = (),
) -> Picture:
    """Draw the lines and the marks; `words` say the same in a sentence."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(7.6, 3.8), layout="constrained")
        axes = figure.subplots()
        axes.set(xlabel=x.label, xscale=x.scale)
        axes.set(ylabel=y.label, yscale=y.scale)
        look = zip(series, cycle(COLOURS), cycle(DASHES), strict=False)
        for one, colour, dash in look:
            axes.plot(
                one.xs,
                one.ys,
                color=colour,
                linestyle=dash,
                linewidth=2,
                label=one.name,
                drawstyle="steps-post" if one.steps else "default",
            )
        for mark in marks:
            axes.plot(mark.x, mark.y, "o", color="#222", markerfacecolor="w")
            axes.annotate(
                mark.label,
                (mark.x, mark.y),
                textcoords="offset points",
                xytext=(8, -12),
            )
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(FuncFormatter(_amount))
        axes.minorticks_off()
        if y.scale == "linear":
            axes.set_ylim(bottom=0)  # a height is an amount
        figure.legend(loc="outside upper left", ncols=3, frameon=False)
        content = io.StringIO()
        figure.savefig(content, format="svg", metadata={"Date": None})
    return Picture(content.getvalue(), words)


def _amount(value: float, _position: int) -> str:
    """A number as one says it: 0.01, 2,000, 10 million."""
    for name, size in (("billion", 1e9), ("million", 1e6)):
        if abs(value) >= size:
            return f"{value / size:,g} {name}"
    return f"{value:,g}"
