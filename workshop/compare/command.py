"""`workshop compare`: from its options to the files it writes."""

import sys
from dataclasses import dataclass
from pathlib import Path

from workshop.compare import catalogue, workloads
from workshop.compare.chart import chart
from workshop.compare.row import as_csv, as_json
from workshop.compare.run import Plan, compare
from workshop.compare.table import show
from workshop.errors import WorkshopError

QUICK_ROUNDS, ROUNDS = 2, 5
LEAST_MB, MOST_MB = 128, 10_240


@dataclass(frozen=True)
class Options:
    """What the command line says; what it leaves out is empty."""

    platform: str = "both"
    memory_mb: int = LEAST_MB
    workloads: str = ""
    functions: str = ""
    kernel: str = "brute"
    rounds: int = 0
    quick: bool = False
    json: Path | None = None
    csv: Path | None = None
    svg: Path | None = None


def plan_of(options: Options) -> Plan:
    """What is to be measured. Raises WorkshopError for what cannot be."""
    if not LEAST_MB <= options.memory_mb <= MOST_MB:
        raise WorkshopError(
            f"--memory must be from {LEAST_MB} to {MOST_MB} MB, as on Lambda."
        )
    if options.kernel not in ("brute", "fast"):
        raise WorkshopError("--kernel must be brute or fast.")
    default = workloads.QUICK if options.quick else workloads.WORKLOADS
    return Plan(
        tuple(catalogue.chosen(options.platform, options.functions)),
        tuple(workloads.chosen(options.workloads or ",".join(default))),
        options.memory_mb,
        options.kernel,
        options.rounds or (QUICK_ROUNDS if options.quick else ROUNDS),
    )


def main(options: Options) -> int:
    """Compare, print, write; the exit status: 0 for a whole comparison."""
    plan = plan_of(options)
    names = {workload.name for workload in plan.workloads}
    if plan.kernel == "brute" and "1000-9999" in names:
        print(
            f"Brute force for 1000-9999 at {plan.memory_mb} MB takes minutes "
            "for each Python function; Ctrl-C keeps what is measured.",
            file=sys.stderr,
        )
    found = compare(plan)
    show(found.rows, found.left_out)
    if options.json:
        _write(options.json, as_json(found.rows))
    if options.csv:
        _write(options.csv, as_csv(found.rows))
    if options.svg:
        _write(options.svg, chart(found.rows).svg)
    return 0 if found.is_complete and found.rows else 1


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise WorkshopError(
            f"{path} cannot be written: {error.strerror}. What was measured "
            "stands above."
        ) from error
