"""The banks of attempts: enough of them, and each against another mistake.

That each meets its fate is for tests/exercises, where the checks run.
"""

import ast
import re

import pytest

from workshop.exercises import stems
from workshop.repository import EXERCISE_TESTS

FATE = re.compile(r"# (accepted|rejected by (test_\w+)): (.+)")


def bank(stem):
    return sorted((EXERCISE_TESTS / "attempts" / stem).glob("*.py"))


def fates(stem):
    """(check or None, words) of each attempt; its first line says it."""
    first_lines = [path.read_text().partition("\n")[0] for path in bank(stem)]
    matches = [FATE.fullmatch(line) for line in first_lines]
    assert all(matches), first_lines
    return [match.groups()[1:] for match in matches]


every = pytest.mark.parametrize("stem", stems())


@every
def test_a_bank_has_at_least_six_wrong_attempts_and_two_right_ones(stem):
    wrong = [fate for fate in fates(stem) if fate[0]]
    assert len(set(wrong)) == len(wrong) >= 6
    assert len(fates(stem)) - len(wrong) >= 2


@every
def test_files_are_named_for_their_fate(stem):
    for path, (check, _) in zip(bank(stem), fates(stem), strict=True):
        assert path.name.startswith("wrong_" if check else "right_")


@every
def test_every_check_rejects_something(stem):
    # A check that no attempt of the bank fails has never been seen to fail.
    tree = ast.parse((EXERCISE_TESTS / f"test_{stem}.py").read_text())
    checks = {
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }
    assert {check for check, _ in fates(stem) if check} == checks
