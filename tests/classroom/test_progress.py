"""`workshop progress`: the way in words, and the next step."""

import json
from dataclasses import asdict

from tests.classroom.desks import FIRST, fill, lay_desk, paste, solve, typed
from workshop.answers import load
from workshop.classroom.desk import Desk, number_of
from workshop.classroom.memory import remember
from workshop.classroom.standing import Standing, fingerprint
from workshop.classroom.way import way
from workshop.exercises import stems
from workshop.repository import NOTEBOOKS

LOOP = "04_lambda_runtime_loop"


def lay_way(folder, *lessons):
    """A desk with these lessons alone."""
    desk = lay_desk(folder)
    desk.lessons.unlink()
    desk.lessons.mkdir()
    for stem in lessons:
        cells = [{"cell_type": "markdown", "source": f"# {stem} as a title"}]
        path = desk.lessons / f"{stem}.ipynb"
        path.write_text(json.dumps({"cells": cells}))
    return desk


def have_solved(desk, *solved):
    """Solve these, and let it be known, since to judge them takes long."""
    known = {}
    for stem in solved:
        solve(desk, stem)
        standing = Standing("solved", 26, 26)
        of = fingerprint(load(desk.exercise(stem)))
        known[stem] = {"of": of, "standing": asdict(standing)}
    remember(desk.memory / "standings.json", known)


def test_the_way_is_what_lies_in_the_folders():
    found = way(Desk())
    lessons = {number_of(path.stem) for path in NOTEBOOKS.glob("*.ipynb")}
    numbers = lessons | {number_of(stem) for stem in stems()}
    assert [stage.number for stage in found] == sorted(numbers)
    assert [stage.exercise for stage in found if stage.exercise] == stems()
    for stage in found:
        assert stage.title
        assert not stage.title.startswith(stage.number)


def test_a_beginner_is_told_where_to_begin(tmp_path):
    desk = lay_way(tmp_path, "00_start", FIRST, "03_more")
    status, said = typed(desk, "progress")
    assert status == 0
    assert "00 00_start as a title: a lesson to read.\n" in said
    assert f"02 {FIRST} as a title: the exercise is not started.\n" in said
    assert "04 lambda runtime loop: the exercise is not started.\n" in said
    assert f"0 of {len(stems())} exercises are solved." in said
    if stems()[0] == FIRST:
        assert (
            f"Next: read notebooks/00_start.ipynb and notebooks/{FIRST}.ipynb,"
            f" then open exercises/{FIRST}.ipynb, write your answer in place "
            "of the dots, save the notebook (Ctrl-S) and type "
            "`workshop check 02`."
        ) in said


def test_a_solved_one_leads_to_the_lesson_after_it(tmp_path):
    desk = lay_way(tmp_path, FIRST, "03_more", LOOP)
    have_solved(desk, *(stem for stem in stems() if stem < LOOP))
    _, said = typed(desk, "progress")
    assert "the exercise is solved, 26 of 26 checks pass." in said
    assert (
        f"Next: read notebooks/03_more.ipynb and notebooks/{LOOP}.ipynb, then "
        f"open exercises/{LOOP}.ipynb"
    ) in said


def test_a_wrong_one_is_gone_on_with(tmp_path):
    desk = lay_way(tmp_path)
    have_solved(desk, *(stem for stem in stems() if stem < FIRST))
    paste(desk.exercise(FIRST), "def is_palindrome(number): return True")
    _, said = typed(desk, "progress")
    assert "the exercise is wrong, 0 of 26 checks pass." in said
    assert (
        f"Next: go on with exercises/{FIRST}.ipynb: 02 is at 0 of 26 checks. "
        "The first check that fails: a palindrome reads the same backwards. "
        "`workshop check 02` says why, and `workshop hint 02` helps."
    ) in said


