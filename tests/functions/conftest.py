"""The lean loop is a loose file, and so is what judges a learner's loop: put
their folders on the path.
"""

import subprocess
import sys

import pytest

from workshop.repository import EXERCISE_TESTS, FUNCTIONS
from workshop.sandbox import search_path

sys.path.insert(0, str(EXERCISE_TESTS))
sys.path.insert(0, str(FUNCTIONS / "aws" / "python-lean"))

import examiner


@pytest.fixture
def started_by(monkeypatch):
    """Has loops started by a bootstrap, as Lambda starts them."""

    def started_by(bootstrap):
        def start(loop, environment, out):
            return subprocess.Popen(
                [bootstrap],
                cwd=loop.parent,
                env={"PATH": search_path(), **environment},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

        monkeypatch.setattr(examiner, "start", start)

    return started_by
