"""The platforms by name: each has its rounding and its bill."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from workshop.billing.free_tier import USED_UP
from workshop.billing.platforms import PLATFORMS, Size, named
from workshop.billing.price_card import PriceCard, todays
from workshop.billing.usage import Usage
from workshop.errors import WorkshopError

USAGE = Usage.of(1_000_000, 1_000_000, instance_s=900_000)
HALF_A_GB = Size(512, Decimal("0.25"))
WHOLE = Size(2048, Decimal(1))

# 1 M requests of 1 s, instances for 250 h, nothing free
TOTALS = {
    # 0.20 + 500,000 * 0.0000166667
    "lambda": (HALF_A_GB, "8.53335"),
    # 0.20 + 500,000 * 0.0000133334
    "lambda-arm": (HALF_A_GB, "6.8667"),
    "lambda-url": (HALF_A_GB, "8.53335"),
    "lambda-http": (HALF_A_GB, "9.53335"),
    "lambda-rest": (HALF_A_GB, "12.03335"),
    # 0.20 + 500,000 * 0.000016
    "azure-consumption": (HALF_A_GB, "8.2"),
    # 0.40 + 500,000 * 0.000026
    "azure-flex": (HALF_A_GB, "13.4"),
    # 0.40 + 250,000 * 0.000024 + 500,000 * 0.0000025
    "cloud-run": (HALF_A_GB, "7.65"),
    # 900,000 * 0.000018 + 1.8 M * 0.000002
    "cloud-run-instance": (WHOLE, "19.8"),
    # 250 h * 0.04048 + 2 * 250 h * 0.004445
    "fargate": (WHOLE, "12.3425"),
    # 0.40 + 225,000 * 0.000024 + 450,000 * 0.000003
    "container-apps": (HALF_A_GB, "7.15"),
}


@pytest.mark.parametrize("name", PLATFORMS)
def test_a_month_on_each(name):
    size, total = TOTALS[name]
    bill = named(name).bill(USAGE, size, USED_UP)
    assert bill.total == Decimal(total)


@pytest.mark.parametrize("name", PLATFORMS)
def test_by_another_card(name):
    def doubled(price):
        tiers = [replace(tier, price=2 * tier.price) for tier in price.tiers]
        return replace(price, tiers=tuple(tiers))

    prices = {key: doubled(one) for key, one in todays().prices.items()}
    card = PriceCard(date(2027, 1, 1), "USD", prices)
    size, _ = TOTALS[name]
    dear = named(name).bill(USAGE, size, card=card)
    assert dear.total == 2 * named(name).bill(USAGE, size).total
    assert dear.priced == date(2027, 1, 1)


def test_each_has_a_title_and_a_rounding():
    assert set(TOTALS) == set(PLATFORMS)
    titles = {platform.title for platform in PLATFORMS.values()}
    assert len(titles) == len(PLATFORMS)
    assert {p.rounding.least_ms for p in PLATFORMS.values()} == {
        *(1, 100, 1000, 60_000)
    }


def test_a_platform_that_there_is_not():
    with pytest.raises(WorkshopError) as caught:
        named("mainframe")
    assert str(caught.value).startswith(
        "There is no platform mainframe. There are: lambda, lambda-arm, "
    )
