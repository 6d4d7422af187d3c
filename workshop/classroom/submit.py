"""`workshop submit`: every started exercise run and judged, then packed.

What is handed in is what was judged: an exercise is read once. One that is
wrong, does not run or is no notebook at all is handed in as well, and marked
so.
"""

import io
import json
import os
import platform
import re
import secrets
import signal
import tempfile
import time
import xml.etree.ElementTree as ElementTree
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from workshop.answers import Unreadable, answer_in, content_of, notebook_of
from workshop.checks import Judgement, judgement_of
from workshop.classroom import fresh_kernel, junit
from workshop.classroom.author import as_file_name, author
from workshop.classroom.busy import Busy
from workshop.classroom.desk import Desk, number_of
from workshop.classroom.git import git, is_clone
from workshop.classroom.memory import replace
from workshop.classroom.outcome import Outcome, Report
from workshop.classroom.private import without_places
from workshop.errors import WorkshopError
from workshop.exercises import is_started, stems
from workshop.repository import EXERCISE_TESTS
from workshop.serving import scratch
from workshop.states import (
    DOES_NOT_RUN,
    NOT_STARTED,
    SOLVED,
    UNREADABLE,
    WRONG,
    count_solved,
)
from workshop.typed import WORKSHOP

INTERRUPTED = 130  # the status of what SIGINT has ended: 128 and its number
MARK = "WORKSHOP_SUBMIT"  # the variable that marks what belongs to a run
CHECK = re.compile(r"^def test_", re.MULTILINE)


@dataclass(frozen=True)
class Handed:
    """An exercise that is handed in, with what is packed of it."""

    outcome: Outcome
    content: bytes | None = None  # None where nothing can be packed
    suite: ElementTree.Element | None = None


def main(
    desk: Desk,
    name: str = "",
    cell_limit_s: float = fresh_kernel.CELL_LIMIT_S,
) -> int:
    """Run, judge, print and pack; the exit status.

    0 if a submission was written, whatever is in it; 1 if nothing is started
    or it cannot be written; 130 after Ctrl-C, which leaves nothing behind. A
    terminal that closes and SIGTERM are as Ctrl-C.
    """
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        with _watched():
            return _submit(desk, name, cell_limit_s)
    except KeyboardInterrupt:
        print("\nInterrupted: no submission was written.")
        return INTERRUPTED


@contextmanager
def _watched() -> Iterator[None]:
    """Mark what is started from here on; with this process it is ended.

    Also where this process is killed: kernels and judges are sessions of
    their own, and would outlive it.
    """
    token = secrets.token_hex(16)
    with scratch("workshop-submit-", token) as folder:
        os.environ[MARK] = token
        before, tempfile.tempdir = tempfile.tempdir, str(folder)
        try:
            yield
        finally:
            tempfile.tempdir = before
            del os.environ[MARK]


def _submit(desk: Desk, given: str, cell_limit_s: float) -> int:
    name = author(given, desk.root)
    safe = as_file_name(name)
    if safe != name:
        print(f"The file calls you {safe}.")
    handed = []
    for stem in stems():
        with Busy() as busy:
            one = _hand_in(desk, stem, busy, cell_limit_s)
        print(one.outcome, flush=True)
        handed.append(one)
    started = [one for one in handed if one.outcome.is_started]
    if not started:
        print(
            "\nNothing is started, so there is nothing to submit. "
            f"Next: `{WORKSHOP} progress` says where to begin."
        )
        return 1
    now = datetime.now(UTC)
    report = Report(
        name,
        now.isoformat(timespec="seconds"),
        version("serverless-workshop"),
        _commit(desk),
        platform.python_version(),
        [one.outcome for one in handed],
    )
    content = _packed(report, started)
    stem = f"{safe}-{now:%Y-%m-%d}"
    path = _write(desk, stem, content)
    if path.stem != stem:
        print(f"\nThere is a {stem}.zip already; it stays as it is.")
    _say_what_is_next(desk, path, handed)
    return 0


def _say_what_is_next(desk: Desk, path: Path, handed: list[Handed]) -> None:
    solved = sum(one.outcome.state == SOLVED for one in handed)
    packed = [one.outcome.stem for one in handed if one.content is not None]
    broken = _in_states(handed, UNREADABLE, DOES_NOT_RUN)
    left_out = [stem for stem in broken if stem not in packed]
    contents = [*packed, "report.json", "junit.xml"]
    missing = f" Not in it: {', '.join(left_out)}." if left_out else ""
    print(
        f"\n{count_solved(solved, len(handed))} The submission is"
        f"\n\n    {desk.shown(path)}\n\nwith {', '.join(contents[:-1])} and "
        f"{contents[-1]}.{missing}\n"
    )
    if broken:
        print(
            f"Next: mend {', '.join(broken)} as is said above, save, and type "
            f"`{WORKSHOP} submit` again, or hand that file in all the same."
        )
        return
    more = f"`{WORKSHOP} progress` shows what comes next."
    if wrong := _in_states(handed, WRONG):
        number = number_of(wrong[0])
        more = f"`{WORKSHOP} hint {number}` helps with {wrong[0]}."
    print(
        "Next: hand that file in, as your course wants it. You may submit "
        f"again whenever you like: every submission is kept. {more}"
    )


