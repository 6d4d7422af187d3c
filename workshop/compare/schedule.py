"""What is measured next, and how long the rest takes.

The functions take turns: in a round each of them starts anew, then each is
asked the first workload, then each is asked it again, and so on, so that
what disturbs the machine disturbs them all. What is real work, a function is
asked several times in a row: after a rest it has CPU time to its credit, and
a single answer may come sooner than its share allows. What is quick comes
first, so that whoever stops early has most of the table; what takes long is
asked less often. All of it follows from the samples there are, whoever took
them when: that is all it needs to go on after an interruption.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median

from workshop.compare.catalogue import Contender
from workshop.compare.sample import COLD, WARM, Cell, Samples
from workshop.compare.workloads import HELLO, LARGEST, Workload

MB_PER_CPU = 1769  # of a Lambda function, "Configure Lambda function memory"
A_SECOND = 1_000.0  # ms that a cell may take in a round, if it can
MOST_A_ROUND = 20
LONG, LONG_ROUNDS = 3_000.0, 3  # ms; in so many rounds, once in each
VERY_LONG = 10_000.0  # ms; once in all

# Until it is measured, in ms: a start; an invocation with little to do;
# brute force for 100-999 with a whole CPU (measured 2026-11 on two cores).
COLD_MS, LITTLE_MS = 700.0, 20.0
BRUTE_MS = {"rust": 4.0, "python-rust": 4.0, "node": 15.0, "node-text": 150.0}
BRUTE_IN_PYTHON_MS = 90.0
HUNDREDFOLD = {LARGEST: "100-999"}  # ten times as wide: as many pairs


@dataclass(frozen=True)
class Step:
    """One measurement that is to be made."""

    contender: Contender
    workload: Workload
    kind: str

    def __str__(self) -> str:
        kernel = self.workload.kernel and f" {self.workload.kernel}"
        return f"{self.contender}, {self.workload.name}{kernel}, {self.kind}"

    @cached_property
    def cell(self) -> Cell:
        """What it makes a sample of."""
        return cell(self.contender, self.workload, self.kind)


def cell(contender: Contender, workload: Workload, kind: str) -> Cell:
    """The cell of a function, a workload and a kind."""
    return Cell(
        contender.platform,
        contender.name,
        workload.name,
        workload.kernel,
        kind,
    )


class Schedule:
    """The steps of a comparison, by the samples that there are."""

    def __init__(
        self,
        contenders: Sequence[Contender],
        workloads: Sequence[Workload],
        memory_mb: int,
        rounds: int,
        samples: Samples,
    ) -> None:
        self._memory_mb = memory_mb
        self._rounds = rounds
        self._samples = samples
        self._middles: dict[Cell, tuple[int, float]] = {}
        kinds = [(HELLO, COLD)] if HELLO in workloads else []
        kinds += [(workload, WARM) for workload in workloads]
        self._steps = {
            Step(one, workload, kind): (column, index)
            for column, (workload, kind) in enumerate(kinds)
            for index, one in enumerate(contenders)
        }

    def drop(self, contender: Contender) -> None:
        """Measure this one no further."""
        for step in list(self._steps):
            if step.contender == contender:
                del self._steps[step]

    def next(self) -> Step | None:
        """The step that is due, or None if all are done."""
        due = [step for step in self._steps if self._lacks(step)]
        return min(due, key=self._place, default=None)

    def left_s(self) -> float:
        """How long the steps that are left may take, in seconds."""
        left_ms = sum(
            self._lacks(step) * self._expected_ms(step) for step in self._steps
        )
        return left_ms / 1000

    def _lacks(self, step: Step) -> int:
        """How many more samples of this are wanted."""
        each, rounds = self._wanted(step)
        return max(0, each * rounds - len(self._samples.of(step.cell)))

    def _wanted(self, step: Step) -> tuple[int, int]:
        """How many samples in a round, and in how many rounds."""
        if step.kind == COLD:
            return 1, self._rounds
        expected_ms = self._expected_ms(step)
        if expected_ms > VERY_LONG:
            return 1, 1
        if expected_ms > LONG:
            return 1, min(self._rounds, LONG_ROUNDS)
        each = int(A_SECOND / expected_ms)
        return min(MOST_A_ROUND, max(each, 1)), self._rounds

    def _place(self, step: Step) -> tuple[float, ...]:
        """Where a step stands in the order."""
        expected_ms = self._expected_ms(step)
        column, index = self._steps[step]
        if step.kind == WARM and expected_ms > VERY_LONG:
            return (2, expected_ms, index)
        each, _ = self._wanted(step)
        number, turn = divmod(len(self._samples.of(step.cell)), each)
        if step.workload.is_work:
            turn = 0
        is_long = step.kind == WARM and expected_ms > LONG
        return (is_long, number, column, turn, index)

    def _expected_ms(self, step: Step) -> float:
        """What one such measurement takes, as far as is known."""
        if measured_ms := self._measured_ms(step.cell):
            return measured_ms
        if step.kind == COLD:
            return COLD_MS
        if step.workload.kernel != "brute":
            return LITTLE_MS
        narrower = HUNDREDFOLD.get(step.workload.name)
        if narrower:
            known_ms = self._measured_ms(step.cell._replace(workload=narrower))
            if known_ms:
                return 100 * known_ms
        brute_ms = BRUTE_MS.get(step.contender.name, BRUTE_IN_PYTHON_MS)
        if step.contender.platform == "lambda":
            brute_ms *= max(1, MB_PER_CPU / self._memory_mb)
        if narrower:
            return 100 * brute_ms
        return brute_ms if step.workload.name == "100-999" else LITTLE_MS

    def _measured_ms(self, cell: Cell) -> float | None:
        """What one has taken so far, in the middle; None if there is none.

        Remembered: what this takes, a function has to rest between two of its
        invocations.
        """
        found = self._samples.of(cell)
        if not found:
            return None
        number, middle_ms = self._middles.get(cell, (0, 0.0))
        if number != len(found):
            middle_ms = max(median(one.step_ms for one in found), 1e-3)
            self._middles[cell] = len(found), middle_ms
        return middle_ms
