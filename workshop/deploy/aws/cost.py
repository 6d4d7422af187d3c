"""What a deployed function costs, by the workshop's price card.

As if nothing were free, and at the prices of the card's region: it is in the
words that are shown that a part of each month is free.
"""

from decimal import Decimal

from workshop.billing import aws_lambda
from workshop.billing.bill import usd
from workshop.billing.free_tier import USED_UP
from workshop.billing.price_card import todays
from workshop.billing.usage import Usage
from workshop.deploy.aws.report import Report

# "Amazon CloudWatch Pricing", free tier, read 2026-11: 5 GB of log data.
LOGS = "nothing up to 5 GB of log data a month; a call writes about 300 bytes"
NOTHING = "nothing"
MILLION = 1_000_000


def of_call(report: Report, architecture: str) -> str:
    """What one call has cost, in USD."""
    return usd(_bill(1, report.billed_ms, report.memory_mb, architecture))


def of_million(billed_ms: float, memory_mb: int, architecture: str) -> float:
    """What a million such calls cost, in USD."""
    total = _bill(MILLION, MILLION * billed_ms, memory_mb, architecture)
    return round(float(total), 4)


def of_function(memory_mb: int, architecture: str) -> str:
    """What a function costs while it is there, and when it is called."""
    call = _bill(MILLION, MILLION, memory_mb, architecture)
    return (
        "nothing while nobody calls it; a million calls of 1 ms at "
        f"{memory_mb} MB: USD {usd(call)}, the first million of a month is "
        f"free ({aws_lambda.REGION}, list prices of "
        f"{todays().date})"
    )


def most(calls: int, each_s: int, memory_mb: int, architecture: str) -> str:
    """What so many calls cost if each takes its whole time, in USD."""
    return usd(_bill(calls, calls * each_s * 1000, memory_mb, architecture))


def _bill(
    calls: int, billed_ms: float, memory_mb: int, architecture: str
) -> Decimal:
    usage = Usage.of(calls, billed_ms / 1000)
    bill = aws_lambda.bill(
        usage, memory_mb, architecture=architecture, free=USED_UP
    )
    return bill.total
