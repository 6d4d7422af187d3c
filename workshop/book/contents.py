"""What the book holds, in its order: derived from the folders alone."""

import re
from dataclasses import dataclass
from pathlib import Path

from workshop.answers import Notebook, read_notebook, source_of
from workshop.errors import WorkshopError

TITLE = re.compile(r"^# +(.+)$", re.MULTILINE)
TIME = re.compile(r"\*\*Time:\*\*\s+(.+?)\.(?:\s|$)", re.DOTALL)


@dataclass(frozen=True)
class Chapter:
    """A lesson or an exercise, one page of the book."""

    notebook: Path  # what the page is made from
    folder: str  # where the page lies: notebooks or exercises
    title: str
    time: str  # how long it takes, in the notebook's own words

    @property
    def page(self) -> str:
        """The page's path in the book."""
        return f"{self.folder}/{self.notebook.stem}.html"

    @property
    def slides(self) -> str:
        """Where the slides lie; beside the page, so that links are equal."""
        return f"{self.folder}/{self.notebook.stem}.slides.html"

    @property
    def is_lesson(self) -> bool:
        """Whether it is a lesson, and so has slides."""
        return self.folder == "notebooks"

    @property
    def number(self) -> str:
        """The two digits that a lesson and its exercise share."""
        return self.notebook.stem[:2]


def chapters(root: Path) -> list[Chapter]:
    """Every lesson of a repository, each followed by its exercise.

    An exercise is made from its solution. WorkshopError where a notebook
    does not say in its first cell what it is called and how long it takes.
    """
    lessons = (root / "notebooks").glob("*.ipynb")
    solutions = (root / "solutions").glob("*.ipynb")
    found = [_chapter(path, "notebooks") for path in lessons]
    found += [_chapter(path, "exercises") for path in solutions]
    if not found:
        raise WorkshopError(f"There are no lessons in {root}/notebooks.")
    return sorted(found, key=_place)


def _place(chapter: Chapter) -> tuple[str, bool]:
    return chapter.notebook.stem, not chapter.is_lesson


def _chapter(path: Path, folder: str) -> Chapter:
    opening = _opening(read_notebook(path))
    title, time = TITLE.search(opening), TIME.search(opening)
    if not title or not time:
        raise WorkshopError(
            f"{path.parent.name}/{path.name}: its first cell needs a title "
            "(# ...) and a time (**Time:** 20 minutes.)."
        )
    return Chapter(path, folder, title[1], " ".join(time[1].split()))


def _opening(notebook: Notebook) -> str:
    return source_of(notebook["cells"][0]) if notebook["cells"] else ""
