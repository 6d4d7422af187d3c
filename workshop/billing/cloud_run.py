"""Google Cloud Run, with its two ways of billing a service.

"Cloud Run pricing", read 2026-11. Request-based: CPU and memory while an
instance starts or has at least one request, in steps of 100 ms, and a fee for
each request. Instance-based: CPU and memory as long as an instance exists,
and no such fee. What an idle minimum instance costs is not counted. The
sizes: "Configure CPU limits for services" and "Billing settings".
"""

from decimal import Decimal

from workshop.billing.amount import Number, exact, grouped, times, total
from workshop.billing.bill import Bill
from workshop.billing.charge import Till
from workshop.billing.free_tier import UNUSED, FreeTier
from workshop.billing.price_card import PriceCard
from workshop.billing.usage import Rounding, Usage
from workshop.errors import WorkshopError

REGION = "us-central1"
ROUNDING = Rounding(step_ms=100, least_ms=100)
HALF = Decimal("0.5")
LEAST_CPU, STEP_CPU = Decimal("0.08"), Decimal("0.001")
LEAST_GIB, INSTANCE_GIB = Decimal("0.125"), HALF
MEMORY_GIB = {  # the least and the most, by vCPU
    Decimal(1): (LEAST_GIB, Decimal(4)),
    Decimal(2): (LEAST_GIB, Decimal(8)),
    Decimal(4): (Decimal(2), Decimal(16)),
    Decimal(6): (Decimal(4), Decimal(24)),
    Decimal(8): (Decimal(4), Decimal(32)),
}


def request_based(
    usage: Usage,
    vcpu: Number = 1,
    memory_gib: Number = "0.5",
    *,
    region: str = REGION,
    free: FreeTier = UNUSED,
    card: PriceCard | None = None,
) -> Bill:
    """A month of a service that is billed while it has requests."""
    cpu, memory = _size(vcpu, memory_gib)
    seconds = total(usage.active_s, usage.init_s)
    till = Till.of(region, free, card)
    based = "cloud_run.request_based"
    return till.bill(
        "Cloud Run, request-based",
        till.lines("cloud_run.requests", usage.requests),
        till.lines(f"{based}.vcpu", times(seconds, cpu)),
        till.lines(f"{based}.memory", times(seconds, memory)),
    )


def instance_based(
    usage: Usage,
    vcpu: Number = 1,
    memory_gib: Number = "0.5",
    *,
    region: str = REGION,
    free: FreeTier = UNUSED,
    card: PriceCard | None = None,
) -> Bill:
    """A month of a service that is billed while its instances exist."""
    cpu, memory = _size(vcpu, memory_gib)
    if cpu < 1:
        raise WorkshopError(
            "Cloud Run bills less than 1 vCPU by request only: take 1 vCPU "
            "or more, or request-based billing."
        )
    if memory < INSTANCE_GIB:
        raise WorkshopError(
            "Cloud Run bills less than 0.5 GiB by request only: take 0.5 GiB "
            "or more, or request-based billing."
        )
    seconds = usage.existing_s
    till = Till.of(region, free, card)
    based = "cloud_run.instance_based"
    return till.bill(
        "Cloud Run, instance-based",
        till.lines(f"{based}.vcpu", times(seconds, cpu)),
        till.lines(f"{based}.memory", times(seconds, memory)),
    )


def _size(vcpu: Number, memory_gib: Number) -> tuple[Decimal, Decimal]:
    cpu, memory = exact(vcpu, "vcpu"), exact(memory_gib, "memory_gib")
    if cpu < 1:
        if cpu < LEAST_CPU or cpu % STEP_CPU:
            raise _no_cpu(vcpu)
        least = LEAST_GIB
        most = Decimal(1) if cpu >= HALF else HALF
    elif cpu in MEMORY_GIB:
        least, most = MEMORY_GIB[cpu]
    else:
        raise _no_cpu(vcpu)
    if not least <= memory <= most:
        raise WorkshopError(
            f"Cloud Run takes {grouped(least)} to {grouped(most)} GiB with "
            f"{grouped(cpu)} vCPU, not {memory_gib}."
        )
    return cpu, memory


def _no_cpu(vcpu: Number) -> WorkshopError:
    return WorkshopError(
        "Cloud Run takes 1, 2, 4, 6 or 8 vCPU, or less than 1 from 0.08 in "
        f"steps of 0.001, not {vcpu}."
    )
