"""`workshop grade`: from its options to the files it writes."""

import math
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from workshop.errors import WorkshopError
from workshop.grading.confined import Means
from workshop.grading.intake import (
    entries_of,
    not_looked_at,
    submissions_in,
)
from workshop.grading.limits import Limits
from workshop.grading.marking import Marking, mark
from workshop.grading.page import as_page
from workshop.grading.rows import Row, as_csv, rows_of
from workshop.grading.table import show
from workshop.states import UNREADABLE

INTERRUPTED = 130  # the status of what SIGINT has ended: 128 and its number


@dataclass(frozen=True)
class Options:
    """What the command line says."""

    folder: Path  # with zips, or folders with exercises/
    csv: Path | None = None
    html: Path | None = None
    jobs: int = 0  # submissions judged at a time; 0: processors and two more
    limit_s: float = Limits.seconds  # for each answer
    means: Means = Means.NAMESPACES


def main(options: Options) -> int:
    """Judge, print, write; the exit status.

    0 where every submission could be judged, whatever came of it; 1 where
    something could not be read, judged or written; 130 after Ctrl-C, with
    what was known by then. Raises WorkshopError where there is nothing to
    judge, or no place for a file.
    """
    outputs = [path for path in (options.csv, options.html) if path]
    _expect_limits(options)
    for path in outputs:
        _expect_room(path)
    if len({path.resolve() for path in outputs}) < len(outputs):
        raise WorkshopError(
            f"--csv and --html are both {outputs[0]}: one of them needs "
            "another file."
        )
    submissions = submissions_in(options.folder)
    unseen = _unseen(options.folder, outputs)
    marking = mark(
        submissions,
        replace(Limits(), seconds=options.limit_s),
        options.jobs or 2 + (os.cpu_count() or 1),  # they wait, too
        options.means,
        [options.folder],
    )
    rows = rows_of(marking)
    show(Console(), rows)
    notes = [*_notes(marking), *unseen]
    for note in notes:
        print(note)
    failures = [marking.failure]
    if options.csv:
        failures.append(_write(options.csv, as_csv(rows)))
    if options.html:
        failures.append(_write(options.html, as_page(rows, notes)))
    for failure in filter(None, failures):
        print(f"workshop: {failure}", file=sys.stderr)
    if marking.is_interrupted:
        print("Interrupted: the rest was not judged.", file=sys.stderr)
        return INTERRUPTED
    return 1 if any(failures) or _unread(marking, rows) else 0


def _notes(marking: Marking) -> Sequence[str]:
    """What is to be known of all verdicts."""
    notes = []
    if marking.reused:
        notes.append(
            "Answers that are identical to the last character were judged "
            f"once: {marking.reused} have the verdict of another."
        )
    if marking.open:
        notes.append(marking.open)
    return notes


def _unseen(folder: Path, outputs: Sequence[Path]) -> Sequence[str]:
    """What lies in the folder and is nobody's; not what this wrote there."""
    ours = {path.resolve() for path in outputs}
    others = entries_of(folder).others
    left = [path for path in others if path.resolve() not in ours]
    return not_looked_at(folder, left)


def _unread(marking: Marking, rows: Sequence[Row]) -> bool:
    """Whether something of what was handed in could not be read."""
    return any(one.handed is None for one in marking.submissions) or any(
        outcome.state == UNREADABLE for row in rows for outcome in row.outcomes
    )


def _expect_limits(options: Options) -> None:
    if not 1 <= options.limit_s < math.inf:
        raise WorkshopError(
            f"--limit {options.limit_s:g}: an answer needs a second at least."
        )
    if options.jobs < 0:
        raise WorkshopError(f"--jobs {options.jobs}: 0 is the least.")


def _expect_room(path: Path) -> None:
    """Refuse beforehand what could not be written after all that time."""
    if path.is_dir() or not path.parent.is_dir():
        raise WorkshopError(
            f"{path} cannot be written: "
            + ("it is a folder." if path.is_dir() else "there is no folder.")
        )


def _write(path: Path, text: str) -> str:
    """Write a file; what fails in that."""
    try:
        path.write_text(text, encoding="utf-8", errors="replace")
    except OSError as error:
        return (
            f"{path} cannot be written: {error.strerror}. What came of it "
            "stands above."
        )
    return ""
