"""Cloud Run's two bills, by hand."""

from decimal import Decimal

import pytest

from workshop.billing.cloud_run import (
    ROUNDING,
    instance_based,
    request_based,
)
from workshop.billing.free_tier import USED_UP
from workshop.billing.usage import Usage
from workshop.errors import WorkshopError

A_MONTH = 30 * 24 * 3600  # 2,592,000 s


def test_request_based():
    usage = Usage.per_call(ROUNDING, 10_000_000, 180)
    bill = request_based(usage, 1, 0.5)
    # 10 M * 0.2 s = 2 M s. 8 M * 0.40 / M = 3.20
    # (2 M - 180,000) * 0.000024 = 43.68
    # (1 M - 360,000) * 0.0000025 = 1.60
    assert [line.amount for line in bill.lines] == [
        Decimal("3.2"),
        Decimal("43.68"),
        Decimal("1.6"),
    ]


def test_calls_that_share_an_instance_are_billed_once():
    usage = Usage.of(10_000_000, 2_000_000, busy_s=250_000)
    bill = request_based(usage, 1, 0.5)
    # 3.20 + 70,000 * 0.000024 = 1.68; 125,000 GiB-s are free
    assert bill.total == Decimal("4.88")


def test_a_start_is_billed_as_well():
    usage = Usage.of(100, 10, 5)
    bill = request_based(usage, 2, 1, free=USED_UP)
    assert [line.quantity for line in bill.lines] == [100, 30, 15]


def test_instance_based():
    usage = Usage.of(10_000_000, 1, instance_s=A_MONTH)
    bill = instance_based(usage, 1, 0.5)
    # (2,592,000 - 240,000) * 0.000018 = 42.336
    # (1,296,000 - 450,000) * 0.000002 = 1.692; no fee for requests
    assert [line.amount for line in bill.lines] == [
        Decimal("42.336"),
        Decimal("1.692"),
    ]


@pytest.mark.parametrize(
    ("vcpu", "gib"),
    [
        (0.08, 0.125),
        (0.333, 0.5),
        (0.5, 1),
        (1, 4),
        (2, 0.125),
        (4, 2),
        (8, 32),
    ],
)
def test_sizes(vcpu, gib):
    bill = request_based(Usage.of(0, 1000), vcpu, gib)
    _, cpu, memory = bill.lines
    assert cpu.quantity == Decimal(str(vcpu)) * 1000
    assert memory.quantity == Decimal(str(gib)) * 1000


@pytest.mark.parametrize(
    ("vcpu", "gib", "said"),
    [
        (3, 2, "takes 1, 2, 4, 6 or 8 vCPU, or less than 1 from 0.08 in"),
        (0.07, 0.125, "from 0.08 in steps of 0.001, not 0.07."),
        (0.0805, 0.125, "not 0.0805."),
        (0.4, 1, "takes 0.125 to 0.5 GiB with 0.4 vCPU, not 1."),
        (0.5, 2, "takes 0.125 to 1 GiB with 0.5 vCPU, not 2."),
        (1, 4.5, "takes 0.125 to 4 GiB with 1 vCPU, not 4.5."),
        (4, 1, "takes 2 to 16 GiB with 4 vCPU, not 1."),
        (1, 0.1, "takes 0.125 to 4 GiB with 1 vCPU, not 0.1."),
        (float("inf"), 1, "vcpu must be finite, not inf."),
        (1, -1, "memory_gib must not be negative, as -1 is."),
    ],
)
def test_sizes_that_it_does_not_offer(vcpu, gib, said):
    for pricing in request_based, instance_based:
        with pytest.raises(WorkshopError) as caught:
            pricing(Usage.of(0, 0, instance_s=1), vcpu, gib)
        assert said in str(caught.value)


def test_what_is_billed_by_request_only():
    usage = Usage.of(0, 0, instance_s=1)
    with pytest.raises(WorkshopError, match="less than 1 vCPU by request"):
        instance_based(usage, 0.5, 0.5)
    with pytest.raises(WorkshopError, match=r"less than 0\.5 GiB by request"):
        instance_based(usage, 1, 0.25)
