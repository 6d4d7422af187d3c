"""What the command line says to deploy, to measure and to destroy.

What it leaves out is empty, or the default.
"""

from dataclasses import dataclass
from pathlib import Path

from workshop.deploy.aws.account import Where
from workshop.deploy.aws.plan import LEAST_MB

MOST_CALLS = 200  # of a measurement, unless the learner asks for more
ROUNDS = 2  # what those are enough for
NOWHERE = Where()


@dataclass(frozen=True)
class Deploy:
    """`workshop deploy aws`; memory in MB, the event as JSON."""

    target: str
    where: Where = NOWHERE
    name: str = ""
    memory_mb: int = LEAST_MB
    architecture: str = "x86_64"
    url: bool = False
    public: bool = False
    event: str = ""
    dry_run: bool = False
    yes: bool = False


@dataclass(frozen=True)
class Measure:
    """`workshop measure aws`."""

    name: str
    where: Where = NOWHERE
    workloads: str = ""
    kernel: str = ""
    rounds: int = ROUNDS
    calls: int = MOST_CALLS
    json: Path | None = None
    beside: Path | None = None
    yes: bool = False


@dataclass(frozen=True)
class Destroy:
    """`workshop destroy aws`."""

    where: Where = NOWHERE
    dry_run: bool = False
    yes: bool = False
