"""The kernel: `fast` says what `brute` says, and says it sooner."""

import subprocess
import sys
from time import perf_counter

import fermat
import palindromes
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from palindromes import (
    MAX_FACTOR,
    InvalidRange,
    answer,
    brute,
    fast,
    palindrome_products,
)

from workshop.repository import KERNEL

steady = settings(derandomize=True, deadline=None, max_examples=200)


@st.composite
def ranges(draw, digits, width):
    """A range whose min has up to `digits` digits, as likely any length."""
    length = draw(st.integers(1, digits))
    least = draw(st.integers(10 ** (length - 1), 10**length - 1))
    return least, min(MAX_FACTOR, least + draw(st.integers(0, width)))


# The oracle


def test_brute_finds_the_values_of_the_talk():
    assert brute(10, 99) == {
        "smallest": {"value": 121, "factors": [[11, 11]]},
        "largest": {"value": 9009, "factors": [[91, 99]]},
    }


def test_brute_reports_every_pair_of_factors_in_order():
    assert brute(1, 9)["largest"] == {"value": 9, "factors": [[1, 9], [3, 3]]}


@pytest.mark.parametrize("kernel", [brute, fast])
def test_a_range_without_palindromes_has_no_value(kernel):
    nothing = {"value": None, "factors": []}
    assert kernel(15, 15) == {"smallest": nothing, "largest": nothing}


@pytest.mark.parametrize("max_factor", range(1, 130))
def test_fast_agrees_with_brute_on_every_small_range(max_factor):
    for min_factor in range(max(1, max_factor - 40), max_factor + 1):
        expected = brute(min_factor, max_factor)
        assert fast(min_factor, max_factor) == expected


@steady
@given(ranges(digits=12, width=150))
def test_fast_agrees_with_brute_on_narrow_ranges(limits):
    assert fast(*limits) == brute(*limits)


@steady
@given(ranges(digits=3, width=400))
def test_fast_agrees_with_brute_on_wider_ranges(limits):
    assert fast(*limits) == brute(*limits)


@steady
@given(st.integers(1, 6), st.integers(0, 150), st.integers(0, 150))
def test_fast_agrees_with_brute_where_the_length_changes(power, below, above):
    limits = max(1, 10**power - below), 10**power + above
    assert fast(*limits) == brute(*limits)


@steady
@given(ranges(digits=8, width=10**8))
def test_fast_agrees_with_fermat_on_wide_ranges(limits):
    assert fast(*limits) == fermat.report(*limits)


@steady
@given(ranges(digits=4, width=120))
def test_fermat_agrees_with_brute(limits):
    assert fermat.report(*limits) == brute(*limits)


# What is true of every report


@steady
@given(ranges(digits=9, width=10**9))
def test_factors_multiply_to_a_palindrome_and_ascend_in_the_range(limits):
    min_factor, max_factor = limits
    for found in fast(min_factor, max_factor).values():
        if found["value"] is None:
            assert found["factors"] == []
            continue
        assert str(found["value"]) == str(found["value"])[::-1]
        assert found["factors"] == sorted(found["factors"]) != []
        for a, b in found["factors"]:
            assert min_factor <= a <= b <= max_factor
            assert a * b == found["value"]


def test_eight_digits():
    assert fast(10_000_000, 99_999_999) == {
        "smallest": {
            "value": 100000020000001,
            "factors": [[10000001, 10000001]],
        },
        "largest": {
            "value": 9999000000009999,
            "factors": [[99990001, 99999999]],
        },
    }


def test_twelve_digits():
    assert fast(100_000_000_000, MAX_FACTOR) == {
        "smallest": {
            "value": 10000000000200000000001,
            "factors": [[100000000001, 100000000001]],
        },
        "largest": {
            "value": 999999000000000000999999,
            "factors": [[999999000001, 999999999999]],
        },
    }


def test_products_of_an_odd_length_have_no_multiple_of_eleven_to_lean_on():
    limits = 1_610_000_000, 1_610_200_000
    assert fast(*limits) == fermat.report(*limits)


def test_palindrome_products_is_fast():
    assert palindrome_products(10, 99) == fast(10, 99)


# Events


def test_an_event_without_a_kernel_gets_fast():
    wide = {"min": 10_000_000, "max": 99_999_999}
    assert answer(wide) == fast(10_000_000, 99_999_999)


def test_brute_has_a_bound_and_its_last_range_is_let_in(monkeypatch):
    monkeypatch.setattr(palindromes, "BRUTE_FACTORS", 90)
    assert answer({"min": 10, "max": 99, "kernel": "brute"}) == brute(10, 99)
    with pytest.raises(InvalidRange, match=r"less than min \+ 90 for"):
        answer({"min": 10, "max": 100, "kernel": "brute"})


def test_an_invalid_range_is_a_value_error():
    with pytest.raises(ValueError, match="min must be at least 1"):
        answer({"min": 0, "max": 99})


def test_an_answer_shares_nothing_with_the_next():
    answer({"min": 10, "max": 99})["largest"]["factors"].clear()
    assert answer({"min": 10, "max": 99}) == brute(10, 99)


# Speed, as ratios within one run: no machine is promised a time


def seconds(call, *arguments):
    start = perf_counter()
    call(*arguments)
    return perf_counter() - start


@pytest.fixture(scope="module")
def brute_on_three_digits():
    """Seconds that all pairs of 100 to 999 take here."""
    return min(seconds(brute, 100, 999) for _ in range(3))


def test_fast_is_a_thousand_times_as_fast_as_brute_on_four_digits():
    # The talk's longest range: this one call of brute takes seconds.
    slow = seconds(brute, 1000, 9999)
    quick = min(seconds(fast, 1000, 9999) for _ in range(5))
    assert slow / quick >= 1000


def test_eight_digits_cost_less_than_brute_on_three(brute_on_three_digits):
    quick = min(seconds(fast, 10**7, 10**8 - 1) for _ in range(3))
    assert quick < brute_on_three_digits


def test_twelve_digits_cost_less_than_ten_times_brute_on_three(
    brute_on_three_digits,
):
    quick = min(seconds(fast, 10**11, 10**12 - 1) for _ in range(3))
    assert quick < 10 * brute_on_three_digits


def test_the_kernel_imports_nothing_but_math():
    # A cold start pays for every import.
    script = (
        "import sys; before = set(sys.modules); import palindromes; "
        "print(sorted(set(sys.modules) - before - {'math'}))"
    )
    run = subprocess.run(
        [sys.executable, "-S", "-c", script],
        cwd=KERNEL,
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout == "['palindromes']\n"
