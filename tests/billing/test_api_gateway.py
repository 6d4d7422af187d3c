"""What stands before a function: AWS's own examples, and sums by hand."""

from decimal import Decimal

import pytest

from workshop.billing import api_gateway
from workshop.billing.free_tier import FIRST_YEARS
from workshop.errors import WorkshopError

# "Amazon API Gateway Pricing", read 2026-11; without the data transfer there.


def test_a_web_application_on_an_http_api():
    number = 10_000 * 60 * 24 * 30  # 432 M; 12 KB and 46 KB each
    bill = api_gateway.http_api(number, 46)
    # 300 M * 1.00 / M + 132 M * 0.90 / M
    assert [line.amount for line in bill.lines] == [300, Decimal("118.8")]
    assert bill.total == Decimal("418.8")


def test_an_upload_counts_for_each_512_kb():
    number = 25 * 60 * 24 * 30  # 1.08 M of 4.5 MB: 9 units each
    bill = api_gateway.http_api(number, 4.5 * 1024)
    assert bill.lines[0].quantity == 9_720_000
    assert bill.total == Decimal("9.72")


def test_a_rest_api():
    # 5 M * 3.50 / M
    assert api_gateway.rest_api(5_000_000).total == Decimal("17.5")


def test_a_large_rest_api():
    bill = api_gateway.rest_api(15_000_000_000)
    # 333 M * 3.50 / M, 667 M * 2.80 / M, 14 G * 2.38 / M
    assert [line.amount for line in bill.lines] == [
        Decimal("1165.5"),
        Decimal("1867.6"),
        33_320,
    ]
    assert bill.total == Decimal("36353.1")
    # 5 G more at 2.38, and 1 G at 1.51: 36,353.10 + 11,900 + 1,510
    assert api_gateway.rest_api(21 * 10**9).total == Decimal("49763.1")


# By hand


@pytest.mark.parametrize(
    ("kb", "units"), [(0, 1), (1, 1), (512, 1), (512.1, 2), (1025, 3)]
)
def test_the_units_of_one_call(kb, units):
    assert api_gateway.http_api(1, kb).lines[0].quantity == units


def test_a_million_was_free_in_the_first_year():
    for api, price in (
        (api_gateway.http_api, "1.00"),
        (api_gateway.rest_api, "3.50"),
    ):
        assert api(1_000_000).total == Decimal(price)
        assert api(1_000_000, free=FIRST_YEARS).total == 0
        assert api(3_000_000, free=FIRST_YEARS).total == 2 * Decimal(price)


def test_a_function_url_is_a_line_that_costs_nothing():
    bill = api_gateway.function_url(5_000_000)
    [line] = bill.lines
    assert (line.what, line.quantity) == ("function URL", 5_000_000)
    assert bill.total == 0


@pytest.mark.parametrize(
    "api",
    [api_gateway.http_api, api_gateway.rest_api, api_gateway.function_url],
)
def test_what_cannot_be_billed(api):
    with pytest.raises(WorkshopError, match=r"^requests must not be negative"):
        api(-1)
    with pytest.raises(WorkshopError, match="region eu-none-1"):
        api(1, region="eu-none-1")
