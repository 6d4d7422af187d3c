"""The storage account that every Azure function app needs.

"Azure Blob Storage pricing", read 2026-11: block blobs, hot, locally
redundant. The free grant of Functions does not cover it ("Azure Functions
pricing"). How many operations a host makes depends on its triggers.
"""

from workshop.billing.amount import Number, exact
from workshop.billing.bill import Bill
from workshop.billing.charge import Till
from workshop.billing.free_tier import UNUSED
from workshop.billing.price_card import PriceCard

REGION = "eastus"


def bill(
    capacity_gb: Number,
    writes: Number = 0,
    reads: Number = 0,
    *,
    region: str = REGION,
    card: PriceCard | None = None,
) -> Bill:
    """What is stored through the month, in GB, and its operations."""
    till = Till.of(region, UNUSED, card)
    return till.bill(
        "Azure Storage",
        till.lines("storage.capacity", exact(capacity_gb, "capacity_gb")),
        till.lines("storage.writes", exact(writes, "writes")),
        till.lines("storage.reads", exact(reads, "reads")),
    )
