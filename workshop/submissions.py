"""The saved exercises of a learner, judged one after the other."""

from dataclasses import dataclass
from pathlib import Path

from workshop.answers import Missing, Unreadable
from workshop.checks import describe, judgement_of
from workshop.classroom.busy import Busy
from workshop.errors import WorkshopError
from workshop.exercises import stems
from workshop.repository import EXERCISES, ROOT
from workshop.states import (
    DOES_NOT_RUN,
    NOT_STARTED,
    SOLVED,
    UNREADABLE,
    WRONG,
)
from workshop.typed import WORKSHOP


@dataclass(frozen=True)
class _Judged:
    """What is said of one exercise."""

    state: str
    reason: str = ""
    remedy: str = ""  # where there was no answer to judge


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


def check(prefix: str, folder: Path = EXERCISES) -> bool:
    """Judge and print the exercises in a folder; whether none is wrong.

    In words and without columns, one exercise a line: so it can be read
    aloud. A notebook that is missing is not started, unless it was asked
    for. WorkshopError if there is no such folder.
    """
    if not folder.is_dir():
        raise WorkshopError(f"There is no folder {folder}.")
    judged: dict[str, _Judged] = {}
    asked = stems_like(prefix)
    for stem in asked:
        with Busy() as busy:
            busy.say(f"checking {stem}")
            one = _judged(folder / f"{stem}.ipynb", len(asked) == 1)
        print(f"{stem}: {one.state}", flush=True)
        judged[stem] = one
    for stem, one in judged.items():
        if one.reason:
            print(f"\n{stem}\n{one.reason}")
    print(f"\nNext: {_next(judged)}")
    return {one.state for one in judged.values()} <= {NOT_STARTED, SOLVED}


def _judged(path: Path, is_named: bool) -> _Judged:
    """The state of an exercise, and what there is to say about it."""
    try:
        judgement = judgement_of(path)
    except Unreadable as error:
        missing = isinstance(error, Missing) and not is_named
        state = NOT_STARTED if missing else UNREADABLE
        return _Judged(state, _here(str(error)), _here(error.remedy))
    except WorkshopError as error:
        return _Judged(DOES_NOT_RUN, str(error))
    is_done = judgement.state in (NOT_STARTED, SOLVED)
    return _Judged(judgement.state, "" if is_done else describe(judgement))


def _here(text: str) -> str:
    """A sentence with its paths as they are typed in the repository."""
    return text.replace(f"{ROOT}/", "")


def _next(judged: dict[str, _Judged]) -> str:
    """What to do now."""
    for stem, one in judged.items():
        number = stem.partition("_")[0]
        again = f"`{WORKSHOP} check {number}`"
        if one.state == UNREADABLE:
            return f"{one.remedy} Then type {again} again."
        if one.state == DOES_NOT_RUN:
            return (
                f"mend {stem} as is said above, save the notebook (Ctrl-S), "
                f"and type {again} again."
            )
        if one.state == WRONG:
            return (
                f"mend {stem} where the first failed check says, save the "
                f"notebook (Ctrl-S), and type {again} again. "
                f"`{WORKSHOP} hint {number}` gives a hint."
            )
        if one.state == NOT_STARTED and len(judged) == 1:
            return (
                f"open exercises/{stem}.ipynb, write your answer in place of "
                "the dots, and save the notebook (Ctrl-S)."
            )
    if any(one.state == SOLVED for one in judged.values()):
        return (
            f"`{WORKSHOP} submit` hands in what you have; "
            f"`{WORKSHOP} progress` shows what comes next."
        )
    return f"`{WORKSHOP} progress` shows where to begin."
