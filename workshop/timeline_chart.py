"""What environments did: drawn as lanes of time, and written in lines.

All lanes share one scale. In two places it would make the picture
unreadable, so there the picture departs from it and says so: what is too
short to be seen gets a least width, and long time in which every environment
is at rest is cut to a fixed one, with a mark.
"""

import math
import string
import textwrap
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from workshop.picture import Picture, svg, text, width_of
from workshop.timeline import Event, Phase

# In pixels: the picture, its lanes, and what stands for time.
WIDTH, LEFT, RIGHT, TOP, LANE, BAR = 760.0, 50.0, 24.0, 8.0, 58.0, 30.0
LEAST, CUT, OPEN = 6.0, 64.0, 48.0
NAME, MARGIN = 16.0, 24.0  # a name's size, and what is beside it
WHY = 90.0  # beside the end of an environment
WAIT = 3.0  # times all work in the picture: a longer wait is cut


@dataclass(frozen=True)
class Look:
    """How a phase looks: its height tells it as well as its colour."""

    fill: str
    stroke: str
    height: float
    dashes: str = "none"


LOOKS: Mapping[Phase, Look] = {  # colours of Okabe and Ito
    Phase.INIT: Look("url(#stripes)", "#D55E00", BAR),
    Phase.IDLE: Look("#fff", "#0072B2", 8),
    Phase.INVOKE: Look("#0072B2", "#0072B2", BAR),
    Phase.ANSWERED: Look("#56B4E9", "#0072B2", 18),
    Phase.FROZEN: Look("#eee", "#777", 12, "4 3"),
    Phase.ENDED: Look("#444", "#444", BAR),
}
STRIPES = (
    '<pattern id="stripes" width="6" height="6" '
    'patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="6" height="6" fill="#fdf0e6"/>'
    '<rect width="2" height="6" fill="#f3c7a6"/></pattern>'
)
SMALL = 'font-size="12"'
GREY = f'{SMALL} fill="#555"'
ON_BAR = {
    Phase.INIT: 'stroke="#fff" stroke-width="3" paint-order="stroke"',
    Phase.INVOKE: 'fill="#fff"',
}
REST = (Phase.FROZEN, Phase.ENDED)  # nothing runs
WAITING = (*REST, Phase.IDLE)  # nobody has work
CENTRED = 'text-anchor="middle"'

Names = Callable[[Sequence[str]], Iterable[str]]


