"""What became of one exercise that is handed in, and the report of all."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from workshop.states import NOT_STARTED

FORMAT = 1  # of report.json


@dataclass(frozen=True)
class Outcome:
    """One exercise, as it stands in the report."""

    stem: str
    state: str  # one of workshop.states
    passed: int = 0
    of: int = 0
    hint: str = ""  # why it is not solved
    seconds: float = 0.0

    @property
    def is_started(self) -> bool:
        """Whether there is something to hand in."""
        return self.state != NOT_STARTED

    def __str__(self) -> str:
        """The outcome as lines: in words first, then the reason."""
        said = f"{self.stem}: {self.state}"
        if self.of and self.is_started:
            said += f", {self.passed} of {self.of} checks pass"
        lines = [f"    {line}" for line in self.hint.splitlines()]
        return "\n".join([f"{said}.", *lines])


@dataclass(frozen=True)
class Report:
    """What report.json says."""

    name: str
    date: str  # ISO 8601, UTC
    workshop: str  # its version
    commit: str | None  # of the repository, where git knows one
    python: str
    exercises: Sequence[Outcome]

    def as_dict(self) -> dict[str, Any]:
        """The report as it is written."""
        return {"format": FORMAT} | asdict(self)
