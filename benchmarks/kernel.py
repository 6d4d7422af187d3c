"""How long does the kernel take? Run `python benchmarks/kernel.py`.

Prints a table and writes kernel.json beside this file. The calls take turns,
so that a busy moment of the machine falls on all of them.
"""

import json
import platform
import sys
from datetime import date
from pathlib import Path
from statistics import median
from time import perf_counter

from machine import machine

from workshop.repository import KERNEL

sys.path.insert(0, str(KERNEL))

from palindromes import brute, fast

CALLS = {
    "brute 1000-9999": (brute, 1000, 9999, 3),
    "fast 1000-9999": (fast, 1000, 9999, 21),
    "fast 8 digits": (fast, 10**7, 10**8 - 1, 21),
    "fast 12 digits": (fast, 10**11, 10**12 - 1, 21),
    "fast, slowest range known": (fast, 281038062380, 281041889707, 3),
}
"""Name: kernel, min, max, times it is called."""


def measure() -> dict[str, list[float]]:
    """The seconds of every call, by name."""
    seconds: dict[str, list[float]] = {name: [] for name in CALLS}
    for turn in range(max(times for *_, times in CALLS.values())):
        for name, (kernel, least, most, times) in CALLS.items():
            if turn < times:
                start = perf_counter()
                kernel(least, most)
                seconds[name].append(perf_counter() - start)
        print(f"\rturn {turn + 1}", end="", file=sys.stderr)
    print("\r", end="", file=sys.stderr)
    return seconds


def main() -> None:
    seconds = measure()
    middle = {name: median(taken) for name, taken in seconds.items()}
    ratio = round(middle["brute 1000-9999"] / middle["fast 1000-9999"])
    calls = {
        name: {
            "median_ms": round(middle[name] * 1000, 3),
            "fastest_ms": round(min(taken) * 1000, 3),
            "slowest_ms": round(max(taken) * 1000, 3),
            "calls": len(taken),
        }
        for name, taken in seconds.items()
    }
    print(f"{'ms':27}{'median':>12}{'fastest':>12}{'slowest':>12}{'calls':>7}")
    for name, call in calls.items():
        times = "".join(
            f"{call[key]:12.3f}"
            for key in ("median_ms", "fastest_ms", "slowest_ms")
        )
        print(f"{name:27}{times}{call['calls']:7}")
    print(f"on 1000-9999, fast is {ratio} times as fast as brute")

    report = {
        "date": date.today().isoformat(),
        "machine": machine(),
        "python": platform.python_version(),
        "calls": calls,
        "brute_over_fast_1000_9999": ratio,
    }
    target = Path(__file__).with_suffix(".json")
    target.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
