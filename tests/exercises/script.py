"""A learner's script, run as `python3 SCRIPT` runs it, but begun at once.

To start Python and to import http takes longer than most checks. So a Python
that has done both is forked, and the new process becomes the script, with its
folder, its environment and its output. From there on nothing is in its way:
it ends as scripts end. This file is both sides.
"""

import os
import signal
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # the program sees no folder

from forkserver import (
    ForkServer,
    Gone,
    Job,
    forked,
    run_as_main,
    start_server,
)

IMPORTS = "http.client", "http.server", "importlib", "traceback", "typing"
LANG = "en_US.UTF-8"
LONGEST_S = 60  # that a check lets one run: should it die, so does the script


class Script:
    """A running script, the leader of a session."""

    def __init__(
        self,
        path: Path,
        environment: Mapping[str, str],
        stdout: int,
        stderr: int,
    ) -> None:
        """Run the script in its folder, with a PATH and nothing to read.

        `stdout` and `stderr` are descriptors, which stay open here.
        """
        from workshop.sandbox import search_path  # the program has no psutil

        # On macOS it is fatal to ask for a proxy after a fork.
        always = {"PATH": search_path(), "LANG": LANG, "NO_PROXY": "*"}
        self._job = start(
            [str(path), {**always, **environment}], stdout, stderr
        )

    @property
    def pid(self) -> int:
        """Its process id, which is its process group's, too."""
        return self._job.pid

    def poll(self) -> int | None:
        """Its exit status, negative for a signal; None while it runs."""
        return self._wait(0)

    def wait(self) -> int:
        """Wait until it ends; its exit status."""
        status = self._wait(None)
        assert status is not None
        return status

    def end(self) -> None:
        """End it with all of its group, whatever it does."""
        self._job.end()

    def _wait(self, seconds: float | None) -> int | None:
        try:
            return self._job.wait(seconds)
        except Gone:  # it has ended its parent, and nobody knows how it is
            return -signal.SIGKILL


def start(job: object, *descriptors: int) -> Job:
    """Start a job, in a new program where the last one has been ended."""
    try:
        return python().start(job, *descriptors)
    except Gone:
        python().close()
        python.cache_clear()
        return python().start(job, *descriptors)


@cache
def python() -> ForkServer:
    """A Python that has started, as `python3` would: not in a virtualenv."""
    from workshop.sandbox import base_python, search_path

    environment = {"PATH": search_path(), "LANG": LANG}
    return start_server([str(base_python()), __file__], environment)


# The program


def main() -> None:
    """In each process that is forked: run the script."""
    for name in IMPORTS:
        __import__(name)
    (path, environment), results, (stdout, stderr) = forked()
    results.close()
    signal.alarm(LONGEST_S)
    os.dup2(stdout, 1)
    os.dup2(stderr, 2)
    os.close(stdout)
    os.close(stderr)
    become(path, environment)


def become(path: str, environment: Mapping[str, str]) -> None:
    """Be `python3 SCRIPT`, as far as the script can see."""
    coding = {"encoding": sys.stdout.encoding, "errors": sys.stdout.errors}
    sys.stdin = sys.__stdin__ = os.fdopen(0)
    sys.stdout = sys.__stdout__ = os.fdopen(1, "w", **coding)
    sys.stderr = sys.__stderr__ = os.fdopen(
        2, "w", buffering=1, errors="backslashreplace"
    )
    folder, name = os.path.split(path)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv[:] = [name]
    sys.path[:] = [folder, *sys.path[2:]]
    run_as_main(path)


if __name__ == "__main__":
    main()
