"""What the command line says to deploy and to destroy.

What it leaves out is empty.
"""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Deploy:
    """`workshop deploy azure`; `output` is where the zip is written, too."""

    target: Path
    subscription: str = ""
    location: str = ""
    name: str = ""
    output: Path | None = None
    dry_run: bool = False
    yes: bool = False


@dataclass(frozen=True)
class Destroy:
    """`workshop destroy azure`."""

    subscription: str = ""
    dry_run: bool = False
    yes: bool = False
