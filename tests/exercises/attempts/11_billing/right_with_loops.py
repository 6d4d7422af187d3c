# accepted: plain loops and remainders, the free part first, doubling

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

MONTH_S = Decimal(30 * 24 * 3600)


@dataclass
class Price:
    tiers: tuple
    per: Decimal = Decimal(1)
    free: Decimal = Decimal(0)


@dataclass
class Line:
    what: str
    quantity: Decimal
    usd: Decimal


def total(lines):
    usd = Decimal(0)
    for line in lines:
        usd = usd + line.usd
    return usd


def rounded(ms, step, least):
    if ms % step != 0:
        ms = ms - ms % step + step
    return least if ms < least else ms


def amount(quantity, price):
    usd = Decimal(0)
    below = Decimal(0)
    free = price.free
    for up_to, each in price.tiers:
        if quantity <= below:
            break
        part = quantity - below
        if up_to is not None and quantity > up_to:
            part = up_to - below
        given = min(free, part)
        free -= given
        usd += each * (part - given)
        below = up_to
    return usd / price.per


def lambda_month(calls, ms, memory_mb, prices, init_ms=Decimal(0), cold=0):
    one = Decimal(1)
    size = Decimal(memory_mb)
    duration = size * rounded(ms, one, one) * calls / 1024 / 1000
    every = calls - cold
    billed_ms = every * rounded(ms, one, one)
    billed_ms += cold * rounded(ms + init_ms, one, one)
    everything = size * billed_ms / 1024 / 1000
    usd = amount(duration, prices["duration"])
    lines = [Line("requests", Decimal(calls), Decimal(0))]
    lines[0].usd = amount(lines[0].quantity, prices["requests"])
    lines.append(Line("duration", duration, usd))
    rest = amount(everything, prices["duration"]) - usd
    lines.append(Line("init", everything - duration, rest))
    return lines


def tasks_for(calls, ms, busy):
    tasks = 1
    needed_s = calls * ms / 1000
    while tasks * MONTH_S * busy < needed_s:
        tasks += 1
    return tasks


def fargate_month(tasks, vcpu, gb, prices):
    lines = []
    for what, size in {"cpu": vcpu, "memory": gb}.items():
        quantity = size * MONTH_S * tasks
        lines.append(Line(what, quantity, amount(quantity, prices[what])))
    return lines


def cloud_run_month(calls, ms, vcpu, gib, prices, together=1):
    groups = (Decimal(calls) / together).to_integral_value(ROUND_CEILING)
    billed_ms = rounded(ms, Decimal(100), Decimal(100))
    lines = []
    for what, quantity in (
        ("requests", Decimal(calls)),
        ("cpu", groups * billed_ms * vcpu / 1000),
        ("memory", groups * billed_ms * gib / 1000),
    ):
        lines.append(Line(what, quantity, amount(quantity, prices[what])))
    return lines


def break_even(first, second, most=10**12):
    low, high = 0, 1
    while high < most and second(high) >= first(high):
        low, high = high, 2 * high
    high = min(high, most)
    if second(high) >= first(high):
        return None
    while low + 1 < high:
        middle = low + (high - low) // 2
        if second(middle) < first(middle):
            high = middle
        else:
            low = middle
    return high
