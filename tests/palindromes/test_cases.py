"""cases.json judges the kernel in every language, and is judged here.

A case is a name, an event, and the `body` or the `error` that it gets. The
bodies are found again without `fast`, so that the file is not merely what
`fast` once said.

The numbers in the file and the products of its ranges stay below 2^53,
where JavaScript's numbers are exact, except in the cases whose name begins
with `big: `; they want BigInt there. No case holds 10.0, which JavaScript
cannot tell from 10.
"""

import json

import fermat
import pytest
from palindromes import InvalidRange, answer, brute

from workshop.repository import KERNEL

CASES = json.loads((KERNEL / "cases.json").read_text())
BODIES = [case for case in CASES if "body" in case]
ERRORS = [case for case in CASES if "error" in case]
RANGES = [case for case in BODIES if "min" in case["event"]]


def name(case):
    return case["name"]


def test_there_are_at_least_forty_cases_each_with_its_own_name():
    assert len({name(case) for case in CASES}) == len(CASES) >= 40


@pytest.mark.parametrize("case", BODIES, ids=name)
def test_the_kernel_gives_the_body(case):
    # As text, since the order of the keys is part of the contract.
    assert json.dumps(answer(case["event"])) == json.dumps(case["body"])


@pytest.mark.parametrize("case", ERRORS, ids=name)
def test_the_kernel_raises_the_error(case):
    with pytest.raises(InvalidRange) as caught:
        answer(case["event"])
    assert {
        "errorType": type(caught.value).__name__,
        "errorMessage": str(caught.value),
    } == case["error"]


@pytest.mark.parametrize("case", RANGES, ids=name)
def test_the_body_is_what_an_oracle_finds(case):
    least, most = case["event"]["min"], case["event"]["max"]
    factors = most - least + 1
    oracle = brute if factors <= 1000 else fermat.report
    assert case["body"] == oracle(least, most)


@pytest.mark.parametrize("case", RANGES, ids=name)
def test_a_case_beyond_exact_doubles_says_so(case):
    beyond = case["event"]["max"] ** 2 >= 2**53
    assert name(case).startswith("big: ") == beyond