def letters(environments: Sequence[str]) -> list[str]:
    """A, B, C and so on: for environments whose own names say nothing."""
    alphabet = string.ascii_uppercase
    return [
        alphabet[number % 26] + str(number // 26 or "")
        for number in range(len(environments))
    ]


def own_names(environments: Sequence[str]) -> list[str]:
    """What the environments call themselves, such as `worker 1`."""
    return list(environments)


@dataclass(frozen=True)
class Stay:
    """An environment's time in one phase; moments in seconds."""

    phase: Phase
    start: float
    end: float  # infinite while it lasts
    detail: str

    @property
    def duration(self) -> str:
        """How long it took, or nothing while it lasts."""
        return "" if math.isinf(self.end) else _time(self.end - self.start)

    @property
    def name(self) -> str:
        """The phase, and why where the phase alone does not say."""
        return f"{self.phase} ({self.detail})" if self.detail else self.phase

    @property
    def words(self) -> str:
        """Its name and how long it took."""
        return f"{self.name} {self.duration}".rstrip()


def lives(
    events: Iterable[Event],
    since: float = -math.inf,
    names: Names = letters,
) -> dict[str, list[Stay]]:
    """By name, what each environment has done since a moment.

    `names` gives each its name, in the order of birth, which counts those
    before `since` too; one that had ended by then is left out.
    """
    histories: dict[str, list[Event]] = {}
    for event in events:
        histories.setdefault(event.environment, []).append(event)
    found: dict[str, list[Stay]] = {}
    named = zip(names(list(histories)), histories.values(), strict=True)
    for name, history in named:
        ends = [*(event.at for event in history[1:]), math.inf]
        stays = [
            Stay(event.phase, max(event.at, since), end, event.detail)
            for event, end in zip(history, ends, strict=True)
            if end > since
            and not (event.phase is Phase.ENDED and event.at < since)
        ]
        if stays:
            found[name] = stays
    return found


def describe(
    events: Iterable[Event],
    since: float = -math.inf,
    names: Names = letters,
) -> str:
    """A line for each environment: its phases in order, without times."""
    lanes = lives(events, since, names)
    room = max(map(len, lanes), default=0)
    return "\n".join(
        textwrap.fill(
            f"{name:{room}}  " + " → ".join(stay.name for stay in stays),
            width=79,
            subsequent_indent=" " * (room + 2),
        )
        for name, stays in lanes.items()
    )


def draw(
    events: Iterable[Event],
    since: float = -math.inf,
    names: Names = letters,
) -> Picture:
    """A lane for each environment, with times; its words tell them too."""
    lanes = lives(events, since, names)
    left = max([LEFT, *(_name_width(name) + MARGIN for name in lanes)])
    scale = _Scale([stay for stays in lanes.values() for stay in stays], left)
    parts = [STRIPES]
    floor = TOP
    for name, stays in lanes.items():
        floor += LANE
        middle = f'font-size="{NAME:g}" font-weight="600" {CENTRED}'
        parts.append(text(left / 2, floor - 9, name, middle))
        parts += _lane(stays, floor, scale)
    parts += _axis(scale, floor + 16)
    parts += _legend(scale, floor + 76)
    words = " ".join(
        f"{name}: {', '.join(stay.words for stay in stays)}."
        for name, stays in lanes.items()
    )
    title = "What each environment did, time from left to right"
    width = max(WIDTH, scale.end + scale.right)
    return Picture(svg(width, floor + 124, title, words, *parts), words)


def _name_width(name: str) -> float:
    return width_of(name) * NAME / 13  # which is the size of other text


class _Scale:
    """Where each moment is, in pixels from the left."""

    def __init__(self, stays: Sequence[Stay], left: float) -> None:
        ends = {stay.end for stay in stays} - {math.inf}
        moments = sorted({stay.start for stay in stays} | ends) or [0.0]
        spans = list(pairwise(moments))
        busy = [s for s in spans if not _all_in(REST, stays, *s)]
        working = [s for s in spans if not _all_in(WAITING, stays, *s)]
        ended = any(stay.phase is Phase.ENDED for stay in stays)
        self.right = RIGHT + WHY * ended
        room = WIDTH - left - OPEN - self.right
        rest_s = CUT / room * _total_s(busy)
        wait_s = WAIT * _total_s(working)
        cut = [
            span
            for span in spans
            if (span not in busy and _total_s([span]) > rest_s)
            or (span not in working and _total_s([span]) > wait_s)
        ]
        self.px_per_s = _fit(
            [end - start for start, end in spans if (start, end) not in cut],
            room - CUT * len(cut),
        )
        self.cuts: list[float] = []  # in pixels, the middle of each
        self.left = left
        self._x = {moments[0]: left}
        x = left
        for start, end in spans:
            width = max(LEAST, (end - start) * self.px_per_s)
            if (start, end) in cut:
                width = CUT
                self.cuts.append(x + CUT / 2)
            x += width
            self._x[end] = x
        self.end = x + OPEN
        starts = [start for start, _ in busy]
        stops = {end for _, end in busy}
        # When something begins that follows on nothing, and how long after
        # the first of them.
        self.ticks = {
            self.x(start): _time(start - starts[0])
            for start in starts
            if start not in stops
        }

    def x(self, moment: float) -> float:
        return self._x.get(moment, self.end)


def _total_s(spans: Iterable[tuple[float, float]]) -> float:
    return sum(end - start for start, end in spans)


def _all_in(
    phases: Collection[Phase],
    stays: Sequence[Stay],
    start: float,
    end: float,
) -> bool:
    """Whether every environment is in one of them between two changes."""
    return all(
        stay.phase in phases
        for stay in stays
        if stay.start <= start and stay.end >= end
    )


def _fit(spans_s: Sequence[float], room: float) -> float:
    """The pixels for a second with which the spans fill the room.

    Those that would be too narrow get the least width instead.
    """
    wide = sorted(spans_s)
    room = max(room - LEAST * len(wide), 100)
    while wide:
        px_per_s = (room + LEAST * len(wide)) / sum(wide)
        if wide[0] * px_per_s >= LEAST:
            return px_per_s
        del wide[0]
    return 1000.0


def _lane(stays: Sequence[Stay], floor: float, scale: _Scale) -> list[str]:
    """The bars of one environment, and what they say."""
    bars, labels = [], []
    above: dict[float, Stay] = {}  # where the bar itself has no room
    before: Phase | None = None
    for stay in stays:
        x, end = scale.x(stay.start), scale.x(stay.end)
        goes_on, before = stay.phase is before, stay.phase
        if stay.phase is Phase.ENDED:
            end = x + 8
            labels.append(text(end + 5, floor - 17, "ended", SMALL))
            labels.append(text(end + 5, floor - 3, stay.detail, GREY))
        bars.append(_bar(stay.phase, x, floor, end - x))
        if goes_on:  # one more request, or one less
            bars.append(_joint(x, floor))
        middle, room, label = (x + end) / 2, end - x, stay.words
        if stay.phase in (Phase.FROZEN, Phase.IDLE):
            bars += [_cut(at, floor) for at in scale.cuts if x < at < end]
            label = label if width_of(label) <= room else stay.duration
            if width_of(label) <= room:
                style = f"{GREY} {CENTRED}"
                labels.append(text(middle, floor - 19, label, style))
            continue
        if goes_on and width_of(label) > room:
            label = stay.detail or label
        if stay.phase in ON_BAR and width_of(label) <= room:
            style = f"{SMALL} {CENTRED} {ON_BAR[stay.phase]}"
            labels.append(text(middle, floor - 11, label, style))
        elif stay.phase in ON_BAR and not goes_on:
            above[x] = stay
    return bars + labels + _above(above, floor - BAR - 5)


def _above(stays: Mapping[float, Stay], y: float) -> list[str]:
    """What the bars at these places say, where there is room above them."""
    parts = []
    free = 0.0
    for x, following in pairwise([*stays, math.inf]):
        if x < free:
            continue
        stay = stays[x]
        fits = stay.detail or x + width_of(stay.words) <= following
        label = stay.words if fits else stay.duration
        parts.append(text(x, y, label, SMALL))
        free = x + width_of(label)
    return parts


def _bar(phase: Phase, x: float, floor: float, width: float) -> str:
    look = LOOKS[phase]
    return (
        f'<rect x="{x:.1f}" y="{floor - look.height:g}" width="{width:.1f}" '
        f'height="{look.height:g}" fill="{look.fill}" '
        f'stroke="{look.stroke}" stroke-dasharray="{look.dashes}"/>'
    )


def _joint(x: float, floor: float) -> str:
    """Where a bar goes on in the same phase."""
    return f'<path d="M{x:.1f} {floor - BAR:g}v{BAR:g}" stroke="#fff"/>'


def _cut(x: float, floor: float) -> str:
    """Two slanted lines, and nothing between them."""
    left = f"M{x - 6:.1f} {floor + 4:g}l4 -19"
    return (
        f'<path d="{left}h7l-4 19z" fill="#fff"/>'
        f'<path d="{left}m7 0l-4 19" fill="none" stroke="#777"/>'
    )


def _axis(scale: _Scale, y: float) -> list[str]:
    """The moments at which something begins; a mark where time is cut."""
    parts = [
        f'<path d="M{scale.left:g} {y:g}H{scale.end:.1f}" stroke="#777"/>'
    ]
    free = 0.0
    for x, label in scale.ticks.items():
        parts.append(f'<path d="M{x:.1f} {y:g}v6" stroke="#777"/>')
        if x >= free:
            parts.append(text(x, y + 19, label, GREY))
            free = x + width_of(label)
    return parts + [_cut(x, y + 8) for x in scale.cuts]


def _legend(scale: _Scale, y: float) -> list[str]:
    parts = []
    for number, phase in enumerate(LOOKS):
        x = scale.left + (WIDTH - scale.left - RIGHT) / len(LOOKS) * number
        width = 8 if phase is Phase.ENDED else 22
        parts.append(_bar(phase, x, y, width))
        parts.append(text(x + width + 7, y - 2, phase, SMALL))
    nice_s = _nice_s(110 / scale.px_per_s)
    width_px = nice_s * scale.px_per_s
    note = (
        f"is {_time(nice_s)}. Nothing is narrower than {LEAST:g} pixels; "
        "// cuts out time in which all are at rest."
    )
    ruler = f"M{scale.left:g} {y + 22:g}v8m0 -4h{width_px:.1f}m0 -4v8"
    parts.append(f'<path d="{ruler}" stroke="#222" fill="none"/>')
    parts.append(text(scale.left + width_px + 8, y + 30, note, GREY))
    return parts


def _nice_s(most_s: float) -> float:
    """The largest of 1, 2 and 5 times a power of ten, up to a limit."""
    power: float = 10.0 ** math.floor(math.log10(most_s))
    return max(n * power for n in (1, 2, 5) if n * power <= most_s)


def _time(seconds: float) -> str:
    if seconds >= 0.9995:
        return f"{seconds:.2f} s"
    ms = seconds * 1000
    return f"{ms:.1f} ms" if 0 < ms < 9.95 else f"{ms:.0f} ms"
