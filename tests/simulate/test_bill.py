"""What a simulated fleet is billed for, and what it costs."""

import math
from dataclasses import replace
from decimal import Decimal

import pytest

from workshop.errors import WorkshopError
from workshop.simulate import (
    Metered,
    aws_lambda,
    azure_consumption,
    azure_flex,
    bill,
    cloud_run,
    constant,
    fargate_fixed,
    poisson,
    simulate,
    usage,
)


def seconds(outcome):
    """The billed seconds: without inits, and what these add."""
    return (
        pytest.approx(outcome.billed_s, abs=1e-9),
        pytest.approx(outcome.billed_init_s, abs=1e-9),
    )


INIT = constant(0.5004)
SERVICE = constant(0.0203)


def test_lambda_rounds_each_request_and_a_cold_one_with_its_init():
    outcome = simulate([0, 0, 10], SERVICE, aws_lambda(), INIT)
    # Twice 520.7 ms, rounded to 521, of which 21 without the init.
    assert seconds(outcome) == (0.063, 1.0)


def test_lambda_bills_an_init_that_no_request_waited_for():
    class Two:
        def wanted(self, load):
            return max(load.instances, 2)

    early = replace(aws_lambda(), rule=Two())
    outcome = simulate([0, 10, 10], SERVICE, early, INIT)
    assert seconds(outcome) == (0.063, 0.5 + 0.501)


def test_instances_that_were_there_have_no_init():
    early = replace(aws_lambda(), least=1)
    outcome = simulate([0], SERVICE, early, INIT)
    assert seconds(outcome) == (0.021, 0)


def test_consumption_rounds_each_request_with_its_wait_for_the_cpu():
    one = azure_consumption(most=1)
    outcome = simulate([0, 0, 0], constant(0.08), one, INIT)
    # In the instance for 80, 160 and 240 ms; the start is free.
    assert seconds(outcome) == (0.1 + 0.16 + 0.24, 0)


def test_flex_rounds_the_time_that_an_instance_is_active():
    shared = azure_flex(concurrency=2, most=1)
    outcome = simulate([0, 0, 10], constant(0.61), shared, INIT)
    assert seconds(outcome) == (1.3 + 1.0, 0)


def test_cloud_run_bills_the_start_too():
    outcome = simulate([0, 0, 10], constant(0.61), cloud_run(), INIT)
    # 0.5004 + 1.22 s are 18 steps; 13 of them without the init.
    assert seconds(outcome) == (1.3 + 0.7, 0.5)


def test_cloud_run_bills_a_start_that_was_not_needed():
    # Who waits has gone when the instance is ready.
    outcome = simulate([0], SERVICE, cloud_run(patience_s=1), constant(2))
    assert outcome.throttled == 1
    assert seconds(outcome) == (0, 2.0)


def test_fargate_bills_as_long_as_a_task_exists():
    outcome = simulate([0, 99.5], constant(1), fargate_fixed(2))
    assert seconds(outcome) == (2 * 101, 0)
    assert simulate([0], SERVICE, fargate_fixed(2)).billed_s == 120


def test_a_task_that_ended_is_billed_too():
    class Fewer:
        def wanted(self, load):
            return 2 if load.now_s < 100 else 1

    fewer = replace(fargate_fixed(2), rule=Fewer(), least=1, every_s=50)
    outcome = simulate([0, 0, 199], constant(1), fewer)
    assert outcome.billed_s == 100 + 150  # the older one goes


def test_the_bill_of_lambda():
    outcome = simulate([0, 0, 10], SERVICE, aws_lambda(1024), INIT)
    told = usage(outcome, 1_000_000)
    assert told.requests == 3_000_000
    assert told.billed_s == 63_000
    assert told.init_s == 1_000_000
    by_hand = Decimal("0.60") + 1_063_000 * Decimal("0.0000166667")
    priced = bill(outcome, 1_000_000)
    free = Decimal("0.20") + 400_000 * Decimal("0.0000166667")
    assert priced.total == by_hand - free


@pytest.mark.parametrize(
    ("fleet", "title"),
    [
        (azure_consumption(), "Azure Functions, Consumption"),
        (azure_flex(), "Azure Functions, Flex"),
        (cloud_run(), "Cloud Run, request-based"),
        (fargate_fixed(1), "AWS Fargate, x86"),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_the_bill_of_each_platform(fleet, title):
    outcome = simulate(poisson(5, 1000), constant(0.2), fleet, constant(1))
    priced = bill(outcome, 2592)  # 30 days
    assert priced.platform == title
    assert priced.total > 0
    told = usage(outcome)
    assert float(told.billed_s) == pytest.approx(outcome.billed_s)
    shares = fleet.metering.of is Metered.ACTIVE
    assert told.busy_s == (told.billed_s if shares else None)
    if fleet.platform == "fargate":
        assert told.existing_s == math.ceil(outcome.duration_s)
    else:
        assert float(told.existing_s) == pytest.approx(outcome.instance_s)


def test_what_cannot_be_billed_is_told():
    outcome = simulate([0], SERVICE, replace(aws_lambda(), platform="mine"))
    with pytest.raises(WorkshopError, match="There is no platform mine"):
        bill(outcome)
    with pytest.raises(WorkshopError, match="times is 0"):
        usage(outcome, 0)
