"""Who is judged: a folder of notebooks, or the bank of attempts.

Every check takes the fixture `answer`. With `--answers FOLDER` that is the
notebook there; a check of an exercise that is not started must fail (strict
xfail). Without it, it is the solution and then each attempt in
attempts/STEM/: a file whose first line says what becomes of it,

    # accepted: what is different about it
    # rejected by test_some_check: words that its message must have

An accepted attempt passes every check, a rejected one fails the check that
it names, with those words.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from workshop.answers import MODULES, Answer, load
from workshop.errors import WorkshopError
from workshop.exercises import is_started
from workshop.repository import SOLUTIONS

REJECTED = re.compile(r"# rejected by (\w+): (.+)")


@dataclass(frozen=True)
class Attempt:
    """A module that somebody might hand in."""

    path: Path

    @property
    def fate(self):
        """(the check that rejects it, the words); None if it is right."""
        first_line = self.path.read_text().partition("\n")[0]
        found = REJECTED.fullmatch(first_line)
        return found and found.groups()


@dataclass(frozen=True)
class Given:
    """The answer under judgement."""

    stem: str
    source: str
    path: Path  # of the module, in a folder of its own


def pytest_generate_tests(metafunc):
    if "answer" not in metafunc.fixturenames:
        return
    stem = metafunc.module.__name__.rpartition(".test_")[2]
    stem = stem.removeprefix("test_")
    chosen = metafunc.config.getoption("--answers")
    if chosen:
        folder = metafunc.config.invocation_params.dir / chosen
        given = [for_notebook(folder / f"{stem}.ipynb")]
    else:
        check = metafunc.function.__name__
        given = [for_notebook(SOLUTIONS / f"{stem}.ipynb")]
        given += [
            pytest.param(attempt, id=attempt.path.stem)
            for attempt in attempts(stem)
            if attempt.fate is None or attempt.fate[0] == check
        ]
    metafunc.parametrize("answer", given, indirect=True)


def for_notebook(path):
    marks = []
    try:
        if not is_started(load(path)):
            marks = [pytest.mark.xfail(reason="not started", strict=True)]
    except WorkshopError:
        pass  # the fixture says it
    return pytest.param(path, id=path.parent.name, marks=marks)


def attempts(stem):
    folder = Path(__file__).parent / "attempts" / stem
    return [Attempt(path) for path in sorted(folder.glob("*.py"))]


@pytest.fixture
def answer(request, tmp_path):
    """The answer to judge, its module written into a folder of its own."""
    given = request.param
    try:
        if isinstance(given, Attempt):
            stem = given.path.parent.name
            found = Answer(stem, MODULES[stem], given.path.read_text())
        else:
            found = load(given)
    except WorkshopError as error:
        pytest.fail(str(error), pytrace=False)
    return Given(found.stem, found.source, found.write(tmp_path))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    given = getattr(item, "callspec", None)
    given = given and given.params.get("answer")
    if isinstance(given, Attempt) and given.fate and report.when == "call":
        words = given.fate[1]
        if report.passed:
            report.outcome = "failed"
            report.longrepr = f"{given.path.name} should be rejected"
        elif words not in str(report.longrepr):
            report.longrepr = (
                f"{given.path.name} is rejected, but without the words "
                f"{words!r}:\n{report.longrepr}"
            )
        else:
            report.outcome = "passed"
    return report
