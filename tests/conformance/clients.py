"""Other people's clients: where they are, or how they come here.

What is fetched or built lies in build/, which git ignores, and is made once.
Two workers may do so at the same time. Where something cannot be had, the
test that asks for it is skipped with the reason.
"""

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.building import rust_built
from workshop.repository import ROOT

BUILD = ROOT / "build" / "clients"
RUST = Path(__file__).parent / "rust"
# The first of each generation that reads AWS_ENDPOINT_URL ("Using endpoints
# in the AWS CLI", AWS CLI User Guide, read 2026-11). An older one would go
# to the real AWS.
OLDEST_AWS = {1: (1, 29), 2: (2, 13)}
OLDEST_CURL = (7, 75)  # the first with --aws-sigv4


def aws_command_line():
    """The AWS CLI on PATH, else one from pip: a command and its variables."""
    if version := _version_of("aws"):
        oldest = OLDEST_AWS.get(version[0])
        if oldest and version >= oldest:
            return ["aws"], {"PATH": os.environ["PATH"]}
    folder = fetched("awscli==1.46.3")
    command = [sys.executable, "-m", "awscli"]
    return command, {"PATH": os.defpath, "PYTHONPATH": str(folder)}


def curl():
    """The name of a curl that signs."""
    if _version_of("curl") < OLDEST_CURL:
        pytest.skip("there is no curl 7.75 or newer")
    return "curl"


def fetched(requirement, *options):
    """A folder with a package and what it needs, by pip.

    Apart from .venv: what it needs may be at odds with what is there.
    """
    folder = BUILD / requirement.replace("==", "-")
    if folder.is_dir():
        return folder
    BUILD.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BUILD) as half:
        _fetch(
            f"pip cannot fetch {requirement}",
            *(sys.executable, "-m", "pip", "install", "--quiet"),
            *("--disable-pip-version-check", "--retries", "1"),
            *("--target", f"{half}/it", *options, requirement),
        )
        with contextlib.suppress(OSError):  # the other worker was first
            Path(half, "it").rename(folder)
    return folder


def rust_program():
    """The program in rust/, built: nothing to do when that is up to date."""
    return rust_built(RUST) / "official"


def _fetch(complaint, *command):
    """Run a command that needs the network; skip where it fails."""
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        why = done.stderr.strip().splitlines()[-1:]
        pytest.skip(f"{complaint}: {''.join(why).strip()}")


def _version_of(program):
    """What `program --version` says, as numbers; () where it is missing."""
    if not shutil.which(program):
        return ()
    done = subprocess.run([program, "--version"], capture_output=True)
    found = re.search(rb"[ /](\d+)\.(\d+)", done.stdout + done.stderr)
    return tuple(map(int, found.groups())) if found else ()
