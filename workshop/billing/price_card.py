"""The price card: a dated file of list prices, each with its source.

`prices.json` is data: an object with the date on which it was last checked,
its currency, and its prices. A price has

- an id, the region it holds in, and what it is for;
- the unit that is counted, and for how many of them it holds (`per`);
- its tiers: the price up to so many units a month, the last without a limit;
- where a part is free: how many units a month, which other prices share
  them (`pool`), and for whom: "always" or "first year" of an account;
- its source: the title of a page of the provider, and when it was read;
- a note, where there is something to know about it.

Numbers are text, so that they are what is written there.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from workshop.billing.amount import ZERO, exact
from workshop.errors import WorkshopError

FILE = Path(__file__).with_name("prices.json")
ALWAYS, FIRST_YEAR = "always", "first year"


@dataclass(frozen=True)
class Tier:
    """A price, and the unit of the month up to which it holds."""

    up_to: Decimal | None  # no limit
    price: Decimal


@dataclass(frozen=True)
class Free:
    """What is free each month, in units of the price."""

    amount: Decimal
    pool: str  # the name of what several prices share
    whom: str = ALWAYS


@dataclass(frozen=True)
class Source:
    """Where a price stands, and when it was read there."""

    title: str
    read: date


@dataclass(frozen=True)
class Price:
    """What something costs in one region."""

    id: str
    region: str
    what: str
    unit: str
    per: Decimal  # so many units
    tiers: tuple[Tier, ...]
    free: Free | None
    source: Source
    note: str = ""


@dataclass(frozen=True)
class PriceCard:
    """List prices of one day, by id and region."""

    date: date
    currency: str
    prices: Mapping[tuple[str, str], Price]

    def price(self, id: str, region: str) -> Price:
        """One price. WorkshopError where the card has none."""
        found = self.prices.get((id, region))
        if found:
            return found
        regions = self.regions(id)
        if not regions:
            raise WorkshopError(f"The price card has no price {id}.")
        raise WorkshopError(
            f"The price card has no price {id} for the region {region}. "
            f"It has: {', '.join(regions)}."
        )

    def regions(self, id: str) -> list[str]:
        """The regions that have a price."""
        return sorted(region for name, region in self.prices if name == id)

    @property
    def pools(self) -> list[str]:
        """The names of what is free, for `FreeTier.used`."""
        found = (price.free for price in self.prices.values())
        return sorted({free.pool for free in found if free})


@cache
def todays() -> PriceCard:
    """The workshop's own card."""
    return load(FILE)


def load(path: Path) -> PriceCard:
    """Read a card. WorkshopError names what is wrong in it, and where."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise WorkshopError(
            f"{path} cannot be read: {error.strerror}."
        ) from None
    except ValueError as error:
        raise WorkshopError(f"{path} is not JSON: {error}.") from None
    try:
        day, currency = date.fromisoformat(told["date"]), told["currency"]
        entries = list(told["prices"])
    except (KeyError, TypeError, ValueError) as error:
        raise WorkshopError(
            f"{path} needs a date such as 2026-11-28, a currency and prices: "
            f"{type(error).__name__}, {error}."
        ) from None
    prices: dict[tuple[str, str], Price] = {}
    for number, entry in enumerate(entries, 1):
        price = _price(entry, f"{path}, {_name(entry, number)}")
        if (price.id, price.region) in prices:
            raise WorkshopError(
                f"{path}, {price.id}: it stands twice for {price.region}."
            )
        prices[price.id, price.region] = price
    return PriceCard(day, currency, prices)


def _name(entry: Any, number: int) -> str:
    """How an error names an entry: by its id, or else by its place."""
    if isinstance(entry, dict) and "id" in entry:
        return str(entry["id"])
    return f"price number {number}"


def _price(entry: Any, where: str) -> Price:
    try:
        free = entry.get("free")
        price = Price(
            _text(entry, "id"),
            _text(entry, "region"),
            _text(entry, "what"),
            _text(entry, "unit"),
            _number(entry, "per"),
            tuple(_tier(tier) for tier in entry["tiers"]),
            _free(free) if free else None,
            Source(
                _text(entry["source"], "title"),
                date.fromisoformat(entry["source"]["read"]),
            ),
            str(entry.get("note", "")),
        )
    except KeyError as error:
        raise WorkshopError(f"{where}: it has no {error}.") from None
    except (AttributeError, TypeError, ValueError, WorkshopError) as error:
        raise WorkshopError(f"{where}: {error}") from None
    if not price.per:
        raise WorkshopError(f"{where}: per must be more than nothing.")
    _check_tiers(price.tiers, where)
    return price


def _text(entry: dict[str, Any], name: str) -> str:
    value = entry[name]
    if not isinstance(value, str) or not value:
        raise WorkshopError(f"{name} must be text, not {value!r}.")
    return value


def _number(entry: dict[str, Any], name: str) -> Decimal:
    return exact(_text(entry, name), name)


def _tier(tier: dict[str, Any]) -> Tier:
    limit = None if tier["up_to"] is None else _number(tier, "up_to")
    return Tier(limit, _number(tier, "price"))


def _free(free: dict[str, Any]) -> Free:
    whom = free["whom"]
    if whom not in (ALWAYS, FIRST_YEAR):
        raise WorkshopError(
            f"whom must be {ALWAYS!r} or {FIRST_YEAR!r}, not {whom!r}."
        )
    return Free(_number(free, "amount"), _text(free, "pool"), whom)


def _check_tiers(tiers: tuple[Tier, ...], where: str) -> None:
    limits = [tier.up_to for tier in tiers]
    if not limits or limits[-1] is not None:
        raise WorkshopError(f"{where}: its last tier must have no limit.")
    below = ZERO
    for limit in limits[:-1]:
        if limit is None or limit <= below:
            raise WorkshopError(f"{where}: each tier must end above the last.")
        below = limit
