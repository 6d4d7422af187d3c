"""The loader: from a notebook's answer cells to a module, or a sentence."""

import json

import pytest

from workshop.answers import load
from workshop.errors import WorkshopError

STEM = "04_lambda_runtime_loop"


def cell(source, *tags, kind="code"):
    return {"cell_type": kind, "metadata": {"tags": list(tags)}} | {
        "source": source
    }


@pytest.fixture
def store(tmp_path):
    """Writes a notebook of these cells; gives its path."""

    def store(*cells, stem=STEM):
        path = tmp_path / f"{stem}.ipynb"
        path.write_text(json.dumps({"cells": cells}))
        return path

    return store


def test_the_answer_cells_together_are_the_module(store, tmp_path):
    path = store(
        cell("import this", "answer"),
        cell("print('a try')"),
        cell(["def f():\n", "    return 1\n"], "answer", "other"),
        cell("prose", "answer", kind="markdown"),
    )
    answer = load(path)
    assert answer.source == "import this\n\n\ndef f():\n    return 1\n"
    assert answer.write(tmp_path) == tmp_path / "loop.py"
    assert (tmp_path / "loop.py").read_text() == answer.source


def test_marks_and_windows_line_endings_are_left_out(store):
    source = (
        "def f():\r\n    # BEGIN ANSWER (about 1 line)\r\n    return 1\r\n"
        "    # END ANSWER\r\n"
    )
    assert load(store(cell(source, "answer"))).source == (
        "def f():\n    return 1\n"
    )


def test_a_notebook_of_another_name_has_an_answer_too(store):
    assert load(store(cell("x", "answer"), stem="mine")).module == "answer.py"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "There is no notebook "),
        ("{", "is no notebook: Expecting property name"),
        ("[]", "is no notebook: it has no cells"),
        ("{}", "is no notebook: it has no cells"),
        ('{"cells": []}', "has lost its answer cell"),
        (b"\xff\xfe", "cannot be read"),
        ("{\n<<<<<<< HEAD\n", "the marks of an unfinished git merge"),
    ],
)
def test_what_ails_a_notebook_is_said(tmp_path, content, sentence):
    path = tmp_path / "exercises" / f"{STEM}.ipynb"
    path.parent.mkdir()
    if content is not None:
        data = content if isinstance(content, bytes) else content.encode()
        path.write_bytes(data)
    with pytest.raises(WorkshopError) as caught:
        load(path)
    assert sentence in str(caught.value)


def test_a_lost_cell_comes_with_the_command_that_restores_it(tmp_path):
    path = tmp_path / "exercises" / f"{STEM}.ipynb"
    path.parent.mkdir()
    path.write_text('{"cells": []}')
    with pytest.raises(WorkshopError) as caught:
        load(path)
    assert f"`git restore exercises/{STEM}.ipynb`" in str(caught.value)
    assert str(path) in str(caught.value)
