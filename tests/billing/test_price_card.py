"""The workshop's own price card, and what a card must not be."""

import json
from datetime import date
from decimal import Decimal

import pytest

from workshop.billing.price_card import load, todays
from workshop.errors import WorkshopError

PRICE = {
    "id": "x.calls",
    "region": "here",
    "what": "calls",
    "unit": "calls",
    "per": "1000",
    "tiers": [
        {"up_to": "5000", "price": "0.3"},
        {"up_to": None, "price": "0.2"},
    ],
    "free": {"amount": "100", "pool": "x calls", "whom": "always"},
    "source": {"title": "Prices of X", "read": "2026-11-28"},
}


def written(path, *prices, **head):
    told = {"date": "2026-11-28", "currency": "USD", "prices": prices} | head
    path.write_text(json.dumps(told))
    return path


def test_every_price_has_its_source_unit_region_and_date():
    card = todays()
    assert card.currency == "USD"
    assert card.date >= date(2026, 11, 28)
    assert len(card.prices) >= 30
    for (id, region), price in card.prices.items():
        assert (price.id, price.region) == (id, region)
        assert price.what and price.unit and price.source.title
        assert date(2026, 7, 1) <= price.source.read <= card.date
        assert all(tier.price < 10 for tier in price.tiers)
        # More costs no more a unit.
        prices = [tier.price for tier in price.tiers]
        assert prices == sorted(prices, reverse=True)


def test_a_price_by_its_id_and_region():
    price = todays().price("lambda.duration.x86_64", "us-east-1")
    assert [(tier.up_to, tier.price) for tier in price.tiers] == [
        (6_000_000_000, Decimal("0.0000166667")),
        (15_000_000_000, Decimal("0.000015")),
        (None, Decimal("0.0000133334")),
    ]
    assert price.free.amount == 400_000
    # One for both architectures.
    arm = todays().price("lambda.duration.arm64", "us-east-1")
    assert arm.free == price.free


def test_a_region_or_an_id_that_it_has_not():
    with pytest.raises(WorkshopError) as caught:
        todays().price("lambda.requests", "mars-1")
    assert str(caught.value) == (
        "The price card has no price lambda.requests for the region mars-1. "
        "It has: us-east-1."
    )
    with pytest.raises(WorkshopError, match=r"has no price lambda\.tips\.$"):
        todays().price("lambda.tips", "us-east-1")


def test_a_second_region_is_only_data(tmp_path):
    there = PRICE | {"region": "there", "tiers": PRICE["tiers"][1:]}
    card = load(written(tmp_path / "card.json", PRICE, there))
    assert card.regions("x.calls") == ["here", "there"]
    assert len(card.price("x.calls", "here").tiers) == 2
    assert len(card.price("x.calls", "there").tiers) == 1
    assert card.pools == ["x calls"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"unit": ""}, "x.calls: unit must be text, not ''."),
        ({"what": 3}, "x.calls: what must be text, not 3."),
        ({"per": "0"}, "x.calls: per must be more than nothing."),
        ({"per": 1000}, "x.calls: per must be text, not 1000."),
        ({"per": "-1"}, "x.calls: per must not be negative, as -1 is."),
        ({"per": "inf"}, "x.calls: per must be finite, not inf."),
        ({"tiers": []}, "x.calls: its last tier must have no limit."),
        (
            {"tiers": [{"up_to": "5", "price": "1"}]},
            "x.calls: its last tier must have no limit.",
        ),
        ({"tiers": [{"price": "1"}]}, "x.calls: it has no 'up_to'."),
        ({"tiers": [{"up_to": None}]}, "x.calls: it has no 'price'."),
        (
            {
                "tiers": [
                    {"up_to": "5", "price": "1"},
                    {"up_to": "5", "price": "1"},
                    {"up_to": None, "price": "1"},
                ]
            },
            "x.calls: each tier must end above the last.",
        ),
        (
            {"tiers": [{"up_to": None, "price": "1"}] * 2},
            "x.calls: each tier must end above the last.",
        ),
        ({"tiers": 5}, "x.calls: 'int' object is not iterable"),
        (
            {"free": {"amount": "1", "pool": "x", "whom": "friends"}},
            "x.calls: whom must be 'always' or 'first year', not 'friends'.",
        ),
        ({"source": {"title": "X"}}, "x.calls: it has no 'read'."),
        (
            {"source": {"title": "X", "read": "today"}},
            "x.calls: Invalid isoformat string: 'today'",
        ),
    ],
)
def test_a_price_at_fault_is_named(tmp_path, change, said):
    path = written(tmp_path / "card.json", PRICE | change)
    with pytest.raises(WorkshopError) as caught:
        load(path)
    assert str(caught.value) == f"{path}, {said}"


def test_a_price_without_an_id_is_told_by_its_place(tmp_path):
    nameless = {name: PRICE[name] for name in PRICE if name != "id"}
    path = written(tmp_path / "card.json", PRICE, nameless)
    with pytest.raises(WorkshopError, match=r"price number 2: it has no 'id'"):
        load(path)
    path = written(tmp_path / "card.json", "free")
    with pytest.raises(WorkshopError, match="price number 1: "):
        load(path)


def test_a_price_that_stands_twice(tmp_path):
    path = written(tmp_path / "card.json", PRICE, PRICE)
    with pytest.raises(WorkshopError, match=r"x\.calls: it stands twice for"):
        load(path)


def test_a_file_that_is_no_card(tmp_path):
    path = tmp_path / "card.json"
    with pytest.raises(WorkshopError, match="cannot be read: No such file"):
        load(path)
    path.write_text("{")
    with pytest.raises(WorkshopError, match="is not JSON"):
        load(path)
    for head in ({"date": "soon"}, {"date": 5}, {"prices": 5}):
        with pytest.raises(WorkshopError, match="needs a date such as"):
            load(written(path, **head))
    path.write_text("[]")
    with pytest.raises(WorkshopError, match="needs a date such as"):
        load(path)
