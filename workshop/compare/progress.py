"""How far a comparison is: a bar in a terminal, elsewhere a line at times."""

import sys
import time
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
)
from rich.text import Text

from workshop.closing import Closing

LINE_S = 10.0  # between two lines


class Shown(Closing):
    """What is being measured, and how long the rest will take."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        self._since = time.monotonic()
        self._told = -LINE_S
        self._bar: Progress | None = None
        if console.is_terminal:
            # Drawn seldom: what draws it disturbs what is measured.
            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                _TimeLeft(),
                console=console,
                refresh_per_second=2,
            )
            self._task = self._bar.add_task("", until=self._since)

    def step(self, what: str, left_s: float) -> None:
        """This is measured now; with it, the rest takes so many seconds."""
        now = time.monotonic()
        if self._bar:
            self._bar.update(
                self._task,
                description=what,
                completed=now - self._since,
                total=now - self._since + left_s,
                until=now + left_s,
            )
        elif now - self._told >= LINE_S:
            self._told = now
            print(f"{what}: {in_words(left_s)} left", file=sys.stderr)

    def __enter__(self) -> Self:
        if self._bar:
            self._bar.start()
        return self

    def close(self) -> None:
        """Take the bar away."""
        if self._bar:
            self._bar.stop()


class _TimeLeft(ProgressColumn):
    """It runs down also while one step takes minutes."""

    def render(self, task: Task) -> Text:
        left_s = task.fields["until"] - time.monotonic()
        return Text(f"{in_words(max(left_s, 0))} left")


def in_words(seconds: float) -> str:
    """A duration that is a guess."""
    if seconds >= 90:
        return f"about {seconds / 60:.0f} min"
    return f"about {seconds:.0f} s"
