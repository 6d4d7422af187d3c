"""What is free each month, and how much of it is left.

What is free is free once for an account: several functions share it, so a
bill says how much of it others have used.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from workshop.billing.amount import ZERO, Number, exact, less
from workshop.billing.price_card import ALWAYS, FIRST_YEAR, Price


@dataclass(frozen=True)
class FreeTier:
    """Which free amounts count, and what others have used of them.

    `used`: by pool, such as {"lambda GB-s": 300_000}; in units of the price.
    """

    used: Mapping[str, Number] = field(default_factory=dict)
    whom: frozenset[str] = frozenset({ALWAYS})

    def left(self, price: Price) -> Decimal:
        """How many units of a price are still free this month."""
        free = price.free
        if not free or free.whom not in self.whom:
            return ZERO
        used = exact(self.used.get(free.pool, 0), f"What is used: {free.pool}")
        return max(ZERO, less(free.amount, used))


UNUSED = FreeTier()
"""All that is always free, and none of it used."""
FIRST_YEARS = FreeTier(whom=frozenset({ALWAYS, FIRST_YEAR}))
"""The same, and what is free in the first twelve months of an account."""
USED_UP = FreeTier(whom=frozenset())
"""Nothing is free: others have used it, or it does not count here."""
