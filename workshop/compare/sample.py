"""What was measured: one sample for each start and each invocation.

Samples are kept in a file as they come, a line of JSON each, so that what is
interrupted can go on where it was.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

COLD, WARM = "cold", "warm"


@dataclass(frozen=True)
class Sample:
    """One start of an environment, or one warm invocation.

    Times in ms, memory in MB; 0 where the platform tells nothing.
    """

    platform: str
    function: str
    workload: str
    kind: str  # cold or warm
    duration_ms: float  # of the invocation
    init_ms: float = 0.0  # of a cold one, before that
    billed_ms: float = 0.0
    max_memory_mb: float = 0.0


class Samples:
    """The samples of one comparison, in memory and in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.all: list[Sample] = []
        if path.exists():
            for line in path.read_text().splitlines():
                self.all.append(Sample(**json.loads(line)))

    def add(self, sample: Sample) -> None:
        """Keep a sample. Raises OSError where the file cannot take it."""
        self.all.append(sample)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a") as file:
            file.write(json.dumps(asdict(sample)) + "\n")

    def of(
        self, platform: str, function: str, workload: str, kind: str
    ) -> list[Sample]:
        """Those of one cell of the table."""
        wanted = (platform, function, workload, kind)
        return [
            one
            for one in self.all
            if (one.platform, one.function, one.workload, one.kind) == wanted
        ]

    def forget(self) -> None:
        """Remove the file: the comparison is complete."""
        self._path.unlink(missing_ok=True)
