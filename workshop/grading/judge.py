"""The judge of one submission, run where its answers are shut in.

`python -m workshop.grading.judge FOLDER STEM...` runs the checks of these
exercises on the notebooks in the folder, in this process, and writes a line
of JSON for each on standard output as soon as it is known: so a judge that is
stopped has said what it knew. Whatever else is printed goes to standard error.

What is judged runs in processes below this one, as the same user. They can
neither write to its output nor look into it: on Linux the process is closed
to others (PR_SET_DUMPABLE, prctl(2) and ptrace(2)).
"""

import ctypes
import json
import os
import sys
from collections import Counter
from pathlib import PurePath
from typing import Any

import pytest

from workshop.repository import EXERCISE_TESTS

PR_SET_DUMPABLE = 4
LONGEST = 4_000  # characters of a message
BEGINS = b'{"begins": '  # how the line starts that says which exercise is next


class Recorder:
    """Says what pytest finds, as it finds it."""

    def __init__(self, descriptor: int) -> None:
        self._out = os.fdopen(descriptor, "w", buffering=1)
        self._stem = ""  # of the exercise that is judged
        self._message: str | None = None  # why the check that runs fails

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """How many checks there are."""
        found = Counter(_stem(item.nodeid) for item in session.items)
        for stem, of in found.items():
            self._say(stem=stem, of=of)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Another exercise may begin."""
        if _stem(nodeid) != self._stem:
            self._stem = _stem(nodeid)
            self._say(begins=self._stem)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A check fails if its set-up, its call or its end does."""
        if report.failed and self._message is None:
            self._message = report.longreprtext.strip()
        if report.when == "teardown":
            name = report.nodeid.rpartition("::")[2].partition("[")[0]
            message = self._message
            self._say(
                stem=self._stem,
                check=name.removeprefix("test_").replace("_", " "),
                passed=message is None,
                message=(message or "")[:LONGEST],
            )
            self._message = None

    def _say(self, **fields: Any) -> None:
        self._out.write(json.dumps(fields) + "\n")


def _stem(nodeid: str) -> str:
    """The exercise that a check belongs to."""
    return PurePath(nodeid.partition("::")[0]).stem.removeprefix("test_")


def main() -> int:
    """Judge; the exit status is pytest's."""
    folder, *stems = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    descriptor = os.dup(1)  # which no child inherits
    os.dup2(2, 1)
    arguments = [
        *(str(EXERCISE_TESTS / f"test_{stem}.py") for stem in stems),
        *("-q", "--tb=line", "--answers", folder),
        *("-p", "no:cacheprovider", "-o", "addopts="),
    ]
    return int(pytest.main(arguments, plugins=[Recorder(descriptor)]))


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # all is said: to tidy up takes as long as some checks
