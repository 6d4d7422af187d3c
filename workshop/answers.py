"""A learner's answer: the files that a notebook's answer cells make.

Together the cells tagged `answer` are one module. One that is tagged
`file:host.json` as well is a file of its own: plain Python that makes a
variable named as the file is, `host`, and the file is the JSON of it.

Read with `json` alone: importing nbformat would cost every check 1.4 s.
"""

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
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
    "08_azure_custom_handler": "handler.py",
    "09_azure_bindings": "handler.py",
    "10_compare_speed": "measuring.py",
}
MARKER = re.compile(r"^\s*# (?:BEGIN|END) ANSWER\b.*\n?", re.MULTILINE)
FILE = re.compile(r"file:((?:[\w-]+/)?[\w-]+\.json)")
TIME_LIMIT_S = 10
# Runs a part's source, its variable's name in argv; prints the JSON. What
# the source prints itself goes elsewhere.
EVALUATE = """
import json, os, sys
result = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
names = {}
exec(sys.stdin.read(), names)
if sys.argv[1] not in names:
    sys.exit(f"it makes no variable {sys.argv[1]}")
value = names[sys.argv[1]]
text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
result.write(text + "\\n")
"""


@dataclass(frozen=True)
class Part:
    """A JSON file of an answer, written as the Python that makes it."""

    file: str  # its path in the app, such as palindromes/function.json
    source: str

    @property
    def variable(self) -> str:
        """The variable that the file is the JSON of."""
        return PurePosixPath(self.file).stem

    def as_json(self) -> str:
        """The file's text; WorkshopError where there is none to be had."""
        program = (sys.executable, "-I", "-X", "utf8", "-c", EVALUATE)
        try:
            run = subprocess.run(
                [*program, self.variable],
                input=self.source.encode(),
                capture_output=True,
                timeout=TIME_LIMIT_S,
            )
        except subprocess.TimeoutExpired as error:
            raise WorkshopError(
                f"The cell of {self.file} took over {TIME_LIMIT_S} s and was "
                "stopped. Is there a loop that never ends?"
            ) from error
        if run.returncode:
            *_, why = run.stderr.decode().split("\n")[:-1] or ["it ended"]
            raise WorkshopError(f"The cell of {self.file} fails: {why}")
        return run.stdout.decode()


@dataclass(frozen=True)
class Answer:
    """The answer in one notebook."""

    stem: str
    module: str  # the file name that the module goes by
    source: str
    parts: tuple[Part, ...] = ()  # the other files

    def files(self) -> dict[str, str]:
        """Every file's text by its name; WorkshopError if one has none."""
        parts = {part.file: part.as_json() for part in self.parts}
        return {self.module: self.source} | parts

    def write(self, folder: Path) -> Path:
        """Write the module into the folder; returns where."""
        path = folder / self.module
        path.write_text(self.source, encoding="utf-8")
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
    """Whether a cell belongs to the learner's answer."""
    return cell.get("cell_type") == "code" and "answer" in _tags(cell)


def part_in(cell: Cell) -> Part | None:
    """The file of its own that an answer cell is, if it is one."""
    for tag in _tags(cell):
        if found := FILE.fullmatch(tag):
            source = MARKER.sub("", source_of(cell)).strip()
            return Part(found[1], source + "\n")
    return None


def answer_in(notebook: Notebook, path: Path) -> Answer:
    """The answer in a notebook that was read from `path`.

    WorkshopError when it has no answer cell.
    """
    stem = path.stem
    cells = [cell for cell in notebook["cells"] if is_answer(cell)]
    parts = tuple(part for cell in cells if (part := part_in(cell)))
    module = [source_of(cell) for cell in cells if not part_in(cell)]
    if not module:
        raise WorkshopError(
            f"{path} has lost its answer cell. `git restore "
            f"{_in_git(path)}` brings the original notebook back; copy "
            "what you want to keep first."
        )
    source = "\n\n\n".join(MARKER.sub("", cell).strip() for cell in module)
    name = MODULES.get(stem, "answer.py")
    return Answer(stem, name, source + "\n", parts)


def load(path: Path) -> Answer:
    """The answer in the notebook at `path`; WorkshopError says what ails."""
    return answer_in(read_notebook(path), path)


def _tags(cell: Cell) -> list[str]:
    tags: list[str] = cell.get("metadata", {}).get("tags", [])
    return tags


def _in_git(path: Path) -> str:
    """The path as it is typed in the repository's folder."""
    return f"{path.resolve().parent.name}/{path.name}"
