"""What a plan holds before anything is sent."""

import json
from dataclasses import replace

import pytest

from workshop.deploy.aws import shown
from workshop.deploy.aws.call import Call
from workshop.deploy.aws.function_url import Access
from workshop.deploy.aws.names import Names, function_name
from workshop.deploy.aws.plan import TIMEOUT_S, plan
from workshop.errors import WorkshopError

NAMES = Names("workshop-x", "eu-central-1")


def test_names_of_one_function_in_one_region():
    names = Names("workshop-x", "cn-north-1", "123456789012", "aws-cn")
    assert names.function_arn == (
        "arn:aws-cn:lambda:cn-north-1:123456789012:function:workshop-x"
    )
    assert names.log_group == "/aws/lambda/workshop-x"
    assert names.role == "workshop-x-cn-north-1"
    assert names.role_arn == (
        "arn:aws-cn:iam::123456789012:role/workshop/cn-north-1/"
        "workshop-x-cn-north-1"
    )


@pytest.mark.parametrize(
    "wanted, name",
    [
        ("04_lambda_runtime_loop", "workshop-04-lambda-runtime-loop"),
        ("python-lean", "workshop-python-lean"),
        ("workshop-mine", "workshop-mine"),
        ("Workshop-Mine", "workshop-mine"),  # IAM does not tell them apart
        ("x" * 42, "workshop-" + "x" * 42),
    ],
)
def test_a_function_is_named_after_its_target(wanted, name):
    assert function_name(wanted, "eu-central-1") == name


@pytest.mark.parametrize("wanted", ["", "a b", "ä", "x" * 43, "a.b", "a/b"])
def test_a_name_that_aws_would_not_take(wanted):
    with pytest.raises(WorkshopError, match="at most 51 in all"):
        function_name(wanted, "eu-central-1")


@pytest.mark.parametrize("memory_mb", [127, 10_241, 0])
def test_a_memory_that_aws_would_not_take(made, memory_mb):
    with pytest.raises(WorkshopError, match="128 to 10240 MB"):
        plan(made, NAMES, memory_mb)


def test_all_that_is_made_is_tagged_as_it_is_made(made):
    for step in plan(made, NAMES, access=Access.PUBLIC).steps[:3]:
        told = json.dumps(step.create[0].parameters, default=str)
        assert '"serverless-from-the-wire-up"' in told


def test_an_invocation_has_a_bound_and_so_has_its_cost(made):
    wanted = plan(made, NAMES, 1024)
    [create] = wanted.function.create
    assert create.parameters["Timeout"] == TIMEOUT_S
    # Two calls of 60 s with 1 GB: 120 GB-s, and two requests.
    assert float(wanted.cost) == pytest.approx(120 * 0.0000166667, rel=0.1)


def test_the_dry_run_prints_every_request(made):
    wanted = plan(made, NAMES, access=Access.PUBLIC, events=[[1]])
    text = shown.deployment(replace(wanted))
    for call in wanted.calls:
        assert str(call) in text
    for step in wanted.steps:
        assert step.cost in text
    for permission in wanted.permissions:
        assert permission in text
    assert f"{len(made.code):,} bytes" in text


def test_what_iam_has_to_allow(made):
    needed = plan(made, NAMES).permissions
    assert {"iam:PassRole", "lambda:TagResource", "iam:TagRole"} <= set(needed)
    assert "lambda:InvokeFunction" in needed
    assert "lambda:AddPermission" not in needed


def test_a_call_by_its_names():
    call = Call("lambda", "GetFunctionUrlConfig", {"FunctionName": "x"})
    assert call.method == "get_function_url_config"
    assert str(call) == ('lambda:GetFunctionUrlConfig {"FunctionName": "x"}')
