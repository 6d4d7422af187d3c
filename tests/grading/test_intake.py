"""Whose submissions are in a folder, and what ails them."""

import json
import os
import shutil

import pytest

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
from workshop.answers import load
from workshop.errors import WorkshopError
from workshop.grading.handed import Handed, handed_in
from workshop.grading.intake import (
    entries_of,
    not_looked_at,
    submissions_in,
)
from workshop.repository import SOLUTIONS


def names(folder):
    return [(one.name, one.date, one.number) for one in submissions_in(folder)]


def test_names_and_dates_are_those_of_the_files(tmp_path):
    hand_in(tmp_path, f"Grace-Hopper-{DAY}", {FIRST: solved()})
    hand_in(tmp_path, f"Ada-{DAY}-3", {FIRST: solved()})
    path = hand_in(tmp_path, "anybody", {FIRST: solved()})
    found = names(tmp_path)
    assert found[:2] == [("Ada", DAY, 3), ("anybody", found[1][1], 1)]
    assert found[2] == ("Grace-Hopper", DAY, 1)
    assert path.exists()


def test_a_folder_of_clones_and_a_folder_for_each_person(tmp_path):
    clone = tmp_path / "ada" / "exercises"
    clone.mkdir(parents=True)
    (clone / f"{FIRST}.ipynb").write_bytes(solved())
    (tmp_path / "moodle-17").mkdir()
    hand_in(tmp_path / "moodle-17", f"Grace-{DAY}", {FIRST: solved()})
    (tmp_path / ".git").mkdir()
    hand_in(tmp_path / ".git", f"Nobody-{DAY}", {FIRST: solved()})
    (tmp_path / "list.txt").touch()
    ada, grace = submissions_in(tmp_path)
    assert (ada.name, grace.name) == ("ada", "Grace")
    assert set(ada.handed) == set(grace.handed) == {FIRST}


def test_of_one_name_the_latest_counts_and_the_others_are_told(tmp_path):
    hand_in(tmp_path, f"Ada-{DAY}-10", {FIRST: solved()})
    hand_in(tmp_path, f"Ada-{DAY}-9", {LAST: solved(LAST)})
    hand_in(tmp_path, "ada-2026-11-01", {LAST: solved(LAST)})
    [ada] = submissions_in(tmp_path)
    assert set(ada.handed) == {FIRST}
    assert ada.remarks == (
        "ada-2026-11-01.zip has the same name and is not the latest: it "
        "does not count.",
        f"Ada-{DAY}-9.zip has the same name and is not the latest: it does "
        "not count.",
    )


def test_where_there_is_nothing(tmp_path):
    with pytest.raises(WorkshopError, match="no folder"):
        submissions_in(tmp_path / "nowhere")
    with pytest.raises(WorkshopError, match="no submission in"):
        submissions_in(tmp_path)


def test_what_its_report_claims_is_kept_apart(tmp_path):
    report = {
        "name": "Grace Hopper",
        "exercises": [{"stem": FIRST, "state": "solved"}],
    }
    hand_in(tmp_path, f"Ada-{DAY}", {FIRST: unstarted()}, report)
    [ada] = submissions_in(tmp_path)
    assert ada.claims == {FIRST: "solved"}
    assert ada.remarks == ("Its report.json names Grace-Hopper.",)


@pytest.mark.parametrize(
    "report", [[], {"name": "?", "exercises": []}, {"name": "Ada"}, {}]
)
def test_a_report_may_say_anything(tmp_path, report):
    hand_in(tmp_path, f"Ada-{DAY}", {FIRST: solved()}, report)
    [ada] = submissions_in(tmp_path)
    assert (ada.claims, ada.remarks) == ({}, ())


def test_a_report_that_is_too_large_is_not_read(tmp_path):
    hand_in(tmp_path, f"Ada-{DAY}", {FIRST: solved()}, "x" * 11 * 1024**2)
    [ada] = submissions_in(tmp_path)
    assert "report.json is 11 MB large" in ada.remarks[0]
    assert set(ada.handed) == {FIRST}


def test_one_without_an_exercise(tmp_path):
    hand_in(tmp_path, f"Ada-{DAY}", {})
    [ada] = submissions_in(tmp_path)
    assert ada.handed == {}
    assert ada.remarks[0].startswith("No exercise is in it")


