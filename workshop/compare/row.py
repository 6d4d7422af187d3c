"""The rows of the result, one for a cell of the table: as JSON, as CSV."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from statistics import median, quantiles

from workshop.billing import aws_lambda, azure_functions
from workshop.billing.free_tier import USED_UP
from workshop.billing.usage import Usage
from workshop.compare.catalogue import Contender
from workshop.compare.sample import COLD, WARM, Samples
from workshop.compare.schedule import cell
from workshop.compare.workloads import Workload

MILLION = 1_000_000
ENOUGH = 20  # invocations, for a p95


@dataclass(frozen=True)
class Row:
    """One function with one workload. Times in ms, medians; None: not told.

    On Azure nothing tells how much memory is billed: the cost takes it for
    the least, 128 MB. What the app really takes there includes the host.
    """

    platform: str
    memory_mb: int | None
    function: str
    kernel: str
    workload: str
    cold_ms: float | None  # Init and the first invocation together
    init_ms: float | None
    first_ms: float | None
    warm_ms: float | None
    p95_ms: float | None  # of the warm ones, if they are enough for one
    n: int  # warm ones
    billed_ms: float | None  # a warm one
    max_memory_mb: float | None
    cost_per_million_usd: float | None  # of warm ones
    spread_ms: tuple[float, float] | None  # least and most; not in the files


FIELDS = [one.name for one in fields(Row) if one.name != "spread_ms"]


def rows(
    samples: Samples,
    contender: Contender,
    workloads: Sequence[Workload],
    kernels: Iterable[str],
    memory_mb: int,
) -> Iterator[Row]:
    """The rows of a function, from what has been measured of it so far.

    A workload that needs no kernel is in the rows of each: so each kernel's
    rows make a whole table.
    """
    for kernel in kernels:
        for workload in workloads:
            if workload.kernel not in ("", kernel):
                continue
            row = _row(samples, contender, workload, kernel, memory_mb)
            if row.n or row.cold_ms is not None:
                yield row


def _row(
    samples: Samples,
    contender: Contender,
    workload: Workload,
    kernel: str,
    memory_mb: int,
) -> Row:
    cold = samples.of(cell(contender, workload, COLD))
    warm = samples.of(cell(contender, workload, WARM))
    durations = [one.duration_ms for one in warm]
    billed = _median([one.billed_ms for one in warm if one.billed_ms])
    peak_mb = max((one.max_memory_mb for one in [*cold, *warm]), default=0.0)
    warm_ms = _median(durations)
    if contender.platform == "lambda":
        cost = _on_lambda(memory_mb, billed)
    else:
        cost = _on_azure(warm_ms)
    return Row(
        contender.platform,
        memory_mb if contender.platform == "lambda" else None,
        contender.name,
        kernel,
        workload.name,
        _median([one.init_ms + one.duration_ms for one in cold]),
        _median([one.init_ms for one in cold]),
        _median([one.duration_ms for one in cold]),
        warm_ms,
        _p95(durations),
        len(warm),
        billed,
        peak_mb or None,
        cost,
        (min(durations), max(durations)) if durations else None,
    )


def _median(values: Sequence[float]) -> float | None:
    return round(median(values), 3) if values else None


def _p95(values: Sequence[float]) -> float | None:
    """None for fewer than 20: of those, none is one in twenty."""
    if len(values) < ENOUGH:
        return None
    return round(quantiles(values, n=20, method="inclusive")[-1], 3)


def _on_lambda(memory_mb: int, billed_ms: float | None) -> float | None:
    """What a million warm invocations cost, in USD, without what is free."""
    if billed_ms is None:
        return None
    usage = Usage.of(MILLION, MILLION * billed_ms / 1000)
    bill = aws_lambda.bill(usage, memory_mb, free=USED_UP)
    return float(round(bill.total, 4))


def _on_azure(warm_ms: float | None) -> float | None:
    """The same on Azure, if it takes no more memory than the least."""
    if warm_ms is None:
        return None
    rounding = azure_functions.CONSUMPTION_ROUNDING
    usage = Usage.per_call(rounding, MILLION, warm_ms)
    bill = azure_functions.consumption(usage, free=USED_UP)
    return float(round(bill.total, 4))


def as_json(found: Iterable[Row]) -> str:
    """The rows as a list of objects."""
    return json.dumps([_told(one) for one in found], indent=1) + "\n"


def as_csv(found: Iterable[Row]) -> str:
    """The rows as a table for a spreadsheet; nothing where nothing is told."""
    text = io.StringIO()
    writer = csv.DictWriter(text, FIELDS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(map(_told, found))
    return text.getvalue()


def _told(row: Row) -> dict[str, object]:
    return {name: getattr(row, name) for name in FIELDS}
