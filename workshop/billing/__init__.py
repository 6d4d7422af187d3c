"""What serverless costs: dated price cards, and bills a line at a time."""

from workshop.billing.bill import Bill, Line
from workshop.billing.free_tier import UNUSED, USED_UP, FreeTier
from workshop.billing.usage import Rounding, Usage

__all__ = [
    "UNUSED",
    "USED_UP",
    "Bill",
    "FreeTier",
    "Line",
    "Rounding",
    "Usage",
]
