"""Fargate's bill: AWS's own example, and sums by hand."""

from decimal import Decimal

import pytest

from workshop.billing import fargate
from workshop.billing.bill import usd
from workshop.billing.usage import Usage
from workshop.errors import WorkshopError


def tasks(seconds, number=1):
    return Usage.of_instances(fargate.ROUNDING, number, seconds)


def test_five_tasks_for_ten_minutes_each_day():
    # "AWS Fargate Pricing", read 2026-11; without the extra storage there:
    # 5 * 1 * 0.000011244 * 600 * 30 = 1.01
    # 5 * 2 * 0.000001235 * 600 * 30 = 0.22
    bill = fargate.bill(tasks(600, 5 * 30), 1, 2048)
    assert [usd(line.amount) for line in bill.lines] == ["1.01", "0.22"]


def test_by_the_hour():
    # 720 h * 0.25 * 0.04048 = 7.2864; 720 h * 0.5 * 0.004445 = 1.6002
    assert fargate.bill(tasks(720 * 3600)).total == Decimal("8.8866")
    arm = fargate.bill(tasks(720 * 3600), architecture="arm64")
    # 720 * 0.25 * 0.03238 = 5.8284; 720 * 0.5 * 0.00356 = 1.2816
    assert arm.total == Decimal("7.11")
    assert arm.platform == "AWS Fargate, Arm"


@pytest.mark.parametrize(
    ("seconds", "billed"), [(1, 60), (60, 60), (60.5, 61), (3600, 3600)]
)
def test_by_the_second_and_at_least_a_minute(seconds, billed):
    cpu, _ = fargate.bill(tasks(seconds, 10), 1, 2048).lines
    assert cpu.quantity == 10 * billed


@pytest.mark.parametrize(
    ("vcpu", "mb"),
    [
        (0.25, 2048),
        (0.5, 1024),
        (1, 8192),
        (2, 4096),
        (4, 30 * 1024),
        (8, 20 * 1024),
        (16, 120 * 1024),
    ],
)
def test_sizes(vcpu, mb):
    cpu, memory = fargate.bill(tasks(100), vcpu, mb).lines
    assert cpu.quantity == 100 * Decimal(str(vcpu))
    assert memory.quantity == 100 * Decimal(mb) / 1024


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (
            {"vcpu": 3},
            "Fargate takes vcpu of 0.25, 0.5, 1, 2, 4, 8, 16, not 3.",
        ),
        (
            {"memory_mb": 3072},
            "Fargate with 0.25 vCPU takes memory_mb of 512, 1,024, 2,048, "
            "not 3072.",
        ),
        ({"vcpu": 8, "memory_mb": 17 * 1024}, "not 17408."),
        (
            {"architecture": "sparc"},
            "Fargate has no architecture sparc. It has: x86_64, arm64.",
        ),
        ({"region": "moon"}, "for the region moon. It has: us-east-1."),
    ],
)
def test_what_it_does_not_offer(wrong, said):
    with pytest.raises(WorkshopError) as caught:
        fargate.bill(tasks(1), **wrong)
    assert said in str(caught.value)


def test_calls_alone_say_nothing_of_tasks():
    with pytest.raises(WorkshopError, match="must say their instance_s"):
        fargate.bill(Usage.of(100, 1))
