"""The fleets: how many requests an instance takes, and who starts more.

Every number is a field. Where a provider publishes it, the preset says where
and when it was read; where none does, it says "assumed".
"""

import math
from dataclasses import dataclass
from enum import StrEnum

from workshop.billing.aws_lambda import LEAST_MB, MOST_MB
from workshop.billing.size import within
from workshop.errors import WorkshopError
from workshop.simulate.checking import above_zero, no_less, whole
from workshop.simulate.scaling import (
    CloudRunTargets,
    Fixed,
    OneMore,
    PerRequest,
    ScaleOut,
    TargetTracking,
)


class Metered(StrEnum):
    """The spans of time that are rounded up and billed."""

    REQUEST = "request"  # each one, from its place in an instance on
    ACTIVE = "active instance"  # each while with a request inside
    INSTANCE = "instance"  # from its start to its end


@dataclass(frozen=True)
class Metering:
    """What is billed by time, and how it is rounded up."""

    of: Metered
    step_s: float
    least_s: float = 0.0
    with_init: bool = False  # together with the span that follows it

    def __post_init__(self) -> None:
        above_zero(step_s=self.step_s)
        no_less(0, least_s=self.least_s)

    def steps(self, seconds: float) -> int:
        """The steps that a span of time is billed for."""
        # What is a whole number of steps but for the last bit stays it.
        exact = max(seconds, self.least_s) / self.step_s
        return math.ceil(exact - 1e-9)


@dataclass(frozen=True)
class Ramp:
    """At most `instances` new ones at once, and as many again every `per_s`.

    It refills continuously and never holds more.
    """

    instances: int
    per_s: float

    def __post_init__(self) -> None:
        whole(1, ramp_instances=self.instances)
        above_zero(ramp_per_s=self.per_s)


@dataclass(frozen=True)
class Fleet:
    """Instances of one kind, and the rules by which they come and go.

    An instance holds `concurrency` requests at once, of which `workers` are
    worked on; the others inside wait their turn, first come, first served.
    A request goes to the instance with the fewest requests inside, of these
    to the one used last, so that the others grow old and go (assumed, and
    what the local Lambda does). One that finds no room waits up to
    `patience_s`; where that is 0 it is refused, unless an instance may start
    for it.
    """

    name: str
    platform: str  # the name of its prices in workshop.billing.platforms
    rule: ScaleOut
    metering: Metering
    concurrency: int = 1
    workers: int = 1
    least: int = 0  # instances that are there from the beginning and stay
    most: float = math.inf  # instances, at any moment
    idle_s: float = math.inf  # without a request, until an instance ends
    patience_s: float = math.inf
    every_s: float = math.inf  # how often the rule is asked besides
    ramp: Ramp | None = None
    memory_mb: int = 128
    vcpus: float = 1.0

    def __post_init__(self) -> None:
        whole(1, concurrency=self.concurrency, workers=self.workers)
        whole(0, least=self.least)
        whole(1, most=self.most, memory_mb=self.memory_mb)
        no_less(0, idle_s=self.idle_s, patience_s=self.patience_s)
        above_zero(vcpus=self.vcpus)
        if not self.every_s > 0:
            raise WorkshopError(
                f"every_s is {self.every_s!r}; a rule is asked every so many "
                "seconds, more than 0 (math.inf: only when there is no room)."
            )
        if self.least > self.most:
            raise WorkshopError(
                f"The least number of instances, {self.least}, is above the "
                f"most, {self.most:g}."
            )
        if math.inf in (self.concurrency, self.least):
            raise WorkshopError("concurrency and least must be finite.")


def aws_lambda(
    memory_mb: int = 128,
    idle_s: float = 300.0,
    most: float = 1000,
    ramp: Ramp | None = Ramp(1000, 10.0),
) -> Fleet:
    """AWS Lambda: one request an environment; where none may start, a 429.

    1,000 new environments every 10 s for each function, refilled
    continuously ("Lambda scaling behavior", AWS, read 2026-11), and 1,000
    concurrent ones an account and region unless raised. AWS names no idle
    time: minutes, by all reports. Billed by the ms; the init too, since
    2025-08-01.

    WorkshopError for a memory that Lambda does not have.
    """
    whole(1, memory_mb=memory_mb)
    within("memory_mb", memory_mb, LEAST_MB, MOST_MB, "Lambda")
    return Fleet(
        "AWS Lambda",
        "lambda",
        PerRequest(),
        Metering(Metered.REQUEST, 0.001, 0.001, with_init=True),
        most=most,
        idle_s=idle_s,
        patience_s=0.0,
        ramp=ramp,
        memory_mb=memory_mb,
        vcpus=memory_mb / 1769,
    )


