"""What the judge of a submission says, line by line."""

import json
import os
import subprocess
import sys
from itertools import groupby

from tests.grading.classes import FIRST, LAST
from workshop.grading.judge import BEGINS
from workshop.grading.verdict import checks_of
from workshop.repository import ROOT, SOLUTIONS


def test_it_says_which_exercise_begins_and_each_verdict_as_it_is_found():
    stems = [LAST, FIRST]  # not as they are in the folder
    told = subprocess.run(
        [sys.executable, "-m", "workshop.grading.judge", SOLUTIONS, *stems],
        cwd=ROOT,
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
    )
    lines = told.stdout.splitlines()
    counts, checks = lines[: len(stems)], lines[len(stems) :]
    assert list(map(json.loads, counts)) == [
        {"stem": stem, "of": checks_of(stem)} for stem in stems
    ]
    begun = [json.loads(one) for one in checks if one.startswith(BEGINS)]
    assert begun == [{"begins": stem} for stem in stems]
    verdicts = [json.loads(one) for one in checks if b'"check"' in one]
    assert all(one["passed"] for one in verdicts)
    by_stem = groupby(one["stem"] for one in verdicts)
    found = [(stem, len(list(same))) for stem, same in by_stem]
    assert found == [(stem, checks_of(stem)) for stem in stems]
    assert told.returncode == 0
