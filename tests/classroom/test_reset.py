"""`workshop reset`: nothing is lost, and the exercise is as it was."""

import os
import pty
import subprocess

import pytest

from tests.classroom.desks import FIRST, command_line, lay_desk, solve, typed
from workshop.repository import EXERCISES

FRESH = (EXERCISES / f"{FIRST}.ipynb").read_bytes()


@pytest.fixture
def desk(tmp_path):
    return lay_desk(tmp_path)


def kept(desk):
    return sorted(path.read_bytes() for path in desk.kept.glob("*.ipynb"))


def test_the_exercise_comes_back_and_a_copy_stays(desk):
    solve(desk)
    mine = desk.exercise(FIRST).read_bytes()
    status, said = typed(desk, "reset", exercise="2", yes=True)
    assert status == 0
    assert f"A copy of what was there is submissions/kept/{FIRST}." in said
    assert "Reload Notebook from Disk" in said
    assert (
        "Next: write your answer, save, and type `workshop check 02`" in said
    )
    assert desk.exercise(FIRST).read_bytes() == FRESH
    assert kept(desk) == [mine]


@pytest.mark.parametrize("content", [b"{", b"\0" * 100_000, b""])
def test_what_is_no_notebook_is_kept_as_well(desk, content):
    desk.exercise(FIRST).write_bytes(content)
    assert typed(desk, "reset", exercise="2", yes=True)[0] == 0
    assert desk.exercise(FIRST).read_bytes() == FRESH
    assert kept(desk) == [content]


def test_copies_never_replace_each_other(desk):
    for number in range(4):
        desk.exercise(FIRST).write_text(str(number))
        typed(desk, "reset", exercise="2", yes=True)
    assert kept(desk) == [b"0", b"1", b"2", b"3"]


def test_one_that_is_missing_comes_back(desk):
    desk.exercise(FIRST).unlink()
    status, said = typed(desk, "reset", exercise="2")
    assert status == 0
    assert "copy" not in said
    assert desk.exercise(FIRST).read_bytes() == FRESH


def test_one_that_is_as_it_was_is_left_alone(desk):
    status, said = typed(desk, "reset", exercise="2")
    assert status == 0
    assert "there is nothing to reset" in said
    assert not desk.kept.exists()


def test_nobody_is_asked_where_nobody_is(desk):
    solve(desk)
    mine = desk.exercise(FIRST).read_bytes()
    status, said = typed(desk, "reset", exercise="2")
    assert status == 1
    assert "nobody can be asked: add --yes" in said
    assert desk.exercise(FIRST).read_bytes() == mine


@pytest.mark.parametrize(
    ("answer", "status"),
    [(b"y\n", 0), (b"Yes\n", 0), (b"\n", 1), (b"no\n", 1), (b"\x04", 1)],
)
def test_on_a_terminal_it_asks(desk, answer, status):
    solve(desk)
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command_line(desk, "reset", exercise="2"),
        stdin=theirs,
        stdout=subprocess.PIPE,
    )
    os.close(theirs)
    os.write(ours, answer)
    said = process.communicate()[0].decode()
    os.close(ours)
    assert process.returncode == status
    assert "A copy is kept [y/N]" in said
    assert (desk.exercise(FIRST).read_bytes() == FRESH) == (status == 0)
    assert ("stays as it is" in said) == (status == 1)


def test_without_room_for_a_copy_nothing_is_replaced(desk):
    solve(desk)
    mine = desk.exercise(FIRST).read_bytes()
    desk.submissions.write_text("in the way")
    status, said = typed(desk, "reset", exercise="2", yes=True)
    assert status == 1
    assert "kept cannot be written: Not a directory." in said
    assert f"exercises/{FIRST}.ipynb is as it was." in said
    assert desk.exercise(FIRST).read_bytes() == mine
