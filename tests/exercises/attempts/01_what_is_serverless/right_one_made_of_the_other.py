# accepted: patience made of the target, and a rule of its own for the day

import math
from dataclasses import dataclass, replace

from workshop.simulate import Load, Tick


def utilisation(busy_s: float, instances: int, seconds: float) -> float:
    try:
        return busy_s / (instances * seconds)
    except ZeroDivisionError:
        return 0.0


def within(wanted: int, least: int, most: int) -> int:
    return sorted((least, wanted, most))[1]


@dataclass(frozen=True)
class Rule:
    least: int = 1
    most: int = 40

    def needed(self, load: Load) -> int:
        raise NotImplementedError

    def wanted(self, load: Load) -> int:
        return within(self.needed(load), self.least, self.most)


class OneEach(Rule):
    def needed(self, load: Load) -> int:
        return load.in_flight + load.waiting


@dataclass(frozen=True)
class AtTarget(Rule):
    target: float = 0.6

    def needed(self, load: Load) -> int:
        for tick in load.ticks[-1:]:
            return math.ceil(tick.working / self.target)
        return load.instances


@dataclass(frozen=True)
class Patient(AtTarget):
    ticks: int = 6

    def needed(self, load: Load) -> int:
        ticks: list[list[Tick]] = [[t] for t in load.ticks[-self.ticks :]]
        needs = [
            super(Patient, self).needed(replace(load, ticks=t)) for t in ticks
        ]
        return max(needs, default=load.instances)


@dataclass(frozen=True)
class Spare(Rule):
    """What worked in the last two minutes, and at least one to spare."""

    def needed(self, load: Load) -> int:
        busiest = max([tick.working for tick in load.ticks[-24:]] or [0])
        return math.ceil(max(busiest * 1.5, busiest + 0.6))


def my_rule() -> Spare:
    return Spare()
