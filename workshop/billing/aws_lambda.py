"""AWS Lambda: requests, duration with its init, and a larger /tmp.

"AWS Lambda Pricing", read 2026-11: a duration is rounded up to 1 ms, memory
is what is configured, from 128 to 10,240 MB, and /tmp is free up to 512 MB.
Since 2025-08-01 an init is billed as duration on every runtime ("AWS Lambda
standardizes billing for INIT Phase", AWS Compute Blog, 2025-04).
"""

from workshop.billing.amount import MB_PER_GB, Number, ratio, times, total
from workshop.billing.bill import Bill
from workshop.billing.charge import Till
from workshop.billing.free_tier import UNUSED, FreeTier
from workshop.billing.price_card import PriceCard
from workshop.billing.size import within
from workshop.billing.usage import Rounding, Usage
from workshop.errors import WorkshopError

REGION = "us-east-1"
ROUNDING = Rounding(step_ms=1, least_ms=1)
ARCHITECTURES = {"x86_64": "x86", "arm64": "Arm"}
LEAST_MB, MOST_MB = 128, 10_240
FREE_DISK_MB = 512


def bill(
    usage: Usage,
    memory_mb: Number,
    *,
    architecture: str = "x86_64",
    disk_mb: Number = FREE_DISK_MB,
    region: str = REGION,
    free: FreeTier = UNUSED,
    card: PriceCard | None = None,
) -> Bill:
    """What a function costs in a month; memory and /tmp in MB.

    WorkshopError for a size, an architecture or a region that there is not.
    """
    if architecture not in ARCHITECTURES:
        raise WorkshopError(
            f"Lambda has no architecture {architecture}. "
            f"It has: {', '.join(ARCHITECTURES)}."
        )
    memory = within("memory_mb", memory_mb, LEAST_MB, MOST_MB, "Lambda")
    disk = within("disk_mb", disk_mb, FREE_DISK_MB, MOST_MB, "Lambda")
    till = Till.of(region, free, card)
    gb = ratio(memory, MB_PER_GB)
    duration = f"lambda.duration.{architecture}"
    called = times(usage.billed_s, gb)
    parts = [
        till.lines("lambda.requests", usage.requests),
        till.lines(duration, called),
    ]
    if usage.init_s:
        started = times(usage.init_s, gb)
        parts.append(till.lines(duration, started, called, "init"))
    more_gb = ratio(disk - FREE_DISK_MB, MB_PER_GB)
    if more_gb:
        seconds = total(usage.billed_s, usage.init_s)
        parts.append(till.lines("lambda.disk", times(seconds, more_gb)))
    return till.bill(f"AWS Lambda, {ARCHITECTURES[architecture]}", *parts)
