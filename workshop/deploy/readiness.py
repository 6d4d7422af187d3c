"""Whether an answer may be deployed: what passed the checks, and no other.

The notebooks in solutions/ need no judge: the tests hold them.
"""

from pathlib import Path

from workshop.answers import load
from workshop.checks import judgement_of
from workshop.errors import WorkshopError
from workshop.exercises import is_started
from workshop.repository import SOLUTIONS
from workshop.states import SOLVED


def expect_started(notebook: Path) -> None:
    """Raise WorkshopError for an exercise with nothing written in it."""
    if _is_solution(notebook) or is_started(load(notebook)):
        return
    raise WorkshopError(
        f"{notebook} is not started, so there is nothing to deploy. Write "
        f"your answer, then `workshop check {_number(notebook)}`."
    )


def expect_solved(target: Path) -> None:
    """Raise WorkshopError for an exercise that its checks do not pass.

    It tells that they run, for they take some seconds.
    """
    if target.suffix != ".ipynb" or _is_solution(target):
        return
    number = _number(target)
    print(f"checking {number} first", flush=True)
    if judgement_of(target).state != SOLVED:
        raise WorkshopError(
            f"{target} does not pass its checks, so it is not deployed. "
            f"`workshop check {number}` says why."
        )


def _is_solution(notebook: Path) -> bool:
    return notebook.resolve().parent == SOLUTIONS


def _number(notebook: Path) -> str:
    return notebook.stem.partition("_")[0]
