"""The comparison of months as tables for a terminal.

No number is ever cut: where the terminal is too narrow, a table goes without
some columns, and where that is not enough, each row is a table of its own.
"""

from collections.abc import Callable, Mapping, Sequence

from rich import box
from rich.console import Console, RenderableType
from rich.measure import Measurement
from rich.table import Table

from workshop.billing import aws_lambda, azure_functions
from workshop.billing.amount import ZERO, grouped
from workshop.billing.bill import note, usd
from workshop.billing.comparison import (
    LONGEST_MS,
    Compared,
    Month,
    task_usd,
)
from workshop.billing.free_tier import USED_UP
from workshop.billing.measured import AZURE, LAMBDA

Columns = Mapping[str, Callable[[Compared], str]]

SPARED = ("MB", "ms", "task from")  # in this order
NO_BILL = "-"

FREE_IS_OFF = (
    "What is always free each month is taken off, from each bill as if it "
    "were the account's only one."
)
ALL_IS_PAID = "Nothing is free: others have used it up."


def show(console: Console, found: Sequence[Compared], month: Month) -> None:
    """Print a table for each platform, and what the numbers rest on."""
    requests = grouped(month.requests)
    for platform, (title, columns) in TABLES.items():
        mine = [one for one in found if one.measured.platform == platform]
        if mine:
            console.print(f"{title}: USD a month for {requests} requests")
            for part in _fitting(console, mine, columns):
                console.print(part)
    for line in notes(found, month):
        console.print(f"- {line}", soft_wrap=True)


def notes(found: Sequence[Compared], month: Month) -> list[str]:
    """What is assumed, in sentences."""
    told = [
        note(month.card.date),
        ALL_IS_PAID if month.free == USED_UP else FREE_IS_OFF,
        "Each call takes as long as the middle one that was measured; "
        f"{grouped(month.cold_percent)} in 100 are cold starts, whose init "
        "Lambda bills.",
        "Arm is taken to be as fast as x86. The APIs stand before x86.",
        "Azure: Consumption with 128 MB; Flex with 2,048, one call at a time "
        "in an instance, each at least 1 s. The storage account is not "
        "counted.",
        "task from: the requests from which the smallest Fargate task, at "
        f"{usd(task_usd(month.card))} for 30 days, costs less than Lambda "
        "with a URL. Whether one task keeps up is another question.",
    ]
    if any(
        name not in one.bills
        for one in found
        if one.measured.platform == LAMBDA
        for name in LONGEST_MS
    ):
        told.append(
            f"{NO_BILL}: no such call. An HTTP API waits at most 30 s for its "
            "function; a REST API 29 s, unless AWS has raised the account's "
            "quota."
        )
    return told


def _fitting(
    console: Console, found: Sequence[Compared], columns: Columns
) -> list[RenderableType]:
    """What the terminal has room for."""
    for count in range(len(SPARED) + 1):
        spared = [name for name in SPARED[:count] if name in columns]
        kept = {name: columns[name] for name in columns if name not in spared}
        table = _table(found, kept)
        wide = console.options.update(max_width=1_000_000)
        if Measurement.get(console, wide, table).maximum <= console.width:
            left_out = f"A wider terminal shows as well: {', '.join(spared)}."
            return [table, left_out] if spared else [table]
    return [part for one in found for part in _stacked(one, columns)]


def _stacked(one: Compared, columns: Columns) -> tuple[str, Table]:
    """A row as a table: a line for each of its columns."""
    table = Table(box=None, show_header=False)
    table.add_column()
    table.add_column(justify="right", overflow="fold")
    for heading, cell in columns.items():
        table.add_row(heading, cell(one))
    row = one.measured
    return f"{row.function}, {row.workload} {row.kernel}".rstrip(), table


def _table(found: Sequence[Compared], columns: Columns) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for heading in ("", "workload"):
        table.add_column(heading, no_wrap=True)
    for heading in columns:
        table.add_column(heading, justify="right", no_wrap=True)
    for one in found:
        row = one.measured
        workload = f"{row.workload} {row.kernel}".rstrip()
        cells = [cell(one) for cell in columns.values()]
        table.add_row(row.function, workload, *cells)
    return table


def _bill(platform: str) -> Callable[[Compared], str]:
    def total(one: Compared) -> str:
        bill = one.bills.get(platform)
        return usd(bill.total) if bill else NO_BILL

    return total


def _task_from(one: Compared) -> str:
    return "never" if one.task_from is None else f"{one.task_from:,}"


def _ms(one: Compared) -> str:
    ms = one.measured.billed_ms or one.measured.warm_ms
    return f"{ms:,.4g}" if ms is not None and ms < 1000 else f"{ms:,.0f}"


TABLES: Mapping[str, tuple[str, Columns]] = {
    LAMBDA: (
        f"AWS Lambda, {aws_lambda.REGION}",
        {
            "MB": lambda one: grouped(one.measured.memory_mb or ZERO),
            "ms": _ms,
            "URL": _bill("lambda-url"),
            "Arm, URL": _bill("lambda-arm"),
            "HTTP API": _bill("lambda-http"),
            "REST API": _bill("lambda-rest"),
            "task from": _task_from,
        },
    ),
    AZURE: (
        f"Azure Functions, {azure_functions.REGION}",
        {
            "ms": _ms,
            "Consumption": _bill("azure-consumption"),
            "Flex": _bill("azure-flex"),
        },
    ),
}
