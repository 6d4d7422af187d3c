"""The saved exercises of a learner, judged one after the other."""

from pathlib import Path

from rich.console import Console
from rich.table import Table

from workshop.checks import Verdict, describe, judge
from workshop.errors import WorkshopError
from workshop.exercises import stems


def stems_like(prefix: str) -> list[str]:
    """The stems that a learner may mean: all for "", "2" for 02_...

    WorkshopError when there is none.
    """
    padded = prefix.zfill(2) if prefix.isdecimal() else prefix
    found = [stem for stem in stems() if stem.startswith(padded)]
    if not found:
        raise WorkshopError(
            f"There is no exercise {prefix}. There are: {', '.join(stems())}."
        )
    return found


def check(prefix: str, folder: Path) -> bool:
    """Judge and print the exercises in a folder; whether none is wrong."""
    console = Console()
    table = Table("exercise", "verdict", box=None)
    reasons = []
    fine = True
    for stem in stems_like(prefix):
        with console.status(f"checking {stem} ..."):
            word, reason = _judged(folder / f"{stem}.ipynb")
        table.add_row(stem, word)
        fine &= word != "wrong"
        if reason:
            reasons.append(f"{stem}\n{reason}")
    console.print(table)
    for reason in reasons:
        print(f"\n{reason}")
    return fine


def _judged(path: Path) -> tuple[str, str]:
    """One word for an exercise, and what there is to say about it."""
    try:
        verdicts = judge(path)
    except WorkshopError as error:
        return "wrong", str(error)
    return _word(verdicts), "" if _solved(verdicts) else describe(verdicts)


def _solved(verdicts: list[Verdict]) -> bool:
    return all(verdict.passed for verdict in verdicts)


def _word(verdicts: list[Verdict]) -> str:
    if not verdicts:
        return "not started"
    return "solved" if _solved(verdicts) else "wrong"
