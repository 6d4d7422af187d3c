"""A learner's answer: the files that a notebook's answer cells make.

Together the cells tagged `answer` are one module. One that is tagged
`file:host.json` as well is a file of its own: plain Python that makes a
variable named as the file is, `host`, and the file is the JSON of it.

Editors differ in what they keep of a notebook. VS Code keeps tags, and lets
any cell be deleted; Colab has no tags, numbers no cells, and may store a
source as one string. So an answer cell that has lost its tags is known by its
id, or by the names that it makes.

Read with `json` alone: importing nbformat would cost every check 1.4 s.
"""

import json
import re
import subprocess
import sys
import warnings
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from workshop.errors import WorkshopError
from workshop.repository import EXERCISES, NOTEBOOKS, SOLUTIONS
from workshop.typed import WORKSHOP

Notebook = dict[str, Any]
Cell = dict[str, Any]

# What each exercise's answer is called where it is used.
MODULES = {
    "01_what_is_serverless": "scale_out.py",
    "02_palindrome_products": "palindromes.py",
    "04_lambda_runtime_loop": "loop.py",
    "05_when_things_go_wrong": "handler.py",
    "06_memory_and_cpu": "tuning.py",
    "08_azure_custom_handler": "handler.py",
    "09_azure_bindings": "handler.py",
    "10_compare_speed": "measuring.py",
    "11_billing": "bill.py",
    "12_deploy_to_aws": "deploying.py",
}
MARKER = re.compile(r"^\s*# (?:BEGIN|END) ANSWER\b.*\n?", re.MULTILINE)
FILE = re.compile(r"file:((?:[\w-]+/)?[\w-]+\.json)")
DEFINED = re.compile(r"^(?:async +)?(?:def|class) +(\w+)", re.MULTILINE)
ASSIGNED = re.compile(r"^(\w+(?:\.\w+)*) *(?::[^=\n]*)?=(?!=)", re.MULTILINE)
ABOUT = re.compile(r'\A\s*"""(.+)')  # the docstring of a module
CONFLICT = re.compile(r"(?:<<<<<<<|\|{7}|=======|>>>>>>>)(?: |$)")
# A line of = alone may be a heading's in a docstring: it proves nothing.
SIDE = re.compile(r"^(?:<{7}|>{7})(?: .*)?$", re.MULTILINE)
LONGEST_SOURCE = 100_000  # characters; Python alone reads a longer one
SYNTAX_ERRORS = ("SyntaxError", "IndentationError")
LIMIT_BYTES = 10 * 1024 * 1024  # of a notebook; the largest here has 80 KB
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


class Unreadable(WorkshopError):
    """There is no answer to be had from a notebook: why, and the remedy."""

    def __init__(self, why: str, remedy: str) -> None:
        super().__init__(f"{why} {remedy}")
        self.remedy = remedy


class Missing(Unreadable):
    """There is no such notebook."""


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
        program = (sys.executable, "-I", "-S", "-X", "utf8", "-c", EVALUATE)
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
            if why.startswith(SYNTAX_ERRORS):
                why = _unfinished_merge(self.source) or why
            raise WorkshopError(f"The cell of {self.file} fails: {why}")
        return run.stdout.decode()


@dataclass(frozen=True)
class Answer:
    """The answer in one notebook."""

    stem: str
    module: str  # the file name that the module goes by
    source: str
    parts: tuple[Part, ...] = ()  # the other files

    @cached_property
    def mistake(self) -> str:
        """Why Python cannot read the module, as a sentence; "" if it can."""
        if len(self.source) > LONGEST_SOURCE:
            return ""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                compile(self.source, self.module, "exec")
        except SyntaxError as error:
            if unfinished := _unfinished_merge(self.source):
                return unfinished
            at = (error.lineno or 0) - 1  # not every error has its text
            line = (self.source.split("\n")[at] if at >= 0 else "").strip()
            short = line if len(line) < 80 else f"{line[:76]} ..."
            where = f"the line `{short}`" if line else "the answer"
            return f"Python cannot read {where}: {error.msg}."
        except ValueError as error:
            return f"Python cannot read the answer: {error}."
        except (RecursionError, MemoryError):
            return "Python cannot read the answer: it is nested too deeply."
        return ""

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
    return notebook_of(content_of(path), path)


