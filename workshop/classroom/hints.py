"""The hints: for every step of an exercise three, from a direction to nearly
the code.

They are in hints/STEM.md. A section is a step; a line `Checks: ...` names the
checks of that step, as they are called in tests/exercises, and three numbered
paragraphs are its hints.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from workshop.errors import WorkshopError

HINTS = Path(__file__).parent / "hints"
PER_STEP = 3
CHECKS = re.compile(r"^Checks:(.*?)\n\n", re.MULTILINE | re.DOTALL)
CODE = " " * 7  # a block of code in a numbered paragraph
HINT = re.compile(r"^\d\. (.*?)(?=\n\d\. |\Z)", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Step:
    """One step of an exercise, and its hints."""

    title: str
    checks: tuple[str, ...]  # as sentences
    hints: tuple[str, ...]


def steps_of(stem: str) -> list[Step]:
    """The steps in their order; WorkshopError if nobody has written any."""
    path = HINTS / f"{stem}.md"
    if not path.exists():
        raise WorkshopError(
            f"There are no hints for {stem} yet. Its check names the first "
            "thing that is wrong, and the lesson of the same number helps."
        )
    _, *sections = re.split(r"^## ", path.read_text("utf-8"), flags=re.M)
    return [_step(section) for section in sections]


def step_at(stem: str, check: str, gap: str) -> Step:
    """The step that somebody is at: the first that fails or is not written.

    `check` is the first check that fails, `gap` the heading of the first
    step with dots in it; either is empty if there is none.
    """
    steps = steps_of(stem)
    return next(
        (step for step in steps if check in step.checks or gap == step.title),
        steps[0],
    )


def _step(section: str) -> Step:
    title, _, body = section.partition("\n")
    found = CHECKS.search(body)
    names = found[1].split(",") if found else []
    return Step(
        title.strip(),
        tuple(name.strip().replace("_", " ") for name in names),
        tuple(_joined(hint) for hint in HINT.findall(body)),
    )


def _joined(hint: str) -> str:
    """A hint with each paragraph on one line; code keeps its lines."""
    blocks = re.split(r"\n\n", hint.strip())
    return "\n".join(
        block.replace("\n   ", "\n").removeprefix("   ")
        if block.startswith(CODE)
        else " ".join(block.split())
        for block in blocks
    )