def azure_consumption(
    memory_mb: int = 128,
    idle_s: float = 300.0,
    concurrency: int = 100,
    most: float = 200,
) -> Fleet:
    """Azure Functions, Consumption: at most one new HTTP instance a second.

    One CPU an instance, 200 instances ("Event-driven scaling in Azure
    Functions", Microsoft, read 2026-11). `concurrency` is host.json's
    maxConcurrentRequests, 100 in this plan ("Azure Functions HTTP triggers
    and bindings overview", read 2026-11). `memory_mb` is what was observed:
    that is billed, by the ms and at least 100. How long an instance may be
    idle is assumed (Microsoft: "a number of minutes"), as is the rule.
    """
    return Fleet(
        "Azure Functions, Consumption",
        "azure-consumption",
        OneMore(),
        Metering(Metered.REQUEST, 0.001, 0.1),
        concurrency=concurrency,
        most=most,
        idle_s=idle_s,
        every_s=1.0,
        ramp=Ramp(1, 1.0),
        memory_mb=memory_mb,
    )


def azure_flex(
    memory_mb: int = 2048,
    idle_s: float = 300.0,
    concurrency: int = 1,
    most: float = 100,
) -> Fleet:
    """Azure Functions, Flex Consumption: scaled by concurrency.

    A Python app has a concurrency of 1 unless it sets another; an app may
    have 1,000 instances, and `most` of them are assumed here. Active ones
    are billed: at least 1,000 ms, then by 100 ("Azure Functions Flex
    Consumption plan hosting", Microsoft). The idle time is assumed; no ramp
    is published.
    """
    return Fleet(
        "Azure Functions, Flex",
        "azure-flex",
        PerRequest(concurrency),
        Metering(Metered.ACTIVE, 0.1, 1.0),
        concurrency=concurrency,
        most=most,
        idle_s=idle_s,
        every_s=1.0,
        memory_mb=memory_mb,
        vcpus=memory_mb / 2048,
    )


def cloud_run(
    concurrency: int = 80,
    vcpus: int = 1,
    memory_mb: int = 512,
    idle_s: float = 900.0,
    least: int = 0,
    most: float = 100,
    patience_s: float = 10.0,
) -> Fleet:
    """Google Cloud Run: 80 requests an instance, 60 % of its CPU.

    A request waits up to 10 s, or 3.5 times the mean start-up time where
    that is longer: set `patience_s` then. Instances without a request go
    within 15 minutes ("About instance autoscaling in Cloud Run services",
    Google, read 2026-11). Billed while an instance starts or has a request,
    by 100 ms.
    """
    return Fleet(
        "Cloud Run",
        "cloud-run",
        CloudRunTargets(concurrency, vcpus),
        Metering(Metered.ACTIVE, 0.1, 0.1, with_init=True),
        concurrency=concurrency,
        workers=vcpus,
        least=least,
        most=most,
        idle_s=idle_s,
        patience_s=patience_s,
        every_s=5.0,
        memory_mb=memory_mb,
        vcpus=vcpus,
    )


def fargate_fixed(
    n: int,
    concurrency: int = 100,
    vcpus: float = 0.25,
    memory_mb: int = 512,
    patience_s: float = 60.0,
) -> Fleet:
    """AWS Fargate: `n` tasks from beginning to end.

    A task's `concurrency` is what its server accepts (assumed); a request
    that finds no room waits up to 60 s, as before a load balancer with its
    default idle timeout (assumed to be what ends the wait). Billed by the
    second that a task exists, at least a minute. Service times are what they
    are on `vcpus`.
    """
    return _fargate(
        Fixed(n), n, n, math.inf, concurrency, vcpus, memory_mb, patience_s
    )


def fargate_target_tracking(
    least: int = 1,
    most: float = 20,
    target: float = 0.5,
    concurrency: int = 100,
    vcpus: float = 0.25,
    memory_mb: int = 512,
    patience_s: float = 60.0,
) -> Fleet:
    """AWS Fargate behind target tracking on the mean CPU, 0 to 1.

    The metric comes once a minute. For the rest see `fargate_fixed`.
    """
    above_zero(target=target)
    return _fargate(
        TargetTracking(target),
        least,
        most,
        60.0,
        concurrency,
        vcpus,
        memory_mb,
        patience_s,
    )


def _fargate(
    rule: ScaleOut,
    least: int,
    most: float,
    every_s: float,
    concurrency: int,
    vcpus: float,
    memory_mb: int,
    patience_s: float,
) -> Fleet:
    return Fleet(
        "AWS Fargate",
        "fargate",
        rule,
        Metering(Metered.INSTANCE, 1.0, 60.0),
        concurrency=concurrency,
        workers=max(1, int(vcpus)),
        least=least,
        most=most,
        every_s=every_s,
        patience_s=patience_s,
        memory_mb=memory_mb,
        vcpus=vcpus,
    )
