"""One measurement, as the schedule wants it: of a start, or of none."""

import time
from dataclasses import asdict
from typing import Protocol

from workshop.compare.catalogue import Contender
from workshop.compare.measured import Measured
from workshop.compare.sample import COLD, Sample
from workshop.compare.schedule import Step
from workshop.compare.workloads import Workload
from workshop.errors import WorkshopError

TRIES = 3  # to find an environment as it is wanted


class Measuring(Protocol):
    """Where functions can be measured; see measured.Platform."""

    def cold(self, contender: Contender, workload: Workload) -> Measured:
        """Measure a start and a first invocation."""

    def warm(self, contender: Contender, workload: Workload) -> Measured:
        """Measure a later invocation."""


def take(step: Step, there: Measuring) -> Sample:
    """Make one measurement: one more where an environment was replaced.

    WorkshopError if it never is as it is wanted.
    """
    measure = there.cold if step.kind == COLD else there.warm
    for _ in range(TRIES):
        begun = time.monotonic()
        measured = measure(step.contender, step.workload)
        took_ms = round(1000 * (time.monotonic() - begun), 1)
        if bool(measured.init_ms) == (step.kind == COLD):
            return Sample(step.cell, **asdict(measured), step_ms=took_ms)
    raise WorkshopError(
        f"{TRIES} times in a row it was "
        f"{'warm' if step.kind == COLD else 'cold'} where it must not be."
    )
