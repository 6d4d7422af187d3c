"""`workshop compare`: from its options to the files it writes."""

import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from workshop.compare import catalogue, workloads
from workshop.compare.chart import chart
from workshop.compare.names import listed
from workshop.compare.row import Row, as_csv, as_json
from workshop.compare.run import Comparison, Plan, compare
from workshop.compare.table import show
from workshop.errors import WorkshopError

QUICK_ROUNDS, ROUNDS = 2, 5
LEAST_MB, MOST_MB = 128, 10_240
INTERRUPTED = 130  # the status of what SIGINT has ended: 128 and its number
STDOUT = Path("-")

WIDTH = 110  # of the tables, in a file or a pipe


@dataclass(frozen=True)
class Options:
    """What the command line says; what it leaves out is empty."""

    platform: str = "both"
    memory_mb: int = LEAST_MB
    workloads: str = ""
    functions: str = ""
    kernel: str = ""
    rounds: int = 0
    quick: bool = False
    fresh: bool = False
    json: Path | None = None
    csv: Path | None = None
    svg: Path | None = None


def plan_of(options: Options) -> Plan:
    """What is to be measured. Raises WorkshopError for what cannot be."""
    if not LEAST_MB <= options.memory_mb <= MOST_MB:
        raise WorkshopError(
            f"--memory must be from {LEAST_MB} to {MOST_MB} MB, as on Lambda."
        )
    default = workloads.QUICK if options.quick else ""
    return Plan(
        catalogue.chosen(options.platform, options.functions),
        workloads.chosen(options.workloads or default, options.kernel),
        tuple(listed("kernel", options.kernel, workloads.KERNELS)),
        options.memory_mb,
        options.rounds or (QUICK_ROUNDS if options.quick else ROUNDS),
    )


def main(options: Options) -> int:
    """Compare, print, write; the exit status.

    0 for a whole comparison, also where a program is missing that a function
    needs; 1 where a function is left out that was asked for by its name or
    is at fault, or a file cannot be written; 130 after Ctrl-C. A terminal
    that closes and SIGTERM are as Ctrl-C: nothing is left behind. A file
    that is there is replaced by a whole comparison only.
    """
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    plan = plan_of(options)
    outputs = _outputs(options)
    for path, _ in outputs:
        _expect_room(path)
    found = compare(plan, options.fresh)
    failures = [_print(found, STDOUT in (path for path, _ in outputs))]
    is_whole = bool(found.rows) and not found.is_interrupted
    for path, form in outputs:
        if path.is_file() and not is_whole:
            print(f"{path} stays as it is.", file=sys.stderr)
        else:
            failures.append(_write(path, form(found.rows)))
    for failure in filter(None, failures):
        print(f"workshop: {failure}", file=sys.stderr)
    if found.is_interrupted:
        return INTERRUPTED
    if any(failures):
        return 1
    found.forget()
    named = bool(options.functions)
    missed = any(one.is_fault or named for one in found.left_out)
    return 1 if missed or not found.rows else 0


Output = tuple[Path, Callable[[list[Row]], str]]


def _outputs(options: Options) -> list[Output]:
    """The files that are asked for, and what makes their text."""
    forms: list[tuple[Path | None, Callable[[list[Row]], str]]] = [
        (options.json, as_json),
        (options.csv, as_csv),
        (options.svg, lambda rows: chart(rows).svg),
    ]
    return [(path, form) for path, form in forms if path]


def _expect_room(path: Path) -> None:
    """Refuse beforehand what could not be written after all that time."""
    if path != STDOUT and (path.is_dir() or not path.parent.is_dir()):
        raise WorkshopError(
            f"{path} cannot be written: "
            + ("it is a folder." if path.is_dir() else "there is no folder.")
        )


def _print(found: Comparison, to_stderr: bool) -> str:
    """Print the tables and what is missing in them; what fails in that."""
    missing = {
        (one.contender.platform, one.contender.name): one.short
        for one in found.left_out
    }
    console = Console(stderr=to_stderr)
    if not console.is_terminal:  # whose width nobody knows
        console = Console(stderr=to_stderr, width=WIDTH)
    try:
        show(console, found.rows, missing)
        for one in found.left_out:
            console.out(f"{one.contender} is left out. {one.why}")
    except OSError as error:
        return f"The table cannot be printed: {error.strerror}."
    return ""


def _write(path: Path, text: str) -> str:
    """Write a file; what fails in that."""
    try:
        if path == STDOUT:
            print(text, end="", flush=True)
        else:
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        return (
            f"{path} cannot be written: {error.strerror}. What was measured "
            "stands above, and is kept: the same command goes on from there."
        )
    return ""
