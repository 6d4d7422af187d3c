"""What a child has left behind: processes that carry its mark, and folders."""

import contextlib
import os
import shutil
import time
from pathlib import Path

import psutil


def kill_marked(mark: str) -> None:
    """Kill every process whose environment carries the mark in a value.

    Looks again until a look finds none, since one of them may have forked
    while it was being killed.
    """
    while found := marked(mark):
        for process in found:
            with contextlib.suppress(psutil.Error):
                process.kill()
        time.sleep(0.005)  # not wait(): an orphan may stay a zombie for long


def marked(mark: str) -> list[psutil.Process]:
    """Every process whose environment carries the mark in a value."""
    return [p for p in psutil.process_iter() if _carries(p, mark)]


def _carries(process: psutil.Process, mark: str) -> bool:
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        return any(mark in v for v in process.environ().values())
    except (psutil.Error, OSError):
        return False


def remove(folder: str | Path) -> None:
    """Remove a folder, write-protected or not, if it is there."""
    for path, _, _ in os.walk(folder):
        with contextlib.suppress(OSError):
            os.chmod(path, 0o700)
    shutil.rmtree(folder, ignore_errors=True)
