"""The judge, and how a notebook asks it.

There is one judge of an exercise: tests/exercises/test_STEM.py, run by
pytest in a process of its own. `check` in a notebook, `workshop check` and
`pytest tests/exercises` all ask it.
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from workshop.answers import (
    DEFINED,
    Cell,
    Notebook,
    answer_in,
    is_answer,
    lost_cells,
    part_in,
    read_notebook,
    source_of,
)
from workshop.errors import WorkshopError
from workshop.exercises import is_started
from workshop.gaps import unwritten
from workshop.repository import EXERCISE_TESTS, EXERCISES, ROOT
from workshop.states import DOES_NOT_RUN, NOT_STARTED, SOLVED, WRONG

TIME_LIMIT_S = 300


@dataclass(frozen=True)
class Verdict:
    """What the judge says of one check."""

    sentence: str
    passed: bool
    message: str = ""  # why it failed, and a hint


@dataclass(frozen=True)
class Judgement:
    """What the judge says of an answer; empty where none is started."""

    verdicts: tuple[Verdict, ...] = ()
    junit: bytes = b""  # pytest's own report, JUnit XML
    mistake: str = ""  # why Python cannot read the answer, and no check ran
    unwritten: tuple[str, ...] = ()  # the functions that still have dots

    @property
    def passed(self) -> int:
        """How many checks pass."""
        return sum(verdict.passed for verdict in self.verdicts)

    @property
    def failures(self) -> list[Verdict]:
        """The checks that fail, in the order of the exercise's steps."""
        return [v for v in self.verdicts if not v.passed]

    @property
    def state(self) -> str:
        """In words: not started, does not run, wrong or solved."""
        if self.mistake:
            return DOES_NOT_RUN
        if not self.verdicts:
            return NOT_STARTED
        return WRONG if self.failures else SOLVED


def judgement_of(path: Path) -> Judgement:
    """Judge the answer in the notebook at `path`.

    WorkshopError when the notebook has no answer to judge, or the judge
    comes to no end.
    """
    notebook = read_notebook(path)
    answer = answer_in(notebook, path)
    if not is_started(answer):
        return Judgement()
    gaps = tuple(unwritten(notebook))
    if answer.mistake:
        return Judgement(mistake=answer.mistake, unwritten=gaps)
    with tempfile.TemporaryDirectory(prefix="workshop-check-") as folder:
        report = Path(folder) / "report.xml"
        said = _run_pytest(path, report)
        if not report.exists():
            raise WorkshopError(f"The judge itself failed:\n{said}")
        junit = report.read_bytes()
    lost = lost_cells(notebook, path.stem)
    verdicts = tuple(_verdicts(junit, lost))
    return Judgement(verdicts, junit, unwritten=gaps)


def check(stem: str) -> None:
    """Judge the notebook that this is called in; print, never raise.

    What was last run counts, saved or not.
    """
    try:
        _check_here(stem)
    except WorkshopError as error:
        print(f"✗ {error}")
    except Exception as error:  # the learner's work must go on
        print(f"✗ The check itself failed: {error!r}")


def describe(judgement: Judgement) -> str:
    """The verdicts as lines; the first failure with its reason."""
    lines = []
    if judgement.unwritten:
        lines.append(f"· not written yet: {', '.join(judgement.unwritten)}")
    if judgement.mistake:
        lines.append(f"✗ {judgement.mistake}")
    explained = False
    for verdict in judgement.verdicts:
        if verdict.passed:
            lines.append(f"✓ passed: {verdict.sentence}")
            continue
        lines.append(f"✗ failed: {verdict.sentence}")
        if not explained:
            lines += [f"    {line}" for line in verdict.message.splitlines()]
        explained = True
    return "\n".join(lines)


