"""The storage account's bill, by hand."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from workshop.billing import azure_storage
from workshop.billing.price_card import todays
from workshop.errors import WorkshopError


def test_what_is_stored_and_done():
    bill = azure_storage.bill(5, 200_000, 300_000)
    # 5 * 0.0208; 20 * 0.05; 30 * 0.004
    assert [line.amount for line in bill.lines] == [
        Decimal("0.104"),
        1,
        Decimal("0.12"),
    ]


def test_much_is_cheaper():
    # 51,200 * 0.0208 + 460,800 * 0.019968 + 88,000 * 0.019136
    #   = 1,064.96 + 9,201.2544 + 1,683.968
    assert azure_storage.bill(600_000).total == Decimal("11950.1824")


def test_by_another_card():
    card = replace(todays(), date=date(2027, 1, 1))
    assert azure_storage.bill(1, card=card).priced == card.date


def test_less_than_nothing():
    with pytest.raises(WorkshopError, match=r"^writes must not be negative"):
        azure_storage.bill(1, -1)
