"""The figures of a deployed function and of the local Lambda, side by side."""

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from workshop.compare.table import duration
from workshop.deploy.aws import cost
from workshop.deploy.aws.invocation import Invocation

WIDTH = 110  # in a file or a pipe
HEADINGS = ("init", "duration", "billed", "MB used", "USD")


def show(
    console: Console,
    deployed: Sequence[Invocation],
    here: Sequence[Invocation],
    architecture: str,
) -> None:
    """Print a row for each call on either side; `here` may be empty."""
    if not console.is_terminal:
        console = Console(width=WIDTH, file=console.file)
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("event", no_wrap=True)
    table.add_column("", no_wrap=True)
    for heading in HEADINGS:
        table.add_column(heading, justify="right", no_wrap=True)
    for index, one in enumerate(deployed):
        table.add_row(one.event, "deployed", *_cells(one, architecture))
        if here:
            cells = _cells(here[index], architecture)
            table.add_row("", "local", *cells)
    console.print(table)


def _cells(one: Invocation, architecture: str) -> list[str]:
    report = one.report
    if report is None:
        return ["no REPORT"]
    return [
        duration(report.init_ms) if report.init_ms is not None else "",
        duration(report.duration_ms),
        f"{report.billed_ms:g} ms",
        str(report.max_memory_mb),
        cost.of_call(report, architecture),
    ]
