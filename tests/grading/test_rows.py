"""What is shown of a class: rows, CSV, page and table."""

import csv
import io
from html.parser import HTMLParser

import pytest
from rich.console import Console

from tests.grading.classes import (
    DAY,
    FIRST,
    LAST,
    answered,
    changed,
    hand_in,
    module,
    solved,
    unstarted,
)
from workshop.classroom.outcome import Outcome
from workshop.exercises import stems
from workshop.grading.intake import submissions_in
from workshop.grading.marking import Marking
from workshop.grading.page import as_page
from workshop.grading.rows import Row, as_csv, rows_of
from workshop.grading.table import show

OTHERS = [stem for stem in stems() if stem != FIRST]
ALL = 26 + 9 * len(OTHERS)
HOSTILE = "<script>alert(1)</script>"


def row(name, outcome, *remarks):
    outcomes = [
        outcome
        if stem == outcome.stem
        else Outcome(stem, "not handed in", of=9)
        for stem in stems()
    ]
    return Row(name, DAY, f"{name}.zip", tuple(outcomes), remarks)


RIGHT = row("Ada", Outcome(FIRST, "solved", 26, 26))
WRONG = row(
    HOSTILE,
    Outcome(FIRST, "wrong", 3, 26, f"failed: brute\n  came  {HOSTILE}"),
    f"remark {HOSTILE}",
)


def test_the_counts_of_a_row():
    assert (RIGHT.solved, RIGHT.passed, RIGHT.of) == (1, 26, ALL)
    assert (WRONG.solved, WRONG.passed) == (0, 3)


def test_a_line_of_csv_for_each_row():
    ada, hostile = csv.DictReader(io.StringIO(as_csv([RIGHT, WRONG])))
    assert ada["name"] == "Ada"
    assert ada["date"] == DAY
    assert ada[f"{FIRST} state"] == "solved"
    assert (ada[f"{FIRST} passed"], ada[f"{FIRST} of"]) == ("26", "26")
    assert ada[f"{LAST} state"] == "not handed in"
    assert (ada["solved"], ada["passed"], ada["of"]) == ("1", "26", str(ALL))
    assert hostile["remarks"] == f"remark {HOSTILE}"


@pytest.mark.parametrize("begin", ["=1+1", "+1", "-1", "@sum"])
def test_no_cell_is_a_formula(begin):
    [line] = csv.DictReader(
        io.StringIO(as_csv([row(begin, RIGHT.outcomes[1], begin)]))
    )
    assert line["name"] == line["remarks"] == f"'{begin}"


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.seen, self.text = [], [], ""

    def handle_starttag(self, tag, attributes):
        self.seen.append(tag)
        if tag not in ("meta",):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def test_the_page_is_whole_and_has_nothing_of_a_submission_but_text():
    page = as_page([RIGHT, WRONG], ["A note & another."])
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    assert not {"script", "img", "link", "iframe", "a"} & set(tags.seen)
    assert "http" not in page.replace("http-equiv", "")
    for text in (HOSTILE, f"remark {HOSTILE}", f"came  {HOSTILE}", "& anoth"):
        assert text in tags.text
    assert "2 submissions, 0 with every exercise solved." in tags.text
    assert "solved, 26 of 26" in tags.text
    assert "color-scheme: light dark" in page
    assert "default-src 'none'" in page


def shown(rows, **options):
    text = io.StringIO()
    show(Console(file=text, width=160, **options), rows)
    return text.getvalue()


def test_lines_where_no_table_is_drawn():
    others = ", ".join(stem[:2] for stem in OTHERS)
    count = len(stems())
    assert shown([RIGHT, WRONG]).splitlines() == [
        f"Ada, {DAY}: 1 of {count} solved, 26 of {ALL} checks pass. "
        f"02 solved, 26 of 26; not handed in: {others}.",
        f"{HOSTILE}, {DAY}: 0 of {count} solved, 3 of {ALL} checks pass. "
        f"02 wrong, 3 of 26; not handed in: {others}.",
        f"{HOSTILE}: remark {HOSTILE}",
    ]


