"""What passed the checks is deployed, and nothing else."""

import pytest

from workshop.deploy.readiness import expect_solved, expect_started
from workshop.errors import WorkshopError
from workshop.repository import EXERCISES, FUNCTIONS, SOLUTIONS

STEM = "02_palindrome_products"


def test_an_exercise_that_is_not_started_names_the_check():
    exercise = EXERCISES / f"{STEM}.ipynb"
    words = f"{STEM}.ipynb is not started.*`workshop check 02`"
    with pytest.raises(WorkshopError, match=words):
        expect_started(exercise)


def test_a_started_one_that_is_wrong_says_what_fails(wrong):
    expect_started(wrong)
    words = "does not pass its checks.*`workshop check 02` says why"
    with pytest.raises(WorkshopError, match=words):
        expect_solved(wrong)


def test_a_solved_one_is_judged_and_passes(solved, capsys):
    path = solved(STEM)
    expect_started(path)
    expect_solved(path)
    assert capsys.readouterr().out == "checking 02 first\n"


@pytest.mark.parametrize(
    "target", [SOLUTIONS / f"{STEM}.ipynb", FUNCTIONS / "aws" / "python"]
)
def test_what_needs_no_judge_has_none(target, capsys):
    expect_solved(target)
    assert capsys.readouterr().out == ""
