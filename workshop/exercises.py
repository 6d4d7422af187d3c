"""Exercises, made from solutions: answers out, gaps in, nothing run.

In a solution's answer cells, the lines from `# BEGIN ANSWER (about N lines)`
to `# END ANSWER` are the learner's to write. They become `...`.
"""

import copy
import json
import re
from pathlib import Path

from workshop.answers import (
    Answer,
    Cell,
    Notebook,
    answer_in,
    is_answer,
    load,
    read_notebook,
    source_of,
)
from workshop.errors import WorkshopError
from workshop.kept import keep
from workshop.repository import EXERCISES, FUNCTIONS, ROOT, SOLUTIONS

KEPT = ROOT / "submissions" / "kept"  # as `workshop reset` does

# Where a solution's files are deployed from, besides its notebook.
EXPORTS = {
    "04_lambda_runtime_loop": FUNCTIONS / "aws" / "python",
    "08_azure_custom_handler": FUNCTIONS / "azure" / "python",
}

REGION = re.compile(
    r"^(?P<indent> *)# BEGIN ANSWER \((?P<length>about \d+ lines?)\)\n"
    r".*?"
    r"^(?P=indent)# END ANSWER\n?",
    re.MULTILINE | re.DOTALL,
)
GAP = "{indent}# Your answer, {length}, in place of the dots\n{indent}...\n"


def stems() -> list[str]:
    """The stems of all exercises, in the order of the lessons."""
    return sorted(path.stem for path in SOLUTIONS.glob("*.ipynb"))


def generate(solution: Notebook) -> Notebook:
    """The exercise of a solution; WorkshopError if its marks do not pair."""
    exercise = copy.deepcopy(solution)
    for cell in exercise["cells"]:
        if cell["cell_type"] != "code":
            continue
        cell["outputs"] = []
        cell["execution_count"] = None
        if is_answer(cell):
            cell["source"] = _with_gaps(cell)
    return exercise


def write_all(folder: Path = EXERCISES, kept: Path = KEPT) -> list[Path]:
    """Write every exercise anew; returns the paths.

    Of one that somebody has begun to answer it keeps a copy, and says so.
    """
    written = []
    for stem in stems():
        path = folder / f"{stem}.ipynb"
        exercise = generate(read_notebook(SOLUTIONS / f"{stem}.ipynb"))
        if path.exists() and _may_be_started(path):
            copy = keep(path, kept)
            print(f"{path.name} held an answer: a copy of it is {copy}.")
        path.write_text(as_text(exercise), encoding="utf-8")
        written.append(path)
    return written


def export_all() -> list[Path]:
    """Write the files of solutions into functions/; returns the paths."""
    written = []
    for stem, folder in EXPORTS.items():
        for name, text in load(SOLUTIONS / f"{stem}.ipynb").files().items():
            (folder / name).write_text(text, encoding="utf-8")
            written.append(folder / name)
    return written


def as_text(notebook: Notebook) -> str:
    """A notebook as it is stored: the bytes that nbformat writes."""
    return (
        json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False)
        + "\n"
    )


def is_started(answer: Answer) -> bool:
    """Whether the answer differs from the exercise as it is generated."""
    path = SOLUTIONS / f"{answer.stem}.ipynb"
    stub = answer_in(generate(read_notebook(path)), path)
    return _words(answer) != _words(stub)


def _may_be_started(path: Path) -> bool:
    """Whether an answer is in a notebook, or nobody can tell."""
    try:
        return is_started(load(path))
    except WorkshopError:
        return True


def _words(answer: Answer) -> list[list[str]]:
    texts = [answer.source, *(part.source for part in answer.parts)]
    return [text.split() for text in texts]


def _with_gaps(cell: Cell) -> list[str]:
    text = REGION.sub(
        lambda region: GAP.format(**region.groupdict()),
        source_of(cell) + "\n",
    ).removesuffix("\n")
    if " ANSWER" in text:
        raise WorkshopError(
            "An answer cell has a BEGIN ANSWER without its END ANSWER, or "
            f"the reverse, or they are indented differently:\n{text}"
        )
    return text.splitlines(keepends=True)
