"""How long things take: distributions of service and init times."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Protocol

from workshop.errors import WorkshopError
from workshop.simulate.checking import at_least


class Times(Protocol):
    """A distribution of times; write your own with these two."""

    @property
    def mean_s(self) -> float:
        """The mean, in seconds."""

    def sampler(self, random: Random) -> Callable[[], float]:
        """What draws one time after another, in seconds, 0 or more."""


@dataclass(frozen=True)
class Constant:
    """Always the same."""

    mean_s: float

    def sampler(self, random: Random) -> Callable[[], float]:
        seconds = self.mean_s
        return lambda: seconds


@dataclass(frozen=True)
class Exponential:
    """Many short ones, few long ones: the times of queueing theory."""

    mean_s: float

    def sampler(self, random: Random) -> Callable[[], float]:
        mean_s, draw, log = -self.mean_s, random.random, math.log
        return lambda: mean_s * log(1.0 - draw())


@dataclass(frozen=True)
class Measured:
    """One of the values that were measured, each as likely as the others."""

    values_s: tuple[float, ...]

    @property
    def mean_s(self) -> float:
        """The mean, in seconds."""
        return math.fsum(self.values_s) / len(self.values_s)

    def sampler(self, random: Random) -> Callable[[], float]:
        values, count, draw = self.values_s, len(self.values_s), random.random
        return lambda: values[int(draw() * count)]


def constant(seconds: float) -> Times:
    """Always `seconds`. WorkshopError for a negative or infinite one."""
    at_least(0, seconds=seconds)
    return Constant(seconds)


def exponential(mean_s: float) -> Times:
    """Exponentially distributed. WorkshopError for a bad mean."""
    at_least(0, mean_s=mean_s)
    return Exponential(mean_s)


def measured(values_ms: Sequence[float]) -> Times:
    """Drawn from measured values, in ms, such as those of a compare run.

    Raises WorkshopError when there is none, and for a bad one.
    """
    if not values_ms:
        raise WorkshopError("There are no measured values to draw from.")
    for position, value in enumerate(values_ms):
        at_least(0, **{f"values_ms[{position}]": value})
    return Measured(tuple(value / 1000 for value in values_ms))
