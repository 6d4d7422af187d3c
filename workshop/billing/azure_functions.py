"""Azure Functions on its two plans that are billed by use.

"Azure Functions pricing" and "Estimating consumption-based costs", read
2026-11. Consumption: the memory that was observed, rounded up to 128 MB and
at most 1,536, times the duration, at least 100 ms. Flex Consumption: the
instance's whole memory while at least one call runs in it, at least 1,000 ms,
then in steps of 100; instances that are always ready cost a baseline besides
and have nothing free. A cold start itself is not billed. The storage account
that each app needs is a bill of its own: `azure_storage`.
"""

from decimal import Decimal

from workshop.billing.amount import (
    MB_PER_GB,
    Number,
    ratio,
    times,
    up_to_step,
)
from workshop.billing.bill import Bill
from workshop.billing.charge import Till
from workshop.billing.free_tier import UNUSED, FreeTier
from workshop.billing.price_card import PriceCard
from workshop.billing.size import one_of, within
from workshop.billing.usage import Rounding, Usage

REGION = "eastus"
CONSUMPTION_ROUNDING = Rounding(step_ms=1, least_ms=100)
FLEX_ROUNDING = Rounding(step_ms=100, least_ms=1000)
STEP_MB, MOST_MB = 128, 1536
FLEX_MB = (512, 2048, 4096)


def consumption(
    usage: Usage,
    memory_mb: Number = STEP_MB,
    *,
    region: str = REGION,
    free: FreeTier = UNUSED,
    card: PriceCard | None = None,
) -> Bill:
    """A month on the Consumption plan; `memory_mb`: what was observed."""
    on = "The Consumption plan"
    observed = within("memory_mb", memory_mb, 1, MOST_MB, on)
    gb = ratio(up_to_step(observed, Decimal(STEP_MB)), MB_PER_GB)
    till = Till.of(region, free, card)
    return till.bill(
        "Azure Functions, Consumption",
        till.lines("functions.consumption.executions", usage.requests),
        till.lines("functions.consumption.time", times(usage.billed_s, gb)),
    )


def flex(
    usage: Usage,
    memory_mb: Number = FLEX_MB[1],
    *,
    region: str = REGION,
    free: FreeTier = UNUSED,
    card: PriceCard | None = None,
) -> Bill:
    """A month on Flex Consumption, on demand; memory of one instance."""
    gb = _flex_gb(memory_mb)
    till = Till.of(region, free, card)
    return till.bill(
        "Azure Functions, Flex",
        till.lines("functions.flex.executions", usage.requests),
        till.lines("functions.flex.time", times(usage.active_s, gb)),
    )


def flex_always_ready(
    usage: Usage,
    memory_mb: Number = FLEX_MB[1],
    *,
    region: str = REGION,
    card: PriceCard | None = None,
) -> Bill:
    """A month of instances that are always ready, and what runs in them.

    `usage.instance_s` tells how long they are ready, all together: one for a
    month of 30 days is 2,592,000 s.
    """
    gb = _flex_gb(memory_mb)
    till = Till.of(region, UNUSED, card)
    return till.bill(
        "Azure Functions, Flex, always ready",
        till.lines("functions.flex.ready.executions", usage.requests),
        till.lines("functions.flex.ready.time", times(usage.active_s, gb)),
        till.lines(
            "functions.flex.ready.baseline", times(usage.existing_s, gb)
        ),
    )


def _flex_gb(memory_mb: Number) -> Decimal:
    size = one_of("memory_mb", memory_mb, FLEX_MB, "Flex Consumption")
    return ratio(size, MB_PER_GB)
