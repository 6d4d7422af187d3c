"""The rows as a table on a terminal, and as lines elsewhere."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from workshop.classroom.desk import number_of
from workshop.classroom.outcome import Outcome
from workshop.exercises import stems
from workshop.grading.rows import NOT_JUDGED, Row
from workshop.grading.verdict import MISSING
from workshop.states import NOT_STARTED, SOLVED, WRONG

JUDGED = (SOLVED, WRONG)
ABSENT = (MISSING, NOT_STARTED, NOT_JUDGED)


def show(console: Console, rows: Sequence[Row]) -> None:
    """Print the rows; in words and without columns where none is drawn."""
    if console.is_interactive:
        console.print(_table(rows))
    else:
        for row in rows:
            console.out(_line(row), highlight=False)
    for row in rows:
        for remark in (*row.remarks, *row.reasons):
            console.out(f"{row.name}: {remark}", highlight=False)


def _table(rows: Sequence[Row]) -> Table:
    table = Table()
    table.add_column("name")
    table.add_column("date", no_wrap=True)
    for stem in stems():
        table.add_column(number_of(stem), justify="right")
    table.add_column("solved", justify="right")
    for row in rows:
        cells = [_short(one) for one in row.outcomes]
        table.add_row(
            Text(row.name),  # whatever looks like markup in it
            row.date,
            *cells,
            f"{row.solved} of {len(row.outcomes)}",
        )
    return table


def _short(outcome: Outcome) -> str:
    if outcome.state in JUDGED:
        return f"{outcome.passed}/{outcome.of}"
    return "-" if outcome.state in ABSENT else outcome.state


def _line(row: Row) -> str:
    """A row in words; what was not handed in is told together."""
    there = [one for one in row.outcomes if one.state not in ABSENT]
    told = [_words(one) for one in there]
    for state in ABSENT:
        numbers = [
            number_of(one.stem) for one in row.outcomes if one.state == state
        ]
        if numbers:
            told.append(f"{state}: {', '.join(numbers)}")
    return (
        f"{row.name}, {row.date}: {row.solved} of {len(row.outcomes)} "
        f"solved, {row.passed} of {row.of} checks pass. {'; '.join(told)}."
    )


def _words(outcome: Outcome) -> str:
    said = f"{number_of(outcome.stem)} {outcome.state}"
    if outcome.state in JUDGED:
        said += f", {outcome.passed} of {outcome.of}"
    return said
