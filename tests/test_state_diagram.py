"""The state diagram: all of a table, and nothing but the table."""

import re
from itertools import combinations
from xml.etree import ElementTree

import pytest

from workshop.aws.runtime_api import TRANSITIONS, Move, State
from workshop.azure import worker
from workshop.state_diagram import describe, draw
from workshop.timeline import FOLLOWING, Phase

SVG = "{http://www.w3.org/2000/svg}"


def rows(following):
    return {
        (before, after): after
        for before in Phase
        for after in Phase
        if after in following.get(before, ())
    }


LIFE, WORKER = rows(FOLLOWING), rows(worker.FOLLOWING)
every = pytest.mark.parametrize("table", [TRANSITIONS, LIFE, WORKER])


def parsed(table):
    return ElementTree.fromstring(draw(table, "A table").svg)


def texts(root):
    return [element.text for element in root.iter(f"{SVG}text")]


def boxes(root):
    """(left, top, right, bottom) of each state."""
    found = []
    for rect in list(root.iter(f"{SVG}rect"))[1:]:
        x, y, width, height = (
            float(rect.get(name)) for name in ("x", "y", "width", "height")
        )
        found.append((x, y, x + width, y + height))
    return found


def arrows(root):
    """The paths with a head, without the one to the first state."""
    heads = [p for p in root.iter(f"{SVG}path") if p.get("marker-end")]
    return [path.get("d") for path in heads][1:]


def test_the_lines_are_the_rows_of_the_table():
    assert describe(TRANSITIONS) == (
        "Init      next       -> Waiting\n"
        "Init      init error -> Failed\n"
        "Waiting   INVOKE     -> Invoking\n"
        "Waiting   next       -> Waiting\n"
        "Invoking  next       -> Invoking\n"
        "Invoking  response   -> Answered\n"
        "Invoking  error      -> Answered\n"
        "Answered  next       -> Waiting"
    )


@every
def test_each_state_has_a_box_and_each_move_its_label(table):
    root = parsed(table)
    states = {state for state, _ in table} | set(table.values())
    assert len(boxes(root)) == len(states)
    labels = [move for (_, move), to in table.items() if move != to]
    assert sorted(filter(None, texts(root))) == sorted([*states, *labels])


@every
def test_each_pair_of_states_has_one_arrow(table):
    pairs = {(state, to) for (state, _), to in table.items()}
    assert len(arrows(parsed(table))) == len(pairs)


@every
def test_boxes_stand_apart_and_within_the_picture(table):
    root = parsed(table)
    width, height = (float(root.get(name)) for name in ("width", "height"))
    found = boxes(root)
    for left, top, right, bottom in found:
        assert left >= 0 and top >= 0
        assert right <= width and bottom <= height
    for (a, b, c, d), (e, f, g, h) in combinations(found, 2):
        gap = 20  # there is an arrow between them, or may be
        assert max(e - c, a - g, f - d, b - h) >= gap


@every
def test_each_arrow_leaves_from_a_box_and_ends_at_one(table):
    root = parsed(table)
    for path in arrows(root):
        x, y = map(float, re.match(r"M(\S+) ([\d.]+)", path).groups())
        assert on_an_edge(x, y, boxes(root)), path
        direction, end = re.search(r"([VH])([\d.]+)$", path).groups()
        edges = [
            edge
            for left, top, right, bottom in boxes(root)
            for edge in ((left, right) if direction == "H" else (top, bottom))
        ]
        assert float(end) in edges, path


@every
def test_no_two_arrows_leave_from_the_same_place(table):
    starts = [
        re.match(r"M(\S+ [\d.]+)", path)[1] for path in arrows(parsed(table))
    ]
    assert len(set(starts)) == len(starts)


def on_an_edge(x, y, found):
    return any(
        left <= x <= right and top <= y <= bottom
        for left, top, right, bottom in found
    )


def test_it_is_drawn_from_the_table_alone():
    without = dict(TRANSITIONS)
    del without[State.ANSWERED, Move.NEXT]
    whole, part = parsed(TRANSITIONS), parsed(without)
    assert len(arrows(part)) == len(arrows(whole)) - 1
    # Now nothing comes after Answered, and it stands below.
    assert len(boxes(part)) == len(boxes(whole))
    assert "Answered leads to" not in draw(without, "A table").words
    assert draw(TRANSITIONS, "t").svg == draw(dict(TRANSITIONS), "t").svg


def test_the_words_tell_every_arrow():
    words = draw(TRANSITIONS, "The Runtime API").words
    assert words.startswith("The Runtime API: Init leads to Waiting by next;")
    assert "Invoking leads to Answered by response or error;" in words
    assert "Waiting leads to Waiting by next" in words
    assert "idle leads to frozen;" in draw(LIFE, "Life").words


def test_the_lives_of_both_platforms_can_be_told_apart():
    worker_s = describe(WORKER).splitlines()
    environment_s = describe(LIFE).splitlines()
    assert [" ".join(row.split()) for row in worker_s] == [
        "init -> idle",
        "init -> ended",
        "idle -> invoke",
        "idle -> ended",
        "invoke -> idle",
        "invoke -> invoke",
        "invoke -> ended",
    ]
    assert any("frozen" in row for row in environment_s)
