"""What a platform tells of one invocation, and what asks it."""

from dataclasses import dataclass
from typing import Protocol

from workshop.compare.catalogue import Contender
from workshop.compare.workloads import Workload


@dataclass(frozen=True)
class Measured:
    """Times in ms, memory in MB; 0 where the platform tells nothing."""

    duration_ms: float
    init_ms: float = 0.0  # only where a new environment was started for it
    billed_ms: float = 0.0
    max_memory_mb: float = 0.0


class Platform(Protocol):
    """One of the two local clouds, as a comparison needs it.

    All of it raises WorkshopError where a function cannot be had, or answers
    wrongly: it is then left out.
    """

    def deploy(self, contender: Contender) -> str:
        """Make the function; what comes back names what is deployed."""

    def answer(self, contender: Contender, event: object) -> bytes:
        """What it answers, an error too."""

    def cold(self, contender: Contender, workload: Workload) -> Measured:
        """Measure a start and a first invocation."""

    def warm(self, contender: Contender, workload: Workload) -> Measured:
        """Measure a later invocation. If it has an Init, it was none."""

    def verify(self, contender: Contender) -> None:
        """That all were warm since the last start, where a sample by itself
        cannot tell.
        """
