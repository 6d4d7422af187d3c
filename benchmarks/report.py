"""A benchmark's command line, and the report that it leaves."""

import argparse
import json
import platform
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

from machine import machine

Parts = Mapping[str, Callable[[], object]]


def run(script: str, about: str | None, parts: Parts) -> None:
    """Measure the parts and write what is found beside the script.

    `--only PART` measures one, and writes nothing.
    """
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--only", choices=parts, help="print one part only")
    only = parser.parse_args().only
    report: dict[str, object] = {
        "date": date.today().isoformat(),
        "machine": machine(),
        "python": platform.python_version(),
    }
    for name, measure in parts.items():
        if only in (None, name):
            report[name] = measure()
            print(name, json.dumps(report[name]))
    if not only:
        target = Path(script).with_suffix(".json")
        target.write_text(json.dumps(report, indent=2) + "\n")
