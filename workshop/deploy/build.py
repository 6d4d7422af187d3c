"""What has to be built before it is deployed: Rust, and Python's bytecode.

cargo builds into build/rust, which git ignores. All crates share it, so that
what they have in common is built once, and nothing is built again until its
source changes.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workshop.deploy.rust_target import for_module, for_program
from workshop.errors import WorkshopError
from workshop.repository import ROOT
from workshop.sandbox import base_python

TARGET = ROOT / "build" / "rust"
MANIFEST = "Cargo.toml"
SOURCES = (MANIFEST, "Cargo.lock", "src")  # what a crate is built of
NO_LIBPYTHON = (  # a module finds Python's symbols when it is loaded
    "-Clink-arg=-undefined",
    "-Clink-arg=dynamic_lookup",
)


def is_crate(folder: Path) -> bool:
    """Whether there is something to build in this folder."""
    return (folder / MANIFEST).exists()


def build(folder: Path, architecture: str = "") -> dict[str, Path]:
    """Build the crate in this folder: what comes of it, by its name there.

    A program has its own name, a module of Python the name that Python looks
    for. They are for this machine, or for Linux on one of Lambda's
    architectures. Takes a minute or two for the first time; in a terminal,
    cargo shows how far it is. WorkshopError says what is missing or wrong.
    """
    if not shutil.which("cargo"):
        raise WorkshopError(
            f"{folder} is written in Rust, and there is no cargo to build "
            "it. macOS: brew install rust. Debian 12 and 13, whose cargo is "
            "too old: sudo apt install cargo-web; later ones: cargo."
        )
    command = ["cargo", "rustc", "--release", "--message-format=json"]
    command += ["--manifest-path", str(folder / MANIFEST)]
    command += ["--target-dir", str(TARGET)]
    module = "cdylib" in (folder / MANIFEST).read_text()
    variables = dict(os.environ)
    if architecture:
        target = (for_module if module else for_program)(architecture)
        command += ["--target", target.triple]
        flags = (variables.get("RUSTFLAGS", ""), *target.flags)
        variables["RUSTFLAGS"] = " ".join(filter(None, flags))
    elif module and sys.platform == "darwin":
        command += ["--", *NO_LIBPYTHON]
    seen = sys.stderr.isatty()
    done = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=None if seen else subprocess.PIPE,
        text=True,
        env=variables,
    )
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    if done.returncode:
        raise WorkshopError(
            f"cargo cannot build {folder}:\n"
            f"{_complaint(messages, done.stderr or 'It says why above.')}"
        )
    return _artifacts(folder, messages)


def bytecode(
    modules: Mapping[str, bytes], python: Path | None = None
) -> dict[str, bytes]:
    """What Python compiles these modules to, by the names it looks for.

    It serves the version of Python that compiles, the workshop's own if none
    is named; another one passes over it and compiles the modules itself.
    """
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for name, source in modules.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(source)
        # A process of its own: the bytes depend on what a Python has done.
        # Unchecked: nobody changes what is deployed, so the dates of the
        # files, which a zip may alter, need not be looked at.
        subprocess.run(
            [
                *(
                    str(python or base_python()),
                    "-I",
                    "-m",
                    "compileall",
                    "-q",
                ),
                *("--invalidation-mode", "unchecked-hash"),
                *("-s", scratch, scratch),
            ],
            check=True,
        )
        return {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*.pyc"))
        }


def python_of(version: str) -> Path | None:
    """A Python of a version such as 3.13, if there is one that runs."""
    found = shutil.which(f"python{version}")
    for python in (base_python(), *([Path(found)] if found else [])):
        said = subprocess.run([python, "-V"], capture_output=True, text=True)
        if said.stdout.startswith(f"Python {version}."):
            return python
    return None


def _artifacts(
    folder: Path, messages: list[dict[str, Any]]
) -> dict[str, Path]:
    """The files that cargo's messages tell of, of this crate alone."""
    manifest = str((folder / MANIFEST).resolve())
    found = {}
    for message in messages:
        if message.get("manifest_path") != manifest:
            continue
        if message.get("executable"):
            program = Path(message["executable"])
            found[program.name] = program
        elif "cdylib" in message.get("target", {}).get("kind", []):
            module = message["target"]["name"]
            found[f"{module}.abi3.so"] = Path(message["filenames"][0])
    return found


def _complaint(messages: list[dict[str, Any]], said: str) -> str:
    """Why cargo has failed: the compiler's first error, or cargo's own."""
    for message in messages:
        compiler = message.get("message", {})
        if compiler.get("level") == "error":
            return str(compiler["rendered"]).strip()
    lines = said.strip().splitlines()
    starts = [n for n, line in enumerate(lines) if line.startswith("error")]
    return "\n".join(lines[starts[0] :] if starts else lines)