def _in_states(handed: list[Handed], *states: str) -> list[str]:
    """The stems of those that are in one of these states."""
    outcomes = (one.outcome for one in handed)
    return [one.stem for one in outcomes if one.state in states]


def _hand_in(desk: Desk, stem: str, busy: Busy, cell_limit_s: float) -> Handed:
    """Run and judge one exercise."""
    path = desk.exercise(stem)
    of = _checks_of(stem)
    if not path.exists():
        return Handed(Outcome(stem, NOT_STARTED, of=of))
    begun = time.monotonic()
    content = None
    judgement = Judgement()
    state, hint, why = DOES_NOT_RUN, "", ""
    try:
        content = content_of(path)
        notebook = notebook_of(content, path)
        if not is_started(answer_in(notebook, path)):
            return Handed(Outcome(stem, NOT_STARTED, of=of))
        why = fresh_kernel.run(
            notebook,
            path.parent,
            _teller(stem, busy, cell_limit_s),
            cell_limit_s,
        )
        busy.say(f"{stem}: judging")
        judgement = _judge(content, stem)
        why = why or judgement.mistake
        state = DOES_NOT_RUN if why else judgement.state
        hint = why or _first_hint(judgement)
    except WorkshopError as error:
        state = UNREADABLE if isinstance(error, Unreadable) else DOES_NOT_RUN
        hint = str(error)
        why = why or hint
    outcome = Outcome(
        stem,
        state,
        judgement.passed,
        len(judgement.verdicts) or of,
        without_places(hint, desk),
        round(time.monotonic() - begun, 1),
    )
    suite = junit.suite(stem, judgement.junit, why, desk)
    return Handed(outcome, content, suite)


def _checks_of(stem: str) -> int:
    """How many checks an exercise has, also where none of them has run."""
    test = EXERCISE_TESTS / f"test_{stem}.py"
    return len(CHECK.findall(test.read_text())) if test.exists() else 0


def _teller(
    stem: str, busy: Busy, cell_limit_s: float
) -> Callable[[int, int], None]:
    return lambda cell, cells: busy.say(
        f"{stem}: running it in a fresh kernel, at most {cell_limit_s:g} s "
        "a cell",
        f"(cell {cell} of {cells})",
    )


def _judge(content: bytes, stem: str) -> Judgement:
    """Judge what was read, whatever has been saved since."""
    with tempfile.TemporaryDirectory(prefix="workshop-submit-") as folder:
        path = Path(folder) / "exercises" / f"{stem}.ipynb"
        path.parent.mkdir()
        path.write_bytes(content)
        return judgement_of(path)


def _first_hint(judgement: Judgement) -> str:
    """What the first failing check says."""
    if not judgement.failures:
        return ""
    first = judgement.failures[0]
    return f"failed: {first.sentence}\n{first.message}"


def _commit(desk: Desk) -> str | None:
    with suppress(WorkshopError):
        if is_clone(desk.root):
            found = git(desk.root, "rev-parse", "HEAD")
            return found.stdout.strip() if not found.returncode else None
    return None


def _packed(report: Report, started: list[Handed]) -> bytes:
    """The bytes of the zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in started:
            if one.content is not None:
                name = f"exercises/{one.outcome.stem}.ipynb"
                archive.writestr(name, one.content)
        text = json.dumps(report.as_dict(), indent=2, ensure_ascii=False)
        archive.writestr("report.json", text + "\n")
        suites = [one.suite for one in started if one.suite is not None]
        archive.writestr("junit.xml", junit.merged(suites))
    return buffer.getvalue()


def _write(desk: Desk, stem: str, content: bytes) -> Path:
    """Write a submission beside those that are there."""
    try:
        desk.submissions.mkdir(exist_ok=True)
        path = _reserve(desk.submissions, stem)
        try:
            replace(path, content)
        except BaseException:
            path.unlink()
            raise
    except OSError as error:
        raise WorkshopError(
            f"{desk.shown(desk.submissions)} cannot be written: "
            f"{error.strerror}."
        ) from error
    return path


def _reserve(folder: Path, stem: str) -> Path:
    """An empty file of a name that nobody else has."""
    number = 1
    while True:
        suffix = "" if number == 1 else f"-{number}"
        path = folder / f"{stem}{suffix}.zip"
        try:
            path.touch(exist_ok=False)
            return path
        except FileExistsError:
            number += 1
