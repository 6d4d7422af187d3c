"""The machine that a benchmark ran on."""

import os
import platform
from pathlib import Path


def machine() -> str:
    """One line on where this was measured."""
    name = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                name = line.partition(":")[2].strip()
    return f"{name}, {os.cpu_count()} cores, {platform.system()}"