def _check_here(stem: str) -> None:
    path = Path.cwd() / f"{stem}.ipynb"
    notebook = read_notebook(path)
    unsaved = _take_what_was_run(notebook)
    with tempfile.TemporaryDirectory(prefix="workshop-check-") as folder:
        live = Path(folder) / path.name
        live.write_text(json.dumps(notebook))
        # Errors should name the learner's own file.
        answer_in(notebook, path)
        judgement = judgement_of(live)
    if judgement.state == NOT_STARTED:
        print("· not started: write your answer in place of the dots.")
        return
    print(describe(judgement))
    if judgement.verdicts:
        of = len(judgement.verdicts)
        print(f"{judgement.passed} of {of} checks pass.")
    if unsaved:
        print(
            "This is about what you last ran. Save the notebook (Ctrl-S) "
            "before you package or submit it."
        )
    if path.parent.name == EXERCISES.name:
        print(f"Next: {_next(judgement, stem)}")


def _next(judgement: Judgement, stem: str) -> str:
    """What to do now; JupyterLab's terminals have `workshop`."""
    if judgement.state == SOLVED:
        return (
            "save the notebook (Ctrl-S). In a terminal, `workshop submit` "
            "hands it in, and `workshop progress` shows what comes next."
        )
    mend = "mend what is said above, run that cell, and then this one again."
    if judgement.mistake:
        return mend
    number = stem.partition("_")[0]
    return f"{mend} In a terminal, `workshop hint {number}` gives a hint."


def _take_what_was_run(notebook: Notebook) -> bool:
    """Put what was last run into the answer cells; whether that differs."""
    unsaved = False
    for cell in filter(is_answer, notebook["cells"]):
        for ran in reversed(_history()):
            if _is_run_of(cell, ran):
                unsaved |= ran.strip() != source_of(cell).strip()
                cell["source"] = ran
                break
    return unsaved


def _is_run_of(cell: Cell, ran: str) -> bool:
    """Whether what was run is this answer cell, in whatever version.

    A module's cell is known by what it defines. One that is a file of its
    own is known by what it assigns, and since others may assign that too,
    by its first line, a comment with the file's name.
    """
    text = source_of(cell)
    part = part_in(cell)
    if part:
        assigns = re.search(rf"^{part.variable}\b.*=", ran, re.MULTILINE)
        return bool(assigns) and _first_line(ran) == _first_line(text)
    return bool(set(DEFINED.findall(text)) & set(DEFINED.findall(ran)))


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0].strip()


def _history() -> list[str]:
    """The cells that this kernel has run, oldest first."""
    try:
        from IPython import get_ipython
    except ImportError:
        return []
    shell = get_ipython()
    return [] if shell is None else list(shell.user_ns.get("In", []))


def _run_pytest(path: Path, report: Path) -> str:
    test = EXERCISE_TESTS / f"test_{path.stem}.py"
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "pytest", str(test), "-q"),
            *("--answers", str(path.parent), f"--junitxml={report}"),
            *("-p", "no:cacheprovider", "-o", "addopts=", "--tb=line"),
            # Else what it writes stays in the system's temporary folder.
            f"--basetemp={report.parent / 'pytest'}",
        ],
        cwd=ROOT,
        # The plugins are for other tests, and take longer to import than
        # most checks take to run.
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        return process.communicate(timeout=TIME_LIMIT_S)[0]
    except subprocess.TimeoutExpired as error:
        raise WorkshopError(
            f"The checks of {path.stem} took over {TIME_LIMIT_S} s and were "
            "stopped. Is there a loop that never ends?"
        ) from error
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _verdicts(junit: bytes, lost: list[str]) -> Iterable[Verdict]:
    """The verdicts in a report; a failure tells of a cell that is lost."""
    for case in ElementTree.fromstring(junit).iter("testcase"):
        verdict = _verdict(case)
        if lost and not verdict.passed:
            missing = " and ".join(f"`{line}`" for line in lost)
            note = f"  note      the notebook has lost the cell of {missing}"
            verdict = replace(verdict, message=f"{verdict.message}\n{note}")
        yield verdict


def _verdict(case: ElementTree.Element) -> Verdict:
    name = case.get("name", "").partition("[")[0]
    sentence = name.removeprefix("test_").replace("_", " ")
    for kind in ("failure", "error"):
        problem = case.find(kind)
        if problem is not None:
            # Its attribute `message` would be cut after some lines.
            return Verdict(sentence, False, (problem.text or "").strip())
    return Verdict(sentence, True)
