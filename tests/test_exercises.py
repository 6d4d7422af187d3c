"""Exercises are made from solutions, and what is committed is what is made."""

import json

import pytest

from workshop.answers import answer_in, load, part_in, read_notebook
from workshop.errors import WorkshopError
from workshop.exercises import (
    EXPORTS,
    as_text,
    generate,
    is_started,
    stems,
    write_all,
)
from workshop.repository import EXERCISES, SOLUTIONS

every = pytest.mark.parametrize("stem", stems())


@every
def test_the_exercise_is_the_one_that_the_solution_gives(stem):
    solution = read_notebook(SOLUTIONS / f"{stem}.ipynb")
    stored = (EXERCISES / f"{stem}.ipynb").read_text()
    assert stored == as_text(generate(solution)), "run `make exercises`"


@pytest.mark.parametrize("stem", EXPORTS)
def test_what_is_deployed_is_what_the_solution_says(stem):
    for name, text in load(SOLUTIONS / f"{stem}.ipynb").files().items():
        stored = (EXPORTS[stem] / name).read_text()
        assert stored == text, "run `make exercises`"


@every
def test_an_exercise_is_not_started_and_a_solution_is(stem):
    assert not is_started(load(EXERCISES / f"{stem}.ipynb"))
    assert is_started(load(SOLUTIONS / f"{stem}.ipynb"))


@every
def test_space_alone_is_no_start(stem):
    path = EXERCISES / f"{stem}.ipynb"
    notebook = read_notebook(path)
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"]) + "\n\n"
    assert not is_started(answer_in(notebook, path))


@every
def test_an_exercise_gives_nothing_of_the_answer_away(stem):
    text = (EXERCISES / f"{stem}.ipynb").read_text()
    for mark in ("BEGIN ANSWER", "END ANSWER"):
        assert mark not in text


def test_a_file_of_its_own_can_be_the_start():
    stem = "08_azure_custom_handler"
    notebook = read_notebook(EXERCISES / f"{stem}.ipynb")
    files = [cell for cell in notebook["cells"] if part_in(cell)]
    for cell in files:
        before, cell["source"] = cell["source"], "host = {}"
        assert is_started(answer_in(notebook, EXERCISES / f"{stem}.ipynb"))
        cell["source"] = before
    assert len(files) == 2


def test_what_somebody_has_begun_is_kept_when_all_is_written(tmp_path, capsys):
    folder, kept = tmp_path / "exercises", tmp_path / "kept"
    folder.mkdir()
    for path in write_all(folder, kept):
        assert path.read_bytes() == (EXERCISES / path.name).read_bytes()
    write_all(folder, kept)
    assert not kept.exists()
    begun, broken, *_ = stems()
    answered = (SOLUTIONS / f"{begun}.ipynb").read_bytes()
    (folder / f"{begun}.ipynb").write_bytes(answered)
    (folder / f"{broken}.ipynb").write_text("{ half")
    write_all(folder, kept)
    first, second = sorted(kept.iterdir())
    assert first.name.startswith(f"{begun}.")
    assert first.read_bytes() == answered
    assert second.name.startswith(f"{broken}.")
    assert second.read_text() == "{ half"
    said = capsys.readouterr().out
    assert f"{begun}.ipynb held an answer: a copy of it is {first}." in said
    assert not is_started(load(folder / f"{begun}.ipynb"))


def solution(source):
    cell = {
        "cell_type": "code",
        "metadata": {"tags": ["answer"]},
        "execution_count": 3,
        "outputs": [{"text": "seen"}],
        "source": source,
    }
    return {"cells": [cell]}


def test_a_region_becomes_a_gap_that_says_how_long_it_was():
    source = (
        "def f():\n"
        "    # BEGIN ANSWER (about 2 lines)\n"
        "    x = 1\n"
        "    return x\n"
        "    # END ANSWER"
    )
    (cell,) = generate(solution(source))["cells"]
    assert "".join(cell["source"]) == (
        "def f():\n"
        "    # Your answer, about 2 lines, in place of the dots\n"
        "    ..."
    )
    assert (cell["execution_count"], cell["outputs"]) == (None, [])


def test_the_solution_itself_stays_as_it_is():
    given = solution("# BEGIN ANSWER (about 1 line)\nx\n# END ANSWER")
    before = json.dumps(given)
    generate(given)
    assert json.dumps(given) == before


@pytest.mark.parametrize(
    "source",
    [
        "# BEGIN ANSWER (about 1 line)\nx = 1",
        "x = 1\n# END ANSWER",
        "# BEGIN ANSWER (about 1 line)\nx = 1\n    # END ANSWER",
        "# BEGIN ANSWER\nx = 1\n# END ANSWER",
    ],
)
def test_marks_that_do_not_pair_are_refused(source):
    with pytest.raises(WorkshopError, match="BEGIN ANSWER without its END"):
        generate(solution(source))
