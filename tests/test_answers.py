"""The loader: from a notebook's answer cells to a module, or a sentence."""

import json
from pathlib import Path

import pytest

from workshop.answers import Answer, Part, load, lost_cells, source_of
from workshop.errors import WorkshopError
from workshop.exercises import stems
from workshop.repository import NOTEBOOKS, SOLUTIONS
from workshop.typed import WORKSHOP

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
        ("{", "is no notebook: it is not JSON, Expecting property name"),
        ("[" * 100_000, "is no notebook: it is not JSON"),
        ('{"cells": 3}', "is no notebook: it has no cells"),
        ("[]", "is no notebook: it has no cells"),
        ("{}", "is no notebook: it has no cells"),
        ('{"cells": []}', "has lost its answer cell"),
        ('{"cells": ["x", null]}', "has lost its answer cell"),
        (b"\xff\xfe", "is no notebook: it is not text in UTF-8"),
        (
            "{\n<<<<<<< HEAD\n",
            "line 2 of the file are the marks of an unfinished git merge",
        ),
        (
            '{\r\n<<<<<<< HEAD\r\n"a": 1\r\n=======\r\n>>>>>>> main\r\n',
            "lines 2, 4 and 5 of the file are the marks of an unfinished",
        ),
        (b"x" * (10 * 1024**2 + 1), "is 10 MB large; 10 MB is the most."),
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
    assert f"`{WORKSHOP} reset 04`" in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_solution_comes_back_from_git(tmp_path):
    path = tmp_path / "solutions" / f"{STEM}.ipynb"
    with pytest.raises(WorkshopError) as caught:
        load(path)
    assert f"`git restore solutions/{STEM}.ipynb`" in str(caught.value)


def test_a_lesson_comes_back_from_git(tmp_path):
    path = tmp_path / "notebooks" / "13_deploy_to_azure.ipynb"
    with pytest.raises(WorkshopError) as caught:
        load(path)
    assert "`git restore notebooks/13_deploy_to_azure.ipynb`" in str(
        caught.value
    )


