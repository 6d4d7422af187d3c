"""The saved exercises of a learner, judged one after the other."""

from pathlib import Path

from rich.console import Console

from workshop.checks import Verdict, describe, judge
from workshop.errors import WorkshopError
from workshop.exercises import stems


def stems_like(prefix: str) -> list[str]:
    """The stems that a learner may mean: all for "", "2" for 02_...

    WorkshopError when there is none.
    """
    name = prefix.rpartition("/")[2].removesuffix(".ipynb")
    padded = name.zfill(2) if name.isdecimal() else name
    found = [stem for stem in stems() if stem.startswith(padded)]
    if not found:
        raise WorkshopError(
            f"There is no exercise {prefix}. There are: {', '.join(stems())}."
        )
    return found


def stem_like(prefix: str) -> str:
    """The one stem that a learner means; WorkshopError if it is not one."""
    found = stems_like(prefix)
    if len(found) > 1:
        raise WorkshopError(f"Which one is it? {', '.join(found)}.")
    return found[0]


def check(prefix: str, folder: Path) -> bool:
    """Judge and print the exercises in a folder; whether none is wrong.

    In words and without columns, one exercise a line: so it can be read
    aloud.
    """
    console = Console(stderr=True)
    words = {}
    reasons = []
    for stem in stems_like(prefix):
        with console.status(f"checking {stem} ..."):
            words[stem], reason = _judged(folder / f"{stem}.ipynb")
        print(f"{stem}: {words[stem]}", flush=True)
        if reason:
            reasons.append(f"{stem}\n{reason}")
    for reason in reasons:
        print(f"\n{reason}")
    print(f"\nNext: {_next(words)}")
    return "wrong" not in words.values()


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


def _next(words: dict[str, str]) -> str:
    """What to do now."""
    for stem, word in words.items():
        number = stem.partition("_")[0]
        if word == "wrong":
            return (
                f"mend {stem} where the first failed check says, save the "
                f"notebook (Ctrl-S), and type `workshop check {number}` "
                f"again. `workshop hint {number}` gives a hint."
            )
        if word == "not started" and len(words) == 1:
            return (
                f"open exercises/{stem}.ipynb, write your answer in place of "
                "the dots, and save the notebook (Ctrl-S)."
            )
    if "solved" in words.values():
        return (
            "`workshop submit` hands in what you have; `workshop progress` "
            "shows what comes next."
        )
    return "`workshop progress` shows where to begin."
