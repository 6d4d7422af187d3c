"""The fleets: their numbers, and which of them make no sense."""

import math
from dataclasses import replace

import pytest

from workshop.errors import WorkshopError
from workshop.simulate import (
    Metered,
    Metering,
    Ramp,
    aws_lambda,
    azure_consumption,
    azure_flex,
    cloud_run,
    fargate_fixed,
    fargate_target_tracking,
)


def test_the_numbers_that_the_providers_publish():
    assert aws_lambda().concurrency == aws_lambda().workers == 1
    assert aws_lambda().ramp == Ramp(1000, 10)
    assert aws_lambda(1769).vcpus == 1
    assert azure_consumption().ramp == Ramp(1, 1)
    assert azure_consumption().most == 200
    assert azure_flex().concurrency == 1
    assert (cloud_run().concurrency, cloud_run().idle_s) == (80, 900)
    assert cloud_run(vcpus=2).workers == 2
    assert (fargate_fixed(3).least, fargate_fixed(3).most) == (3, 3)
    assert fargate_target_tracking().every_s == 60


@pytest.mark.parametrize(
    ("metering", "seconds", "steps"),
    [
        (aws_lambda().metering, 0, 1),
        (aws_lambda().metering, 0.007, 7),
        (aws_lambda().metering, 0.0071, 8),
        (azure_consumption().metering, 0.02, 100),
        (azure_consumption().metering, 0.1001, 101),
        (azure_flex().metering, 0.3, 10),
        (azure_flex().metering, 1.01, 11),
        (cloud_run().metering, 0.3, 3),
        (cloud_run().metering, 0.1 + 0.2, 3),  # 0.30000000000000004
        (cloud_run().metering, 0.31, 4),
        (fargate_fixed(1).metering, 20, 60),
        (fargate_fixed(1).metering, 60.5, 61),
    ],
)
def test_a_span_of_time_is_rounded_up(metering, seconds, steps):
    assert metering.steps(seconds) == steps


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (lambda: aws_lambda(memory_mb=0), "memory_mb is 0"),
        (lambda: aws_lambda(127), "Lambda takes memory_mb from 128 to 10,240"),
        (lambda: aws_lambda(10_241), "whole numbers, not 10241"),
        (lambda: aws_lambda(math.inf), "memory_mb"),
        (lambda: aws_lambda(idle_s=-1), "idle_s is -1"),
        (lambda: aws_lambda(idle_s=math.nan), "idle_s is nan"),
        (lambda: aws_lambda(most=0.5), r"most is 0\.5"),
        (lambda: aws_lambda(ramp=Ramp(0, 1)), "ramp_instances is 0"),
        (lambda: aws_lambda(ramp=Ramp(1, 0)), "ramp_per_s is 0"),
        (lambda: cloud_run(concurrency=0), "concurrency is 0"),
        (lambda: cloud_run(concurrency=1.5), r"concurrency is 1\.5"),
        (lambda: cloud_run(concurrency=math.inf), "must be finite"),
        (lambda: cloud_run(vcpus=0), "workers is 0"),
        (lambda: cloud_run(least=3, most=2), "least number of instances, 3"),
        (lambda: cloud_run(patience_s="1"), "patience_s is '1'"),
        (lambda: fargate_fixed(-1), "least is -1"),
        (lambda: fargate_fixed(1, vcpus=0), "vcpus is 0"),
        (lambda: fargate_target_tracking(target=0), "target is 0"),
        (lambda: replace(aws_lambda(), every_s=0), "every_s is 0"),
        (lambda: Metering(Metered.REQUEST, 0), "step_s is 0"),
        (lambda: Metering(Metered.REQUEST, 1, -1), "least_s is -1"),
    ],
)
def test_numbers_that_make_no_sense_are_named(make, named):
    with pytest.raises(WorkshopError, match=named):
        make()
