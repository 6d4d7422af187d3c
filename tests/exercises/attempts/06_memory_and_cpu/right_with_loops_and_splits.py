# accepted: loops, splits at tabs, sorts, and looks at the state itself

import base64
import json
import statistics
import time
from dataclasses import dataclass

USD_PER_GB_SECOND = 0.0000166667
USD_PER_REQUEST = 0.20 / 1_000_000


@dataclass
class Report:
    duration_ms: float
    billed_ms: int
    memory_mb: int
    max_memory_mb: int
    init_ms: float | None = None


@dataclass
class Measurement:
    memory_mb: int
    duration_ms: float
    cost_usd: float


def report_line(reply):
    log = base64.b64decode(reply["LogResult"]).decode(errors="replace")
    return [li for li in log.splitlines() if li.startswith("REPORT ")][-1]


def parse_report(line):
    fields = {}
    for part in line.strip().split("\t"):
        name, _, value = part.partition(": ")
        fields[name] = value.split(" ")[0]
    report = Report(
        float(fields["Duration"]),
        int(fields["Billed Duration"]),
        int(fields["Memory Size"]),
        int(fields["Max Memory Used"]),
    )
    if "Init Duration" in fields:
        report.init_ms = float(fields["Init Duration"])
    return report


def cost_usd(memory_mb, billed_ms):
    seconds = billed_ms / 1000
    gigabytes = memory_mb / 1024
    return USD_PER_REQUEST + USD_PER_GB_SECOND * gigabytes * seconds


def invoke(client, function_name, event):
    payload = json.dumps(event, separators=(",", ":")).encode()
    reply = client.invoke(
        FunctionName=function_name, Payload=payload, LogType="Tail"
    )
    if reply.get("FunctionError"):
        body = json.load(reply["Payload"])
        raise RuntimeError(f"{body['errorType']}: {body['errorMessage']}")
    return parse_report(report_line(reply))


def resize(client, function_name, memory_mb):
    client.update_function_configuration(
        FunctionName=function_name, MemorySize=memory_mb
    )
    while True:
        state = client.get_function_configuration(FunctionName=function_name)
        if state.get("LastUpdateStatus", "Successful") == "Successful":
            return
        time.sleep(0.5)


def measure(client, function_name, memory_mb, event, repeat=5):
    resize(client, function_name, memory_mb)
    durations, billed = [], []
    for n in range(repeat + 1):
        report = invoke(client, function_name, event)
        if n > 0:
            durations.append(report.duration_ms)
            billed.append(report.billed_ms)
    cost = cost_usd(memory_mb, statistics.median(billed))
    return Measurement(memory_mb, statistics.median(durations), cost)


def choose(measurements, strategy):
    if strategy not in ("cheapest", "fastest", "balanced"):
        raise ValueError("unknown strategy: " + strategy)
    by_memory = sorted(measurements, key=lambda m: m.memory_mb)
    if strategy == "cheapest":
        return min(by_memory, key=lambda m: m.cost_usd)
    if strategy == "fastest":
        return min(by_memory, key=lambda m: m.duration_ms)
    return min(by_memory, key=lambda m: m.duration_ms * m.cost_usd)


def tune(
    client, function_name, sizes_mb, event, strategy="balanced", repeat=5
):
    measurements = []
    for memory_mb in sizes_mb:
        measurements.append(
            measure(client, function_name, memory_mb, event, repeat)
        )
    best = choose(measurements, strategy)
    if best.memory_mb != measurements[-1].memory_mb:
        resize(client, function_name, best.memory_mb)
    return best, measurements
