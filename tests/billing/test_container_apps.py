"""Container Apps' bill, by hand."""

from decimal import Decimal

import pytest

from workshop.billing import container_apps
from workshop.billing.free_tier import USED_UP
from workshop.billing.usage import Usage
from workshop.errors import WorkshopError

A_MONTH = 30 * 24 * 3600  # 2,592,000 s


def test_active_alone():
    usage = Usage.of(5_000_000, 0, instance_s=1_000_000)
    bill = container_apps.bill(usage, 0.5)
    # 3 M * 0.40 / M = 1.20; (500,000 - 180,000) * 0.000024 = 7.68
    # (1,000,000 * 1 GiB - 360,000) * 0.000003 = 1.92
    assert [line.amount for line in bill.lines] == [
        Decimal("1.2"),
        Decimal("7.68"),
        Decimal("1.92"),
    ]


def test_idle_at_the_minimum():
    usage = Usage.of(0, 0, instance_s=A_MONTH)
    bill = container_apps.bill(usage, 1, idle_s=A_MONTH - 592_000)
    # (592,000 - 180,000) * 0.000024 = 9.888; 2,000,000 * 0.000003 = 6
    # (2 * 2,592,000 - 360,000) * 0.000003 = 14.472
    assert [line.amount for line in bill.lines] == [
        0,
        Decimal("9.888"),
        6,
        Decimal("14.472"),
    ]


def test_what_active_seconds_leave_free_is_free_for_idle_ones():
    usage = Usage.of(0, 0, instance_s=300_000)
    _, active, idle, _ = container_apps.bill(usage, 1, idle_s=200_000).lines
    assert (active.free, idle.free) == (100_000, 80_000)
    bill = container_apps.bill(usage, 1, idle_s=200_000, free=USED_UP)
    # 100,000 * 0.000024 + 200,000 * 0.000003 + 600,000 * 0.000003
    assert bill.total == Decimal("4.8")


@pytest.mark.parametrize("vcpu", [0, 0.1, 0.3, 4.25])
def test_sizes_that_it_does_not_offer(vcpu):
    with pytest.raises(WorkshopError) as caught:
        container_apps.bill(Usage.of(0, 0, instance_s=1), vcpu)
    assert str(caught.value) == (
        f"Container Apps takes 0.25 to 4 vCPU in steps of 0.25, not {vcpu}."
    )


def test_idle_for_longer_than_there():
    with pytest.raises(WorkshopError) as caught:
        container_apps.bill(Usage.of(0, 0, instance_s=1000), idle_s=1001)
    assert str(caught.value) == (
        "Replicas that exist for 1,000 s cannot be idle for 1,001 s."
    )
