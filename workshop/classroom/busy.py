"""What is going on, while it takes its time."""

import sys
from typing import Self

from rich.console import Console

from workshop.closing import Closing


class Busy(Closing):
    """A line on stderr that changes; where none can change, one a task.

    Rich takes a terminal with TTY_INTERACTIVE=0 for one where none can: a
    screen reader is spared what moves.
    """

    def __init__(self) -> None:
        console = Console(stderr=True)
        self._status = console.status("") if console.is_interactive else None
        self._last = ""

    def say(self, task: str, detail: str = "") -> None:
        """Name what is done now."""
        if self._status:
            self._status.update(" ".join(filter(None, (task, detail))))
        elif task != self._last:
            print(task, file=sys.stderr, flush=True)
        self._last = task

    def __enter__(self) -> Self:
        if self._status:
            self._status.start()
        return self

    def close(self) -> None:
        """Take the line away."""
        if self._status:
            self._status.stop()
