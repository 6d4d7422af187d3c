# rejected by test_a_cold_report_has_an_init: came      91.5

"""Power tuning: measure a function at several sizes, and choose one."""

import base64
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from typing import Any

# "AWS Lambda Pricing", x86 in us-east-1, read 2026-08
USD_PER_GB_SECOND = 0.0000166667
USD_PER_REQUEST = 0.20 / 1_000_000


@dataclass(frozen=True)
class Report:
    """What the REPORT line of one invocation says: ms and MB."""

    duration_ms: float
    billed_ms: int
    memory_mb: int
    max_memory_mb: int
    init_ms: float | None = None  # a warm invocation has none


@dataclass(frozen=True)
class Measurement:
    """A function at one size: the medians of its warm invocations."""

    memory_mb: int
    duration_ms: float
    cost_usd: float  # of one invocation


def report_line(reply: Any) -> str:
    """The REPORT line in what invoke(..., LogType="Tail") returns."""
    log = base64.b64decode(reply["LogResult"]).decode(errors="replace")
    lines = [li for li in log.splitlines() if li.startswith("REPORT ")]
    return lines[-1]


def parse_report(line: str) -> Report:
    """What a REPORT line says."""
    names = "Billed Duration|Duration|Memory Size|Max Memory Used"
    fields = dict(re.findall(rf"({names}): (\S+)", line))
    init = re.search(r"Init Duration: (\S+)", line)
    return Report(
        float(fields["Duration"]),
        int(fields["Billed Duration"]),
        int(fields["Memory Size"]),
        int(fields["Max Memory Used"]),
        float(init[1]) if init else None,
    )


def cost_usd(memory_mb: int, billed_ms: float) -> float:
    """What one invocation costs, in dollars."""
    gb_seconds = memory_mb / 1024 * billed_ms / 1000
    return gb_seconds * USD_PER_GB_SECOND + USD_PER_REQUEST


def invoke(client: Any, function_name: str, event: Any) -> Report:
    """Invoke the function once; RuntimeError says how it failed."""
    reply = client.invoke(
        FunctionName=function_name,
        Payload=json.dumps(event),
        LogType="Tail",
    )
    if "FunctionError" in reply:
        raise RuntimeError(reply["Payload"].read().decode())
    return parse_report(report_line(reply))


def measure(
    client: Any,
    function_name: str,
    memory_mb: int,
    event: Any,
    repeat: int = 5,
) -> Measurement:
    """Measure a function, warm, at this memory."""
    client.update_function_configuration(
        FunctionName=function_name, MemorySize=memory_mb
    )
    client.get_waiter("function_updated_v2").wait(FunctionName=function_name)
    invoke(client, function_name, event)
    warm = [invoke(client, function_name, event) for _ in range(repeat)]
    billed_ms = median(report.billed_ms for report in warm)
    return Measurement(
        memory_mb,
        duration_ms=median(report.duration_ms for report in warm),
        cost_usd=cost_usd(memory_mb, billed_ms),
    )


def choose(measurements: Iterable[Measurement], strategy: str) -> Measurement:
    """The best measurement by this strategy."""
    least = {
        "cheapest": lambda m: m.cost_usd,
        "fastest": lambda m: m.duration_ms,
        "balanced": lambda m: m.cost_usd * m.duration_ms,
    }
    if strategy not in least:
        raise ValueError(f"no strategy {strategy!r}: {', '.join(least)}")
    rank = least[strategy]
    return min(measurements, key=lambda m: (rank(m), m.memory_mb))


def tune(
    client: Any,
    function_name: str,
    sizes_mb: Iterable[int],
    event: Any,
    strategy: str = "balanced",
    repeat: int = 5,
) -> tuple[Measurement, list[Measurement]]:
    """Set the best of these sizes; returns its measurement, and all."""
    measurements = [
        measure(client, function_name, memory_mb, event, repeat)
        for memory_mb in sizes_mb
    ]
    best = choose(measurements, strategy)
    client.update_function_configuration(
        FunctionName=function_name, MemorySize=best.memory_mb
    )
    client.get_waiter("function_updated_v2").wait(FunctionName=function_name)
    return best, measurements
