# rejected by test_many_months_are_as_the_workshop_bills_them: no float

"""A month's bill: what is metered, what of it is free, what is to pay."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import ceil

MONTH_S = Decimal(30 * 24 * 3600)


@dataclass(frozen=True)
class Price:
    """USD for `per` units, by tiers: each is (up to so many units, USD)."""

    tiers: tuple[tuple[Decimal | None, Decimal], ...]  # None: without an end
    per: Decimal = Decimal(1)
    free: Decimal = Decimal(0)  # so many units a month


@dataclass(frozen=True)
class Line:
    """One line of a bill."""

    what: str
    quantity: Decimal
    usd: Decimal


Prices = Mapping[str, Price]
# What a month costs, in USD, by its number of requests.
Cost = Callable[[int], Decimal]


def total(lines: Iterable[Line]) -> Decimal:
    """The sum of the lines, in USD."""
    return sum((line.usd for line in lines), Decimal(0))


def rounded(ms: Decimal, step: Decimal, least: Decimal) -> Decimal:
    """The duration that is billed, in ms."""
    steps, rest = divmod(ms, step)
    return max(least, (steps + 1 if rest else steps) * step)


def amount(quantity: Decimal, price: Price) -> Decimal:
    """What a month's quantity costs, in USD."""
    usd, begin = Decimal(0), price.free
    for up_to, each in price.tiers:
        end = quantity if up_to is None else min(quantity, up_to)
        if end > begin:
            usd += (end - begin) * each / price.per
            begin = end
    return usd


def lambda_month(
    calls: int,
    ms: Decimal,
    memory_mb: int,
    prices: Prices,
    init_ms: Decimal = Decimal(0),
    cold: int = 0,
) -> list[Line]:
    """A month of calls, so many of them cold."""
    least = Decimal(1)
    gb = Decimal(round(memory_mb / 1024, 3))
    warm_ms = rounded(ms, least, least)
    cold_ms = rounded(init_ms + ms, least, least)
    duration = calls * warm_ms / 1000 * gb
    init = cold * (cold_ms - warm_ms) / 1000 * gb
    alone = amount(duration, prices["duration"])
    both = amount(duration + init, prices["duration"])
    requests = amount(Decimal(calls), prices["requests"])
    return [
        Line("requests", Decimal(calls), requests),
        Line("duration", duration, alone),
        Line("init", init, both - alone),
    ]


def tasks_for(calls: int, ms: Decimal, busy: Decimal) -> int:
    """How many tasks keep up with the calls of a month."""
    return max(1, ceil(calls * ms / 1000 / (MONTH_S * busy)))


def fargate_month(
    tasks: int, vcpu: Decimal, gb: Decimal, prices: Prices
) -> list[Line]:
    """A month of tasks of this size: `cpu` and `memory`."""
    cpu = tasks * MONTH_S * vcpu
    memory = tasks * MONTH_S * gb
    return [
        Line("cpu", cpu, amount(cpu, prices["cpu"])),
        Line("memory", memory, amount(memory, prices["memory"])),
    ]


def cloud_run_month(
    calls: int,
    ms: Decimal,
    vcpu: Decimal,
    gib: Decimal,
    prices: Prices,
    together: int = 1,
) -> list[Line]:
    """A month of calls, so many at a time in an instance."""
    groups = ceil(Decimal(calls) / together)
    seconds = groups * rounded(ms, Decimal(100), Decimal(100)) / 1000
    quantities = {
        "requests": Decimal(calls),
        "cpu": seconds * vcpu,
        "memory": seconds * gib,
    }
    return [
        Line(what, quantity, amount(quantity, prices[what]))
        for what, quantity in quantities.items()
    ]


def break_even(first: Cost, second: Cost, most: int = 10**12) -> int | None:
    """The fewest requests at which the second costs less, if it does."""

    def is_cheaper(requests: int) -> bool:
        return second(requests) < first(requests)

    if not is_cheaper(most):
        return None
    low, high = 0, most
    while high - low > 1:
        middle = (low + high) // 2
        if is_cheaper(middle):
            high = middle
        else:
            low = middle
    return high
