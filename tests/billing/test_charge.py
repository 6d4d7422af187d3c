"""The lines for a quantity: what is free, the tiers, what was before."""

from datetime import date
from decimal import Decimal

import pytest

from workshop.billing.charge import Till, charge
from workshop.billing.free_tier import (
    FIRST_YEARS,
    UNUSED,
    USED_UP,
    FreeTier,
)
from workshop.billing.price_card import (
    FIRST_YEAR,
    Free,
    Price,
    PriceCard,
    Source,
    Tier,
)
from workshop.errors import WorkshopError

TIERS = (
    Tier(Decimal(100), Decimal(5)),
    Tier(Decimal(300), Decimal(3)),
    Tier(None, Decimal(2)),
)
DAY = date(2026, 11, 28)
SOURCE = Source("Prices", DAY)


def price(free=None):
    per = Decimal(10)
    return Price("x", "here", "cups", "cups", per, TIERS, free, SOURCE)


def charged(*arguments):
    numbers = [Decimal(one) for one in arguments]
    return [
        (line.quantity, line.free, line.price, line.amount)
        for line in charge(price(), *numbers)
    ]


@pytest.mark.parametrize(
    ("quantity", "lines"),
    [
        (0, [(0, 0, 5, 0)]),
        (40, [(40, 0, 5, 20)]),  # 40 * 5 / 10
        (100, [(100, 0, 5, 50)]),
        (101, [(100, 0, 5, 50), (1, 0, 3, Decimal("0.3"))]),
        (400, [(100, 0, 5, 50), (200, 0, 3, 60), (100, 0, 2, 20)]),
    ],
)
def test_a_line_for_each_tier(quantity, lines):
    assert charged(quantity) == lines


@pytest.mark.parametrize(
    ("quantity", "free", "lines"),
    [
        (40, 30, [(40, 30, 5, 5)]),
        (40, 50, [(40, 40, 5, 0)]),
        (150, 120, [(100, 100, 5, 0), (50, 20, 3, 9)]),
    ],
)
def test_what_is_free_is_the_first_of_the_month(quantity, free, lines):
    assert charged(quantity, free) == lines


@pytest.mark.parametrize(
    ("quantity", "free", "before", "lines"),
    [
        (40, 30, 20, [(40, 10, 5, 15)]),  # 10 of the 30 are left
        (40, 30, 80, [(20, 0, 5, 10), (20, 0, 3, 6)]),
        (10, 0, 300, [(10, 0, 2, 2)]),
    ],
)
def test_what_was_charged_before_counts(quantity, free, before, lines):
    assert charged(quantity, free, before) == lines


def test_what_of():
    [line] = charge(price(), Decimal(1), of="tea")
    assert (line.what, line.unit) == ("cups: tea", "cups")


def card(free):
    return PriceCard(DAY, "USD", {("x", "here"): price(free)})


@pytest.mark.parametrize(
    ("tier", "left"),
    [
        (UNUSED, 30),
        (USED_UP, 0),
        (FIRST_YEARS, 30),
        (FreeTier({"all cups": 10}), 20),
        (FreeTier({"all cups": 99.5}), 0),
    ],
)
def test_how_much_is_free(tier, left):
    free = Free(Decimal(30), "all cups")
    [line] = Till("here", tier, card(free)).lines("x", Decimal(50))
    assert line.free == left


def test_what_is_free_in_the_first_year_alone():
    free = Free(Decimal(30), "all cups", FIRST_YEAR)
    for tier, left in ((UNUSED, 0), (FIRST_YEARS, 30)):
        [line] = Till("here", tier, card(free)).lines("x", Decimal(50))
        assert line.free == left


def test_what_is_used_must_be_something_free():
    with pytest.raises(WorkshopError) as caught:
        Till.of("here", FreeTier({"cups": 1}), card(Free(Decimal(1), "all")))
    assert str(caught.value) == (
        "Nothing is free by the name of cups. There are: all."
    )
    negative = FreeTier({"lambda requests": -1})
    till = Till.of("us-east-1", negative, None)
    with pytest.raises(WorkshopError, match="used: lambda requests must not"):
        till.lines("lambda.requests", Decimal(1))
