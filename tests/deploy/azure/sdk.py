"""Azure's own client, fetched for the tests where it is not installed.

Learners install it with the extra `azure`, if they deploy; the tests keep
theirs in build/, which git ignores.
"""

import importlib.util
import os
import subprocess
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

from workshop.repository import ROOT

PINS = (
    "azure-core==1.41.0",
    "azure-identity==1.27.0",
    "azure-mgmt-core==1.6.0",
    "azure-storage-blob==12.31.1",
)
WHICH = sha256(" ".join((*PINS, sys.version)).encode()).hexdigest()[:12]
CACHE = ROOT / "build" / "azure-sdk" / WHICH


class Unavailable(Exception):
    """The client cannot be had, for the reason that is given."""


def on_path() -> None:
    """Make it importable. Raises Unavailable where it cannot be fetched."""
    if importlib.util.find_spec("azure") is None:
        sys.path.append(str(fetch()))
        importlib.invalidate_caches()


def fetch() -> Path:
    """The folder with the client, from the cache or with pip."""
    if not CACHE.exists():
        CACHE.parent.mkdir(parents=True, exist_ok=True)
        # Whoever else fetches it now has a folder of their own; the first
        # to have it whole puts it in place.
        with tempfile.TemporaryDirectory(dir=CACHE.parent) as folder:
            _install(Path(folder) / "sdk")
            try:
                os.rename(Path(folder) / "sdk", CACHE)
            except OSError:
                if not CACHE.exists():
                    raise
    return CACHE


def _install(folder: Path) -> None:
    command = [sys.executable, "-m", "pip", "install", "--quiet"]
    command += ["--disable-pip-version-check", "--target", str(folder)]
    done = subprocess.run([*command, *PINS], capture_output=True, text=True)
    if done.returncode:
        last = (done.stderr.strip() or "no message").splitlines()[-1]
        raise Unavailable(f"pip cannot fetch {PINS[0]}: {last}")
