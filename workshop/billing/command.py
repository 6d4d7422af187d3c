"""`workshop bill`: from its options to what it prints and writes."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from rich.console import Console

from workshop.billing import measured
from workshop.billing.amount import exact
from workshop.billing.bill import Bill
from workshop.billing.comparison import (
    MOST_REQUESTS,
    Compared,
    Month,
    compare,
)
from workshop.billing.comparison_table import show
from workshop.billing.free_tier import UNUSED, USED_UP
from workshop.billing.price_card import todays
from workshop.errors import WorkshopError

FREE_TIERS = {"unused": UNUSED, "used-up": USED_UP}
STDOUT = Path("-")
WIDTH = 110  # of the tables, in a file or a pipe


@dataclass(frozen=True)
class Options:
    """What the command line says; what it leaves out is empty."""

    rows: Path
    requests: float
    cold_percent: float = 1.0
    free_tier: str = "unused"
    workload: str = ""
    kernel: str = ""
    json: Path | None = None


def main(options: Options) -> int:
    """Price, print, write; the exit status.

    WorkshopError for what cannot be read, priced or written.
    """
    month = _month(options)
    rows = measured.read(options.rows)
    found = compare(
        measured.chosen(rows, options.workload, options.kernel), month
    )
    if not found:
        raise WorkshopError(f"{options.rows} has no row with a warm time.")
    console = Console(stderr=options.json == STDOUT)
    if not console.is_terminal:  # whose width nobody knows
        console = Console(stderr=options.json == STDOUT, width=WIDTH)
    try:
        show(console, found, month)
    except OSError as error:
        raise WorkshopError(
            f"The table cannot be printed: {error.strerror}."
        ) from None
    finally:
        if options.json:
            _write(options.json, as_json(found, month))
    return 0


def _month(options: Options) -> Month:
    if options.free_tier not in FREE_TIERS:
        raise WorkshopError(
            f"--free-tier must be {' or '.join(FREE_TIERS)}, not "
            f"{options.free_tier}."
        )
    requests = exact(options.requests, "--requests-per-month")
    if requests > MOST_REQUESTS:
        raise WorkshopError(
            f"--requests-per-month must be at most {MOST_REQUESTS:,}, not "
            f"{options.requests:g}."
        )
    return Month(
        requests,
        exact(options.cold_percent, "--cold-starts"),
        FREE_TIERS[options.free_tier],
        todays(),
    )


def as_json(found: Sequence[Compared], month: Month) -> str:
    """The bills with their lines, an object for each row; numbers as text."""
    told = {
        "prices": month.card.date.isoformat(),
        "currency": month.card.currency,
        "requests": _text(month.requests),
        "cold_percent": _text(month.cold_percent),
        "rows": [_row(one) for one in found],
    }
    return json.dumps(told, indent=1) + "\n"


def _row(one: Compared) -> dict[str, Any]:
    row = one.measured
    return {
        "platform": row.platform,
        "function": row.function,
        "kernel": row.kernel,
        "workload": row.workload,
        "bills": {name: _bill(bill) for name, bill in one.bills.items()},
        "task_from": one.task_from,
    }


def _bill(bill: Bill) -> dict[str, Any]:
    return {
        "total": _text(bill.total),
        "lines": [
            {
                "what": line.what,
                "quantity": _text(line.quantity),
                "free": _text(line.free),
                "unit": line.unit,
                "price": _text(line.price),
                "per": _text(line.per),
                "amount": _text(line.amount),
            }
            for line in bill.lines
        ],
    }


def _text(number: Decimal) -> str:
    return f"{number.normalize():f}"


def _write(path: Path, text: str) -> None:
    try:
        if path == STDOUT:
            print(text, end="", flush=True)
            return
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise WorkshopError(
            f"{path} cannot be written: {error.strerror}."
        ) from None
