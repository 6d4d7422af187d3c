"""What the module of exercise 02 must do: one check, one sentence.

What a range gives is known from the cases that judge the kernel in every
language. The calls are made in a process of their own, see calls.py.
"""

import json

import pytest
from calls import SECONDS, Outcome, ask

from workshop.repository import KERNEL

CASES = {
    case["name"]: case
    for case in json.loads((KERNEL / "cases.json").read_text())
    if not case["name"].startswith("big: ")
}
NOTHING = {"value": None, "factors": []}
NO_PALINDROME = {"smallest": NOTHING, "largest": NOTHING}
TWO_DIGITS = {
    "smallest": {"value": 121, "factors": [[11, 11]]},
    "largest": {"value": 9009, "factors": [[91, 99]]},
}
SIX_DIGITS = {
    "smallest": {"value": 10000200001, "factors": [[100001, 100001]]},
    "largest": {"value": 999000000999, "factors": [[999001, 999999]]},
}


def expect(answer, expected, hint, seconds=SECONDS):
    """Fail at the first call that does not give what is expected of it.

    `expected` is a dict from calls to values; an InvalidRange is expected
    as an exception.
    """
    outcomes = ask(answer.path, *expected, seconds=seconds)
    for outcome, value in zip(outcomes, expected.values(), strict=False):
        if not is_right(outcome, value):
            pytest.fail(
                f"{outcome.call}\n"
                f"  expected  {value!r}\n"
                f"  came      {outcome.came}\n"
                f"  hint      {hint}",
                pytrace=False,
            )


def is_right(outcome: Outcome, value):
    if isinstance(value, InvalidRange):
        return (outcome.error, outcome.message) == ("InvalidRange", str(value))
    # As text: True is not 1, and the order of the keys is part of a body.
    as_text = json.dumps(outcome.value), json.dumps(value)
    return outcome.error is None and as_text[0] == as_text[1]


class InvalidRange(Exception):
    """What is expected of a call that breaks a rule."""


def cases(*names):
    """The calls of these cases, and what they give."""
    expected = {}
    for name in names or CASES:
        case = CASES[name]
        gives = case.get("body")
        if gives is None:
            gives = InvalidRange(case["error"]["errorMessage"])
        expected[f"answer({case['event']!r})"] = gives
    return expected


# Step 1: a palindrome


def test_a_palindrome_reads_the_same_backwards(answer):
    numbers = {7: True, 9009: True, 9010: False, 100: False, 1231: False}
    expect(
        answer,
        {f"is_palindrome({n})": gives for n, gives in numbers.items()},
        "compare all the digits, str(number), with the same digits reversed",
    )


# Step 2: brute force


def test_brute_finds_the_smallest_and_the_largest(answer):
    expect(
        answer,
        {"brute(10, 99)": TWO_DIGITS},
        "return a dict with the keys smallest and largest, as in the spec; "
        "compare products as numbers, not as text",
    )


def test_brute_tries_the_last_factor_of_the_range(answer):
    expect(
        answer,
        {
            "brute(1, 3)['largest']": {"value": 9, "factors": [[3, 3]]},
            "brute(8, 11)['largest']": {"value": 121, "factors": [[11, 11]]},
        },
        "range(a, b) ends before b: the last factor needs a + 1",
    )


def test_brute_multiplies_a_factor_with_itself(answer):
    expect(
        answer,
        {
            "brute(10, 12)['smallest']": {"value": 121, "factors": [[11, 11]]},
            "brute(2, 4)['smallest']": {"value": 4, "factors": [[2, 2]]},
        },
        "both factors may be equal: let b start at a",
    )


def test_brute_lists_every_pair_of_factors_once(answer):
    expect(
        answer,
        {
            "brute(1, 9)['largest']": {
                "value": 9,
                "factors": [[1, 9], [3, 3]],
            },
            "brute(12, 40)['smallest']": {
                "value": 252,
                "factors": [[12, 21], [14, 18]],
            },
        },
        "a palindrome can have several pairs: keep all of them, "
        "each once, with a <= b",
    )


def test_brute_says_so_when_there_is_no_palindrome(answer):
    expect(
        answer,
        {"brute(15, 15)": NO_PALINDROME, "brute(1002, 1003)": NO_PALINDROME},
        "the value is None then and factors is []; min and max of nothing "
        "need default=None",
    )


# Step 3: palindromes in order


def test_mirror_repeats_the_first_half(answer):
    expect(
        answer,
        {
            "mirror(97, 4)": 9779,
            "mirror(10, 4)": 1001,
            "mirror(979, 6)": 979979,
        },
        "put the digits and the reversed digits together, and make an int",
    )


def test_mirror_does_not_repeat_the_middle_of_an_odd_length(answer):
    expect(
        answer,
        {"mirror(979, 5)": 97979, "mirror(10, 3)": 101, "mirror(7, 1)": 7},
        "in an odd length the middle digit stands once: leave out the "
        "first of the reversed digits",
    )


# Step 4: the factors of one number


