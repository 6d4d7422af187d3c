"""Azure Container Apps on its Consumption plan.

"Azure Container Apps pricing" and "Billing in Azure Container Apps", read
2026-11: vCPU and memory per second that a replica runs, and a fee for each
request. A replica that is kept at the minimum and has nothing to do costs the
idle rate for its vCPU; one above the minimum is active until it is removed.
"""

from decimal import Decimal

from workshop.billing.amount import Number, exact, grouped, less, times
from workshop.billing.bill import Bill
from workshop.billing.charge import Till
from workshop.billing.free_tier import UNUSED, FreeTier
from workshop.billing.price_card import PriceCard
from workshop.billing.usage import Rounding, Usage
from workshop.errors import WorkshopError

REGION = "eastus"
ROUNDING = Rounding(step_ms=1_000, least_ms=1_000)
STEP_CPU, MOST_CPU = Decimal("0.25"), Decimal(4)
GIB_PER_CPU = Decimal(2)


def bill(
    usage: Usage,
    vcpu: Number = "0.25",
    *,
    idle_s: Number = 0,
    region: str = REGION,
    free: FreeTier = UNUSED,
    card: PriceCard | None = None,
) -> Bill:
    """What replicas cost in a month: `usage.instance_s` of them in all.

    `idle_s` of these they have nothing to do. A replica has twice as many
    GiB as it has vCPU. WorkshopError for a size that there is not.
    """
    cpu = exact(vcpu, "vcpu")
    if not STEP_CPU <= cpu <= MOST_CPU or cpu % STEP_CPU:
        raise WorkshopError(
            f"Container Apps takes {STEP_CPU} to {MOST_CPU} vCPU in steps of "
            f"{STEP_CPU}, not {vcpu}."
        )
    idle, seconds = exact(idle_s, "idle_s"), usage.existing_s
    if idle > seconds:
        raise WorkshopError(
            f"Replicas that exist for {grouped(seconds)} s cannot be idle for "
            f"{grouped(idle)} s."
        )
    till = Till.of(region, free, card)
    active = times(less(seconds, idle), cpu)
    parts = [
        till.lines("container_apps.requests", usage.requests),
        till.lines("container_apps.vcpu.active", active),
    ]
    if idle:
        resting = times(idle, cpu)
        parts.append(till.lines("container_apps.vcpu.idle", resting, active))
    parts.append(
        till.lines("container_apps.memory", times(seconds, GIB_PER_CPU, cpu))
    )
    return till.bill("Azure Container Apps", *parts)
