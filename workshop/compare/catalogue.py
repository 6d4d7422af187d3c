"""The functions that are compared, and what each needs on this machine."""

import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from workshop.compare.names import listed
from workshop.errors import WorkshopError
from workshop.repository import FUNCTIONS

PLATFORMS = ("lambda", "azure")
AWS, AZURE = FUNCTIONS / "aws", FUNCTIONS / "azure"
BY_TEXT = {"REVERSAL": "string"}  # how Node's brute force reverses a number


@dataclass(frozen=True)
class Contender:
    """One function on one platform."""

    platform: str
    name: str
    folder: Path
    needs: str = ""  # a program
    runtime: str = "provided.al2023"
    variables: dict[str, str] = field(default_factory=dict, hash=False)
    compact: bool = True  # its JSON has no spaces

    def __str__(self) -> str:
        return f"{self.platform}/{self.name}"

    @property
    def is_possible(self) -> bool:
        """Whether this machine has the program that it needs."""
        return not self.needs or shutil.which(self.needs) is not None

    def tool(self) -> str:
        """The version of that program: what is measured depends on it."""
        if not self.needs:
            return ""
        command = [self.needs, "--version"]
        return subprocess.run(command, capture_output=True, text=True).stdout


CONTENDERS = (
    Contender("lambda", "python", AWS / "python"),
    Contender("lambda", "python-lean", AWS / "python-lean"),
    # AWS's own client writes its JSON with spaces.
    Contender(
        "lambda",
        "python-managed",
        AWS / "python",
        runtime="python3.13",
        compact=False,
    ),
    Contender("lambda", "python-rust", AWS / "python-rust", "cargo"),
    Contender("lambda", "node", AWS / "node", "node"),
    Contender("lambda", "node-text", AWS / "node", "node", variables=BY_TEXT),
    Contender("lambda", "rust", AWS / "rust", "cargo"),
    Contender("azure", "python", AZURE / "python"),
    Contender("azure", "node", AZURE / "node", "node"),
    Contender("azure", "node-text", AZURE / "node", "node", variables=BY_TEXT),
    Contender("azure", "rust", AZURE / "rust", "cargo"),
)


def chosen(platform: str, names: str) -> tuple[Contender, ...]:
    """Those of a platform, or of both; of a list of names, or all."""
    if platform not in (*PLATFORMS, "both"):
        raise WorkshopError(
            f"There is no platform {platform}: lambda, azure or both."
        )
    there = [one for one in CONTENDERS if platform in (one.platform, "both")]
    wanted = listed("function", names, [one.name for one in there])
    return tuple(one for one in there if one.name in wanted)
