"""The chart of a timeline: what it says, and whether it tells the truth."""

import random
from itertools import chain, pairwise
from xml.etree import ElementTree

import pytest

from workshop.timeline import FOLLOWING, Event, Phase
from workshop.timeline_chart import (
    CUT,
    LEAST,
    LEFT,
    LOOKS,
    describe,
    draw,
    letters,
    lives,
    own_names,
)

SVG = "{http://www.w3.org/2000/svg}"
COLD = (
    (Phase.INIT, 60),
    (Phase.IDLE, 0.1),
    (Phase.INVOKE, 40),
    (Phase.ANSWERED, 0.3),
    (Phase.IDLE, 10),
)
WARM = ((Phase.INVOKE, 0.7), *COLD[3:])


def life(environment, at, *phases):
    """Its events, from (phase, milliseconds, detail) and a start in s."""
    events = []
    for phase, ms, *detail in phases:
        events.append(Event(environment, phase, at, "", *detail))
        at += ms / 1000
    return events


def merged(*histories):
    return sorted(chain(*histories), key=lambda event: event.at)


TWICE = life("x", 100, *COLD, (Phase.FROZEN, 5000), *WARM, (Phase.FROZEN, 0))
TWO = merged(
    life("x", 100, *COLD, (Phase.FROZEN, 0)),
    life("y", 100.02, *COLD, (Phase.FROZEN, 0)),
)
ENDS = merged(
    life("x", 100, *COLD, (Phase.ENDED, 0, "idle for long")),
    life("y", 200, (Phase.INIT, 50, "suppressed"), *COLD[1:]),
)
SHARED = merged(
    life("host", 99.9, (Phase.INIT, 10), (Phase.IDLE, 0)),
    life(
        "worker 1",
        100,
        (Phase.INIT, 60),
        (Phase.IDLE, 0.1),
        (Phase.INVOKE, 2),
        (Phase.INVOKE, 900, "2 at once"),
        (Phase.INVOKE, 2),
        (Phase.IDLE, 0),
    ),
)


def parsed(events, **options):
    return ElementTree.fromstring(draw(events, **options).svg)


def texts(root):
    return [element.text for element in root.iter(f"{SVG}text")]


def bars(root):
    """(x, width, height) of each bar, from top to bottom, left to right."""
    found = [
        tuple(float(rect.get(name)) for name in ("x", "width", "height"))
        for rect in root.iter(f"{SVG}rect")
        if rect.get("stroke-dasharray")
    ]
    return found[: -len(LOOKS)]  # without those of the legend


# In words


def test_the_phases_of_an_environment_are_a_line():
    assert describe(TWO) == (
        "A  init → idle → invoke → answered → idle → frozen\n"
        "B  init → idle → invoke → answered → idle → frozen"
    )


def test_a_line_is_broken_where_it_would_be_too_long():
    assert describe(TWICE) == (
        "A  init → idle → invoke → answered → idle → frozen → "
        "invoke → answered → idle →\n   frozen"
    )


def test_a_phase_says_why():
    first, second = describe(ENDS).splitlines()
    assert first.endswith("idle → ended (idle for long)")
    assert second.startswith("B  init (suppressed) → idle")


def test_since_leaves_out_what_was_over_by_then_and_keeps_the_names():
    assert describe(TWICE, since=103) == (
        "A  frozen → invoke → answered → idle → frozen"
    )
    assert list(lives(ENDS, since=150)) == ["B"]
    assert list(lives(ENDS, since=100.05)) == ["A", "B"]
    assert lives(TWICE, since=103)["A"][0].start == 103


def test_there_are_names_enough():
    events = [Event(str(n), Phase.INIT, n) for n in range(54)]
    names = list(lives(events))
    assert names[:2] + names[25:28] == ["A", "B", "Z", "A1", "B1"]
    assert len(set(names)) == 54


def test_environments_keep_the_names_they_have_where_those_are_asked_for():
    assert describe(SHARED, names=own_names) == (
        "host      init → idle\n"
        "worker 1  init → idle → invoke → invoke (2 at once) → invoke → idle"
    )
    assert describe(SHARED) == describe(SHARED, names=letters)
    assert list(lives(SHARED)) == ["A", "B"]
    assert list(lives(SHARED, since=101, names=own_names)) == [
        "host",
        "worker 1",
    ]
    assert draw(SHARED, names=own_names).words.startswith("host: init 10 ms")


def test_a_long_line_goes_on_below_its_phases():
    long = life("worker 1", 100, *[(Phase.INVOKE, 1), (Phase.IDLE, 1)] * 6)
    lines = describe(long, names=own_names).splitlines()
    assert len(lines) == 2
    assert lines[1].startswith(" " * 10 + "invoke")
    assert max(map(len, lines)) <= 79


def test_the_words_of_the_picture_tell_its_times_too():
    assert draw(TWO).words.startswith(
        "A: init 60 ms, idle 0.1 ms, invoke 40 ms, answered 0.3 ms, "
        "idle 10 ms, frozen. B: init 60 ms"
    )
    assert "ended (idle for long)" in draw(ENDS).words
    assert "frozen 5.00 s" in draw(TWICE).words


# In the picture


def test_every_phase_is_a_bar_and_they_stand_in_one_row():
    root = parsed(TWICE)
    found = bars(root)
    assert len(found) == len(TWICE)
    for (x, width, _), (following, _, _) in pairwise(found):
        assert x + width == pytest.approx(following, abs=0.2)
    heights = [LOOKS[event.phase].height for event in TWICE]
    assert [height for _, _, height in found] == heights


