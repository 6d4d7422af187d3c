"""A row for each submission: what the table, the CSV and the page show."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workshop.classroom.outcome import Outcome
from workshop.exercises import stems
from workshop.grading.handed import Handed
from workshop.grading.intake import Submission
from workshop.grading.marking import Marking
from workshop.grading.similarity import Solutions, alike
from workshop.grading.verdict import MISSING, checks_of
from workshop.states import (
    DOES_NOT_RUN,
    NOT_STARTED,
    SOLVED,
    UNREADABLE,
    WRONG,
)

NOT_JUDGED = "not judged"
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would compute it
WORTH = {  # what a state claims; one that there is not, the most of all
    MISSING: 0,
    NOT_STARTED: 0,
    UNREADABLE: 1,
    DOES_NOT_RUN: 1,  # `workshop submit` runs every cell, this the answer
    WRONG: 2,
    SOLVED: 3,
}
MOST = 4


@dataclass(frozen=True)
class Row:
    """One submission, judged."""

    name: str
    date: str
    source: str
    outcomes: tuple[Outcome, ...]  # one for each exercise
    remarks: tuple[str, ...]

    @property
    def solved(self) -> int:
        """How many exercises are solved."""
        return sum(one.state == SOLVED for one in self.outcomes)

    @property
    def passed(self) -> int:
        """How many checks pass, of all exercises."""
        return sum(one.passed for one in self.outcomes)

    @property
    def of(self) -> int:
        """How many checks there are."""
        return sum(one.of for one in self.outcomes)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why what was handed in could not be judged, or not to its end."""
        return tuple(
            f"{one.stem}: {one.hint.splitlines()[0]}"
            for one in self.outcomes
            if one.state in (UNREADABLE, DOES_NOT_RUN) and one.hint
        )


def rows_of(marking: Marking) -> list[Row]:
    """The rows, with what is remarkable about each submission."""
    hints = _hints(marking.submissions)
    return [_row(marking, one, hints) for one in marking.submissions]


def as_csv(rows: Sequence[Row]) -> str:
    """A line for each row. Nothing in it is a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    per_exercise = [
        f"{stem} {what}"
        for stem in stems()
        for what in ("state", "passed", "of")
    ]
    writer.writerow(
        ["name", "date", *per_exercise, "solved", "passed", "of", "remarks"]
    )
    for row in rows:
        cells = [
            cell
            for one in row.outcomes
            for cell in (one.state, one.passed, one.of)
        ]
        remarks = _text(" ".join([*row.remarks, *row.reasons]))
        counts = (row.solved, row.passed, row.of)
        writer.writerow([_text(row.name), row.date, *cells, *counts, remarks])
    return text.getvalue()


def _text(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _row(
    marking: Marking, submission: Submission, hints: Mapping[str, list[str]]
) -> Row:
    outcomes = tuple(
        marking.outcomes.get((submission.name, stem))
        or Outcome(stem, NOT_JUDGED, of=checks_of(stem))
        for stem in stems()
    )
    remarks = [
        *submission.remarks,
        *_lost(submission),
        *_disagreements(submission, outcomes),
        *hints.get(submission.name, []),
    ]
    return Row(
        submission.name,
        submission.date,
        submission.source,
        outcomes,
        tuple(remarks),
    )


def _lost(submission: Submission) -> list[str]:
    return [
        f"{stem} has lost the cell of "
        f"{' and '.join(f'`{first}`' for first in handed.lost)}."
        for stem, handed in (submission.handed or {}).items()
        if isinstance(handed, Handed) and handed.lost
    ]


def _disagreements(
    submission: Submission, outcomes: Sequence[Outcome]
) -> list[str]:
    """Where the submission's own report claims more than was found."""
    claims = submission.claims or {}
    return [
        f"{one.stem}: its report.json says {claims[one.stem][:40]}, and it "
        f"is {one.state}."
        for one in outcomes
        if one.stem in claims
        and one.state != NOT_JUDGED
        and WORTH.get(claims[one.stem], MOST) > WORTH[one.state]
    ]


def _hints(submissions: Sequence[Submission]) -> dict[str, list[str]]:
    """By name, what its answers are like."""
    found: dict[str, list[str]] = {one.name: [] for one in submissions}
    for stem in stems():
        answers = {
            one.name: handed.answer
            for one in submissions
            if isinstance(handed := (one.handed or {}).get(stem), Handed)
            and handed.is_started
        }
        known = Solutions(stem)
        for name, answer in answers.items():
            if known.is_published(answer):
                found[name].append(f"{stem} is as the solution.")
        for group in alike(answers, stem):
            for name in group:
                others = ", ".join(one for one in group if one != name)
                found[name].append(f"{stem} is alike that of {others}.")
    return found
