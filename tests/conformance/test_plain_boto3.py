"""The solution that passed the checks, packaged, used by a plain client."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.serving import serving
from workshop.repository import SOLUTIONS

WORKSHOP = [sys.executable, "-m", "workshop"]
SCRIPT = Path(__file__).parent / "thousand.py"


@pytest.fixture
def server():
    with serving("--quiet") as server:
        yield server


def test_a_thousand_answers_at_concurrency_eight_and_then_nothing(
    server, tmp_path
):
    process, exports = server
    package = tmp_path / "loop.zip"
    solution = SOLUTIONS / "04_lambda_runtime_loop.ipynb"
    subprocess.run([*WORKSHOP, "package", solution, "-o", package], check=True)
    # In a folder of its own, from which nothing of ours can be imported by
    # accident, and without the variables of whoever runs the tests.
    client = subprocess.run(
        [sys.executable, SCRIPT, package],
        cwd=tmp_path,
        env=exports | {"HOME": str(tmp_path), "PATH": os.defpath},
        capture_output=True,
        text=True,
    )
    assert client.stdout == "1000 of 1000\n", client.stderr
    assert "workshop" not in SCRIPT.read_text().partition('"""\n\n')[2]

    children = psutil.Process(process.pid).children(recursive=True)
    environments = [c for c in children if "loop.py" in str(c.cmdline())]
    assert 1 <= len(environments) <= 8
    process.send_signal(signal.SIGKILL)
    process.wait()
    left = psutil.wait_procs(children, timeout=2)[1]
    # Where nothing reaps orphans, the dead ones stay listed as zombies.
    assert [p for p in left if p.status() != psutil.STATUS_ZOMBIE] == []
