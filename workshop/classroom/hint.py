"""`workshop hint`: the next hint for the step that the learner is at."""

import re
import textwrap

from workshop.answers import load, lost_cells, read_notebook, source_of
from workshop.classroom.busy import Busy
from workshop.classroom.desk import Desk, number_of
from workshop.classroom.hints import PER_STEP, Step, step_at
from workshop.classroom.memory import recall, remember
from workshop.classroom.standing import Standing, standing_of
from workshop.errors import WorkshopError
from workshop.gaps import has_gap
from workshop.states import DOES_NOT_RUN, UNREADABLE
from workshop.submissions import stem_like
from workshop.typed import WORKSHOP

WIDTH = 79
HEADING = re.compile(r"^## (Step .+)", re.MULTILINE)


def main(desk: Desk, exercise: str, again: bool = False) -> int:
    """Print the next hint or, again, those that were taken; the status.

    How many were taken is remembered for each step. 1 if the notebook cannot
    be read.
    """
    stem = stem_like(exercise)
    with Busy() as busy:
        busy.say(f"looking at {stem}")
        standing = standing_of(desk, stem)
    number = number_of(stem)
    if standing.is_solved:
        print(
            f"{stem} is solved, so there is nothing to hint at.\n"
            f"Next: `{WORKSHOP} submit`, or `{WORKSHOP} progress` for what "
            "follows."
        )
        return 0
    if standing.state == UNREADABLE or not desk.exercise(stem).exists():
        raise WorkshopError(standing.why)
    if mistake := load(desk.exercise(stem)).mistake:
        print(f"{stem}: {mistake}\nNext: mend that, save, ask again.")
        return 0
    if standing.state == DOES_NOT_RUN:
        raise WorkshopError(standing.why)
    _print_lost(desk, stem)
    step = step_at(stem, standing.check, _first_gap(desk, stem))
    _print_where(stem, step, standing)
    taken = _taken(desk, stem, step)
    if again:
        _print_hints(step, range(taken))
        if not taken:
            print("None was taken yet.")
    elif taken < PER_STEP:
        _print_hints(step, [taken])
        taken += 1
        _take(desk, stem, step, taken)
    else:
        print("All three hints of this step were taken; --again shows them.")
    print(_next(number, stem, taken))
    return 0


def _print_where(stem: str, step: Step, standing: Standing) -> None:
    print(f"{stem}, {step.title[0].lower()}{step.title[1:]}")
    if standing.check in step.checks:
        print(f"The first check that fails: {standing.check}.")
    else:
        print("This step is not written yet.")
    print()


def _first_gap(desk: Desk, stem: str) -> str:
    """The heading over the first answer cell that still has its dots."""
    heading = ""
    for cell in read_notebook(desk.exercise(stem))["cells"]:
        if cell.get("cell_type") == "markdown":
            found = HEADING.search(source_of(cell))
            heading = found[1].strip() if found else heading
        elif has_gap(cell):
            return heading
    return ""


def _print_hints(step: Step, numbers: range | list[int]) -> None:
    for number in numbers:
        said = f"Hint {number + 1} of {PER_STEP}: {step.hints[number]}"
        for line in said.split("\n"):
            is_code = line.startswith(" ")
            print(line if is_code else _filled(line))
        print()


def _filled(paragraph: str) -> str:
    return textwrap.fill(
        paragraph, WIDTH, break_long_words=False, break_on_hyphens=False
    )


def _next(number: str, stem: str, taken: int) -> str:
    """What to do with a hint, and what remains."""
    then = (
        f"Next: change your cell, save, and type `{WORKSHOP} check {number}`."
    )
    if taken < PER_STEP:
        return f"{then} `{WORKSHOP} hint {number}` gives the next hint."
    return (
        f"{then} What remains is the solution, solutions/{stem}.ipynb: read "
        "the cell of this step, close it, and write it yourself."
    )


def _print_lost(desk: Desk, stem: str) -> None:
    """Name the answer cells that are lost, and how to have them again."""
    for line in lost_cells(read_notebook(desk.exercise(stem)), stem):
        said = (
            f"The notebook has lost the cell of `{line}`. A new cell of code "
            "that begins with this line takes its place; in JupyterLab, "
            "Edit, Undo Cell Operation may bring it back. "
            f"`{WORKSHOP} reset {number_of(stem)}` brings all cells back, "
            "and keeps a copy of yours."
        )
        print(f"{_filled(said)}\n")


def _taken(desk: Desk, stem: str, step: Step) -> int:
    found = recall(desk.memory / "hints.json").get(stem)
    taken = found.get(step.title, 0) if isinstance(found, dict) else 0
    return min(max(taken, 0), PER_STEP) if isinstance(taken, int) else 0


def _take(desk: Desk, stem: str, step: Step, taken: int) -> None:
    path = desk.memory / "hints.json"
    known = recall(path)
    before = known.get(stem)
    known[stem] = (before if isinstance(before, dict) else {}) | {
        step.title: taken
    }
    remember(path, known)