def test_why_one_could_not_be_judged():
    late = row("Eve", Outcome(FIRST, "does not run", 2, 26, "It is late.\nX"))
    told = f"{FIRST}: It is late."
    assert shown([late]).splitlines()[-1] == f"Eve: {told}"
    (line,) = csv.DictReader(io.StringIO(as_csv([late])))
    assert line["remarks"] == told


def test_a_table_on_a_terminal():
    other = row(
        "[red]Eve[/red]", Outcome(FIRST, "does not run", 2, 26, "late")
    )
    said = shown([RIGHT, other], force_terminal=True, force_interactive=True)
    assert "26/26" in said
    assert f"1 of {len(stems())}" in said
    assert "run" in said
    assert "[red]Eve[/red]" in said


def rows_for(folder, **outcomes):
    submissions = submissions_in(folder)
    known = {
        (name, FIRST): Outcome(FIRST, state)
        for name, state in outcomes.items()
    }
    return rows_of(Marking(submissions, known))


def test_a_report_that_says_otherwise_is_a_remark(tmp_path):
    report = {
        "name": "Ada",
        "exercises": [{"stem": FIRST, "state": "solved\x1b[2J"}],
    }
    hand_in(tmp_path, f"Ada-{DAY}", {FIRST: unstarted()}, report)
    [ada] = rows_for(tmp_path, Ada="not started")
    assert ada.remarks == (
        f"{FIRST}: its report.json says solved [2J, and it is not started.",
    )


def test_what_it_does_not_hand_in_it_has_not_started(tmp_path):
    claims = [{"stem": FIRST, "state": "not started"}]
    report = {"name": "Ada", "exercises": claims}
    hand_in(tmp_path, f"Ada-{DAY}", {LAST: unstarted(LAST)}, report)
    [ada] = rows_for(tmp_path, Ada="not handed in")
    assert ada.remarks == ()


def test_what_was_not_judged_is_no_disagreement(tmp_path):
    claims = [{"stem": FIRST, "state": "solved"}]
    report = {"name": "Ada", "exercises": claims}
    hand_in(tmp_path, f"Ada-{DAY}", {FIRST: unstarted()}, report)
    [ada] = rows_for(tmp_path)
    assert {one.state for one in ada.outcomes} == {"not judged"}
    assert ada.remarks == ()


def test_the_solution_is_named_and_is_no_likeness(tmp_path):
    hand_in(tmp_path, f"Ada-{DAY}", {FIRST: solved()})
    hand_in(tmp_path, f"Grace-{DAY}", {FIRST: solved()})
    for one in rows_for(tmp_path):
        assert one.remarks == (f"{FIRST} is as the solution.",)


def test_cells_that_are_lost_are_a_remark(tmp_path):
    def lose(cells):
        cells[:] = [
            c for c in cells if "def brute(" not in "".join(c["source"])
        ]

    hand_in(tmp_path, f"Ada-{DAY}", {FIRST: changed(solved(), lose)})
    [ada] = rows_for(tmp_path)
    assert ada.remarks[0].startswith(
        f"{FIRST} has lost the cell of `def brute("
    )


def test_answers_that_are_alike_name_each_other(tmp_path):
    mine = module().replace("return", "print(1)\n    return", 1)
    for name, source in ("Ada", mine), ("Grace", f"# mine\n{mine}"):
        hand_in(tmp_path, f"{name}-{DAY}", {FIRST: answered(source)})
    ada, grace = rows_for(tmp_path)
    assert ada.remarks == (f"{FIRST} is alike that of Grace.",)
    assert grace.remarks == (f"{FIRST} is alike that of Ada.",)


@pytest.mark.parametrize(
    ("claimed", "found", "is_more"),
    [
        ("solved", "wrong", True),
        ("wrong", "does not run", True),
        ("does not run", "unreadable", False),
        ("does not run", "not handed in", True),
        ("does not run", "solved", False),
        ("not started", "solved", False),
        ("perfect", "solved", True),
    ],
)
def test_only_a_claim_of_more_than_there_is_is_a_remark(
    tmp_path, claimed, found, is_more
):
    claims = [{"stem": FIRST, "state": claimed}]
    report = {"name": "Ada", "exercises": claims}
    hand_in(tmp_path, f"Ada-{DAY}", {FIRST: unstarted()}, report)
    [ada] = rows_for(tmp_path, Ada=found)
    assert bool(ada.remarks) == is_more