def content_of(path: Path) -> bytes:
    """The bytes of a notebook; WorkshopError if it is missing, or too large.

    With much output in it a notebook becomes slow to read, to check and to
    hand in.
    """
    try:
        size = path.stat().st_size
        if size > LIMIT_BYTES:
            raise Unreadable(
                f"{path} is {size / 1024**2:,.0f} MB large; "
                f"{LIMIT_BYTES // 1024**2} MB is the most.",
                "Clear its outputs (in JupyterLab: Edit, Clear Outputs of "
                "All Cells), then save it.",
            )
        return path.read_bytes()
    except FileNotFoundError as error:
        raise Missing(
            f"There is no notebook {path}.", _remedy(path)
        ) from error
    except OSError as error:
        raise Unreadable(
            f"{path} cannot be read: {error.strerror}.",
            "See whose file it is, and what may be done with it.",
        ) from error


def notebook_of(content: bytes, path: Path) -> Notebook:
    """The notebook in these bytes, which were read from `path`.

    Windows line ends and a byte order mark do no harm. WorkshopError if it
    is none.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(
            f"{path} is no notebook: it is not text in UTF-8.", _remedy(path)
        ) from error
    try:
        stored = json.loads(text)
    except (ValueError, RecursionError) as error:
        why = _merge_marks(text) or f"it is not JSON, {error}"
        raise Unreadable(
            f"{path} is no notebook: {why}.", _remedy(path)
        ) from error
    notebook: Notebook = stored if isinstance(stored, dict) else {}
    cells = notebook.get("cells")
    if not isinstance(cells, list):
        raise Unreadable(
            f"{path} is no notebook: it has no cells.", _remedy(path)
        )
    notebook["cells"] = [cell for cell in cells if isinstance(cell, dict)]
    # A lesson defines names of the answer's, too, to talk about them.
    if path.resolve().parent != NOTEBOOKS:
        _tag_again(notebook, path.stem)
    return notebook


def source_of(cell: Cell) -> str:
    """A cell's text, which may be stored as one string or as lines."""
    source = cell.get("source") or ""
    text = source if isinstance(source, str) else "".join(map(str, source))
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
    if not module and _is_lesson(path):
        raise Unreadable(
            f"{path} is a lesson, and has no answer.", _beside(path)
        )
    if not module:
        raise Unreadable(f"{path} has lost its answer cell.", _remedy(path))
    source = "\n\n\n".join(MARKER.sub("", cell).strip() for cell in module)
    name = MODULES.get(stem, "answer.py")
    return Answer(stem, name, source + "\n", parts)


def load(path: Path) -> Answer:
    """The answer in the notebook at `path`; WorkshopError says what ails."""
    return answer_in(read_notebook(path), path)


def lost_cells(notebook: Notebook, stem: str) -> list[str]:
    """How the answer cells begin that the notebook lacks, one line each.

    A cell is not missed while what it defines is defined in another one.
    """
    cells = [cell for cell in notebook["cells"] if is_answer(cell)]
    here = {name for cell in cells for name in _names(cell)}
    return [
        _first_code(cell)
        for cell in _expected(stem)
        if not any(_is_same(cell, other) for other in cells)
        and not _names(cell) & here
    ]


def _tag_again(notebook: Notebook, stem: str) -> None:
    """Give the answer cells that have lost their tags their tags back."""
    for expected in _expected(stem):
        cells = notebook["cells"]
        if any(is_answer(c) and _is_same(expected, c) for c in cells):
            continue
        found = max(
            (c for c in cells if _is_free(c) and _is_same(expected, c)),
            key=lambda cell: _likeness(expected, cell),
            default=None,
        )
        if found is not None:
            found["metadata"] = {"tags": _tags(expected)}


