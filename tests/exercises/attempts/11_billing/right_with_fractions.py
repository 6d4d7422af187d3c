# accepted: fractions inside, named tuples, a generator of tiers, bisect

from bisect import bisect_left
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

MONTH_S = 2_592_000


class Price(NamedTuple):
    tiers: tuple
    per: Decimal = Decimal(1)
    free: Decimal = Decimal(0)


class Line(NamedTuple):
    what: str
    quantity: Decimal
    usd: Decimal


def total(lines):
    return sum((line.usd for line in lines), Decimal(0))


def decimal(fraction):
    return Decimal(fraction.numerator) / fraction.denominator


def up(value):
    return -(-value.numerator // value.denominator)


def rounded(ms, step, least):
    steps = up(Fraction(ms) / Fraction(step))
    return decimal(max(Fraction(least), steps * Fraction(step)))


def parts(quantity, price):
    """How much of the quantity lies in each tier, without what is free."""
    ends = [
        quantity if up_to is None else min(up_to, quantity)
        for up_to, _ in price.tiers
    ]
    begins = [Decimal(0), *ends[:-1]]
    for begin, end, (_, each) in zip(begins, ends, price.tiers, strict=True):
        yield max(0, end - max(begin, price.free)), each


def amount(quantity, price):
    usd = sum(
        Fraction(part) * Fraction(each)
        for part, each in parts(quantity, price)
    )
    return decimal(usd / Fraction(price.per))


def line(what, quantity, price):
    return Line(what, quantity, amount(quantity, price))


def lambda_month(calls, ms, memory_mb, prices, init_ms=Decimal(0), cold=0):
    def gb_s(count, each):
        return decimal(Fraction(count * memory_mb * each) / 1_024_000)

    warm = rounded(ms, 1, 1)
    more = rounded(ms + init_ms, 1, 1) - warm
    first = line("duration", gb_s(calls, warm), prices["duration"])
    init = gb_s(cold, more)
    whole = amount(first.quantity + init, prices["duration"])
    return (
        line("requests", Decimal(calls), prices["requests"]),
        first,
        Line("init", init, whole - first.usd),
    )


def tasks_for(calls, ms, busy):
    one = MONTH_S * Fraction(busy)
    return up(Fraction(calls) * Fraction(ms) / 1000 / one) or 1


def fargate_month(tasks, vcpu, gb, prices):
    return [
        line(what, tasks * MONTH_S * size, prices[what])
        for what, size in (("cpu", vcpu), ("memory", gb))
    ]


def cloud_run_month(calls, ms, vcpu, gib, prices, together=1):
    hundreds = -(-calls // together) * rounded(ms / 100, 1, 1)
    return [
        line("requests", Decimal(calls), prices["requests"]),
        line("cpu", hundreds * vcpu / 10, prices["cpu"]),
        line("memory", hundreds * gib / 10, prices["memory"]),
    ]


def break_even(first, second, most=10**12):
    requests = range(1, most + 1)
    at = bisect_left(requests, True, key=lambda n: second(n) < first(n))
    return requests[at] if at < most else None