def test_what_is_not_short_is_to_scale():
    widths = [width for _, width, _ in bars(parsed(TWICE))]
    init, idle, invoke, answered, *_ = widths
    assert init / invoke == pytest.approx(60 / 40, rel=0.02)
    assert idle == answered == LEAST


def test_the_same_moment_is_at_the_same_place_in_every_lane():
    first, second = parsed(TWO), lives(TWO)
    assert second["B"][0].start - second["A"][0].start == pytest.approx(0.02)
    found = bars(first)
    init_a, init_b = found[0], found[6]
    assert init_a[0] == LEFT
    assert init_b[0] - LEFT == pytest.approx(init_a[1] / 3, rel=0.02)


def test_rest_is_cut_where_it_is_long_and_only_there():
    def marks(events):
        root = parsed(events)
        return sum(p.get("fill") == "#fff" for p in root.iter(f"{SVG}path"))

    short = [*COLD, (Phase.FROZEN, 10), *WARM, (Phase.FROZEN, 0)]
    assert marks(life("x", 100, *short)) == 0
    assert marks(TWICE) == 2  # in the lane and on the axis
    assert bars(parsed(TWICE))[5][1] == CUT
    busy = life("y", 90, *COLD[:2], (Phase.INVOKE, 30_000), *COLD[3:])
    assert marks(merged(TWICE, busy)) == 0  # somebody works all the time


def test_a_wait_is_cut_where_it_would_fill_the_picture():
    def idle_px(ms):
        waits = life("x", 100, *COLD[:-1], (Phase.IDLE, ms), *WARM)
        root = parsed(waits)
        slants = [p.get("fill") == "#fff" for p in root.iter(f"{SVG}path")]
        return bars(root)[4][1], sum(slants)

    width, marks = idle_px(200)
    assert (width > CUT, marks) == (True, 0)  # its work took 100 ms
    assert idle_px(60_000) == (CUT, 2)


def test_a_wait_beside_work_is_not_cut():
    waiting = life("x", 100, (Phase.INIT, 10), (Phase.IDLE, 0))
    working = life("y", 100, (Phase.INIT, 10), (Phase.INVOKE, 60_000))
    root = parsed(merged(waiting, working))
    assert "invoke" in texts(root)
    assert not [p for p in root.iter(f"{SVG}path") if p.get("fill") == "#fff"]


def test_names_have_room_at_the_left():
    narrow, wide = parsed(SHARED), parsed(SHARED, names=own_names)
    assert min(x for x, _, _ in bars(narrow)) == LEFT
    name, start = "worker 1", min(x for x, _, _ in bars(wide))
    (found,) = [t for t in wide.iter(f"{SVG}text") if t.text == name]
    middle, half = float(found.get("x")), 10 * len(name) / 2  # in 16 pixels
    assert middle > half
    assert middle + half < start
    assert float(wide.get("width")) == float(narrow.get("width"))


def test_requests_that_join_are_one_bar_with_joints():
    root = parsed(SHARED, names=own_names)
    joints = [p for p in root.iter(f"{SVG}path") if p.get("stroke") == "#fff"]
    assert len(joints) == 2
    said = texts(root)
    assert "invoke (2 at once) 900 ms" in said
    assert sum(words.startswith("invoke") for words in said) == 3  # + legend
    narrow = life(
        "worker 1",
        100,
        (Phase.INIT, 90),
        (Phase.INVOKE, 1),
        (Phase.INVOKE, 20, "2 at once"),
        (Phase.IDLE, 0),
    )
    assert "2 at once" in texts(parsed(narrow))


def test_times_are_told_where_work_begins():
    said = texts(parsed(TWICE))
    assert "0 ms" in said
    assert "5.11 s" in said
    assert "0.7 ms" in said or "invoke 0.7 ms" in said
    assert "0 ms" in texts(parsed(TWICE, since=103))


def test_no_phase_is_told_by_its_colour_alone():
    shapes = [
        (look.height, look.fill.startswith("url"), look.dashes)
        for phase, look in LOOKS.items()
        if phase is not Phase.ENDED  # which is written beside it
    ]
    assert len(set(shapes)) == len(shapes)
    assert texts(parsed(ENDS)).count("ended") == 2  # in its lane, the legend
    assert set(LOOKS) == set(Phase) <= set(texts(parsed(TWO)))


def test_nothing_has_happened_yet():
    assert describe([]) == ""
    assert bars(parsed([])) == []


@pytest.mark.parametrize("seed", range(40))
def test_any_history_fits_into_its_picture(seed):
    choose = random.Random(seed)
    histories = []
    for name in range(choose.randint(1, 6)):
        events, phase, at = [], Phase.INIT, choose.uniform(0, 3)
        for _ in range(choose.randint(1, 30)):
            events.append(Event(str(name), phase, at, detail="&<why>"))
            at += choose.choice([1e-5, 1e-3, 0.1, 60]) * choose.random()
            if phase is Phase.ENDED:
                break
            phase = choose.choice(sorted(FOLLOWING[phase]))
        histories.append(events)
    root = parsed(merged(*histories))
    width = float(root.get("width"))
    for x, bar, _ in bars(root):
        assert bar >= LEAST - 0.1
        assert x >= LEFT and x + bar <= width
