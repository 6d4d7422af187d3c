"""What the tests of hostile submissions need first."""

import asyncio
import shutil
import subprocess

import pytest

from workshop.grading.confined import Means, Place, why_not_closed

# What the enclosure needs, asked of somebody else's program.
UNSHARE = ["unshare", "--user", "--net", "--pid", "--mount", "--ipc", "--fork"]
UNSHARE += ["--map-root-user", "--mount-proc", "true"]


def allows_namespaces():
    """Whether the machine does, whatever we make of it."""
    if not shutil.which("unshare"):
        return False
    return subprocess.run(UNSHARE, capture_output=True).returncode == 0


@pytest.fixture(scope="session")
def closed(tmp_path_factory):
    """Skip where namespaces cannot be had, and nowhere else."""
    place = Place(tmp_path_factory.mktemp("try"), "try", Means.NAMESPACES)
    why = asyncio.run(why_not_closed(place))
    if why and allows_namespaces():
        pytest.fail(f"the machine has namespaces, and yet: {why}")
    if why:
        pytest.skip(f"no namespaces here: {why}")
