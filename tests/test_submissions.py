"""`workshop check`, as it is typed."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.classroom.desks import ACTIVE, fill
from workshop.errors import WorkshopError
from workshop.exercises import stems
from workshop.repository import EXERCISE_TESTS, EXERCISES, ROOT, SOLUTIONS
from workshop.submissions import check as judge
from workshop.submissions import stem_like

FIRST = "02_palindrome_products"
BROKEN = "def is_palindrome(number):\n    return 1 / 0\n"


@pytest.fixture
def folder(tmp_path):
    """A learner's exercises: as generated."""
    folder = tmp_path / "exercises"
    shutil.copytree(EXERCISES, folder)
    return folder


def check(*arguments, cwd=ROOT):
    run = subprocess.run(
        [sys.executable, "-m", "workshop", "check", *arguments],
        cwd=cwd,
        env=os.environ | ACTIVE,
        capture_output=True,
        text=True,
    )
    assert "Traceback" not in run.stderr
    return run.returncode, run.stdout, run.stderr


def paste(path, source):
    """Put the source into the answer cells, as a learner would."""
    notebook = json.loads(path.read_text())
    for cell in notebook["cells"]:
        if "answer" in cell["metadata"].get("tags", []):
            cell["source"], source = source, ""
    path.write_text(json.dumps(notebook))


NOT_STARTED = dict.fromkeys(stems(), "not started")


def verdicts(said):
    return dict(re.findall(r"^(\d\d_\w+): (.+)$", said, re.MULTILINE))


def test_exercises_that_are_not_started_are_no_failure(folder):
    status, said, _ = check("--answers", str(folder))
    assert status == 0
    assert verdicts(said) == NOT_STARTED
    assert said.endswith("Next: `workshop progress` shows where to begin.\n")


def test_a_solved_one_and_a_wrong_one(folder):
    shutil.copy(SOLUTIONS / "04_lambda_runtime_loop.ipynb", folder)
    paste(folder / f"{FIRST}.ipynb", BROKEN)
    status, said, _ = check("--answers", str(folder))
    assert status == 1
    assert verdicts(said) == NOT_STARTED | {
        FIRST: "wrong",
        "04_lambda_runtime_loop": "solved",
    }
    assert "✗ failed: a palindrome reads the same backwards" in said
    assert said.count("  hint  ") == 1
    assert "ZeroDivisionError" in said
    assert f"Next: mend {FIRST} " in said
    assert "`workshop hint 02`" in said


def test_a_reason_of_many_lines_is_told_to_its_end(folder):
    stem = "04_lambda_runtime_loop"
    attempt = EXERCISE_TESTS / "attempts" / stem / "wrong_counts_in_seconds.py"
    paste(folder / f"{stem}.ipynb", attempt.read_text())
    status, said, _ = check("4", "--answers", str(folder))
    assert status == 1
    words = attempt.read_text().partition("\n")[0].partition(": ")[2]
    assert words in said


@pytest.mark.parametrize("name", ["2", "02", "02_pal", FIRST])
def test_an_exercise_may_be_named_by_its_number(folder, name):
    status, said, _ = check(name, "--answers", str(folder))
    assert status == 0
    assert verdicts(said) == {FIRST: "not started"}


def test_an_exercise_that_does_not_exist(folder):
    status, _, error = check("99", "--answers", str(folder))
    assert status == 1
    assert "There is no exercise 99. There are: 0" in error


def test_a_notebook_without_its_answer_cell(folder):
    path = folder / f"{FIRST}.ipynb"
    notebook = json.loads(path.read_text())
    notebook["cells"] = [
        cell
        for cell in notebook["cells"]
        if "answer" not in cell["metadata"].get("tags", [])
    ]
    path.write_text(json.dumps(notebook))
    status, said, _ = check("2", "--answers", str(folder))
    assert status == 1
    assert "`workshop reset 02`" in said


