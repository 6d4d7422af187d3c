"""AWS Fargate: the vCPU and the memory of a task, as long as it runs.

"AWS Fargate Pricing", read 2026-11: per second, at least a minute, from the
pull of the image to the end; 20 GB of storage are free, and no more is
counted here. The sizes: "Amazon ECS task definition parameters for Fargate".
"""

from decimal import Decimal

from workshop.billing.amount import MB_PER_GB, Number, exact, ratio, times
from workshop.billing.bill import Bill
from workshop.billing.charge import Till
from workshop.billing.free_tier import UNUSED
from workshop.billing.price_card import PriceCard
from workshop.billing.size import one_of
from workshop.billing.usage import Rounding, Usage
from workshop.errors import WorkshopError

REGION = "us-east-1"
ROUNDING = Rounding(step_ms=1_000, least_ms=60_000)  # of a task, not a call
ARCHITECTURES = {"x86_64": "x86", "arm64": "Arm"}
GB = 1024
MEMORY_MB = {  # by vCPU
    Decimal("0.25"): (512, 1 * GB, 2 * GB),
    Decimal("0.5"): tuple(range(1 * GB, 4 * GB + 1, GB)),
    Decimal(1): tuple(range(2 * GB, 8 * GB + 1, GB)),
    Decimal(2): tuple(range(4 * GB, 16 * GB + 1, GB)),
    Decimal(4): tuple(range(8 * GB, 30 * GB + 1, GB)),
    Decimal(8): tuple(range(16 * GB, 60 * GB + 1, 4 * GB)),
    Decimal(16): tuple(range(32 * GB, 120 * GB + 1, 8 * GB)),
}


def bill(
    usage: Usage,
    vcpu: Number = "0.25",
    memory_mb: Number = 512,
    *,
    architecture: str = "x86_64",
    region: str = REGION,
    card: PriceCard | None = None,
) -> Bill:
    """What tasks cost in a month: `usage.instance_s` of them, all together.

    There is no fee for a request; a load balancer is not counted.
    """
    if architecture not in ARCHITECTURES:
        raise WorkshopError(
            f"Fargate has no architecture {architecture}. "
            f"It has: {', '.join(ARCHITECTURES)}."
        )
    cpu = exact(vcpu, "vcpu")
    if cpu not in MEMORY_MB:
        sizes = ", ".join(map(str, MEMORY_MB))
        raise WorkshopError(f"Fargate takes vcpu of {sizes}, not {vcpu}.")
    on = f"Fargate with {vcpu} vCPU"
    memory = one_of("memory_mb", memory_mb, MEMORY_MB[cpu], on)
    seconds = usage.existing_s
    till = Till.of(region, UNUSED, card)
    return till.bill(
        f"AWS Fargate, {ARCHITECTURES[architecture]}",
        till.lines(f"fargate.vcpu.{architecture}", times(seconds, cpu)),
        till.lines(
            f"fargate.memory.{architecture}",
            times(seconds, ratio(memory, MB_PER_GB)),
        ),
    )
