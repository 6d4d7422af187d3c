"""The rows of the result, one for a cell of the table: as JSON, as CSV."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from statistics import median, quantiles

from workshop.compare.sample import COLD, WARM, Sample, Samples

# USD. "AWS Lambda Pricing", us-east-1, x86, read 2026-11: a GB-second, and a
# million requests. "Azure Functions pricing", Consumption, read 2026-11.
LAMBDA_GB_S, LAMBDA_MILLION = 0.0000166667, 0.20
AZURE_GB_S, AZURE_MILLION = 0.000016, 0.20
AZURE_LEAST_MS, AZURE_LEAST_GB = 100, 0.125


@dataclass(frozen=True)
class Row:
    """One function with one workload. Times in ms, medians; None: not told."""

    platform: str
    memory_mb: int | None
    function: str
    kernel: str
    workload: str
    cold_ms: float | None
    init_ms: float | None
    first_ms: float | None
    warm_ms: float | None
    p95_ms: float | None
    n: int  # warm invocations
    billed_ms: float | None
    max_memory_mb: float | None
    cost_per_million_usd: float | None


def row(
    samples: Samples,
    platform: str,
    function: str,
    workload: str,
    kernel: str,
    memory_mb: int,
) -> Row:
    """The row of a cell, from what has been measured of it so far."""
    cold = samples.of(platform, function, workload, COLD)
    warm = samples.of(platform, function, workload, WARM)
    durations = [one.duration_ms for one in warm]
    billed = _median([one.billed_ms for one in warm if one.billed_ms])
    peak = max((one.max_memory_mb for one in [*cold, *warm]), default=0.0)
    warm_ms = _median(durations)
    on_lambda = platform == "lambda"
    return Row(
        platform,
        memory_mb if on_lambda else None,
        function,
        kernel,
        workload,
        _median([one.init_ms + one.duration_ms for one in cold]),
        _median([one.init_ms for one in cold]),
        _median([one.duration_ms for one in cold]),
        warm_ms,
        _p95(durations),
        len(warm),
        billed,
        peak or None,
        _cost(on_lambda, memory_mb, billed, warm_ms),
    )


def _median(values: Sequence[float]) -> float | None:
    return round(median(values), 3) if values else None


def _p95(values: Sequence[float]) -> float | None:
    if len(values) < 2:
        return round(values[0], 3) if values else None
    return round(quantiles(values, n=20, method="inclusive")[-1], 3)


def _cost(
    on_lambda: bool,
    memory_mb: int,
    billed_ms: float | None,
    warm_ms: float | None,
) -> float | None:
    """A million warm invocations, in USD, without what is free."""
    if on_lambda and billed_ms is not None:
        gb_s = memory_mb / 1024 * billed_ms / 1000
        return round(LAMBDA_MILLION + 1e6 * gb_s * LAMBDA_GB_S, 4)
    if not on_lambda and warm_ms is not None:
        gb_s = AZURE_LEAST_GB * max(warm_ms, AZURE_LEAST_MS) / 1000
        return round(AZURE_MILLION + 1e6 * gb_s * AZURE_GB_S, 4)
    return None


def as_json(rows: Iterable[Row]) -> str:
    """The rows as a list of objects."""
    return json.dumps([asdict(one) for one in rows], indent=1) + "\n"


def as_csv(rows: Iterable[Row]) -> str:
    """The rows as a table for a spreadsheet; nothing where nothing is told."""
    text = io.StringIO()
    writer = csv.DictWriter(
        text, [one.name for one in fields(Row)], lineterminator="\n"
    )
    writer.writeheader()
    writer.writerows(asdict(one) for one in rows)
    return text.getvalue()


def spread(samples: Iterable[Sample]) -> tuple[float, float]:
    """The least and the most of some durations, in ms."""
    durations = [one.duration_ms for one in samples]
    return min(durations), max(durations)
