"""What a folder holds that somebody has handed in, such as a clone.

git stores links as well: none is followed, whatever it leads to.
"""

import os
import stat
from datetime import datetime
from pathlib import Path

from workshop.answers import LIMIT_BYTES
from workshop.errors import WorkshopError
from workshop.exercises import stems
from workshop.grading.archive import Contents
from workshop.grading.handed import too_large


def is_clone(folder: Path) -> bool:
    """Whether it has a folder with exercises in it."""
    return (folder / "exercises").is_dir()


def contents_of(folder: Path) -> Contents:
    """The exercises in it."""
    found = Contents()
    if (folder / "exercises").is_symlink():
        found.remarks.append("'exercises' in it is a link, and is not read.")
        return found
    for stem in stems():
        path = folder / "exercises" / f"{stem}.ipynb"
        if not os.path.lexists(path):
            continue
        try:
            found.notebooks[stem] = _content(path)
        except OSError as error:
            found.problems[stem] = (
                f"exercises/{path.name} cannot be read: {error.strerror}."
            )
        except WorkshopError as error:
            found.problems[stem] = str(error)
    return found


def date_of(folder: Path) -> str:
    """When an exercise in it was changed last: a file's own date, if any."""
    changed = [
        found.st_mtime
        for path in (folder / "exercises").glob("*.ipynb")
        if stat.S_ISREG((found := path.lstat()).st_mode)
    ]
    return as_date(max(changed)) if changed else ""


def as_date(at: float) -> str:
    """A file's time as a date."""
    return datetime.fromtimestamp(at).date().isoformat()


def _content(path: Path) -> bytes:
    name = Path("exercises") / path.name
    state = path.lstat()
    if stat.S_ISLNK(state.st_mode):
        raise WorkshopError(f"{name} is a link, and is not read.")
    if not stat.S_ISREG(state.st_mode):
        raise WorkshopError(f"{name} is no file.")
    if state.st_size > LIMIT_BYTES:
        raise WorkshopError(too_large(name, state.st_size))
    return path.read_bytes()
