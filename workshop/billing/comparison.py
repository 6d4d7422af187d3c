"""What a month costs of everything that was compared, on each platform.

What is assumed: the calls come one at a time, each takes as long as the
middle one that was measured, and a share of them are cold starts. Arm is
taken to be as fast as x86. Azure tells no memory: Consumption is billed for
the least, 128 MB, and Flex for 2,048, whose one CPU is what was measured.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from workshop.billing import (
    api_gateway,
    aws_lambda,
    azure_functions,
    fargate,
)
from workshop.billing.amount import ZERO, exact, less, ratio, times, total
from workshop.billing.bill import Bill
from workshop.billing.break_even import break_even
from workshop.billing.free_tier import FreeTier
from workshop.billing.measured import LAMBDA, Measured
from workshop.billing.platforms import PLATFORMS, Size
from workshop.billing.price_card import PriceCard
from workshop.billing.usage import MS, Rounding, Usage
from workshop.errors import WorkshopError

ON_LAMBDA = ("lambda-url", "lambda-arm", "lambda-http", "lambda-rest")
ON_AZURE = ("azure-consumption", "azure-flex")
AZURE_MB = {
    "azure-consumption": azure_functions.STEP_MB,
    "azure-flex": azure_functions.FLEX_MB[1],
}
LONGEST_MS = {
    "lambda-http": api_gateway.HTTP_LONGEST_MS,
    "lambda-rest": api_gateway.REST_LONGEST_MS,
}
MOST_REQUESTS = 10**15  # a month; exact for every price
PERCENT = Decimal(100)
MONTH_S = 30 * 24 * 3600


@dataclass(frozen=True)
class Month:
    """So many requests, and what is free for them.

    `cold_percent`: of the requests, how many start an environment.
    """

    requests: Decimal
    cold_percent: Decimal
    free: FreeTier
    card: PriceCard

    def __post_init__(self) -> None:
        exact(self.requests, "The number of requests a month")
        if exact(self.cold_percent, "The share of cold starts") > PERCENT:
            raise WorkshopError(
                f"The share of cold starts must be at most 100 percent, not "
                f"{self.cold_percent}."
            )

    def with_requests(self, requests: int) -> "Month":
        """The same with another number of requests."""
        return Month(
            Decimal(requests), self.cold_percent, self.free, self.card
        )


@dataclass(frozen=True)
class Compared:
    """A month of one function with one workload.

    A platform that breaks off calls as long as these has no bill.
    `task_from`: the requests a month from which the smallest task on Fargate
    that runs all month costs less than Lambda with a URL; None: there are
    none, or it is not asked.
    """

    measured: Measured
    bills: dict[str, Bill]  # by the names of platforms
    task_from: int | None


def compare(rows: Sequence[Measured], month: Month) -> list[Compared]:
    """The bills of each row, in the order of the rows."""
    return [
        Compared(
            row,
            {name: _bill(name, row, month) for name in _names(row)},
            _task_from(row, month) if row.platform == LAMBDA else None,
        )
        for row in rows
    ]


def task_usd(card: PriceCard) -> Decimal:
    """What the smallest task on Fargate costs for 30 days."""
    usage = Usage.of_instances(fargate.ROUNDING, 1, MONTH_S)
    return fargate.bill(usage, card=card).total


def _names(row: Measured) -> list[str]:
    warm_ms = row.warm_ms or ZERO
    return [
        name
        for name in (ON_LAMBDA if row.platform == LAMBDA else ON_AZURE)
        if warm_ms <= LONGEST_MS.get(name, warm_ms)
    ]


def _bill(name: str, row: Measured, month: Month) -> Bill:
    if row.platform == LAMBDA:
        memory_mb = int(row.memory_mb or 0)
        usage = _lambda_usage(row, month)
    else:
        memory_mb = AZURE_MB[name]
        usage = _azure_usage(row, month, PLATFORMS[name].rounding)
    return PLATFORMS[name].bill(usage, Size(memory_mb), month.free, month.card)


def _lambda_usage(row: Measured, month: Month) -> Usage:
    """Lambda has told what it bills of a warm one; a cold one adds its init.

    The two are rounded up together.
    """
    warm_ms, billed_ms = row.warm_ms or ZERO, row.billed_ms or ZERO
    cold = ratio(times(month.requests, month.cold_percent), PERCENT)
    rounded = aws_lambda.ROUNDING(total(warm_ms, row.init_ms or ZERO))
    more_ms = less(rounded, aws_lambda.ROUNDING(warm_ms))
    return Usage(
        month.requests,
        ratio(times(month.requests, billed_ms), MS),
        ratio(times(cold, more_ms), MS),
    )


def _azure_usage(row: Measured, month: Month, rounding: Rounding) -> Usage:
    return Usage.per_call(rounding, month.requests, row.warm_ms or ZERO)


def _task_from(row: Measured, month: Month) -> int | None:
    task = task_usd(month.card)

    def on_lambda(requests: int) -> Decimal:
        return _bill("lambda-url", row, month.with_requests(requests)).total

    return break_even(on_lambda, lambda _: task)
