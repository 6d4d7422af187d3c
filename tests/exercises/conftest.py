"""Who is judged: a folder of notebooks, or the bank of attempts.

Every check takes the fixture `answer`. With `--answers FOLDER` that is the
notebook there; a check of an exercise that is not started must fail (strict
xfail). Without it, it is the solution and then each attempt of the bank (see
tests/attempts.py): an accepted one passes every check, a rejected one fails
the check that it names, with the words that it names.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.attempts import Attempt, attempts
from workshop import answers
from workshop.answers import Part
from workshop.errors import WorkshopError
from workshop.exercises import is_started
from workshop.repository import SOLUTIONS


@dataclass(frozen=True)
class Given:
    """The answer under judgement."""

    stem: str
    source: str
    path: Path  # of the module, in a folder of its own
    parts: tuple[Part, ...]  # the answer's other files


@cache
def load(path):
    """The answer in a notebook, read once for all checks."""
    return answers.load(path)


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


@cache
def for_notebook(path):
    """The notebook as a parameter: the same one for all of its checks."""
    marks = []
    try:
        if not is_started(load(path)):
            marks = [pytest.mark.xfail(reason="not started", strict=True)]
    except WorkshopError:
        pass  # the fixture says it
    return pytest.param(path, id=path.parent.name, marks=marks)


@pytest.fixture(scope="session")
def cloud():
    """A local Lambda for all exercises; each deletes what it has created."""
    from workshop.aws import LocalLambda  # boto3 is slow, and most need none

    with LocalLambda() as cloud:
        yield cloud


@pytest.fixture(scope="session")
def aws(cloud):
    """A client of it."""
    import boto3

    return boto3.client("lambda", **cloud.connection)


@pytest.fixture
def answer(request, tmp_path):
    """The answer to judge, its module written into a folder of its own."""
    given = request.param
    try:
        found = given.answer if isinstance(given, Attempt) else load(given)
    except WorkshopError as error:
        pytest.fail(str(error), pytrace=False)
    if found.mistake and not isinstance(given, Attempt):
        pytest.fail(found.mistake, pytrace=False)
    path = found.write(tmp_path)
    return Given(found.stem, found.source, path, found.parts)


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
