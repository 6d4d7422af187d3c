"""The judge of one answer, run where the answer is shut in.

`python -m workshop.grading.judge STEM FOLDER` runs the checks of the exercise
on the notebook in the folder, in this process, and writes a line of JSON for
each on standard output as soon as it is known: so a judge that is stopped has
said what it knew. Whatever else is printed goes to standard error.

What is judged runs in processes below this one, as the same user. They can
neither write to its output nor look into it: on Linux the process is closed
to others (PR_SET_DUMPABLE, prctl(2) and ptrace(2)).
"""

import ctypes
import json
import os
import sys
from typing import Any

import pytest

from workshop.repository import EXERCISE_TESTS

PR_SET_DUMPABLE = 4
LONGEST = 4_000  # characters of a message


class Recorder:
    """Says what pytest finds, as it finds it."""

    def __init__(self, descriptor: int) -> None:
        self._out = os.fdopen(descriptor, "w", buffering=1)
        self._message: str | None = None  # why the check that runs fails

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """How many checks there are."""
        self._say(of=len(session.items))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A check fails if its set-up, its call or its end does."""
        if report.failed and self._message is None:
            self._message = report.longreprtext.strip()
        if report.when == "teardown":
            name = report.nodeid.rpartition("::")[2].partition("[")[0]
            message = self._message
            self._say(
                check=name.removeprefix("test_").replace("_", " "),
                passed=message is None,
                message=(message or "")[:LONGEST],
            )
            self._message = None

    def _say(self, **fields: Any) -> None:
        self._out.write(json.dumps(fields) + "\n")


def main() -> int:
    """Judge; the exit status is pytest's."""
    stem, folder = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    descriptor = os.dup(1)  # which no child inherits
    os.dup2(2, 1)
    arguments = [
        *(str(EXERCISE_TESTS / f"test_{stem}.py"), "-q", "--tb=line"),
        *("--answers", folder, "-p", "no:cacheprovider", "-o", "addopts="),
    ]
    return int(pytest.main(arguments, plugins=[Recorder(descriptor)]))


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # all is said: to tidy up takes as long as some checks
