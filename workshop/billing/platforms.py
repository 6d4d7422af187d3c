"""The platforms by name, for whoever compares them.

Each has its rounding, so that durations can be turned into a usage, and its
bill, for a usage and a size. Sizes that a platform does not use, it ignores.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from workshop.billing import (
    api_gateway,
    aws_lambda,
    azure_functions,
    cloud_run,
    container_apps,
    fargate,
)
from workshop.billing.amount import MB_PER_GB, ratio
from workshop.billing.bill import Bill
from workshop.billing.free_tier import UNUSED, FreeTier
from workshop.billing.price_card import PriceCard
from workshop.billing.usage import Rounding, Usage
from workshop.errors import WorkshopError


@dataclass(frozen=True)
class Size:
    """What one instance has."""

    memory_mb: int
    vcpu: Decimal = Decimal(1)

    @property
    def memory_gib(self) -> Decimal:
        """Its memory in GiB."""
        return ratio(Decimal(self.memory_mb), MB_PER_GB)


Pricing = Callable[[Usage, Size, FreeTier, PriceCard | None], Bill]


@dataclass(frozen=True)
class Platform:
    """One way to run a function, or a container, and to pay for it."""

    name: str
    title: str
    rounding: Rounding
    pricing: Pricing

    def bill(
        self,
        usage: Usage,
        size: Size,
        free: FreeTier = UNUSED,
        card: PriceCard | None = None,
    ) -> Bill:
        """What a month costs. WorkshopError for a size it does not have."""
        return self.pricing(usage, size, free, card)


def named(name: str) -> Platform:
    """A platform. WorkshopError for a name that is none."""
    found = PLATFORMS.get(name)
    if not found:
        raise WorkshopError(
            f"There is no platform {name}. There are: {', '.join(PLATFORMS)}."
        )
    return found


def _x86(
    usage: Usage, size: Size, free: FreeTier, card: PriceCard | None
) -> Bill:
    return aws_lambda.bill(usage, size.memory_mb, free=free, card=card)


def _arm(
    usage: Usage, size: Size, free: FreeTier, card: PriceCard | None
) -> Bill:
    return aws_lambda.bill(
        usage, size.memory_mb, architecture="arm64", free=free, card=card
    )


def _url(
    usage: Usage, size: Size, free: FreeTier, card: PriceCard | None
) -> Bill:
    front = api_gateway.function_url(usage.requests, free=free, card=card)
    return _x86(usage, size, free, card) + front


def _http(
    usage: Usage, size: Size, free: FreeTier, card: PriceCard | None
) -> Bill:
    front = api_gateway.http_api(usage.requests, free=free, card=card)
    return _x86(usage, size, free, card) + front


def _rest(
    usage: Usage, size: Size, free: FreeTier, card: PriceCard | None
) -> Bill:
    front = api_gateway.rest_api(usage.requests, free=free, card=card)
    return _x86(usage, size, free, card) + front


def _consumption(
    usage: Usage, size: Size, free: FreeTier, card: PriceCard | None
) -> Bill:
    return azure_functions.consumption(
        usage, size.memory_mb, free=free, card=card
    )


def _flex(
    usage: Usage, size: Size, free: FreeTier, card: PriceCard | None
) -> Bill:
    return azure_functions.flex(usage, size.memory_mb, free=free, card=card)


def _run_requests(
    usage: Usage, size: Size, free: FreeTier, card: PriceCard | None
) -> Bill:
    return cloud_run.request_based(
        usage, size.vcpu, size.memory_gib, free=free, card=card
    )


def _run_instances(
    usage: Usage, size: Size, free: FreeTier, card: PriceCard | None
) -> Bill:
    return cloud_run.instance_based(
        usage, size.vcpu, size.memory_gib, free=free, card=card
    )


def _fargate(
    usage: Usage, size: Size, free: FreeTier, card: PriceCard | None
) -> Bill:
    return fargate.bill(usage, size.vcpu, size.memory_mb, card=card)


def _container_apps(
    usage: Usage, size: Size, free: FreeTier, card: PriceCard | None
) -> Bill:
    return container_apps.bill(usage, size.vcpu, free=free, card=card)


CALL = aws_lambda.ROUNDING
PLATFORMS = {
    platform.name: platform
    for platform in (
        Platform("lambda", "Lambda, x86", CALL, _x86),
        Platform("lambda-arm", "Lambda, Arm", CALL, _arm),
        Platform("lambda-url", "Lambda, URL", CALL, _url),
        Platform("lambda-http", "Lambda, HTTP API", CALL, _http),
        Platform("lambda-rest", "Lambda, REST API", CALL, _rest),
        Platform(
            "azure-consumption",
            "Azure, Consumption",
            azure_functions.CONSUMPTION_ROUNDING,
            _consumption,
        ),
        Platform(
            "azure-flex", "Azure, Flex", azure_functions.FLEX_ROUNDING, _flex
        ),
        Platform(
            "cloud-run",
            "Cloud Run, request-based",
            cloud_run.ROUNDING,
            _run_requests,
        ),
        Platform(
            "cloud-run-instance",
            "Cloud Run, instance-based",
            cloud_run.ROUNDING,
            _run_instances,
        ),
        Platform("fargate", "Fargate", fargate.ROUNDING, _fargate),
        Platform(
            "container-apps",
            "Container Apps",
            container_apps.ROUNDING,
            _container_apps,
        ),
    )
}
