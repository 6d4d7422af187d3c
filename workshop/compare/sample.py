"""What was measured: one sample for each start and each invocation.

Samples are kept in a file as they come, a line of JSON each, so that what is
interrupted can go on where it was.
"""

import json
import os
import sys
from collections import defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

COLD, WARM = "cold", "warm"


class Cell(NamedTuple):
    """What a sample is of."""

    platform: str
    function: str
    workload: str
    kernel: str
    kind: str  # cold or warm


@dataclass(frozen=True)
class Sample:
    """One start of an environment, or one warm invocation.

    Times in ms, memory in MB; 0 where the platform tells nothing.
    """

    cell: Cell
    duration_ms: float  # of the invocation
    init_ms: float = 0.0  # of a cold one, before that
    billed_ms: float = 0.0
    max_memory_mb: float = 0.0
    step_ms: float = 0.0  # what all of it took here: for the time left only


class Samples:
    """The samples of one comparison, in memory and in a file.

    A file that cannot be written is told once; then memory has to do.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._is_kept = True
        self._cells: defaultdict[Cell, list[Sample]] = defaultdict(list)
        self._read()

    def __len__(self) -> int:
        return sum(map(len, self._cells.values()))

    def add(self, sample: Sample) -> None:
        """Keep a sample."""
        self._cells[sample.cell].append(sample)
        if not self._is_kept:
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(sample)) + "\n")
        except OSError as error:
            self._is_kept = False
            print(
                f"{self.path} cannot be written: {error.strerror}. The "
                "comparison goes on, but could not be resumed.",
                file=sys.stderr,
            )

    def of(self, cell: Cell) -> list[Sample]:
        """Those of one cell."""
        return self._cells.get(cell, [])

    def drop(self, platform: str, function: str) -> None:
        """Forget those of one function, and keep all others."""
        others = [
            sample
            for cell, samples in self._cells.items()
            if (cell.platform, cell.function) != (platform, function)
            for sample in samples
        ]
        self._cells.clear()
        self.forget()
        for sample in others:
            self.add(sample)

    def forget(self) -> None:
        """Remove the file: its samples are no longer needed."""
        self.path.unlink(missing_ok=True)

    def _read(self) -> None:
        """Read the file; a line that was cut off when it was written, goes."""
        if not self.path.is_file():
            return
        content = self.path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        if whole != content:
            os.truncate(self.path, len(whole))
        for line in whole.splitlines():
            told = json.loads(line)
            cell = Cell(*told.pop("cell"))
            self._cells[cell].append(Sample(cell, **told))
