"""The whole comparison, with the machine that it ran on: `make compare`.

compare.json has the rows, compare.svg the chart. compare_machine.json says
where and when that was, and has what nothing in Python can start faster
than: an interpreter that does nothing, from its start to its end, measured
before and after the rest.
"""

import json
import platform
import shutil
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from statistics import median

from machine import machine

from workshop.sandbox import base_python

HERE = Path(__file__).parent
COMMAND = [sys.executable, "-m", "workshop", "compare"]
OUTPUTS = ["--json", HERE / "compare.json", "--svg", HERE / "compare.svg"]
BARE = [str(base_python()), "-I", "-S", "-c", "pass"]
TIMES = 30
TOOLS = {"node": ["node", "--version"], "rust": ["rustc", "--version"]}


def bare_ms() -> list[float]:
    """How long an interpreter takes that has nothing to do, each time."""
    times = []
    for _ in range(TIMES):
        begun = time.perf_counter()
        subprocess.run(BARE, env={}, check=True)
        times.append(1000 * (time.perf_counter() - begun))
    return times


def version(command: list[str]) -> str:
    """What a tool says that it is."""
    if not shutil.which(command[0]):
        return ""
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout.strip()


def main() -> int:
    """Compare, and tell where that was; the comparison's exit status."""
    bare = bare_ms()
    begun = time.monotonic()
    done = subprocess.run([*COMMAND, "--fresh", *OUTPUTS])
    if done.returncode:
        return done.returncode
    told = {
        "date": str(date.today()),
        "machine": machine(),
        "python": platform.python_version(),
        **{name: version(command) for name, command in TOOLS.items()},
        "minutes": round((time.monotonic() - begun) / 60, 1),
        "bare_python_ms": round(median(bare + bare_ms()), 2),
    }
    text = json.dumps(told, indent=2) + "\n"
    (HERE / "compare_machine.json").write_text(text)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
