"""The result in the talk's layout, with the talk's figures beside ours."""

from collections.abc import Iterable, Mapping, Sequence

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


def show(rows: Sequence[Row], left_out: Mapping[str, str]) -> None:
    """Print the tables, and what is missing in them."""
    console = Console()
    for platform in TITLES:
        mine = [one for one in rows if one.platform == platform]
        if mine:
            console.print(_table(mine))
    if any(one.init_ms for one in rows if one.platform == "lambda"):
        console.print(_inits(rows))
    for name, why in left_out.items():
        print(f"{name} is left out: {why}")


def _table(rows: Sequence[Row]) -> Table:
    first = rows[0]
    title = TITLES[first.platform].format(first.memory_mb)
    table = Table(
        title=f"{title}, kernel {first.kernel}. In brackets: {TALK}",
        title_justify="left",
    )
    workloads = list(dict.fromkeys(one.workload for one in rows))
    table.add_column("")
    for workload in workloads:
        table.add_column(workload, justify="right")
    for name in dict.fromkeys(one.function for one in rows):
        cells = {one.workload: one for one in rows if one.function == name}
        talk: Mapping[str, float] = {}
        if first.kernel == "brute":
            talk = TALKS_MS[first.platform].get(language(name), {})
        colds = [_of(cells.get(w), "cold_ms") for w in workloads]
        if any(cold is not None for cold in colds):
            shown = [
                _cell(cold, talk.get("cold")) if cold is not None else ""
                for cold in colds
            ]
            table.add_row(f"{name} cold", *shown)
        warms = [
            _cell(_of(cells.get(w), "warm_ms"), talk.get(w)) for w in workloads
        ]
        table.add_row(f"{name} warm", *warms, end_section=True)
    return table


def _inits(rows: Iterable[Row]) -> Table:
    table = Table(
        title=f"Init, beside the real Lambda's ({PUBLIC})",
        title_justify="left",
    )
    for heading in ("", "here", "real"):
        table.add_column(heading, justify="left" if not heading else "right")
    for one in rows:
        if one.platform == "lambda" and one.init_ms is not None:
            real = REAL_INIT_MS.get(one.function)
            told = f"{duration(real[1])}, {real[0]}" if real else ""
            table.add_row(one.function, duration(one.init_ms), told)
    return table


def _of(row: Row | None, field: str) -> float | None:
    value: float | None = getattr(row, field) if row else None
    return value


def _cell(ms: float | None, talks_ms: float | None) -> str:
    if ms is None:
        return "-"
    return duration(ms) + (f" ({duration(talks_ms)})" if talks_ms else "")


def duration(ms: float) -> str:
    """A duration with two or three digits."""
    if ms >= 10_000:
        return f"{ms / 1000:.0f} s"
    if ms >= 1_000:
        return f"{ms / 1000:.1f} s"
    if ms >= 100:
        return f"{ms:.0f} ms"
    return f"{ms:.1f} ms" if ms >= 1 else f"{ms:.2f} ms"
