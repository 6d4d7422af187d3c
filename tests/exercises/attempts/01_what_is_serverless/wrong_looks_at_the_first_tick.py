# rejected by test_at_target_takes_the_last_tick: stands at the end

"""Scale-out rules: how many instances there should be."""

import math
from dataclasses import dataclass

from workshop.simulate import Load


def utilisation(busy_s: float, instances: int, seconds: float) -> float:
    """The share of the instances' time in which they worked, 0 to 1."""
    there_s = instances * seconds
    return busy_s / there_s if there_s else 0.0


def within(wanted: int, least: int, most: int) -> int:
    """The number nearest to what is wanted, from least to most."""
    return max(least, min(wanted, most))


@dataclass(frozen=True)
class OneEach:
    """An instance for each request."""

    least: int = 1
    most: int = 40

    def wanted(self, load: Load) -> int:
        """How many instances there should be."""
        requests = load.in_flight + load.waiting
        return within(requests, self.least, self.most)


@dataclass(frozen=True)
class AtTarget:
    """So many that they are busy for `target` of their time."""

    target: float = 0.6
    least: int = 1
    most: int = 40

    def wanted(self, load: Load) -> int:
        """How many instances there should be."""
        if not load.ticks:
            return within(load.instances, self.least, self.most)
        needed = math.ceil(load.ticks[0].working / self.target)
        return within(needed, self.least, self.most)


@dataclass(frozen=True)
class Patient:
    """At the target for the busiest of the last ticks."""

    target: float = 0.6
    ticks: int = 6
    least: int = 1
    most: int = 40

    def wanted(self, load: Load) -> int:
        """How many instances there should be."""
        recent = load.ticks[-self.ticks :]
        if not recent:
            return within(load.instances, self.least, self.most)
        busiest = max(tick.working for tick in recent)
        needed = math.ceil(busiest / self.target)
        return within(needed, self.least, self.most)


def my_rule() -> Patient:
    """The rule for this day."""
    return Patient(target=0.6, ticks=24)
