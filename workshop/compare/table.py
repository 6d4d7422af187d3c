"""The result in the talk's layout, with the talk's figures beside ours."""

from collections.abc import Mapping, Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from workshop.compare.figures import (
    PUBLIC,
    REAL_INIT_MS,
    TALK,
    TALKS_MS,
    language,
)
from workshop.compare.row import Row

TITLES = {"lambda": "AWS Lambda, {} MB", "azure": "Azure Functions"}
COST = "USD a million: warm, without what is free"
COST_ON_AZURE = f"{COST}, if it takes no more memory than the least, 128 MB"

Missing = Mapping[tuple[str, str], str]
"""Why a function has no rows, in two words, by platform and function."""


def show(console: Console, rows: Sequence[Row], missing: Missing) -> None:
    """Print the tables: the talk's by kernel, what is beside it, each Init."""
    for platform in TITLES:
        mine = [one for one in rows if one.platform == platform]
        absent = {
            name: why
            for (where, name), why in missing.items()
            if where == platform
        }
        for kernel in dict.fromkeys(one.kernel for one in mine):
            cells = [one for one in mine if one.kernel == kernel]
            console.print(_title(cells[0]), _table(cells, absent))
        if mine:
            cost = COST if platform == "lambda" else COST_ON_AZURE
            console.print(_details(mine), f"  {cost}.\n")
    if any(_has_init(one) for one in rows):
        title = f"Init, beside that on the real Lambda ({PUBLIC})"
        console.print(title, _inits(rows))


def _title(row: Row) -> str:
    title = f"{TITLES[row.platform].format(row.memory_mb)}, {row.kernel}"
    return title + (f" (in brackets: {TALK})" if _talks(row) else "")


def _talks(row: Row) -> Mapping[str, Mapping[str, float]]:
    """What the talk says of the platform: all of it is brute force."""
    return TALKS_MS[row.platform] if row.kernel == "brute" else {}


def _table(rows: Sequence[Row], absent: Mapping[str, str]) -> Table:
    first = rows[0]
    table = Table(box=box.SIMPLE_HEAD)
    workloads = list(dict.fromkeys(one.workload for one in rows))
    table.add_column("", no_wrap=True)
    for workload in workloads:
        table.add_column(workload, justify="right", no_wrap=True)
    for name in dict.fromkeys(one.function for one in rows):
        cells = {one.workload: one for one in rows if one.function == name}
        told = _talks(first).get(language(name), {})
        cold = [
            _cell(cells[one].cold_ms, told.get("cold"))
            if one in cells and cells[one].cold_ms is not None
            else ""
            for one in workloads
        ]
        if any(cold):
            table.add_row(f"{name} cold", *cold)
        warm = [
            _cell(cells[one].warm_ms, told.get(one)) if one in cells else "-"
            for one in workloads
        ]
        table.add_row(f"{name} warm", *warm)
    for name, why in absent.items():
        table.add_row(name, *[why] * len(workloads))
    return table


def _details(rows: Sequence[Row]) -> Table:
    on_lambda = rows[0].platform == "lambda"
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("warm", no_wrap=True)
    table.add_column("", no_wrap=True)
    headings = ["n", "p95", "least", "most"]
    headings += ["billed", "MB"] if on_lambda else []
    for heading in [*headings, "USD"]:
        table.add_column(heading, justify="right", no_wrap=True)
    first_kernel = rows[0].kernel
    for one in rows:
        if one.spread_ms is None:
            continue
        workload = one.workload
        if workload != "hello":
            workload += f" {one.kernel}"
        elif one.kernel != first_kernel:
            continue
        cells = [str(one.n), _cell(one.p95_ms, None)]
        cells += map(duration, one.spread_ms)
        if on_lambda:
            cells += [duration(one.billed_ms or 0), f"{one.max_memory_mb:g}"]
        cost = f"{one.cost_per_million_usd:,.2f}"
        table.add_row(one.function, workload, *cells, cost)
    return table


def _inits(rows: Sequence[Row]) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    for heading in ("", "here", "first", "real"):
        table.add_column(heading, justify="right" if heading else "left")
    seen = set()
    for one in rows:
        if not _has_init(one) or one.function in seen:
            continue
        seen.add(one.function)
        real = REAL_INIT_MS.get(one.function)
        told = f"{duration(real[1])}, {real[0]}" if real else ""
        times = (_cell(one.init_ms, None), _cell(one.first_ms, None))
        table.add_row(one.function, *times, told)
    return table


def _has_init(row: Row) -> bool:
    return row.platform == "lambda" and row.init_ms is not None


def _cell(ms: float | None, talks_ms: float | None) -> str:
    if ms is None:
        return "-"
    return duration(ms) + (f" ({duration(talks_ms)})" if talks_ms else "")


def duration(ms: float) -> str:
    """A duration with two or three digits."""
    if ms >= 9_999.5:
        return f"{ms / 1000:.0f} s"
    if ms >= 999.5:
        return f"{ms / 1000:.3g} s"
    return f"{ms:.3g} ms" if ms >= 1 else f"{ms:.2g} ms"
