"""Lambda's report of one call, read from the end of its log."""

import re
from dataclasses import dataclass

REPORT = "REPORT RequestId: "
FIELD = re.compile(r"([A-Z][\w ]+): ([\d.]+) (?:ms|MB)")


@dataclass(frozen=True)
class Report:
    """The figures of a REPORT line, and the line. Times in ms, memory in MB.

    `init_ms` is there only where an environment was started for the call.
    """

    line: str
    duration_ms: float
    billed_ms: float
    memory_mb: int
    max_memory_mb: int
    init_ms: float | None = None


def read(log: str) -> Report | None:
    """The last report in a log; None if it has none."""
    lines = [line for line in log.splitlines() if line.startswith(REPORT)]
    if not lines:
        return None
    line = lines[-1].strip()
    told = {name: float(value) for name, value in FIELD.findall(line)}
    return Report(
        line,
        told["Duration"],
        told["Billed Duration"],
        int(told["Memory Size"]),
        int(told["Max Memory Used"]),
        told.get("Init Duration"),
    )
