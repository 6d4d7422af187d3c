"""The form of every notebook: what makes them readable, and comparable."""

import json
import re
from itertools import pairwise
from pathlib import Path

import pytest

from workshop.exercises import as_text, stems
from workshop.notebooks import KERNEL, SLIDERS
from workshop.repository import EXERCISES, NOTEBOOKS, ROOT, SOLUTIONS

LESSONS = sorted(NOTEBOOKS.glob("*.ipynb"))
ANSWERED = sorted(SOLUTIONS.glob("*.ipynb"))
UNANSWERED = sorted(EXERCISES.glob("*.ipynb"))
ALL = LESSONS + ANSWERED + UNANSWERED
MOST_LINES, MOST_COLUMNS = 25, 79
LEAST_COMPARED = 0.7


def name(path):
    return f"{path.parent.name}/{path.stem[:2]}"


every = pytest.mark.parametrize("path", ALL, ids=name)
executed = pytest.mark.parametrize("path", LESSONS + ANSWERED, ids=name)


def cells(path, kind=None):
    found = json.loads(path.read_text())["cells"]
    return [cell for cell in found if kind in (None, cell["cell_type"])]


def text(cell):
    return "".join(cell["source"])


def prose(path):
    """The Markdown of a notebook without what is quoted in it as code."""
    whole = "\n\n".join(text(cell) for cell in cells(path, "markdown"))
    return re.sub(r"```.*?```", "", whole, flags=re.DOTALL)


def headings(path):
    return re.findall(r"^(#+) +(.+)$", prose(path), re.MULTILINE)


# For the reader


@every
def test_it_has_one_title_and_the_headings_descend_in_order(path):
    levels = [len(marks) for marks, _ in headings(path)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    steps = pairwise(levels)
    assert all(after <= before + 1 for before, after in steps)


@every
def test_the_first_cell_says_what_comes_of_it_and_how_long_it_takes(path):
    first = cells(path)[0]
    assert first["cell_type"] == "markdown"
    assert re.search(r"\*\*What you will have (built|done):\*\*", text(first))
    minutes = re.search(r"\*\*Time:\*\*[^*]*\b(\d+|ten) ", text(first))
    assert minutes, "say how many minutes"


@every
def test_every_picture_has_a_text(path):
    pictures = re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", prose(path))
    for alternative, file in pictures:
        assert len(alternative) >= 40, file
        assert (path.parent / file).exists(), file
    assert "<img" not in prose(path).replace("<img alt=", "")


@every
def test_links_lead_somewhere(path):
    for target in re.findall(r"\]\(([^)#]+)\)", prose(path)):
        assert (path.parent / target).exists(), target


@every
def test_cells_are_short_and_lines_are_narrow(path):
    for cell in cells(path, "code"):
        lines = text(cell).splitlines()
        answer = "answer" in cell["metadata"].get("tags", [])
        # A solution is read in one piece; its exercise has the gaps.
        most = MOST_LINES * 2 if answer else MOST_LINES
        assert len(lines) <= most, cell["id"]
        assert max(map(len, lines)) <= MOST_COLUMNS, cell["id"]


@every
def test_nothing_says_where_it_was_made(path):
    # Somebody's home, and what is there for a moment; /home/site is Azure's.
    place = r"/(?:home(?!/site)|Users|root)/\w*|/tmp/\w+"
    found = re.findall(place, path.read_text())
    assert found == []


# For the comparison


@executed
def test_it_was_executed_from_top_to_bottom(path):
    counts = [cell["execution_count"] for cell in cells(path, "code")]
    assert counts == list(range(1, len(counts) + 1))


@pytest.mark.parametrize("path", UNANSWERED, ids=name)
def test_an_exercise_was_not_executed(path):
    for cell in cells(path, "code"):
        assert (cell["execution_count"], cell["outputs"]) == (None, [])


@executed
def test_no_error_is_left_in_it(path):
    for cell in cells(path, "code"):
        assert all(out["output_type"] != "error" for out in cell["outputs"])
        assert not re.search(r"^✗", outputs(cell), re.MULTILINE)


def outputs(cell):
    return "".join("".join(out.get("text", "")) for out in cell["outputs"])


@executed
def test_most_outputs_are_compared(path):
    spoken = [cell for cell in cells(path, "code") if cell["outputs"]]
    compared = [
        cell
        for cell in spoken
        if "nbval-ignore-output" not in cell["metadata"].get("tags", [])
    ]
    assert len(compared) >= LEAST_COMPARED * len(spoken)


@every
def test_it_is_stored_in_the_one_form(path):
    notebook = json.loads(path.read_text())
    assert notebook["metadata"] == KERNEL
    assert path.read_text() == as_text(notebook), "run `make notebooks`"
    assert SLIDERS not in path.read_text(), "they need the kernel that is gone"
    for cell in notebook["cells"]:
        assert set(cell["metadata"]) <= {"deletable", "tags"}, cell["id"]


@every
def test_every_cell_has_an_id_of_its_own(path):
    ids = [cell["id"] for cell in cells(path)]
    assert len(set(ids)) == len(ids)


# For the answers


@pytest.mark.parametrize("path", ANSWERED + UNANSWERED, ids=name)
def test_answer_cells_cannot_be_deleted_and_others_can(path):
    answers = 0
    for cell in cells(path):
        answer = "answer" in cell["metadata"].get("tags", [])
        assert cell["metadata"].get("deletable", True) is not answer
        answers += answer
    assert answers


@pytest.mark.parametrize("path", UNANSWERED, ids=name)
def test_a_gap_says_how_long_its_answer_is(path):
    gaps = [
        line.strip()
        for cell in cells(path, "code")
        for line in text(cell).splitlines()
        if line.strip() == "..."
    ]
    sized = re.findall(r"# Your answer, about \d+ lines?,", path.read_text())
    assert len(gaps) == len(sized) > 0


def test_an_exercise_has_its_solution_its_lesson_its_test_and_its_bank():
    tests = ROOT / "tests" / "exercises"
    for stem in stems():
        for path in (
            EXERCISES / f"{stem}.ipynb",
            NOTEBOOKS / f"{stem}.ipynb",
            tests / f"test_{stem}.py",
            tests / "attempts" / stem,
        ):
            assert path.exists(), path
    assert [p.stem for p in UNANSWERED] == stems()
    assert [Path(p).suffix for p in LESSONS] == [".ipynb"] * len(LESSONS)
