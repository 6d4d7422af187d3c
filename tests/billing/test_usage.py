"""What is metered in a month, and how durations are rounded up."""

from decimal import Decimal

import pytest

from workshop.billing import aws_lambda, azure_functions, cloud_run, fargate
from workshop.billing.usage import Usage
from workshop.errors import WorkshopError


@pytest.mark.parametrize(
    ("rounding", "ms", "billed"),
    [
        (aws_lambda.ROUNDING, 12.15, 13),
        (aws_lambda.ROUNDING, 13, 13),
        (aws_lambda.ROUNDING, 0, 1),
        (azure_functions.CONSUMPTION_ROUNDING, 3, 100),
        (azure_functions.CONSUMPTION_ROUNDING, 100.5, 101),
        (azure_functions.FLEX_ROUNDING, 3, 1000),
        (azure_functions.FLEX_ROUNDING, 1000, 1000),
        (azure_functions.FLEX_ROUNDING, 1000.1, 1100),
        (cloud_run.ROUNDING, 3, 100),
        (cloud_run.ROUNDING, 101, 200),
        (fargate.ROUNDING, 10_000, 60_000),
        (fargate.ROUNDING, 60_001, 61_000),
    ],
)
def test_each_platform_rounds_by_its_own_rules(rounding, ms, billed):
    assert rounding(ms) == billed


def test_calls_of_one_duration():
    usage = Usage.per_call(aws_lambda.ROUNDING, 1000, 12.15, 91.2, 10)
    # 1000 * 13 ms; a cold one is 103.35 ms, so 104: 91 ms more, ten times.
    assert usage == Usage(1000, 13, Decimal("0.91"))
    assert usage.active_s == 13


def test_from_totals():
    usage = Usage.of(10, 2.5, 0.5, 2, 60)
    assert usage.active_s == 2  # calls share instances
    assert usage.existing_s == 60
    assert usage == Usage(10, 2.5, "0.5", 2, 60)


def test_instances():
    usage = Usage.of_instances(fargate.ROUNDING, 3, 90.5, 700)
    assert usage == Usage(700, 0, instance_s=273)
    with pytest.raises(WorkshopError, match=r"^seconds must not be negative"):
        Usage.of_instances(fargate.ROUNDING, 3, -1)


def test_how_long_instances_exist_must_be_known():
    with pytest.raises(WorkshopError, match="usage must say their instance_s"):
        _ = Usage.of(10, 1).existing_s


@pytest.mark.parametrize(
    "name", ["requests", "billed_s", "init_s", "busy_s", "instance_s"]
)
def test_a_number_at_fault_is_named(name):
    right = {"requests": 1, "billed_s": 1}
    for make in Usage, Usage.of:
        with pytest.raises(WorkshopError, match=f"^{name} must not be neg"):
            make(**right | {name: -1})
        with pytest.raises(WorkshopError, match=f"^{name} must be finite"):
            make(**right | {name: float("nan")})


def test_more_cold_starts_than_calls():
    with pytest.raises(WorkshopError) as caught:
        Usage.per_call(aws_lambda.ROUNDING, 5, 1, 1, 6)
    assert str(caught.value) == (
        "There cannot be more cold starts (6) than calls (5)."
    )
    with pytest.raises(WorkshopError, match=r"^duration_ms must not be neg"):
        Usage.per_call(aws_lambda.ROUNDING, 5, -1)
