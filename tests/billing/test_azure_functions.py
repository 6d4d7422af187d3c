"""Azure Functions' bills: the documentation's examples, and sums by hand."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from workshop.billing import azure_functions
from workshop.billing.azure_functions import (
    CONSUMPTION_ROUNDING,
    FLEX_ROUNDING,
    consumption,
    flex,
    flex_always_ready,
)
from workshop.billing.free_tier import USED_UP
from workshop.billing.price_card import todays
from workshop.billing.usage import Usage
from workshop.errors import WorkshopError

MILLION = 1_000_000
A_MONTH = 30 * 24 * 3600  # 2,592,000 s


def calls(number, ms, rounding=CONSUMPTION_ROUNDING):
    return Usage.per_call(rounding, number, ms)


# Consumption


def test_half_a_gigabyte_for_three_seconds():
    # "Estimating consumption-based costs": 0.5 GB * 3 s = 1.5 GB-s
    bill = consumption(calls(1, 3000), 512)
    assert bill.lines[1].quantity == Decimal("1.5")


def test_160_mb_are_billed_as_256():
    # The same page.
    bill = consumption(calls(1, 1000), 160)
    assert bill.lines[1].quantity == Decimal("0.25")


def test_two_million_seconds_with_the_most_memory():
    # The case of "Azure Functions pricing"; summed by hand:
    # 2 M * 1 s * 1.5 GB = 3 M GB-s; less 400,000: 2.6 M * 0.000016 = 41.60
    # 2 M - 1 M = 1 M executions * 0.20 / M = 0.20
    bill = consumption(calls(2 * MILLION, 1000), 1536)
    assert [line.amount for line in bill.lines] == [
        Decimal("0.2"),
        Decimal("41.6"),
    ]
    assert bill.total == Decimal("41.8")


def test_a_quick_call_costs_as_one_of_100_ms():
    bill = consumption(calls(MILLION, 2), free=USED_UP)
    # 1 M * 0.1 s * 0.125 GB = 12,500 GB-s * 0.000016 = 0.20; + 0.20
    assert bill.total == Decimal("0.4")


def test_a_long_call_is_rounded_up_to_1_ms():
    bill = consumption(calls(1000, 100.2), 128, free=USED_UP)
    # 1000 * 0.101 s * 0.125 GB
    assert bill.lines[1].quantity == Decimal("12.625")


@pytest.mark.parametrize(
    ("mb", "gb"), [(1, "0.125"), (128, "0.125"), (129, "0.25"), (1536, "1.5")]
)
def test_memory_in_steps_of_128_mb(mb, gb):
    bill = consumption(calls(1, 1000), mb)
    assert bill.lines[1].quantity == Decimal(gb)


# Flex Consumption


def test_on_demand():
    bill = flex(calls(MILLION, 80, FLEX_ROUNDING), 2048)
    # 1 M * 1 s * 2 GB = 2 M GB-s; less 100,000: 1.9 M * 0.000026 = 49.40
    # 1 M - 250,000 = 750,000 * 0.40 / M = 0.30
    assert [line.amount for line in bill.lines] == [
        Decimal("0.3"),
        Decimal("49.4"),
    ]


def test_past_a_second_in_steps_of_100_ms():
    bill = flex(calls(1000, 1230, FLEX_ROUNDING), 512, free=USED_UP)
    # 1000 * 1.3 s * 0.5 GB = 650 GB-s * 0.000026 = 0.0169; + 0.0004
    assert bill.total == Decimal("0.0173")


def test_calls_that_share_an_instance_are_billed_once():
    alone = Usage.of(4000, 4000)
    shared = Usage.of(4000, 4000, busy_s=1000)
    one, other = (flex(usage, 4096) for usage in (alone, shared))
    assert (one.lines[1].quantity, other.lines[1].quantity) == (16_000, 4000)


def test_always_ready():
    usage = Usage.of(MILLION, 100_000, instance_s=2 * A_MONTH)
    bill = flex_always_ready(usage, 512)
    # 1 M * 0.40 / M = 0.40; 100,000 s * 0.5 GB * 0.000016 = 0.80
    # 2 * 2,592,000 s * 0.5 GB * 0.000004 = 10.368; nothing is free
    assert [line.amount for line in bill.lines] == [
        Decimal("0.4"),
        Decimal("0.8"),
        Decimal("10.368"),
    ]


def test_always_ready_by_another_card():
    card = replace(todays(), date=date(2027, 1, 1))
    usage = Usage.of(1, 1, instance_s=1)
    assert flex_always_ready(usage, card=card).priced == card.date


@pytest.mark.parametrize("pricing", [flex, flex_always_ready])
@pytest.mark.parametrize("memory_mb", [128, 1024, 4097])
def test_memory_that_flex_does_not_offer(pricing, memory_mb):
    with pytest.raises(WorkshopError) as caught:
        pricing(Usage.of(1, 1, instance_s=1), memory_mb)
    assert str(caught.value) == (
        "Flex Consumption takes memory_mb of 512, 2,048, 4,096, not "
        f"{memory_mb}."
    )


@pytest.mark.parametrize("memory_mb", [0, 1537])
def test_memory_that_consumption_does_not_offer(memory_mb):
    with pytest.raises(WorkshopError, match=r"memory_mb from 1 to 1,536"):
        consumption(calls(1, 1), memory_mb)


def test_a_region_that_the_card_has_not():
    for pricing in (consumption, flex, flex_always_ready):
        with pytest.raises(WorkshopError, match=r"region mars\. It has: east"):
            pricing(Usage.of(1, 1, instance_s=1), 512, region="mars")
    assert azure_functions.REGION == "eastus"
