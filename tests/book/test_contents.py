"""What the book holds, and in which order."""

import json
import re

import pytest

from tests.book.conftest import markdown, notebook, opening
from workshop.book.contents import chapters
from workshop.errors import WorkshopError
from workshop.repository import ROOT


def test_each_lesson_is_followed_by_its_exercise(repository):
    found = chapters(repository)
    assert [chapter.page for chapter in found] == [
        "notebooks/01_one.html",
        "exercises/01_one.html",
        "notebooks/02_two.html",
    ]
    assert [chapter.is_lesson for chapter in found] == [True, False, True]
    assert found[1].title == "Exercise: one"
    assert found[0].number == found[1].number == "01"


def test_the_time_is_told_in_the_words_of_the_notebook(repository):
    path = repository / "notebooks" / "02_two.ipynb"
    slow = opening("Two", "an hour,\nor more if it is late")
    path.write_text(json.dumps(notebook(slow)))
    assert chapters(repository)[2].time == "an hour, or more if it is late"


@pytest.mark.parametrize("cells", [[], [markdown("# A title")]])
def test_a_notebook_says_what_it_is_called_and_how_long_it_takes(
    repository, cells
):
    path = repository / "notebooks" / "02_two.ipynb"
    path.write_text(json.dumps(notebook(*cells)))
    with pytest.raises(
        WorkshopError, match=r"^notebooks/02_two\.ipynb: .*tim"
    ):
        chapters(repository)


def test_a_repository_without_lessons_has_no_book(tmp_path):
    with pytest.raises(WorkshopError, match="no lessons"):
        chapters(tmp_path)


def test_the_order_is_that_of_the_readme():
    order = {c.page: number for number, c in enumerate(chapters(ROOT))}
    links = re.findall(
        r"\((notebooks|exercises)/(\w+)\.ipynb\)",
        (ROOT / "README.md").read_text(),
    )
    numbers = [order[f"{folder}/{stem}.html"] for folder, stem in links]
    assert numbers == sorted(numbers)
    assert len(numbers) > 10
