"""A table of transitions, drawn as a state diagram and written as lines.

The table is the only source of both: one row more is one arrow more. States
stand from left to right in the table's order; those after which nothing
comes stand below, as wide as what leads to them.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TypeVar

from workshop.picture import Picture, svg, text, width_of

State = TypeVar("State", bound=str)
Move = TypeVar("Move", bound=str)

# In pixels: a state's box, the margin, and what lies between two arcs.
BOX, HEIGHT, MARGIN, LEVEL = 100.0, 40.0, 24.0, 34.0
LINE = 16.0  # of text
BLUE = "#0072B2"
ARROW = f'fill="none" stroke="{BLUE}" stroke-width="1.6"'
HEAD = (
    '<marker id="head" viewBox="0 0 8 8" refX="8" refY="4" orient="auto" '
    f'markerWidth="7" markerHeight="7"><path d="M0 0L8 4L0 8z" fill="{BLUE}"/>'
    "</marker>"
)


def describe(table: Mapping[tuple[State, Move], State]) -> str:
    """The table as lines of state, move and the state that follows."""
    rows = [
        (state, _label(move, to), to) for (state, move), to in table.items()
    ]
    first = max(len(state) for state, _, _ in rows)
    second = max(len(label) for _, label, _ in rows)
    return "\n".join(
        f"{state:{first}}  {label:{second}} -> {to}"
        for state, label, to in rows
    )


def draw(table: Mapping[tuple[State, Move], State], title: str) -> Picture:
    """The table as a diagram; the first row's state is where it begins.

    A move of the same name as the state it leads to has no label.
    """
    moves: dict[tuple[str, str], list[str]] = {}
    for (before, move), after in table.items():
        label = _label(move, after)
        moves.setdefault((before, after), []).append(label)
    row = list(dict.fromkeys(state for state, _ in moves))
    ends = [s for s in dict.fromkeys(to for _, to in moves) if s not in row]
    centre = _centres(row, moves)
    step = {
        (state, to): row.index(to) - row.index(state)
        for state, to in moves
        if to in row
    }
    arcs = sorted(
        (pair for pair, size in step.items() if size not in (0, 1)),
        key=lambda pair: -abs(step[pair]),
    )  # the longest first, which is drawn at the top
    top = MARGIN + LEVEL * (len(arcs) + (0 in step.values()))
    parts = [HEAD, _beginning(centre[row[0]] - BOX / 2, top + HEIGHT / 2)]
    parts += [_box(name, centre[name], centre[name], top) for name in row]
    for (state, to), size in step.items():
        x, labels = centre[state], moves[state, to]
        if size == 0:
            parts += _loop(x, top, labels)
        elif size == 1:
            parts += _straight(x, centre[to], top + HEIGHT / 2, labels)
    for level, (state, to) in enumerate(arcs):
        y = MARGIN + LEVEL * level
        parts += _arc(centre[state], centre[to], y, top, moves[state, to])
    bottom = top + HEIGHT
    for name in ends:
        above = [s for s in row if (s, name) in moves]
        first, last = centre[above[0]], centre[above[-1]]
        bottom += HEIGHT
        parts.append(_box(name, first, last, bottom))
        for state in above:
            x, labels = centre[state], moves[state, name]
            parts += _down(x, top + HEIGHT, bottom, labels)
        bottom += HEIGHT
    words = " ".join(f"{title}: {'; '.join(_sentences(moves))}.".split())
    width = centre[row[-1]] + BOX / 2 + MARGIN
    return Picture(svg(width, bottom + MARGIN, title, words, *parts), words)


def _label(move: str, to: str) -> str:
    return "" if move == to else move


def _sentences(moves: Mapping[tuple[str, str], Sequence[str]]) -> list[str]:
    return [
        f"{state} leads to {to}"
        + (f" by {' or '.join(labels)}" if any(labels) else "")
        for (state, to), labels in moves.items()
    ]


def _centres(
    row: Sequence[str], moves: Mapping[tuple[str, str], Sequence[str]]
) -> dict[str, float]:
    """Where each state of the row is, with room for what stands between."""
    x = 2 * MARGIN + BOX / 2
    centre = {row[0]: x}
    for state, to in pairwise(row):
        widest = max(map(width_of, moves.get((state, to), [""])))
        x += BOX + max(widest + 24, 40)
        centre[to] = x
    return centre


def _box(name: str, left: float, right: float, y: float) -> str:
    x, width = left - BOX / 2, right - left + BOX
    middle = 'font-weight="600" text-anchor="middle"'
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{HEIGHT:g}" '
        f'rx="6" fill="#e6f1f8" stroke="{BLUE}" stroke-width="1.6"/>'
    ) + text((left + right) / 2, y + HEIGHT / 2 + 4.5, name, middle)


def _beginning(x: float, y: float) -> str:
    dot = f'<circle cx="{x - 28:g}" cy="{y:g}" r="5" fill="{BLUE}"/>'
    return dot + _path(f"M{x - 24:g} {y:g}H{x:g}")


def _straight(
    x: float, to: float, y: float, labels: Sequence[str]
) -> list[str]:
    line = _path(f"M{x + BOX / 2:g} {y:g}H{to - BOX / 2:g}")
    return [line, *_labels((x + to) / 2, y - 7, labels)]


def _loop(x: float, y: float, labels: Sequence[str]) -> list[str]:
    line = f"M{x + 14:g} {y:g}V{y - 12:g}q0 -8 -8 -8"
    line += f"h-12q-8 0 -8 8V{y:g}"
    return [_path(line), *_labels(x, y - 26, labels)]


def _arc(
    x: float, to: float, y: float, box: float, labels: Sequence[str]
) -> list[str]:
    """Up, along and down, to the far side of the box that it goes back to."""
    side = 1 if to > x else -1
    start, stop = x + 30 * side, to - 30
    line = f"M{start:g} {box:g}V{y + 8:g}q0 -8 {8 * side} -8"
    line += f"H{stop - 8 * side:g}q{8 * side} 0 {8 * side} 8V{box:g}"
    return [_path(line), *_labels((start + stop) / 2, y - 6, labels)]


def _down(x: float, y: float, to: float, labels: Sequence[str]) -> list[str]:
    side = text(x + 8, (y + to) / 2 + 4, ", ".join(labels))
    return [_path(f"M{x:g} {y:g}V{to:g}"), side]


def _path(d: str) -> str:
    return f'<path d="{d}" {ARROW} marker-end="url(#head)"/>'


def _labels(x: float, y: float, labels: Sequence[str]) -> list[str]:
    """The labels of an arrow, one above the other."""
    return [
        text(x, y - LINE * line, label, 'text-anchor="middle"')
        for line, label in enumerate(reversed(labels))
    ]
