"""Copies of notebooks that are about to be replaced."""

import shutil
from datetime import datetime
from pathlib import Path


def keep(notebook: Path, folder: Path) -> Path:
    """Copy a notebook to where no other copy is; returns where.

    Raises OSError where it cannot be read or written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{notebook.stem}.{datetime.now():%Y-%m-%d-%H%M%S}"
    number = 1
    while True:
        suffix = "" if number == 1 else f"-{number}"
        copy = folder / f"{stem}{suffix}.ipynb"
        try:
            with notebook.open("rb") as source, copy.open("xb") as target:
                shutil.copyfileobj(source, target)
            return copy
        except FileExistsError:
            number += 1
