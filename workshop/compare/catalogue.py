"""The functions that are compared, and what each needs on this machine."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from workshop.errors import WorkshopError
from workshop.repository import FUNCTIONS

PLATFORMS = ("lambda", "azure")


@dataclass(frozen=True)
class Contender:
    """One function on one platform."""

    platform: str
    name: str
    folder: Path
    runtime: str = "provided.al2023"
    variables: dict[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()  # programs

    def missing(self) -> str:
        """A sentence about what it needs and is not here, or nothing."""
        for program in self.needs:
            if not shutil.which(program):
                return f"there is no {program} on this machine"
        return ""


def _on_lambda(name: str, folder: str = "", **more: object) -> Contender:
    path = FUNCTIONS / "aws" / (folder or name)
    return Contender("lambda", name, path, **more)  # type: ignore[arg-type]


def _on_azure(name: str, folder: str = "", **more: object) -> Contender:
    path = FUNCTIONS / "azure" / (folder or name)
    return Contender("azure", name, path, **more)  # type: ignore[arg-type]


BY_TEXT = {"REVERSAL": "string"}
CONTENDERS = (
    _on_lambda("python"),
    _on_lambda("python-lean"),
    _on_lambda("python-managed", "python", runtime="python3.13"),
    _on_lambda("python-rust", needs=("cargo",)),
    _on_lambda("node", needs=("node",)),
    _on_lambda("node-text", "node", variables=BY_TEXT, needs=("node",)),
    _on_lambda("rust", needs=("cargo",)),
    _on_azure("python"),
    _on_azure("node", needs=("node",)),
    _on_azure("node-text", "node", variables=BY_TEXT, needs=("node",)),
    _on_azure("rust", needs=("cargo",)),
)


def chosen(platform: str, names: str) -> list[Contender]:
    """Those of a platform, or of both; of a list of names, or all."""
    if platform not in (*PLATFORMS, "both"):
        raise WorkshopError(
            f"There is no platform {platform}: lambda, azure or both."
        )
    there = [one for one in CONTENDERS if platform in (one.platform, "both")]
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    known = list(dict.fromkeys(one.name for one in there))
    for name in wanted:
        if name not in known:
            raise WorkshopError(
                f"There is no function {name}. There are: {', '.join(known)}."
            )
    return [one for one in there if not wanted or one.name in wanted]
