"""The rows of a comparison, as far as a bill needs them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from workshop.billing.amount import exact
from workshop.billing.aws_lambda import LEAST_MB, MOST_MB
from workshop.errors import WorkshopError

LAMBDA, AZURE = "lambda", "azure"
HELLO = "hello"  # needs no kernel
LONGEST_MS = 900_000  # `workshop compare` gives no call more, on Azure either


@dataclass(frozen=True)
class Measured:
    """One function with one workload. Times in ms; None: not measured."""

    platform: str
    function: str
    kernel: str
    workload: str
    memory_mb: Decimal | None  # as configured on Lambda
    warm_ms: Decimal | None
    billed_ms: Decimal | None  # a warm one on Lambda
    init_ms: Decimal | None  # of the function, with whatever workload


def read(path: Path) -> list[Measured]:
    """The rows of `workshop compare --json`, those with a warm time.

    The rows of hello stand for each kernel: here they stand once, for none.
    WorkshopError tells what is wrong in the file, and in which row.
    """
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise WorkshopError(
            f"{path} cannot be read: {error.strerror}. `workshop compare "
            "--json FILE` writes one."
        ) from None
    except ValueError as error:
        raise WorkshopError(f"{path} is not JSON: {error}.") from None
    if not isinstance(told, list):
        raise WorkshopError(
            f"{path} is no list of rows, as `workshop compare --json` writes."
        )
    rows = [
        _row(entry, f"{path}, row {number}")
        for number, entry in enumerate(told, 1)
    ]
    inits = {
        (row.platform, row.function): row.init_ms
        for row in rows
        if row.init_ms is not None
    }
    found: dict[tuple[str, str, str, str], Measured] = {}
    for row in rows:
        if row.warm_ms is None:
            continue
        kernel = "" if row.workload == HELLO else row.kernel
        key = row.platform, row.function, row.workload, kernel
        init_ms = inits.get((row.platform, row.function))
        found.setdefault(key, replace(row, kernel=kernel, init_ms=init_ms))
    return list(found.values())


def chosen(
    rows: Sequence[Measured], workload: str, kernel: str
) -> list[Measured]:
    """Those of a workload and of a kernel; empty: of all.

    WorkshopError for a name that no row has.
    """
    _expect("workload", workload, [row.workload for row in rows])
    kernels = [row.kernel for row in rows if row.kernel]
    _expect("kernel", kernel, kernels)
    return [
        row
        for row in rows
        if workload in ("", row.workload)
        and (not kernel or row.kernel in ("", kernel))
    ]


def _expect(what: str, name: str, known: list[str]) -> None:
    there = list(dict.fromkeys(known))
    if name and name not in there:
        raise WorkshopError(
            f"There is no {what} {name} in it. There are: {', '.join(there)}."
        )


def _row(entry: Any, where: str) -> Measured:
    if not isinstance(entry, dict):
        raise WorkshopError(f"{where} is no object.")
    for name in (field.name for field in fields(Measured)):
        if name not in entry:
            raise WorkshopError(f"{where} has no {name}.")
    if entry["platform"] not in (LAMBDA, AZURE):
        raise WorkshopError(
            f"{where}: there is no platform {entry['platform']}: "
            f"{LAMBDA} or {AZURE}."
        )

    def number(name: str) -> Decimal | None:
        value = entry[name]
        return None if value is None else exact(value, f"{where}: {name}")

    row = Measured(
        entry["platform"],
        str(entry["function"]),
        str(entry["kernel"]),
        str(entry["workload"]),
        number("memory_mb"),
        number("warm_ms"),
        number("billed_ms"),
        number("init_ms"),
    )
    for name in ("warm_ms", "billed_ms", "init_ms"):
        if (getattr(row, name) or 0) > LONGEST_MS:
            raise WorkshopError(
                f"{where}: {name} must be at most {LONGEST_MS:,}, the 15 "
                "minutes that Lambda gives a call."
            )
    if row.platform == LAMBDA and row.warm_ms is not None:
        for name in ("memory_mb", "billed_ms"):
            if getattr(row, name) is None:
                raise WorkshopError(f"{where}: on Lambda it needs a {name}.")
        memory_mb = row.memory_mb or 0
        if memory_mb % 1 or not LEAST_MB <= memory_mb <= MOST_MB:
            raise WorkshopError(
                f"{where}: memory_mb must be a whole number from {LEAST_MB} "
                f"to {MOST_MB:,}, not {memory_mb}."
            )
    return row