def _is_free(cell: Cell) -> bool:
    """Whether a cell of code may be an answer's that has lost its tags."""
    return cell.get("cell_type") == "code" and not is_answer(cell)


def _likeness(expected: Cell, cell: Cell) -> tuple[bool, int]:
    """How much a cell is like this answer cell; the larger, the more."""
    has_id = "id" in expected and expected["id"] == cell.get("id")
    return has_id, len(_names(expected) & _names(cell))


def _expected(stem: str) -> list[Cell]:
    """The answer cells as they should be; none for a notebook of another."""
    path = SOLUTIONS / f"{stem}.ipynb"
    if not path.exists():
        return []
    solution: Notebook = json.loads(path.read_text(encoding="utf-8"))
    return [cell for cell in solution["cells"] if is_answer(cell)]


def _is_same(expected: Cell, cell: Cell) -> bool:
    """Whether a cell is this answer cell, in whatever version."""
    if "id" in expected and expected["id"] == cell.get("id"):
        return True
    part = part_in(expected)
    if part:  # others assign that variable, too: its first line tells
        begins = source_of(cell).strip().startswith(f"# {part.file}\n")
        return begins or part.file in [t[5:] for t in _tags(cell)]
    return not part_in(cell) and bool(_names(expected) & _names(cell))


def _names(cell: Cell) -> set[str]:
    """What a cell of the module defines, assigns or says it is about."""
    if part_in(cell):
        return set()
    text = source_of(cell)
    found = [rule.findall(text) for rule in (DEFINED, ASSIGNED, ABOUT)]
    return {name for names in found for name in names}


def _first_code(cell: Cell) -> str:
    """The first line of a cell that defines something, or its first line."""
    lines = source_of(cell).strip().splitlines()
    return next((line for line in lines if DEFINED.match(line)), lines[0])


def _merge_marks(text: str) -> str:
    """Where the marks of a merge are, as a clause; empty if there are none."""
    numbers = [
        str(number)
        for number, line in enumerate(text.splitlines(), 1)
        if CONFLICT.match(line)
    ]
    if not numbers:
        return ""
    *rest, last = numbers
    where = f"lines {', '.join(rest)} and {last}" if rest else f"line {last}"
    return f"{where} of the file are the marks of an unfinished git merge"


def _unfinished_merge(source: str) -> str:
    """A sentence on the marks of a merge; empty if there are none."""
    if not (mark := SIDE.search(source)):
        return ""
    return (
        f"Python cannot read the line `{mark[0]}`: it is one of the marks of "
        "an unfinished git merge. Delete them, and what you do not want of "
        "what is between them."
    )


def _tags(cell: Cell) -> list[str]:
    metadata = cell.get("metadata")
    tags = metadata.get("tags") if isinstance(metadata, dict) else None
    return [str(tag) for tag in tags] if isinstance(tags, list) else []


def _is_lesson(path: Path) -> bool:
    return path.resolve().parent.name == NOTEBOOKS.name


def _beside(lesson: Path) -> str:
    """What has an answer where a lesson has none."""
    root = lesson.resolve().parent.parent
    answers = [
        f"{folder.name}/{lesson.name}"
        for folder in (EXERCISES, SOLUTIONS)
        if (root / folder.name / lesson.name).exists()
    ]
    if not answers:
        return "Its number has no exercise: take one that has."
    return f"Take {' or '.join(answers)}."


def _remedy(path: Path) -> str:
    """How the original comes back, where there is one."""
    folder = path.resolve().parent.name
    number = path.stem.partition("_")[0]
    is_exercise = path.stem in MODULES
    if folder == EXERCISES.name and is_exercise:
        return (
            f"`{WORKSHOP} reset {number}` brings the original back, and keeps "
            "a copy of what is there."
        )
    is_ours = is_exercise if folder == SOLUTIONS.name else number.isdecimal()
    if folder in (SOLUTIONS.name, NOTEBOOKS.name) and is_ours:
        return f"`git restore {folder}/{path.name}` brings the original back."
    return (
        "Look at the path: the exercises are in exercises/, and their "
        "solutions in solutions/."
    )
