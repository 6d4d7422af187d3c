"""What is metered in a month, whoever measured or simulated it."""

from dataclasses import dataclass
from decimal import Decimal

from workshop.billing.amount import (
    ZERO,
    Number,
    exact,
    less,
    ratio,
    times,
    total,
    up_to_step,
)
from workshop.errors import WorkshopError

MS = Decimal(1000)


@dataclass(frozen=True)
class Rounding:
    """How a platform rounds a duration up: to steps, and to a least one."""

    step_ms: int
    least_ms: int

    def __call__(self, ms: Number) -> Decimal:
        """The billed duration, in ms."""
        stepped = up_to_step(
            exact(ms, "A duration in ms"), Decimal(self.step_ms)
        )
        return max(stepped, Decimal(self.least_ms))


@dataclass(frozen=True)
class Usage:
    """The totals of a month that platforms bill by.

    requests
    billed_s: the sum of the calls' durations, each rounded by the platform
    init_s: of cold starts, on top of it
    busy_s: where calls share an instance, how long there was at least one in
        it, each such stretch rounded; None: one at a time, so `billed_s`
    instance_s: how long instances existed, busy or not; None: unknown
    """

    requests: Decimal
    billed_s: Decimal
    init_s: Decimal = ZERO
    busy_s: Decimal | None = None
    instance_s: Decimal | None = None

    def __post_init__(self) -> None:
        for name in ("requests", "billed_s", "init_s", "busy_s", "instance_s"):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, exact(value, name))

    @classmethod
    def of(
        cls,
        requests: Number,
        billed_s: Number,
        init_s: Number = 0,
        busy_s: Number | None = None,
        instance_s: Number | None = None,
    ) -> "Usage":
        """The same from any kind of number."""
        return cls(
            exact(requests, "requests"),
            exact(billed_s, "billed_s"),
            exact(init_s, "init_s"),
            None if busy_s is None else exact(busy_s, "busy_s"),
            None if instance_s is None else exact(instance_s, "instance_s"),
        )

    @classmethod
    def per_call(
        cls,
        rounding: Rounding,
        calls: Number,
        duration_ms: Number,
        init_ms: Number = 0,
        cold_starts: Number = 0,
        instance_s: Number | None = None,
    ) -> "Usage":
        """So many calls of one duration, some with a cold start before them.

        A cold call is rounded once, with its init.
        """
        count, cold = exact(calls, "calls"), exact(cold_starts, "cold_starts")
        if cold > count:
            raise WorkshopError(
                f"There cannot be more cold starts ({cold}) than calls "
                f"({count})."
            )
        duration = exact(duration_ms, "duration_ms")
        init = exact(init_ms, "init_ms")
        warm = rounding(duration)
        more = less(rounding(total(init, duration)), warm)
        return cls.of(
            count,
            ratio(times(count, warm), MS),
            ratio(times(cold, more), MS),
            None,
            instance_s,
        )

    @classmethod
    def of_instances(
        cls,
        rounding: Rounding,
        instances: Number,
        seconds: Number,
        requests: Number = 0,
    ) -> "Usage":
        """So many instances that exist for so long each, busy or not."""
        each_ms = rounding(times(exact(seconds, "seconds"), MS))
        exist_s = ratio(times(exact(instances, "instances"), each_ms), MS)
        return cls.of(requests, 0, instance_s=exist_s)

    @property
    def active_s(self) -> Decimal:
        """How long instances had something to do."""
        return self.billed_s if self.busy_s is None else self.busy_s

    @property
    def existing_s(self) -> Decimal:
        """How long instances existed. WorkshopError where nobody knows."""
        if self.instance_s is None:
            raise WorkshopError(
                "This platform bills instances as long as they exist: the "
                "usage must say their instance_s."
            )
        return self.instance_s
