"""A process as in a container: number 1, with a network of its own."""

import shutil
import subprocess
import sys

import psutil
import pytest

ALONE = ["unshare", "--user", "--map-root-user", "--pid", "--fork"]
ALONE += ["--kill-child", "--mount-proc"]


def skip_without_namespaces():
    """Skip the test where a process cannot be number 1."""
    if sys.platform != "linux" or not shutil.which("unshare"):
        pytest.skip("only Linux has namespaces, with unshare")
    done = subprocess.run([*ALONE, "--net", "true"], capture_output=True)
    if done.returncode:
        pytest.skip(f"no namespaces here: {done.stderr.decode().strip()}")


def number_one(unshare):
    """What `unshare` has started: process 1 of its namespace."""
    [child] = psutil.Process(unshare.pid).children()
    return child
