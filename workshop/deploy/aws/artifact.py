"""What is deployed: the zip of a target, and how Lambda is to run it."""

import io
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from workshop.answers import load
from workshop.deploy import elf
from workshop.deploy.build import python_of
from workshop.deploy.package import Destination, package
from workshop.deploy.readiness import expect_started
from workshop.deploy.rust_target import CPUS, own_architecture
from workshop.errors import WorkshopError
from workshop.repository import SOLUTIONS

MANAGED, PROVIDED = "python3.13", "provided.al2023"
PYTHON = MANAGED.removeprefix("python")
# The managed Python starts our loop in the place of its own client
# ("Modifying the runtime environment", AWS Lambda Developer Guide, read
# 2026-11).
WRAPPER = {"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/bootstrap"}
GLIBC = (2, 34)  # of Amazon Linux 2023, on which both runtimes stand
UNZIPPED_LIMIT = 262_144_000  # bytes, "Lambda quotas", read 2026-08
ANSWERS = ("palindromes.py", "loop.py", "handler.py")  # that Lambda runs
INTERPRETED = b"#!"


@dataclass(frozen=True)
class Artifact:
    """A package, and the settings that it needs."""

    source: str
    name: str  # of the function, if the learner says none
    code: bytes
    architecture: str
    runtime: str
    variables: Mapping[str, str]
    runs_here: bool  # whether the local Lambda can run it, too
    notes: tuple[str, ...] = ()


def artifact(target: str | Path, architecture: str = "x86_64") -> Artifact:
    """Package a solution, an exercise or a folder of functions/aws.

    WorkshopError says why AWS would not run it.
    """
    if architecture not in CPUS:
        raise WorkshopError(
            f"Lambda has no architecture {architecture}: {', '.join(CPUS)}."
        )
    source = Path(target)
    if source.suffix == ".ipynb":
        _check_answer(source)
    python = python_of(PYTHON)
    code = package(source, Destination(architecture, python))
    files = _unzipped(source, code)
    for name, content in files.items():
        if elf.is_elf(content):
            _check_program(f"{source}/{name}", content, architecture)
    runtime = _runtime(source, files)
    programs = [one for one in files.values() if elf.is_elf(one)]
    own = sys.platform == "linux" and architecture == own_architecture()
    return Artifact(
        str(target),
        source.resolve().stem,
        code,
        architecture,
        runtime,
        WRAPPER if runtime == MANAGED else {},
        own or not programs,
        _notes(files, python),
    )


def _check_answer(notebook: Path) -> None:
    answer = load(notebook)
    if answer.module not in ANSWERS or "azure" in answer.stem:
        stems = [path.stem for path in sorted(SOLUTIONS.glob("*.ipynb"))]
        fit = [
            stem
            for stem in stems
            if "azure" not in stem
            and load(SOLUTIONS / f"{stem}.ipynb").module in ANSWERS
        ]
        raise WorkshopError(
            f"The answer in {notebook} is {answer.module}, which no Lambda "
            f"function is made of. Those that are: {', '.join(fit)}."
        )
    expect_started(notebook)


def _unzipped(source: Path, code: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(code)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    size = sum(map(len, files.values()))
    if size > UNZIPPED_LIMIT:
        raise WorkshopError(
            f"{source} has {size:,} bytes unzipped; Lambda takes "
            f"{UNZIPPED_LIMIT:,}. Leave out what the function does not need."
        )
    return files


def _check_program(name: str, content: bytes, architecture: str) -> None:
    """Refuse a program that Amazon Linux 2023 would not start."""
    try:
        program = elf.read(content)
    except elf.BadElf as error:
        raise WorkshopError(f"{name} is no whole program: {error}.") from error
    if program.machine != architecture:
        raise WorkshopError(
            f"{name} is built for {program.machine}, and the function is to "
            f"be {architecture}. Say --architecture, or build it anew."
        )
    if program.glibc > GLIBC:
        needed, there = (
            ".".join(map(str, version)) for version in (program.glibc, GLIBC)
        )
        raise WorkshopError(
            f"{name} needs glibc {needed}; Amazon Linux 2023, on which "
            f"Lambda runs it, has {there}. Build it on an older Linux, or "
            "with cargo-zigbuild, which takes the version: pip install "
            f"cargo-zigbuild ziglang; cargo zigbuild --target ...-gnu.{there}."
        )


def _runtime(source: Path, files: Mapping[str, bytes]) -> str:
    """What Lambda is to start the bootstrap with."""
    suffixes = {Path(name).suffix for name in files}
    if not files["bootstrap"].startswith(INTERPRETED):
        return PROVIDED
    if ".mjs" in suffixes or ".js" in suffixes:
        raise WorkshopError(
            f"{source} needs Node, which {PROVIDED} does not have, and the "
            "local Lambda has no managed Node that the deployment could be "
            "tried on. Deploy one of Python or of Rust."
        )
    return MANAGED if ".py" in suffixes else PROVIDED


def _notes(files: Mapping[str, bytes], python: Path | None) -> tuple[str, ...]:
    compiled = [name for name in files if name.endswith(".pyc")]
    if not compiled or python:
        return ()
    return (
        f"There is no Python {PYTHON} here that could compile for AWS's: it "
        "will compile the modules itself at each cold start, which takes "
        "longer than what you measure here.",
    )
