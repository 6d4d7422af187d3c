"""How many instances there should be: the scale-out rules.

A rule is any object with a `wanted`: it is shown the load and says a number.
It is asked whenever a request finds no room, and every `every_s` of its
fleet. It keeps no state: what it needs of the past is in the load.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol


class Tick(NamedTuple):
    """What the rule's last period looked like."""

    utilisation: float  # mean share of the workers that worked, 0 to 1
    working: float  # mean number of these
    in_flight: int  # requests inside instances, at its end


@dataclass(frozen=True, slots=True)
class Load:
    """What a rule gets to see."""

    now_s: float
    waiting: int  # requests without a place, that of the moment included
    in_flight: int  # requests inside instances
    instances: int  # ready or starting; those that drain do not count
    starting: int  # of these, not ready yet
    since_scaling_s: float  # since the rule last had its way; inf: never
    ticks: Sequence[Tick]  # oldest first, the last 60 at most

    @property
    def utilisation(self) -> float:
        """The mean share of the workers that worked, in the last period."""
        return self.ticks[-1].utilisation if self.ticks else 0.0


class ScaleOut(Protocol):
    """A scale-out rule."""

    def wanted(self, load: Load) -> int:
        """How many instances there should be now.

        More than there are: the difference is started, as fast as the
        fleet's ramp allows. Fewer: as many are drained, idle ones first,
        then those that start for nobody yet, then the emptiest.
        """


@dataclass(frozen=True)
class PerRequest:
    """As many instances as the requests at this moment need: Lambda's rule.

    `share` of an instance's `concurrency` is filled; the rest is a reserve.
    """

    concurrency: int = 1
    share: float = 1.0

    def wanted(self, load: Load) -> int:
        requests = load.in_flight + load.waiting
        needed = _up(requests / (self.concurrency * self.share))
        return max(load.instances, needed)


@dataclass(frozen=True)
class OneMore:
    """One more while requests wait or the instances are busy.

    A stand-in for Azure's: "The scale controller uses heuristics for each
    trigger type" ("Event-driven scaling in Azure Functions", Microsoft, read
    2026-11) and does not publish them.
    """

    utilisation: float = 0.6  # assumed

    def wanted(self, load: Load) -> int:
        full = load.waiting > 0 or load.utilisation > self.utilisation
        return load.instances + 1 if full else load.instances


@dataclass(frozen=True)
class CloudRunTargets:
    """60 % of the CPU and 60 % of the concurrency, over the last minute.

    "About instance autoscaling in Cloud Run services", Google, read 2026-11,
    which no longer says that it looks every 5 s. Where requests wait it does
    not let a minute pass: what they need starts at once (assumed).
    """

    concurrency: int = 80
    workers: int = 1
    share: float = 0.6
    window: int = 12  # ticks: one minute of 5 s each

    def wanted(self, load: Load) -> int:
        needed = [load.instances]
        if load.waiting:
            requests = load.in_flight + load.waiting
            needed.append(_up(requests / self.concurrency))
        window = load.ticks[-self.window :]
        if window:
            working = math.fsum(tick.working for tick in window)
            in_flight = sum(tick.in_flight for tick in window)
            per_instance = len(window) * self.share
            needed += [
                _up(working / (per_instance * self.workers)),
                _up(in_flight / (per_instance * self.concurrency)),
            ]
        return max(needed)


@dataclass(frozen=True)
class Fixed:
    """Always the same number."""

    instances: int

    def wanted(self, load: Load) -> int:
        return self.instances


@dataclass(frozen=True)
class TargetTracking:
    """Keeps the mean CPU near a target: out after 3 minutes, in after 15.

    "Target tracking scaling policies", Amazon ECS, read 2026-11: out in
    proportion, in more gradually; a cooldown of 300 s is the default of
    Application Auto Scaling for ECS. That its alarms look at 3 and at 15
    periods of 1 minute is reported by users, not documented; the 90 % of the
    target below which it scales in are assumed.
    """

    target: float = 0.5
    out_ticks: int = 3
    in_ticks: int = 15
    in_below: float = 0.9  # of the target
    cooldown_s: float = 300.0

    def wanted(self, load: Load) -> int:
        if load.since_scaling_s < self.cooldown_s:
            return load.instances
        used = [tick.utilisation for tick in load.ticks]
        out, calm = used[-self.out_ticks :], used[-self.in_ticks :]
        if len(out) == self.out_ticks and min(out) > self.target:
            return _up(load.instances * out[-1] / self.target)
        if (
            len(calm) == self.in_ticks
            and max(calm) < self.target * self.in_below
        ):
            return _up(load.instances * max(calm) / self.target)
        return load.instances


def _up(instances: float) -> int:
    """Rounded up, but not for an error in the last bits."""
    return math.ceil(instances - 1e-9)
