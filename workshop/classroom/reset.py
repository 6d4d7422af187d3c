"""`workshop reset`: an exercise as it was, and a copy of what it replaces."""

import sys
from pathlib import Path

from workshop.answers import read_notebook
from workshop.classroom.desk import Desk, number_of
from workshop.classroom.memory import replace
from workshop.errors import WorkshopError
from workshop.exercises import as_text, generate
from workshop.kept import keep
from workshop.repository import SOLUTIONS
from workshop.submissions import stem_like
from workshop.typed import WORKSHOP


def main(desk: Desk, exercise: str, yes: bool = False) -> int:
    """Put the un-run exercise back; asks first, unless `yes`. The status.

    1 if the learner says no. WorkshopError if nobody can be asked, or
    something cannot be written: then the notebook is as before.
    """
    stem = stem_like(exercise)
    path = desk.exercise(stem)
    fresh = as_text(generate(read_notebook(SOLUTIONS / path.name))).encode()
    try:
        return _reset(desk, path, fresh, yes)
    except OSError as error:
        raise WorkshopError(
            f"{error.filename} cannot be written: {error.strerror}. "
            f"{desk.shown(path)} is as it was."
        ) from error


def _reset(desk: Desk, path: Path, fresh: bytes, yes: bool) -> int:
    shown, number = desk.shown(path), number_of(path.stem)
    is_there = path.exists()
    if is_there and path.read_bytes() == fresh:
        print(f"{shown} is as it was made: there is nothing to reset.")
        print(f"Next: open it, or type `{WORKSHOP} hint {number}`.")
        return 0
    if is_there and not yes and not _agreed(shown):
        print(f"{shown} stays as it is.")
        return 1
    if is_there:
        copy = keep(path, desk.kept)
        print(f"A copy of what was there is {desk.shown(copy)}.")
    replace(path, fresh)
    print(
        f"{shown} is as at the start. Is it open in JupyterLab? Then choose "
        "File, Reload Notebook from Disk.\n"
        "Next: write your answer, save, and type "
        f"`{WORKSHOP} check {number}`."
    )
    return 0


def _agreed(shown: str) -> bool:
    if not sys.stdin.isatty():
        raise WorkshopError(
            f"{shown} would be replaced, and nobody can be asked: add --yes."
        )
    question = f"Replace {shown} by the empty exercise? A copy is kept [y/N]: "
    try:
        return input(question).strip().lower() in ("y", "yes")
    except EOFError:
        return False
