"""A month of what was compared, by hand."""

from decimal import Decimal

import pytest

from workshop.billing.comparison import Month, compare, task_usd
from workshop.billing.free_tier import UNUSED, USED_UP
from workshop.billing.measured import Measured
from workshop.billing.price_card import todays
from workshop.errors import WorkshopError

MILLION = Decimal(1_000_000)


def number(text):
    return Decimal(text)


ON_LAMBDA = Measured(
    *("lambda", "node", "brute", "100-999"),
    *map(number, ("1024", "499.3", "500", "150")),
)
ON_AZURE = Measured(
    *("azure", "node", "brute", "100-999"),
    *(None, number("11.2"), None, number("700")),
)


def month(requests=MILLION, cold=Decimal(0), free=USED_UP):
    return Month(requests, cold, free, todays())


def totals(row, month):
    [one] = compare([row], month)
    return {name: bill.total for name, bill in one.bills.items()}


def test_on_lambda():
    # 0.20 + 1 M * 0.5 s * 1 GB * 0.0000166667 = 0.20 + 8.33335
    x86 = number("8.53335")
    assert totals(ON_LAMBDA, month()) == {
        "lambda-url": x86,
        # 0.20 + 500,000 * 0.0000133334 = 0.20 + 6.6667
        "lambda-arm": number("6.8667"),
        "lambda-http": x86 + 1,
        "lambda-rest": x86 + number("3.5"),
    }


def test_cold_starts_are_billed_with_their_init():
    # Of 1 M requests 2 %: 20,000. 499.3 + 150 = 649.3, so 650 ms; less the
    # 500 of a warm one: 150 ms. 3,000 GB-s * 0.0000166667 = 0.0500001
    found = totals(ON_LAMBDA, month(cold=Decimal(2)))
    assert found["lambda-url"] == number("8.53335") + number("0.0500001")


def test_on_azure():
    assert totals(ON_AZURE, month(cold=Decimal(2))) == {
        # 0.20 + 1 M * 0.1 s * 0.125 GB * 0.000016 = 0.20 + 0.20
        "azure-consumption": number("0.4"),
        # 0.40 + 1 M * 1 s * 2 GB * 0.000026 = 0.40 + 52
        "azure-flex": number("52.4"),
    }


def test_what_is_free():
    # 100,000 GB-s * 0.0000166667
    found = totals(ON_LAMBDA, month(free=UNUSED))
    assert found["lambda-url"] == number("1.66667")


def test_from_how_many_requests_a_task_is_cheaper():
    assert task_usd(todays()) == number("8.8866")
    [one] = compare([ON_LAMBDA], month())
    # 8.8866 / (0.0000002 + 0.5 * 0.0000166667) = 8.8866 / 0.00000853335
    #   = 1,041,396.4
    assert one.task_from == 1_041_397
    [azure] = compare([ON_AZURE], month())
    assert azure.task_from is None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"requests": Decimal(-1)}, "requests a month must not be negative"),
        ({"requests": Decimal("inf")}, "requests a month must be finite"),
        ({"cold": Decimal(-1)}, "cold starts must not be negative"),
        (
            {"cold": Decimal("100.5")},
            "cold starts must be at most 100 percent, not 100.5.",
        ),
    ],
)
def test_a_month_that_there_is_not(wrong, said):
    with pytest.raises(WorkshopError) as caught:
        month(**wrong)
    assert said in str(caught.value)


def test_memory_that_lambda_does_not_offer():
    row = Measured(*("lambda", "x", "", "hello"), *map(number, "9111"))
    with pytest.raises(WorkshopError, match=r"memory_mb from 128 to 10,240"):
        compare([row], month())