def test_one_that_cannot_be_read_and_the_rest_goes_on(tmp_path):
    (tmp_path / f"Ada-{DAY}.zip").write_bytes(b"no zip")
    hand_in(tmp_path, f"Grace-{DAY}", {FIRST: solved()})
    ada, grace = submissions_in(tmp_path)
    assert ada.handed is None
    assert ada.remarks[0].startswith(f"Ada-{DAY}.zip cannot be read")
    assert isinstance(grace.handed[FIRST], Handed)


def lose_answers(cells):
    cells[:] = [c for c in cells if c["cell_type"] == "markdown"]


MARKS = b"<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> theirs\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"no JSON", "it is not JSON"),
        (b"\xff\xfe", "not text in UTF-8"),
        (MARKS, "lines 1, 3 and 5 of the file are the marks of an unf"),
        (b"[" * 100_000, "it is not JSON"),
        (b"[]", "it has no cells"),
        (changed(unstarted(), lose_answers), "has lost its answer cell"),
        (answered(5), "is no notebook: TypeError"),
        (answered("x = '\ud800'"), "is no notebook: UnicodeEncodeError"),
        (b" " * (50 * 1024**2), "is 50 MB large; 10 MB is the most"),
    ],
)
def test_a_bad_notebook_is_a_sentence(content, said):
    with pytest.raises(WorkshopError, match=FIRST) as caught:
        handed_in(FIRST, content)
    assert said in str(caught.value)


def test_a_bad_notebook_beside_a_good_one(tmp_path):
    hand_in(tmp_path, f"Ada-{DAY}", {FIRST: b"no JSON", LAST: solved(LAST)})
    [ada] = submissions_in(tmp_path)
    assert "is no notebook" in ada.handed[FIRST]
    assert ada.handed[LAST].is_started


def as_vs_code(content):
    """Sources as lines, ids kept, line ends of Windows."""
    return content.replace(b"\n", b"\r\n")


def as_colab(content):
    """Sources as one string, no tags, no ids."""
    notebook = json.loads(content)
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"])
        cell.pop("id", None)
        cell["metadata"] = {"id": "x"}
    return json.dumps(notebook).encode()


@pytest.mark.parametrize("stored", [bytes, as_vs_code, as_colab])
def test_every_editors_notebook_has_the_same_answer(stored):
    found = handed_in(FIRST, stored(solved()))
    assert found.answer == load(SOLUTIONS / f"{FIRST}.ipynb")
    assert found.same == handed_in(FIRST, solved()).same
    assert found.is_started
    assert found.lost == ()


def test_what_is_judged_has_the_answer_alone(tmp_path):
    found = handed_in(FIRST, as_colab(solved()))
    path = tmp_path / f"{FIRST}.ipynb"
    path.write_bytes(found.notebook)
    assert load(path) == found.answer
    assert len(found.notebook) < len(solved()) / 2


def test_cells_that_are_lost_are_named():
    def lose(cells):
        cells[:] = [
            c for c in cells if "def brute(" not in "".join(c["source"])
        ]

    found = handed_in(FIRST, changed(solved(), lose))
    assert [line.partition("(")[0] for line in found.lost] == ["def brute"]
    assert handed_in(FIRST, answered(module())).lost == ()


def test_nothing_of_a_submission_is_changed(tmp_path):
    hand_in(tmp_path, f"Ada-{DAY}", {FIRST: solved()})
    copy = shutil.copytree(tmp_path, tmp_path / "copy")
    before = (copy / f"Ada-{DAY}.zip").read_bytes()
    submissions_in(copy)
    assert (copy / f"Ada-{DAY}.zip").read_bytes() == before


def test_in_two_folders_the_same_name_is_two_people(tmp_path):
    for folder in "alice", "bob", "carol":
        (tmp_path / folder).mkdir()
    for folder in "alice", "bob":
        hand_in(tmp_path / folder, f"learner-{DAY}", {FIRST: solved()})
    hand_in(tmp_path / "bob", "learner-2026-11-01", {LAST: solved(LAST)})
    hand_in(tmp_path / "carol", f"Carol-{DAY}", {FIRST: solved()})
    alice, bob, carol = submissions_in(tmp_path)
    assert (alice.name, bob.name) == ("alice/learner", "bob/learner")
    assert alice.remarks == ()
    assert bob.remarks == (
        "bob/learner-2026-11-01.zip has the same name and is not the latest: "
        "it does not count.",
    )
    assert carol.name == "Carol"
    assert bob.source == f"bob/learner-{DAY}.zip"


