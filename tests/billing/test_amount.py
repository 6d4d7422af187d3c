"""Numbers as they are written, and what is no number."""

from decimal import Decimal
from fractions import Fraction

import pytest

from workshop.billing.amount import exact, grouped, times, total, up_to_step
from workshop.errors import WorkshopError


@pytest.mark.parametrize("tenth", [0.1, "0.1", Decimal("0.1")])
def test_a_float_is_what_it_prints(tenth):
    assert exact(tenth, "x") == Decimal("0.1")
    assert exact(3, "x") == 3


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (-1, "x must not be negative, as -1 is."),
        ("-0.5", "x must not be negative, as -0.5 is."),
        (float("nan"), "x must be finite, not nan."),
        (float("inf"), "x must be finite, not inf."),
        (Decimal("-Infinity"), "x must be finite, not -Infinity."),
        (Decimal("sNaN"), "x must be finite, not sNaN."),
        ("many", "x must be a number, not 'many'."),
        (Fraction(1, 3), "x must be a number, not Fraction(1, 3)."),
        (True, "x must be a number, not True."),
        (None, "x must be a number, not None."),
        ([1], "x must be a number, not [1]."),
        (2j, "x must be a number, not 2j."),
    ],
)
def test_what_is_no_number(wrong, said):
    with pytest.raises(WorkshopError) as caught:
        exact(wrong, "x")
    assert str(caught.value) == said


def test_no_digit_is_lost():
    many = Decimal("123456789012345678901.5")  # 22 digits
    small = Decimal("0.0000166667")
    assert times(many, small) * 10**10 == many * 166666 + many
    assert total(many, small) == Decimal("123456789012345678901.5000166667")


@pytest.mark.parametrize(
    ("value", "step", "up"),
    [("0", 100, 0), ("0.1", 100, 100), ("100", 100, 100), ("1013.2", 1, 1014)],
)
def test_up_to_a_step(value, step, up):
    assert up_to_step(Decimal(value), Decimal(step)) == up


@pytest.mark.parametrize(
    ("number", "text"),
    [("1234567.500", "1,234,567.5"), ("1E+6", "1,000,000"), ("0.20", "0.2")],
)
def test_grouped(number, text):
    assert grouped(Decimal(number)) == text
