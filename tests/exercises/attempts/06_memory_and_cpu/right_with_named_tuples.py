# accepted: named tuples, a regular expression a field, one cold call aside

import base64
import json
import re
from fractions import Fraction
from statistics import median_low
from typing import NamedTuple

PRICE = Fraction("0.0000166667") / 1024 / 1000  # of a MB for a ms
FEE = Fraction("0.20") / 1_000_000


class FunctionFailed(RuntimeError):
    pass


class Report(NamedTuple):
    duration_ms: float
    billed_ms: int
    memory_mb: int
    max_memory_mb: int
    init_ms: float | None


class Measurement(NamedTuple):
    memory_mb: int
    duration_ms: float
    cost_usd: float


def number(name, line):
    found = re.search(rf"(?:^|\t){name}: ([0-9.]+)", line)
    return float(found.group(1)) if found else None


def parse_report(line):
    return Report(
        number("Duration", line),
        int(number("Billed Duration", line)),
        int(number("Memory Size", line)),
        int(number("Max Memory Used", line)),
        number("Init Duration", line),
    )


def cost_usd(memory_mb, billed_ms):
    return float(memory_mb * Fraction(billed_ms) * PRICE + FEE)


def invoke(client, function_name, event):
    reply = client.invoke(
        FunctionName=function_name, LogType="Tail", Payload=json.dumps(event)
    )
    if "FunctionError" in reply:
        raise FunctionFailed(reply["Payload"].read())
    log = base64.b64decode(reply["LogResult"]).decode(errors="replace")
    return parse_report(log[log.rindex("REPORT RequestId") :])


def measure(client, function_name, memory_mb, event, repeat=5):
    client.update_function_configuration(
        MemorySize=memory_mb, FunctionName=function_name
    )
    client.get_waiter("function_updated").wait(FunctionName=function_name)
    client.invoke(FunctionName=function_name, Payload=json.dumps(event))
    warm = [invoke(client, function_name, event) for _ in range(repeat)]
    return Measurement(
        memory_mb,
        median_low([report.duration_ms for report in warm]),
        cost_usd(memory_mb, median_low([r.billed_ms for r in warm])),
    )


STRATEGIES = {
    "cheapest": lambda m: (m.cost_usd, m.memory_mb),
    "fastest": lambda m: (m.duration_ms, m.memory_mb),
    "balanced": lambda m: (m.cost_usd * m.duration_ms, m.memory_mb),
}


def choose(measurements, strategy):
    try:
        return sorted(measurements, key=STRATEGIES[strategy])[0]
    except KeyError:
        raise ValueError(f"{strategy} is none of {[*STRATEGIES]}") from None


def tune(
    client, function_name, sizes_mb, event, strategy="balanced", repeat=5
):
    found = [
        measure(client, function_name, size, event, repeat)
        for size in sizes_mb
    ]
    best = choose(found, strategy)
    client.update_function_configuration(
        FunctionName=function_name, MemorySize=best.memory_mb
    )
    return best, found