@pytest.mark.parametrize(
    "name",
    [
        "nothing.ipynb",
        f"{STEM}.ipynb",
        "exercises/04_lambda.ipynb",
        "solutions/nothing.ipynb",
        "solutions/04_lambda.ipynb",
        "notebooks/nothing.ipynb",
    ],
)
def test_what_never_was_does_not_come_back(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(WorkshopError) as caught:
        load(Path(name))
    said = str(caught.value)
    assert said.startswith(f"There is no notebook {name}. Look at the path: ")
    assert "brings the original back" not in said


@pytest.mark.parametrize("content", ['{"cells": []}', "{", b"\xff\xfe"])
def test_what_is_not_ours_does_not_come_back(tmp_path, content):
    path = tmp_path / "mine.ipynb"
    path.write_bytes(content if type(content) is bytes else content.encode())
    with pytest.raises(WorkshopError, match="Look at the path: ") as caught:
        load(path)
    assert "brings the original back" not in str(caught.value)


@pytest.mark.parametrize("stem", stems())
def test_a_lesson_has_no_answer_and_says_what_has(stem):
    with pytest.raises(WorkshopError) as caught:
        load(NOTEBOOKS / f"{stem}.ipynb")
    assert str(caught.value) == (
        f"{NOTEBOOKS / stem}.ipynb is a lesson, and has no answer. Take "
        f"exercises/{stem}.ipynb or solutions/{stem}.ipynb."
    )


def test_a_lesson_without_an_exercise_names_none():
    with pytest.raises(WorkshopError) as caught:
        load(NOTEBOOKS / "13_deploy_to_azure.ipynb")
    said = str(caught.value)
    assert "is a lesson, and has no answer. Its number has no exercise" in said
    assert "13_deploy_to_azure.ipynb or" not in said


def test_a_lesson_in_a_copy_names_what_stands_beside_it(tmp_path):
    for folder in ("notebooks", "solutions"):
        (tmp_path / folder).mkdir()
    path = tmp_path / "notebooks" / f"{STEM}.ipynb"
    path.write_text('{"cells": []}')
    (tmp_path / "solutions" / path.name).write_text("{}")
    with pytest.raises(WorkshopError) as caught:
        load(path)
    assert str(caught.value).endswith(f"Take solutions/{STEM}.ipynb.")


@pytest.mark.parametrize("folder", ["exercises", "solutions"])
def test_an_exercise_in_another_folder_is_still_an_answer(tmp_path, folder):
    """Work in a folder that happens to be named as the lessons' is."""
    (tmp_path / "notebooks").mkdir()
    path = tmp_path / "notebooks" / f"{STEM}.ipynb"
    text = (SOLUTIONS.parent / folder / path.name).read_text()
    notebook = json.loads(text)
    as_colab(notebook["cells"])
    path.write_text(json.dumps(notebook))
    assert "serve_one" in load(path).source


def test_a_folder_in_its_place_cannot_be_read(tmp_path):
    with pytest.raises(WorkshopError, match=r"cannot be read: Is a directory"):
        load(tmp_path)


def as_colab(cells):
    """No tags, no ids, one string for a source."""
    for number, cell in enumerate(cells):
        del cell["id"]
        cell["metadata"] = {"id": f"x{number}", "outputId": "y"}
        cell["source"] = "".join(cell["source"])


def as_vs_code(cells):
    """Its own metadata beside ours, and lines as it likes them."""
    for cell in cells:
        cell["metadata"]["vscode"] = {"languageId": "python"}
        cell["source"] = "".join(cell["source"]).splitlines(keepends=True)


def as_others(cells):
    """What no editor should write, and some have."""
    for cell in cells:
        cell["metadata"] = None


@pytest.mark.parametrize("stem", stems())
@pytest.mark.parametrize("editor", [as_colab, as_vs_code, as_others])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_other_editors_lose_nothing_of_an_answer(tmp_path, stem, editor, ends):
    notebook = json.loads((SOLUTIONS / f"{stem}.ipynb").read_text())
    notebook["nbformat_minor"] = 4
    editor(notebook["cells"])
    path = tmp_path / f"{stem}.ipynb"
    text = json.dumps(notebook, indent=1).replace("\n", ends)
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert load(path) == load(SOLUTIONS / path.name)


def test_a_try_beside_the_answer_is_not_taken_for_it(tmp_path):
    path = tmp_path / f"{STEM}.ipynb"
    notebook = json.loads((SOLUTIONS / path.name).read_text())
    notebook["cells"].insert(0, cell("def error_body(error):\n    pass"))
    path.write_text(json.dumps(notebook))
    assert load(path) == load(SOLUTIONS / path.name)


def test_a_cell_that_is_lost_is_named(tmp_path):
    notebook = json.loads((SOLUTIONS / f"{STEM}.ipynb").read_text())
    assert lost_cells(notebook, STEM) == []
    gone = [c for c in notebook["cells"] if "class Context" in str(c)]
    notebook["cells"].remove(gone[0])
    assert lost_cells(notebook, STEM) == ["class Context:"]
    merged = next(c for c in notebook["cells"] if "def serve_one" in str(c))
    merged["source"] = source_of(gone[0]) + "\n" + source_of(merged)
    assert lost_cells(notebook, STEM) == []


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("x = 1\n", ""),
        ("x = '\\d'\n", ""),  # a warning is no mistake
        ("x = 1\ndef f(:\n", "the line `def f(:`: invalid syntax."),
        ("return 1\n", "the line `return 1`: 'return' outside function."),
        ("x = 1\0", "the answer: source code string cannot contain null"),
        ("(" * 9_000, " ...`: too many nested parentheses."),
        ("-" * 90_000 + "1", "the answer: it is nested too deeply."),
        ("(" * 100_001, ""),
    ],
)
def test_what_python_cannot_read_is_a_sentence(source, said):
    mistake = Answer("x", "answer.py", source).mistake
    assert said in mistake
    assert bool(mistake) == bool(said)


CONFLICT = """x = 1
<<<<<<< HEAD
def f():
    return 1
=======
def f():
    return 2
>>>>>>> main
"""
UNFINISHED = (
    "Python cannot read the line `<<<<<<< HEAD`: it is one of the marks of an "
    "unfinished git merge. Delete them, and what you do not want of what is "
    "between them."
)


@pytest.mark.parametrize(
    "source",
    [
        CONFLICT,
        CONFLICT.replace("\n<<<<<<<", "\ndef g():\n<<<<<<<"),
        CONFLICT.replace("x = 1", "x = ("),  # the error is another line's
    ],
)
def test_the_marks_of_a_merge_in_an_answer_are_known(store, source):
    assert load(store(cell(source, "answer"))).mistake == UNFINISHED


def test_half_of_the_marks_of_a_merge_are_known(store):
    path = store(cell("x = 1\n>>>>>>> main\n", "answer"))
    assert "`>>>>>>> main`: it is one of the marks" in load(path).mistake


@pytest.mark.parametrize(
    "source", ["'''\nx\n=======\n'''\nx = (\n", "a <<<<<<< b\n"]
)
def test_what_only_looks_like_a_merge_is_none(store, source):
    mistake = load(store(cell(source, "answer"))).mistake
    assert "Python cannot read" in mistake
    assert "merge" not in mistake


def test_marks_in_a_string_are_no_mistake(store):
    path = store(cell("x = '''\n<<<<<<< HEAD\n'''\n", "answer"))
    assert load(path).mistake == ""


def test_the_marks_of_a_merge_in_a_file_are_known():
    source = "host = 1\n<<<<<<< HEAD\nhost = 2\n"
    with pytest.raises(WorkshopError) as told:
        Part("host.json", source).as_json()
    assert str(told.value) == ("The cell of host.json fails: " + UNFINISHED)