def test_every_submission_has_a_name_of_its_own(tmp_path):
    for folder, name in (
        ("", "learner"),
        ("a", "learner"),
        ("a\x01", "learner"),
        ("a\x02", "learner"),
    ):
        (tmp_path / folder).mkdir(exist_ok=True)
        hand_in(tmp_path / folder, f"{name}-{DAY}", {FIRST: solved()})
    found = [one.name for one in submissions_in(tmp_path)]
    assert len(set(map(str.casefold, found))) == len(found) == 4


def test_a_day_that_never_was_is_no_date(tmp_path):
    hand_in(tmp_path, "Ada-2026-02-30", {FIRST: solved()})
    hand_in(tmp_path, f"Ada-{DAY}", {FIRST: solved()})
    odd, ada = sorted(submissions_in(tmp_path), key=lambda one: -len(one.name))
    assert (odd.name, ada.name) == ("Ada-2026-02-30", "Ada")
    assert "2026-02-30 in its file's name is no date: " in odd.remarks[0]
    assert odd.date != "2026-02-30"


def test_a_day_to_come_does_not_count_before_one_that_was(tmp_path):
    hand_in(tmp_path, "Ada-2999-01-01", {LAST: solved(LAST)})
    hand_in(tmp_path, "Ada-2020-11-01", {FIRST: solved()})
    hand_in(tmp_path, "Eve-2999-01-01", {FIRST: solved()})
    ada, eve = submissions_in(tmp_path)
    assert set(ada.handed) == {FIRST}
    assert ada.remarks == (
        "Ada-2999-01-01.zip has the same name and has a date to come: it "
        "does not count.",
    )
    assert eve.remarks == ("Its date, 2999-01-01, is to come.",)


def test_a_name_is_shown_as_its_report_spells_it(tmp_path):
    spelled = {"name": "Zoë O'Neil", "exercises": []}
    hand_in(tmp_path, f"Zoë-O-Neil-{DAY}", {FIRST: solved()}, spelled)
    [zoe] = submissions_in(tmp_path)
    assert (zoe.name, zoe.remarks) == ("Zoë O'Neil", ())
    spelled["name"] = "Z" * 100
    hand_in(tmp_path, f"{'Z' * 40}-{DAY}", {FIRST: solved()}, spelled)
    assert "Z" * 40 in [one.name for one in submissions_in(tmp_path)]


def test_a_clone_in_a_persons_folder(tmp_path):
    for person in "alice", "bob":
        clone = tmp_path / person / "repo" / "exercises"
        clone.mkdir(parents=True)
        (clone / f"{FIRST}.ipynb").write_bytes(solved())
    alice, bob = submissions_in(tmp_path)
    assert (alice.name, bob.name) == ("alice/repo", "bob/repo")
    assert set(alice.handed) == {FIRST}


def test_whatever_is_no_submission_is_named(tmp_path):
    hand_in(tmp_path, f"Ada-{DAY}", {FIRST: solved()})
    (tmp_path / "dave.rar").touch()
    os.mkfifo(tmp_path / "pipe.zip")
    (tmp_path / "empty").mkdir()
    (tmp_path / "eve").mkdir()
    (tmp_path / "eve" / "letter.txt").touch()
    hand_in(tmp_path / "eve", f"Eve-{DAY}", {FIRST: solved()})
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / ".DS_Store").touch()
    assert not_looked_at(tmp_path, entries_of(tmp_path).others) == [
        "Not looked at: dave.rar, deep/, empty/, eve/letter.txt, pipe.zip. A "
        "submission is a zip, or a folder with exercises/ in it."
    ]
    assert len(submissions_in(tmp_path)) == 2


def test_where_all_of_it_is_something_else(tmp_path):
    (tmp_path / "dave.rar").touch()
    with pytest.raises(WorkshopError, match=r"Not looked at: dave\.rar\."):
        submissions_in(tmp_path)
