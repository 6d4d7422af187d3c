"""Programs in Rust, built where cargo is."""

import shutil
import subprocess

import pytest

from workshop.repository import ROOT

TARGET = ROOT / "build" / "clients" / "rust"  # shared: much is built once


def rust_built(folder, *options):
    """Build the crate in this folder; its programs are in what is returned.

    Nothing to do when they are up to date. The test is skipped where there
    is no cargo, or where what the crate needs cannot be fetched.
    """
    skip_without_crates(folder)
    build = ["cargo", "build", "--quiet", "--target-dir", TARGET, *options]
    manifest = ("--manifest-path", folder / "Cargo.toml")
    subprocess.run([*build, *manifest], check=True)
    return TARGET / "debug"


def skip_without_crates(folder):
    """Skip the test where cargo, or what the crate here needs, is missing."""
    if not shutil.which("cargo"):
        pytest.skip("there is no cargo")
    manifest = ("--manifest-path", folder / "Cargo.toml")
    fetch = ["cargo", "fetch", "--quiet", *manifest]
    fetched = subprocess.run(fetch, capture_output=True, text=True)
    if fetched.returncode:
        why = "".join(fetched.stderr.strip().splitlines()[-1:])
        pytest.skip(f"cargo cannot fetch the crates: {why.strip()}")
