"""The loader: from a notebook's answer cells to a module, or a sentence."""

import json

import pytest

from workshop.answers import Part, load
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


def test_a_cell_with_a_file_is_no_part_of_the_module(store):
    host = "host = {'version': '2.0'}\n# END ANSWER\nhost['ü'] = [1, None]"
    answer = load(
        store(
            cell(host, "answer", "file:host.json"),
            cell("x = 1", "answer"),
            cell("function = 5", "answer", "file:my_f-1/function.json"),
        )
    )
    assert answer.source == "x = 1\n"
    assert list(answer.files().items()) == [
        ("loop.py", "x = 1\n"),
        (
            "host.json",
            '{\n  "version": "2.0",\n  "ü": [\n    1,\n    null\n  ]\n}\n',
        ),
        ("my_f-1/function.json", "5\n"),
    ]


@pytest.mark.parametrize("tag", ["file:../host.json", "file:/etc/x.json"])
def test_a_file_stays_in_the_app(store, tag):
    path = store(cell("x = 1", "answer"), cell("host = 1", "answer", tag))
    assert load(path).parts == ()


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("host = {", "fails: SyntaxError: '{' was never closed"),
        ("host = helper()", "fails: NameError: name 'helper' is not defined"),
        ("hots = {}", "fails: it makes no variable host"),
        ("host = ...", "fails: TypeError: Object of type ellipsis is not"),
        ("host = float('nan')", "fails: ValueError: Out of range float"),
        ("import os; os._exit(3)", "fails: it ended"),
        ("while True:\n    pass", "took over 1 s and was stopped"),
    ],
)
def test_a_cell_that_makes_no_file_says_why(monkeypatch, source, why):
    monkeypatch.setattr("workshop.answers.TIME_LIMIT_S", 1)
    with pytest.raises(WorkshopError, match=r"The cell of host\.json") as told:
        Part("host.json", source).as_json()
    assert why in str(told.value)


def test_what_such_a_cell_prints_is_not_in_its_file():
    assert Part("host.json", "print(host := 1)").as_json() == "1\n"


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
