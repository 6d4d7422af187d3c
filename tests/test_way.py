"""How long each part takes: every page says what the notebooks say."""

import json
import re

import pytest

from workshop.repository import NOTEBOOKS, ROOT, SOLUTIONS

LESSONS = sorted(NOTEBOOKS.glob("*.ipynb"))
ROW = re.compile(r"^\| (\d\d) [^|]+ \| (\d+) \| (\d*) \|$", re.MULTILINE)
GO_ON = re.compile(r"\]\(([^)]+\.ipynb)\) \|[^|]*\| (\d+) min \|")


def first_cell(path):
    text = "".join(json.loads(path.read_text())["cells"][0]["source"])
    return " ".join(text.split())


def minutes(path):
    """How many a notebook says; "" where there is none."""
    if not path.exists():
        return ""
    told = first_cell(path).partition("**Time:**")[2]
    return re.search(r"(\d+) minutes", told)[1]


def test_the_instructors_page_has_the_minutes_of_every_part():
    page = (ROOT / "INSTRUCTOR.md").read_text()
    assert ROW.findall(page) == [
        (path.stem[:2], minutes(path), minutes(SOLUTIONS / path.name))
        for path in LESSONS
    ]


def test_the_first_lesson_has_the_minutes_of_those_that_follow():
    cells = json.loads(LESSONS[0].read_text())["cells"]
    text = "".join("".join(cell["source"]) for cell in cells)
    told = dict(GO_ON.findall(text))
    expected = {path.name: minutes(path) for path in LESSONS[1:]}
    for path in sorted(SOLUTIONS.glob("*.ipynb")):
        expected[f"../exercises/{path.name}"] = minutes(path)
    assert told == expected


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem[:2])
def test_a_lesson_is_in_the_readme_with_its_exercise(path):
    page = (ROOT / "README.md").read_text()
    assert f"](notebooks/{path.name}) |" in page
    has_exercise = (SOLUTIONS / path.name).exists()
    assert (f"](exercises/{path.name}) |" in page) is has_exercise
