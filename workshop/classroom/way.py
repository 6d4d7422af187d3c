"""The way through the workshop: its lessons and exercises, in their order.

It is read from the files, so a new lesson is on it as soon as it is there.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from workshop.answers import read_notebook, source_of
from workshop.classroom.desk import Desk, number_of
from workshop.errors import WorkshopError
from workshop.exercises import stems

TITLE = re.compile(r"^# +(.+)", re.MULTILINE)


@dataclass(frozen=True)
class Stage:
    """One number of the way: a lesson, an exercise or both."""

    number: str
    title: str
    lesson: Path | None
    exercise: str | None  # its stem


def way(desk: Desk) -> list[Stage]:
    """All stages, in order."""
    lessons = {number_of(p.stem): p for p in desk.lessons.glob("*.ipynb")}
    exercises = {number_of(stem): stem for stem in stems()}
    return [
        Stage(
            number,
            _title(lessons.get(number), exercises.get(number, number)),
            lessons.get(number),
            exercises.get(number),
        )
        for number in sorted(lessons | exercises)
    ]


def _title(lesson: Path | None, stem: str) -> str:
    """What a lesson is called, or else what its file is."""
    if lesson is None:
        return _spelled(stem)
    try:
        cells = read_notebook(lesson)["cells"]
    except WorkshopError:  # of no weight here
        cells = []
    for cell in cells:
        found = TITLE.search(source_of(cell))
        if found and cell.get("cell_type") == "markdown":
            return re.sub(r"^\d\d[ .:]+", "", found[1]).strip()
    return _spelled(lesson.stem)


def _spelled(stem: str) -> str:
    """A stem as words: "lambda runtime loop" of 04_lambda_runtime_loop."""
    return stem.partition("_")[2].replace("_", " ") or stem