def test_what_was_judged_is_judged_again_only_if_it_changes(tmp_path):
    desk = lay_way(tmp_path)
    solve(desk)
    assert "02_palindrome_products\n" in typed(desk, "progress")[1]
    memory = desk.memory / "standings.json"
    known = json.loads(memory.read_text())
    known[FIRST]["standing"]["passed"] = 77
    memory.write_text(json.dumps(known))
    assert "solved, 77 of 26" in typed(desk, "progress")[1]
    paste(desk.exercise(FIRST), "x = 1")
    assert "wrong, 0 of 26" in typed(desk, "progress")[1]


def test_a_memory_that_is_broken_does_no_harm(tmp_path):
    desk = lay_way(tmp_path)
    solve(desk)
    desk.memory.mkdir(parents=True)
    for text in ("{", json.dumps({FIRST: {"of": 1}})):
        (desk.memory / "standings.json").write_text(text)
        assert "solved, 26 of 26" in typed(desk, "progress")[1]


def test_a_bad_notebook_is_a_sentence_and_the_rest_goes_on(tmp_path):
    desk = lay_way(tmp_path, "00_start")
    (desk.lessons / "00_start.ipynb").write_text("{")
    have_solved(desk, *(stem for stem in stems() if stem < FIRST))
    desk.exercise(FIRST).write_text("{\n<<<<<<< HEAD\n")
    status, said = typed(desk, "progress")
    assert status == 0
    assert "00 start: a lesson to read." in said
    assert (
        "02 palindrome products: the exercise is unreadable. "
        f"exercises/{FIRST}.ipynb is no notebook: line 2 of the file are "
        "the marks of"
    ) in said
    assert "04 lambda runtime loop: the exercise is not started." in said
    assert f"Next: mend exercises/{FIRST}.ipynb as is said above" in said


def test_at_the_end_it_is_handed_in(tmp_path):
    desk = lay_way(tmp_path, "99_last")
    have_solved(desk, *stems())
    _, said = typed(desk, "progress")
    number = len(stems())
    assert f"{number} of {number} exercises are solved." in said
    assert (
        "Next: read notebooks/99_last.ipynb, and type `workshop submit`."
    ) in said


def test_what_is_started_comes_before_what_is_not(tmp_path):
    desk = lay_way(tmp_path)
    solve(desk)
    fill(desk.exercise(FIRST), brute="def brute(low, high):\n    return 0\n")
    _, said = typed(desk, "progress")
    assert f"Next: go on with exercises/{FIRST}.ipynb: 02 is at " in said


def test_what_comes_after_the_last_solved_one(tmp_path):
    desk = lay_way(tmp_path, "01_skipped", FIRST, "03_more", LOOP)
    have_solved(desk, FIRST)
    _, said = typed(desk, "progress")
    assert f"\n1 of {len(stems())} exercises is solved.\n" in said
    assert (
        f"Next: read notebooks/03_more.ipynb and notebooks/{LOOP}.ipynb, then "
        f"open exercises/{LOOP}.ipynb"
    ) in said


def test_where_the_last_is_solved_the_first_comes_next(tmp_path):
    desk = lay_way(tmp_path)
    have_solved(desk, stems()[-1])
    _, said = typed(desk, "progress")
    assert f"Next: open exercises/{stems()[0]}.ipynb" in said


def test_one_that_is_missing_is_not_started_and_comes_back(tmp_path):
    desk = lay_way(tmp_path)
    desk.exercise(stems()[0]).unlink()
    _, said = typed(desk, "progress")
    assert (
        "the exercise is not started. There is no notebook "
        f"exercises/{stems()[0]}.ipynb. `workshop reset 01` brings"
    ) in said
    assert f"Next: mend exercises/{stems()[0]}.ipynb as is said" in said


def test_one_that_python_cannot_read_is_named_by_its_line(tmp_path):
    desk = lay_way(tmp_path)
    paste(desk.exercise(FIRST), "def f(:")
    for _ in range(2):  # judged, and remembered
        _, said = typed(desk, "progress")
        assert (
            "the exercise does not run. Python cannot read the line "
            "`def f(:`: invalid syntax."
        ) in said
        assert f"Next: mend exercises/{FIRST}.ipynb as is said above" in said
