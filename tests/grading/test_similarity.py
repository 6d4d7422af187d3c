"""Answers that are alike but for names, comments and layout."""

import dataclasses

import pytest

from tests.grading.classes import FIRST
from workshop.answers import Answer, Part, answer_in, load, read_notebook
from workshop.exercises import generate
from workshop.grading.similarity import Solutions, alike, shape
from workshop.repository import SOLUTIONS

SOLUTION = SOLUTIONS / f"{FIRST}.ipynb"

MINE = '''
def best(numbers, limit):
    """The largest below a limit."""
    found = None  # so far
    for n in numbers:
        try:
            if n < limit and (found is None or n > found):
                found = n
        except TypeError as error:
            print(error, [n for n in (1, 2)], lambda x: x + limit)
    return found
'''
THEIRS = """
# my own work


def best(values, below):
    result = None
    "a text that nobody takes"
    for value in values:
        try:
            if (value < below
                    and (result is None or value > result)):
                result = value
        except TypeError as problem:
            print(problem, [value for value in (1, 2)], lambda y: y + below)
    return result
"""


def answer(source, *parts):
    return Answer(FIRST, "palindromes.py", source, parts)


def repeated(source, times=6):
    return "\n".join(
        source.replace("def best", f"def best_{n}") for n in range(times)
    )


def test_names_comments_and_layout_do_not_count():
    assert shape(answer(MINE)) == shape(answer(THEIRS))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("n < limit", "n <= limit"),
        ("n > found", "found > n"),
        ("def best", "def worst"),
        ("    found = None  # so far", "    global found\n    found = None"),
        ("x + limit", "limit + x"),
        ("def best", "async def best"),
    ],
)
def test_whatever_else_differs_counts(old, new):
    assert old in MINE
    assert shape(answer(MINE)) != shape(answer(MINE.replace(old, new)))


def test_other_files_count_too():
    one, other = Part("host.json", "host = 1"), Part("host.json", "host = 2")
    assert shape(answer(MINE, one)) != shape(answer(MINE, other))
    assert shape(answer(MINE, one)) == shape(answer(THEIRS, one))


def test_groups_of_names():
    mine, theirs = repeated(MINE), repeated(THEIRS)
    answers = {
        "Ada": answer(mine),
        "Grace": answer(theirs),
        "Alan": answer(mine.replace("<", "<=")),
    }
    assert alike(answers, FIRST) == [["Ada", "Grace"]]


def test_what_is_short_is_no_hint():
    short = answer("def best(a):\n    return max(a)\n")
    assert alike({"Ada": short, "Grace": short}, FIRST) == []


def test_the_solution_is_known_in_other_words():
    published = load(SOLUTION)
    other = dataclasses.replace(
        published, source=f"# mine\n{published.source}"
    )
    assert Solutions(FIRST).is_published(other)
    assert alike({"Ada": published, "Grace": other}, FIRST) == []


def test_what_is_not_started_is_no_hint():
    stub = answer_in(generate(read_notebook(SOLUTION)), SOLUTION)
    assert alike({"Ada": stub, "Grace": stub}, FIRST) == []


@pytest.mark.parametrize(
    "source",
    [
        "def f(:",
        "x = '\0'",
        "x = 1\n" * 20_000,
        "(" * 5_000 + ")" * 5_000,
        "x = " + "-" * 50_000 + "1",
        "x = " + "1 + " * 20_000 + "1",
    ],
)
def test_what_is_no_python_or_too_much_is_like_nothing(source):
    strange = answer(source)
    assert alike({"Ada": strange, "Grace": strange}, FIRST) == []
    assert not Solutions(FIRST).is_published(strange)
