"""Lambda's bill: AWS's own examples, and sums by hand."""

from decimal import Decimal

import pytest

from workshop.billing import aws_lambda
from workshop.billing.bill import usd
from workshop.billing.free_tier import USED_UP, FreeTier
from workshop.billing.usage import Usage
from workshop.errors import WorkshopError

MILLION = 1_000_000


def calls(number, ms, init_ms=0, cold_starts=0):
    return Usage.per_call(
        aws_lambda.ROUNDING, number, ms, init_ms, cold_starts
    )


def amounts(bill):
    return [usd(line.amount) for line in bill.lines]


# "AWS Lambda Pricing", read 2026-11, us-east-1


def test_the_mobile_backend():
    bill = aws_lambda.bill(calls(3 * MILLION, 120), 1536)
    # 3 M * 0.12 s = 360,000 s; * 1.5 GB = 540,000 GB-s; 400,000 are free.
    requests, time = bill.lines
    assert (requests.quantity, requests.free) == (3 * MILLION, MILLION)
    assert (time.quantity, time.free) == (540_000, 400_000)
    # 2 M * 0.20 / M; 140,000 * 0.0000166667 = 2.333338
    assert amounts(bill) == ["0.40", "2.33"]
    assert usd(bill.total) == "2.73"


def test_the_fleet_of_vehicles():
    number = 10_000 * 24 * 31  # a message an hour: 7,440,000
    bill = aws_lambda.bill(calls(number, 2000), 1024, free=USED_UP)
    # 7.44 M * 0.20 / M = 1.488; 14.88 M GB-s * 0.0000166667 = 248.000496
    assert amounts(bill) == ["1.49", "248.00"]
    assert usd(bill.total) == "249.49"


def test_the_support_tickets_with_a_larger_disk():
    bill = aws_lambda.bill(calls(6 * MILLION, 280), 4096, disk_mb=2048)
    # 5 M * 0.20 / M; 1,680,000 s * 4 GB - 400,000 = 6,320,000 GB-s;
    # 1,680,000 s * 1.5 GB = 2,520,000 GB-s * 0.0000000309 = 0.077868
    assert amounts(bill) == ["1.00", "105.33", "0.08"]
    assert usd(bill.total) == "106.41"


# By hand


def test_arm():
    bill = aws_lambda.bill(calls(3 * MILLION, 120), 1536, architecture="arm64")
    # 140,000 * 0.0000133334 = 1.866676; + 0.40
    assert bill.total == Decimal("2.266676")
    assert bill.platform == "AWS Lambda, Arm"


def test_a_millisecond_at_the_least_memory():
    bill = aws_lambda.bill(calls(1, 1), 128, free=USED_UP)
    # 0.001 s * 0.125 GB * 0.0000166667 = 0.0000000020833375
    assert bill.lines[1].amount == Decimal("0.0000000020833375")
    # 0.20 / 1 M
    assert bill.lines[0].amount == Decimal("0.0000002")


def test_an_init_is_billed_as_duration():
    bill = aws_lambda.bill(calls(1000, 1, 101.6, 10), 1024, free=USED_UP)
    # 1000 * 1 ms = 1 s. Cold: 102.6 ms, so 103; 102 ms more, ten times.
    _, warm, init = bill.lines
    assert init.what == "Lambda duration, x86: init"
    assert (warm.quantity, init.quantity) == (1, Decimal("1.02"))
    # 0.0002 + 2.02 * 0.0000166667 = 0.0002 + 0.000033666734
    assert bill.total == Decimal("0.000233666734")


def test_what_is_free_is_for_duration_and_init_together():
    usage = Usage.of(MILLION, 300_000, 150_000)
    _, warm, init = aws_lambda.bill(usage, 1024).lines
    assert (warm.free, init.free) == (300_000, 100_000)
    # 50,000 * 0.0000166667
    assert init.amount == Decimal("0.833335")


def test_what_others_have_used_is_not_free():
    free = FreeTier({"lambda requests": 900_000, "lambda GB-s": 400_000})
    bill = aws_lambda.bill(calls(MILLION, 1000), 1024, free=free)
    # 900,000 * 0.20 / M = 0.18; 1 M * 0.0000166667 = 16.6667
    assert bill.total == Decimal("16.8467")


def test_each_tier_is_a_line():
    usage = Usage.of(0, 16_000_000_000)
    bill = aws_lambda.bill(usage, 1024, free=USED_UP)
    # 6 G * 0.0000166667 + 9 G * 0.000015 + 1 G * 0.0000133334
    assert [line.amount for line in bill.lines[1:]] == [
        Decimal("100000.2"),
        135_000,
        Decimal("13333.4"),
    ]
    arm = aws_lambda.bill(usage, 1280, architecture="arm64", free=USED_UP)
    # 20 G GB-s: 7.5 G * 0.0000133334, 11.25 G * 0.0000120001, 1.25 G *
    # 0.0000106667
    assert [line.amount for line in arm.lines[1:]] == [
        Decimal("100000.5"),
        Decimal("135001.125"),
        Decimal("13333.375"),
    ]


def test_the_disk_is_billed_while_an_init_runs_too():
    usage = Usage.of(0, 600, 400)
    bill = aws_lambda.bill(usage, 128, disk_mb=10_240, free=USED_UP)
    # 1000 s * 9.5 GB
    assert bill.lines[-1].quantity == 9500


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (
            {"memory_mb": 127},
            "Lambda takes memory_mb from 128 to 10,240 in whole numbers, not "
            "127.",
        ),
        ({"memory_mb": 10_241}, "not 10241."),
        ({"memory_mb": 128.5}, "not 128.5."),
        ({"memory_mb": float("nan")}, "memory_mb must be finite, not nan."),
        ({"memory_mb": "much"}, "memory_mb must be a number, not 'much'."),
        ({"disk_mb": 511}, "Lambda takes disk_mb from 512 to 10,240"),
        (
            {"architecture": "riscv"},
            "Lambda has no architecture riscv. It has: x86_64, arm64.",
        ),
        (
            {"region": "us-west-9"},
            "no price lambda.requests for the region us-west-9. It has: us-e",
        ),
    ],
)
def test_what_lambda_does_not_offer(wrong, said):
    with pytest.raises(WorkshopError) as caught:
        aws_lambda.bill(calls(1, 1), **{"memory_mb": 128} | wrong)
    assert said in str(caught.value)