def test_a_notebook_that_is_missing_is_told_and_the_others_go_on(folder):
    (folder / f"{FIRST}.ipynb").unlink()
    status, said, _ = check("--answers", str(folder))
    assert status == 0
    assert verdicts(said) == NOT_STARTED
    assert "There is no notebook" in said


def test_a_notebook_that_is_asked_for_must_be_there(folder):
    (folder / f"{FIRST}.ipynb").unlink()
    status, said, _ = check("2", "--answers", str(folder))
    assert status == 1
    assert verdicts(said) == {FIRST: "unreadable"}
    assert "Next: `workshop reset 02` brings the original back, and" in said


def test_a_folder_that_is_not_there_is_named(folder):
    status, _, error = check("--answers", str(folder / "nowhere"))
    assert status == 1
    assert f"There is no folder {folder / 'nowhere'}." in error


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("{", "Next: `workshop reset 02` brings the original back, and"),
        ("{\n<<<<<<< HEAD\n", "Next: `workshop reset 02` brings"),
        (" " * 11 * 1024**2, "Next: Clear its outputs (in JupyterLab: "),
    ],
)
def test_what_is_no_notebook_is_followed_by_its_remedy(folder, text, remedy):
    (folder / f"{FIRST}.ipynb").write_text(text)
    status, said, _ = check("2", "--answers", str(folder))
    assert status == 1
    assert verdicts(said) == {FIRST: "unreadable"}
    assert remedy in said
    assert "Then type `workshop check 02` again." in said
    assert "hint" not in said


def test_what_python_cannot_read_is_one_sentence(folder):
    paste(folder / f"{FIRST}.ipynb", "x = 1\ndef mirror(head:\n    return 1")
    status, said, _ = check("2", "--answers", str(folder))
    assert status == 1
    assert verdicts(said) == {FIRST: "does not run"}
    assert "✗ Python cannot read the line `def mirror(head:`: " in said
    assert f"Next: mend {FIRST} as is said above" in said
    assert "hint" not in said


def test_gaps_that_still_have_dots_are_named_once(folder):
    path = folder / f"{FIRST}.ipynb"
    fill(path, is_palindrome=BROKEN)
    _, said, _ = check("2", "--answers", str(folder))
    assert said.count("not written yet: ") == 1
    [names] = re.findall("not written yet: (.+)", said)
    assert {"brute", "mirror"} <= set(names.split(", "))
    assert "is_palindrome" not in names


def test_nothing_of_a_check_is_left(folder, tmp_path, monkeypatch):
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    paste(folder / f"{FIRST}.ipynb", BROKEN)
    assert check("2", "--answers", str(folder))[0] == 1
    assert list((tmp_path / "temporary").iterdir()) == []


def test_without_a_folder_it_is_the_repositorys(monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    judge("2")
    assert f"{FIRST}: " in capsys.readouterr().out


def test_the_command_is_named_as_it_can_be_typed(tmp_path):
    program = "from workshop.typed import WORKSHOP; print(WORKSHOP)"

    def said(path, cwd=ROOT):
        return subprocess.run(
            [sys.executable, "-c", program],
            cwd=cwd,
            env=os.environ | {"PATH": path, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
        ).stdout.strip()

    assert said(ACTIVE["PATH"]) == "workshop"
    script = said(str(tmp_path))
    assert (ROOT / script).samefile(Path(sys.executable).parent / "workshop")


def test_one_alone_says_what_to_do_with_it(folder):
    _, said, _ = check("2", "--answers", str(folder))
    assert f"Next: open exercises/{FIRST}.ipynb, write your answer" in said
    shutil.copy(SOLUTIONS / f"{FIRST}.ipynb", folder)
    status, said, _ = check(f"exercises/{FIRST}.ipynb", "--answers", folder)
    assert status == 0
    assert "Next: `workshop submit` hands in what you have" in said


def test_one_is_meant_where_one_is_asked_for():
    assert stem_like("4") == "04_lambda_runtime_loop"
    with pytest.raises(WorkshopError, match=r"Which one is it\? \d\d_\w+, "):
        stem_like("")
