"""From a quantity to the lines of a bill: the free part, then the tiers."""

from dataclasses import dataclass
from decimal import Decimal

from workshop.billing.amount import ZERO, less, total
from workshop.billing.bill import Bill, Line
from workshop.billing.free_tier import FreeTier
from workshop.billing.price_card import Price, PriceCard, todays
from workshop.errors import WorkshopError

Lines = tuple[Line, ...]


@dataclass(frozen=True)
class Till:
    """Where a platform's quantities are priced."""

    region: str
    free: FreeTier
    card: PriceCard

    @classmethod
    def of(cls, region: str, free: FreeTier, card: PriceCard | None) -> "Till":
        """One with the given card, or with the workshop's own.

        WorkshopError where the card knows nothing of what is said to be used.
        """
        card = card or todays()
        for pool in free.used:
            if pool not in card.pools:
                raise WorkshopError(
                    f"Nothing is free by the name of {pool}. "
                    f"There are: {', '.join(card.pools)}."
                )
        return cls(region, free, card)

    def lines(
        self, id: str, quantity: Decimal, before: Decimal = ZERO, of: str = ""
    ) -> Lines:
        """The lines for a quantity of what has that price.

        `before`: what the same bill has of it already; `of`: what of.
        """
        price = self.card.price(id, self.region)
        return charge(price, quantity, self.free.left(price), before, of)

    def bill(self, platform: str, *parts: Lines) -> Bill:
        """The bill with all the lines."""
        lines = tuple(line for part in parts for line in part)
        return Bill(platform, lines, self.card.date)


def charge(
    price: Price,
    quantity: Decimal,
    free: Decimal = ZERO,
    before: Decimal = ZERO,
    of: str = "",
) -> Lines:
    """A line for each tier that the quantity reaches, at least one.

    What is free is the first of the month, so of the lowest tier. `before`
    units have been charged already this month.
    """
    what = f"{price.what}: {of}" if of else price.what
    lines = []
    begin, end = before, total(before, quantity)
    for tier in price.tiers:
        limit = end if tier.up_to is None else min(end, tier.up_to)
        if limit > begin:
            part = max(ZERO, less(min(limit, free), begin))
            lines.append(
                _line(price, tier.price, what, less(limit, begin), part)
            )
            begin = limit
    return tuple(lines) or (
        _line(price, price.tiers[0].price, what, ZERO, ZERO),
    )


def _line(
    price: Price, each: Decimal, what: str, quantity: Decimal, free: Decimal
) -> Line:
    return Line(what, quantity, price.unit, each, price.per, free)
