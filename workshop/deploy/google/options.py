"""What the command line says to deploy and to destroy.

What it leaves out is empty.
"""

from dataclasses import dataclass

REGION = "us-central1"


@dataclass(frozen=True)
class Deploy:
    """`workshop deploy container`."""

    project: str = ""
    region: str = REGION
    dry_run: bool = False
    yes: bool = False


@dataclass(frozen=True)
class Destroy:
    """`workshop destroy container`; it looks at every region."""

    project: str = ""
    dry_run: bool = False
    yes: bool = False
