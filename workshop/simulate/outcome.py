"""What a simulation came to."""

from dataclasses import dataclass, field

from workshop.simulate.fleets import Fleet
from workshop.simulate.histogram import Latencies


@dataclass(frozen=True)
class Outcome:
    """What a fleet made of its requests. Times in seconds.

    A cold start is a request that came before its instance was ready. The
    latency of a request is from its arrival to its answer; those that were
    refused have none. Spans of time that are billed are rounded up one by
    one, as the fleet's metering says.
    """

    fleet: Fleet
    duration_s: float  # from 0 to the last answer
    requests: int  # that arrived
    served: int
    throttled: int  # refused: no room, or waited too long for some
    cold_starts: int
    waited: int  # requests that did not begin at once, cold ones included
    wait_s: float  # of all of these
    latency: Latencies
    instances_started: int  # those that were there at 0 do not count
    most_instances: int
    busy_s: float  # the sum of all service times
    init_s: float  # the sum of all inits
    billed_s: float  # inits excluded
    billed_init_s: float  # what they add, where the fleet is billed for them
    instance_s: float  # from each one's start to its end
    active_s: float  # of that, starting or with a request inside
    t_s: tuple[float, ...] = field(repr=False)
    instances: tuple[int, ...] = field(repr=False)  # at each t_s
    active: tuple[int, ...] = field(repr=False)  # of these
    waiting: tuple[int, ...] = field(repr=False)  # requests without a place

    @property
    def cold_share(self) -> float:
        """The share of the served requests that were cold starts."""
        return self.cold_starts / self.served if self.served else 0.0

    @property
    def utilisation(self) -> float:
        """The share of the workers' time that was service."""
        there_s = self.instance_s * self.fleet.workers
        return self.busy_s / there_s if there_s else 0.0

    @property
    def mean_instances(self) -> float:
        """How many there were, on average over the whole time."""
        return self.instance_s / self.duration_s if self.duration_s else 0.0

    @property
    def mean_active(self) -> float:
        """How many of them started or had a request, on average."""
        return self.active_s / self.duration_s if self.duration_s else 0.0

    @property
    def mean_wait_s(self) -> float:
        """The wait of a request that was served, on average."""
        return self.wait_s / self.served if self.served else 0.0

    @property
    def p50_s(self) -> float:
        """The median latency."""
        return self.percentile(50)

    @property
    def p95_s(self) -> float:
        """What 95 % of the latencies do not exceed."""
        return self.percentile(95)

    @property
    def p99_s(self) -> float:
        """What 99 % of the latencies do not exceed."""
        return self.percentile(99)

    def percentile(self, q: float) -> float:
        """What `q` percent of the latencies do not exceed, within 0.4 %."""
        return self.latency.percentile(q)
