"""A learner's answer: the module that a notebook's answer cells make.

Read with `json` alone: importing nbformat would cost every check 1.4 s.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workshop.errors import WorkshopError

Notebook = dict[str, Any]
Cell = dict[str, Any]

# What each exercise's answer is called where it is used.
MODULES = {
    "02_palindrome_products": "palindromes.py",
    "04_lambda_runtime_loop": "loop.py",
    "05_when_things_go_wrong": "handler.py",
    "06_memory_and_cpu": "tuning.py",
}
MARKER = re.compile(r"^\s*# (?:BEGIN|END) ANSWER\b.*\n?", re.MULTILINE)


@dataclass(frozen=True)
class Answer:
    """The answer in one notebook."""

    stem: str
    module: str  # the file name that the module goes by
    source: str

    def write(self, folder: Path) -> Path:
        """Write the module into the folder; returns where."""
        path = folder / self.module
        path.write_text(self.source)
        return path


def read_notebook(path: Path) -> Notebook:
    """The notebook as it is stored; WorkshopError if it is none."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise WorkshopError(f"There is no notebook {path}.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise WorkshopError(f"{path} cannot be read: {error}.") from error
    try:
        notebook = json.loads(text)
    except ValueError as error:
        why = str(error)
        if re.search(r"^(<<<<<<<|>>>>>>>) ", text, re.MULTILINE):
            why = "it has the marks of an unfinished git merge"
        raise WorkshopError(
            f"{path} is no notebook: {why}. `git restore {_in_git(path)}` "
            "brings the original back."
        ) from error
    if not isinstance(notebook, dict) or "cells" not in notebook:
        raise WorkshopError(f"{path} is no notebook: it has no cells.")
    return notebook


def source_of(cell: Cell) -> str:
    """A cell's text, which may be stored as one string or as lines."""
    source = cell.get("source", "")
    text = source if isinstance(source, str) else "".join(source)
    return text.replace("\r\n", "\n")


def is_answer(cell: Cell) -> bool:
    """Whether a cell belongs to the learner's module."""
    tags = cell.get("metadata", {}).get("tags", [])
    return cell.get("cell_type") == "code" and "answer" in tags


def answer_in(notebook: Notebook, path: Path) -> Answer:
    """The answer in a notebook that was read from `path`.

    WorkshopError when it has no answer cell.
    """
    stem = path.stem
    cells = [source_of(c) for c in notebook["cells"] if is_answer(c)]
    if not cells:
        raise WorkshopError(
            f"{path} has lost its answer cell. `git restore "
            f"{_in_git(path)}` brings the original notebook back; copy "
            "what you want to keep first."
        )
    source = "\n\n\n".join(MARKER.sub("", cell).strip() for cell in cells)
    return Answer(stem, MODULES.get(stem, "answer.py"), source + "\n")


def load(path: Path) -> Answer:
    """The answer in the notebook at `path`; WorkshopError says what ails."""
    return answer_in(read_notebook(path), path)


def _in_git(path: Path) -> str:
    """The path as it is typed in the repository's folder."""
    return f"{path.resolve().parent.name}/{path.name}"
