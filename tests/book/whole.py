"""The book of this repository, built once for all tests that look at it."""

import fcntl
import os
import subprocess
import sys


def whole_book(tmp_path_factory):
    """The folder of the book, built as a person builds it.

    Processes that test at the same time share it: the first one builds.
    """
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder = shared / "whole" / "book"
    done = shared / "whole.done"
    with open(shared / "whole.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            build(folder)
            done.touch()
    return folder


def build(folder):
    command = [sys.executable, "-m", "workshop.book", "--output", folder]
    built = subprocess.run(command, capture_output=True, text=True)
    assert (built.returncode, built.stderr) == (0, "")
    *_, last = built.stdout.strip().splitlines()
    assert last.startswith(f"{folder / 'index.html'}: ")
