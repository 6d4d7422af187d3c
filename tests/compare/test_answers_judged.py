"""What a function must answer, and what is said of one that does not."""

import json

import pytest

from tests.compare.plans import FAST, HELLO, LARGE, contender
from workshop.compare.cases import CASES, check, judge
from workshop.errors import WorkshopError

LAMBDA, AZURE = contender("python"), contender("python", "azure")
MANAGED = contender("python-managed")
ANSWERS = {
    json.dumps(case["event"]): case for case in json.loads(CASES.read_text())
}


def right(event, form):
    """The answer to a case; `form` is where it comes from."""
    case = ANSWERS[json.dumps(event)]
    if "body" in case:
        spaced = form == "managed"
        separators = None if spaced else (",", ":")
        return json.dumps(case["body"], separators=separators).encode()
    error = case["error"]
    if form == "http":
        error = {"error": error["errorMessage"]}
    else:
        error = {**error, "stackTrace": []}
    return json.dumps(error).encode()


@pytest.mark.parametrize(
    ("one", "form"),
    [(LAMBDA, "own"), (MANAGED, "managed"), (AZURE, "http")],
)
def test_the_right_answers_are_right(one, form):
    judge(one, lambda event: right(event, form))


@pytest.mark.parametrize(
    ("one", "form"), [(LAMBDA, "managed"), (MANAGED, "own")]
)
def test_to_the_byte(one, form):
    with pytest.raises(WorkshopError, match="hello world"):
        judge(one, lambda event: right(event, form))


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"no JSON",
        b"[]",
        b'{"errorMessage": "max must be at least 1"}',  # no type
        b'{"errorType": "InvalidRange", "errorMessage": "sorry"}',
        b'{"message":"hello, world"}',
    ],
)
def test_an_error_must_be_that_error(answer):
    def answers(event):
        if "error" in ANSWERS[json.dumps(event)]:
            return answer
        return right(event, "own")

    with pytest.raises(WorkshopError, match="errorMessage") as caught:
        judge(LAMBDA, answers)
    lines = str(caught.value).splitlines()
    assert lines[-1] == f"  came     {answer.decode()}".rstrip("\n")


def test_an_error_over_http_says_the_same():
    def answers(event):
        if "error" in ANSWERS[json.dumps(event)]:
            return b'{"error": "sorry"}'
        return right(event, "http")

    with pytest.raises(WorkshopError, match="sorry"):
        judge(AZURE, answers)


def test_an_answer_to_a_workload_is_checked_too():
    check(LAMBDA, HELLO, b'{"message":"hello, world"}')
    ours = right({"min": 10, "max": 99}, "own")
    check(LAMBDA, FAST[0], ours)
    with pytest.raises(WorkshopError) as caught:
        check(LAMBDA, LARGE, ours)
    assert str(caught.value) == (
        'It has answered {"min": 1000, "max": 9999, "kernel": "brute"} '
        "wrongly:\n"
        f"  expected {right({'min': 1000, 'max': 9999}, 'own').decode()}\n"
        f"  came     {ours.decode()}"
    )