def test_factor_pairs_finds_every_pair(answer):
    expect(
        answer,
        {
            "factor_pairs(9009, 10, 99)": [[91, 99]],
            "factor_pairs(252, 10, 99)": [[12, 21], [14, 18]],
            "factor_pairs(9779, 10, 99)": [],
        },
        "every a in the window that divides value gives [a, value // a]",
    )


def test_factor_pairs_finds_equal_factors(answer):
    expect(
        answer,
        {
            "factor_pairs(121, 10, 99)": [[11, 11]],
            "factor_pairs(1, 1, 1)": [[1, 1]],
        },
        "a may be isqrt(value) itself, and range stops one before its end",
    )


def test_factor_pairs_keeps_both_factors_in_the_range(answer):
    expect(
        answer,
        {
            "factor_pairs(252, 13, 99)": [[14, 18]],
            "factor_pairs(252, 10, 20)": [[14, 18]],
            "factor_pairs(252, 10, 17)": [],
        },
        "a is at least min_factor, and at least value / max_factor "
        "(rounded up), or b is too large",
    )


# Step 5: the fast kernel


def test_fast_says_what_brute_says(answer):
    bodies = [case for case in CASES.values() if "body" in case]
    ranges = [case for case in bodies if "min" in case["event"]]
    expected = {}
    for case in ranges:
        low, high = case["event"]["min"], case["event"]["max"]
        if high < 10_000:
            expected[f"fast({low}, {high})"] = case["body"]
    expect(
        answer,
        expected,
        "brute is the oracle: compare both on this range; the first "
        "palindrome with factors, from each end, is the answer",
    )


def test_fast_does_not_try_all_pairs(answer):
    expect(
        answer,
        {"fast(100000, 999999)": SIX_DIGITS},
        "brute force would need a day for this range: walk over the "
        "palindromes, and stop at the first one that has factors",
        seconds=4,  # the walk takes some milliseconds
    )


# Steps 6 and 7: an event in, a body out


def test_an_event_that_asks_for_nothing_gets_a_greeting(answer):
    expect(
        answer,
        {
            "answer({})": {"message": "hello, world"},
            "answer({'name': 'Ada'})": {"message": "hello, world"},
        },
        "look whether min and max are in the event; other fields do not "
        "matter",
    )


def test_an_event_with_a_range_gets_its_report(answer):
    expect(
        answer,
        {
            "answer({'min': 10, 'max': 99})": TWO_DIGITS,
            "answer({'min': 15, 'max': 15})": NO_PALINDROME,
        },
        "return what the kernel returns for min and max",
    )


def test_a_missing_field_is_named(answer):
    expect(
        answer,
        cases("min is missing", "max is missing"),
        "one of the two is in the event, the other is not: the sentence "
        "names the one that is missing",
    )


def test_a_factor_is_a_whole_number(answer):
    expect(
        answer,
        cases(
            "min is null", "max is a float", "min is a string", "max is a list"
        ),
        "InvalidRange, with the field and the rule in its message; look at "
        "the type before you compare",
    )


def test_true_is_not_a_number(answer):
    expect(
        answer,
        cases("min is true", "max is false"),
        "isinstance(True, int) is true in Python: type(...) is int is not",
    )


def test_a_factor_is_at_least_one(answer):
    expect(
        answer,
        cases("min is zero", "max is zero", "min is negative"),
        "0 is a value like any other: test `in` and `< 1`, not whether "
        "the field is truthy",
    )


def test_a_factor_is_at_most_the_bound(answer):
    expect(
        answer,
        cases("min is above the bound", "max is above the bound"),
        "MAX_FACTOR is the largest that may pass",
    )


def test_min_is_not_above_max(answer):
    expect(
        answer,
        cases("min is greater than max"),
        "compare the two once both are known to be whole numbers",
    )


def test_an_event_is_an_object(answer):
    expect(
        answer,
        cases("event is null", "event is a list", "event is a string"),
        "ask isinstance(event, dict) before you look into it",
    )


def test_the_kernel_is_brute_or_fast_and_nothing_else(answer):
    expect(
        answer,
        cases(
            "kernel brute",
            "kernel fast",
            "kernel is unknown",
            "kernel is null",
            "kernel is a list",
        ),
        'only "brute" and "fast" may pass; without the field it is "fast"',
    )


def test_brute_has_a_bound(answer):
    expect(
        answer,
        cases("kernel brute: one factor too many"),
        "from 1 to 10001 there are 10001 factors, and BRUTE_FACTORS are "
        "the most that brute takes",
    )


def test_an_event_without_a_kernel_gets_the_fast_one(answer):
    expect(
        answer,
        {"answer({'min': 100000, 'max': 999999})": SIX_DIGITS},
        'without "kernel" in the event, fast is the kernel',
    )


def test_every_case_of_the_contract(answer):
    expect(
        answer,
        cases(),
        "this case is in functions/palindromes/cases.json; the rules are "
        "judged in the order that the exercise gives",
    )
