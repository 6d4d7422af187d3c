"""What cargo builds for, when it builds for Lambda.

A program is static there, so that no library of this machine is missed:
with musl where Rust has that target, else with glibc, this machine's own or
that of a cross compiler by the name that Debian gives it.
A module of Python cannot be: it is loaded by a program that is not.
"""

import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from workshop.errors import WorkshopError

CPUS = {"x86_64": "x86_64", "arm64": "aarch64"}  # Lambda's name, Rust's
STATIC = "-Ctarget-feature=+crt-static"
OWN_LINKER = "-Clinker=rust-lld"  # comes with Rust, and links for any machine


@dataclass(frozen=True)
class RustTarget:
    """A target of rustc, and the flags that it takes for it."""

    triple: str
    flags: tuple[str, ...] = ()


def for_program(architecture: str) -> RustTarget:
    """A static program. WorkshopError names the target that is missing."""
    cpu = CPUS[architecture]
    musl, gnu = (f"{cpu}-unknown-linux-{libc}" for libc in ("musl", "gnu"))
    cross = f"{cpu}-linux-gnu-gcc"
    is_own = _is_own(architecture)
    if _is_installed(musl):
        linker = () if is_own else (OWN_LINKER,)
        return RustTarget(musl, (*linker, STATIC))
    if is_own:
        return RustTarget(gnu, (STATIC,))
    if _is_installed(gnu) and shutil.which(cross):
        return RustTarget(gnu, (f"-Clinker={cross}", STATIC))
    raise WorkshopError(
        f"This Rust cannot build for {architecture} on Linux. `rustup target "
        f"add {musl}` brings what is missing; Rust itself from rustup, where "
        "it is not."
    )


def for_module(architecture: str) -> RustTarget:
    """A module of Python, which only its own kind of machine can link."""
    if _is_own(architecture):
        return RustTarget(f"{CPUS[architecture]}-unknown-linux-gnu")
    raise WorkshopError(
        f"A module of Python in Rust for {architecture} is built on Linux on "
        f"{architecture}: in a container or on a machine of that kind."
    )


def own_architecture() -> str:
    """This machine's, by Lambda's name; its own name where that has none."""
    machine = platform.machine()
    names = {"aarch64": "arm64", "AMD64": "x86_64"}
    return names.get(machine, machine)


def _is_own(architecture: str) -> bool:
    """Whether this machine is such a one, and runs Linux."""
    return sys.platform == "linux" and architecture == own_architecture()


def _is_installed(triple: str) -> bool:
    """Whether Rust's library for a target is there."""
    command = ["rustc", "--print", "sysroot"]
    done = subprocess.run(command, capture_output=True, text=True)
    sysroot = Path(done.stdout.strip())
    return (sysroot / "lib" / "rustlib" / triple / "lib").is_dir()
