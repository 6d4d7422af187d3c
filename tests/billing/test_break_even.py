"""Where two bills cross."""

from decimal import Decimal

import pytest

from workshop.billing import api_gateway, aws_lambda, fargate
from workshop.billing.break_even import break_even
from workshop.billing.usage import Usage


def straight(fixed, each):
    return lambda requests: Decimal(str(fixed)) + requests * Decimal(str(each))


@pytest.mark.parametrize(
    ("first", "second", "at"),
    [
        # n > 10 from 11 on; n < 10 is the other lead
        (straight(0, 1), straight(10, 0), 11),
        (straight(10, 0), straight(0, 1), 11),
        (straight(0, 3), straight(10, 0), 4),  # 9 < 10 < 12
        (straight(0, 3), straight(10, 2), 11),
        (straight(0, 1), straight(4, 0), 5),  # 4 is the same
        (straight(1, 0), straight("1.5", 0), None),  # never
        (straight(0, 1), straight(0, 2), None),
        (straight(0, 1), straight(0, 1), None),  # the same
        (straight("0.5", 0), straight(0, 1), 1),
    ],
)
def test_straight_lines(first, second, at):
    assert break_even(first, second) == at


def test_up_to_as_many_as_asked():
    first, second = straight(0, 1), straight(100, 0)
    assert break_even(first, second, most=100) is None
    assert break_even(first, second, most=101) == 101


def free_up_to(free, each):
    return lambda requests: Decimal(max(0, requests - free) * each)


@pytest.mark.parametrize(
    ("first", "second", "at"),
    [
        # From 6 on the first is dearer; n - 5 < 3 (n - 10) from 13 on.
        (free_up_to(5, 1), free_up_to(10, 3), 13),
        # From 9 on; 3 and 3 at 11, then 4 and 6.
        (free_up_to(8, 1), free_up_to(10, 3), 12),
        (free_up_to(8, 1), free_up_to(10, 1), None),
    ],
)
def test_where_all_is_free_neither_leads(first, second, at):
    assert break_even(first, second) == at
    assert break_even(second, first) == at


def test_a_function_and_a_task_that_always_runs():
    def function(requests):
        usage = Usage.per_call(aws_lambda.ROUNDING, requests, 100)
        return aws_lambda.bill(usage, 1024).total

    month = Usage.of(0, 0, instance_s=30 * 24 * 3600)
    task = fargate.bill(month).total  # 8.8866
    found = break_even(function, lambda _: task)
    # Above 4 M requests, each 0.0000002 + 0.1 * 0.0000166667 =
    # 0.00000186667. At 4 M: 3 M * 0.0000002 = 0.60 and 400,000 GB-s, free.
    # 4 M + (8.8866 - 0.60) / 0.00000186667 = 4 M + 4,439,242.1
    assert found == 8_439_243


def test_an_api_before_a_function_is_never_the_cheaper_way():
    def url(requests):
        return api_gateway.function_url(requests).total

    def http(requests):
        return api_gateway.http_api(requests).total

    assert break_even(url, http) is None
