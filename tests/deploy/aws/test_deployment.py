"""A function in an account: made, made again, and what goes wrong on the way.

The account is the local Lambda's: moto's control plane, and our environments
that really run the code.
"""

import json
import sys
from dataclasses import replace

import pytest
from botocore.exceptions import (
    ConnectionClosedError,
    DataNotFoundError,
    EndpointConnectionError,
    ReadTimeoutError,
)
from botocore.stub import Stubber
from botocore.validate import ParamValidator

from tests.building import skip_without_crates
from tests.deploy.aws.conftest import there
from workshop.deploy.aws import destroy, policy
from workshop.deploy.aws.artifact import artifact
from workshop.deploy.aws.call import Call
from workshop.deploy.aws.deployment import deploy
from workshop.deploy.aws.function_url import Access
from workshop.deploy.aws.invocation import invoke
from workshop.deploy.aws.names import TAGS
from workshop.deploy.aws.plan import plan
from workshop.deploy.rust_target import own_architecture
from workshop.errors import WorkshopError
from workshop.repository import FUNCTIONS

PROPAGATING = "The role defined for the function cannot be assumed by Lambda."
WAITERS = ("lambda:GetFunction", "iam:GetRole")
EVERYTHING = [
    "workshop-x",
    "/aws/lambda/workshop-x",
    "workshop-x-us-east-1",
]


@pytest.fixture
def wanted(account, made):
    """The plan of a function workshop-x."""
    return plan(made, account.names("workshop-x"))


def silent(_):
    """Says nothing."""


def get(account, service, operation, **parameters):
    return account.ask(Call(service, operation, parameters))


# What comes of it


def test_a_function_is_made_and_answers(account, wanted):
    said = []
    deploy(account, wanted, said.append)
    hello, products = (invoke(account, one) for one in wanted.invocations)
    assert json.loads(hello.answer) == {"message": "hello, world"}
    assert json.loads(products.answer)["largest"]["value"] == 9009
    assert hello.report.init_ms
    assert products.report.init_ms is None
    assert products.report.line.startswith("REPORT RequestId: ")
    assert [line.partition(":")[0] for line in said] == ["created"] * 3
    assert there(account) == EVERYTHING


def test_everything_has_the_tag_and_the_log_group_forgets(account, wanted):
    deploy(account, wanted, silent)
    names = wanted.names
    function = get(account, "lambda", "GetFunction", FunctionName="workshop-x")
    assert function["Tags"] == TAGS
    role = get(account, "iam", "GetRole", RoleName=names.role)["Role"]
    assert {one["Key"]: one["Value"] for one in role["Tags"]} == TAGS
    [group] = account.all(destroy.log_groups(), "logGroups")
    assert group["retentionInDays"] == 1
    tags = account.ask(destroy.log_group_tags(names.log_group_arn))["tags"]
    assert tags == TAGS


def test_the_role_may_write_into_its_own_log_group_alone(account, wanted):
    deploy(account, wanted, silent)
    role = wanted.names.role
    found = get(account, "iam", "ListRolePolicies", RoleName=role)
    assert found["PolicyNames"] == [policy.POLICY]
    attached = get(account, "iam", "ListAttachedRolePolicies", RoleName=role)
    assert attached["AttachedPolicies"] == []
    [allowed] = get(
        account,
        "iam",
        "GetRolePolicy",
        RoleName=role,
        PolicyName=policy.POLICY,
    )["PolicyDocument"]["Statement"]
    assert allowed == {
        "Effect": "Allow",
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": "arn:aws:logs:us-east-1:123456789012:log-group:"
        "/aws/lambda/workshop-x:*",
    }
    trusted = get(account, "iam", "GetRole", RoleName=role)["Role"]
    [trust] = trusted["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "lambda.amazonaws.com"}


def test_a_second_run_changes_it_in_place(account, wanted, made):
    deploy(account, wanted, silent)
    said = []
    larger = plan(
        replace(made, variables={**made.variables, "NEW": "1"}),
        wanted.names,
        256,
    )
    deploy(account, larger, said.append)
    assert [line.partition(":")[0] for line in said] == ["updated"] * 3
    function = get(
        account,
        "lambda",
        "GetFunctionConfiguration",
        FunctionName="workshop-x",
    )
    assert function["MemorySize"] == 256
    assert function["Environment"]["Variables"]["NEW"] == "1"
    assert there(account) == EVERYTHING
    done = invoke(account, larger.invocations[0])
    assert "Memory Size: 256 MB" in done.report.line


def test_a_run_after_an_interrupted_one_goes_on(account, wanted, wire):
    wire.answer("lambda.CreateFunction", "ServiceException", times=1)
    with pytest.raises(WorkshopError):
        deploy(account, wanted, silent)
    said = []
    deploy(account, wanted, said.append)
    assert [line.partition(":")[0] for line in said] == [
        *("updated", "updated", "created"),
    ]


# What is sent


@pytest.mark.parametrize("access", Access)
def test_what_is_sent_is_what_the_plan_says(account, made, wire, access):
    wanted = plan(made, account.names("workshop-x"), access=access)
    for _ in range(2):  # made, then updated
        deploy(account, wanted, silent)
        for call in wanted.invocations:
            invoke(account, call)
    planned = [
        (f"{call.service}:{call.operation}", call.parameters)
        for call in wanted.calls
    ]
    sent = [
        (operation, parameters)
        for operation, (_, parameters) in zip(
            wire.operations, wire.sent, strict=True
        )
    ]
    for operation, parameters in sent:
        if (operation, parameters) not in planned:
            assert operation in WAITERS
            assert set(parameters) <= {"FunctionName", "RoleName"}
    missing = [one for one in planned if one not in sent]
    # Nothing is taken away where there has been nothing to take away.
    assert {name for name, _ in missing} <= {
        *("lambda:RemovePermission", "lambda:DeleteFunctionUrlConfig"),
    }
    needed = set(wanted.permissions)
    for operation in wire.operations:
        assert operation.replace("lambda:Invoke", "lambda:InvokeFunction") in (
            needed | {"lambda:InvokeFunction"}
        )


@pytest.mark.parametrize("access", Access)
def test_every_request_is_one_of_botocores_model(account, made, wire, access):
    names = account.names("workshop-x")
    for each in (access, Access.NOBODY):
        deploy(account, plan(made, names, access=each), silent)
    invoke(account, plan(made, names).invocations[1])
    destroy.delete(account, destroy.find(account), silent)
    assert len(wire.sent) > 30
    for model, parameters in wire.sent:
        assert not model.deprecated
        shape = model.input_shape
        report = ParamValidator().validate(parameters, shape)
        assert not report.has_errors(), report.generate_report()
        assert set(shape.required_members) <= set(parameters)
        assert_fits(shape, parameters)


def assert_fits(shape, value):
    """Beyond what botocore checks itself: enums, lengths, deprecation."""
    assert not shape.metadata.get("deprecated")
    if shape.type_name == "structure":
        for name, one in value.items():
            assert_fits(shape.members[name], one)
    elif shape.type_name == "list":
        for one in value:
            assert_fits(shape.member, one)
    elif shape.type_name == "map":
        for key, one in value.items():
            assert_fits(shape.key, key)
            assert_fits(shape.value, one)
    elif shape.type_name == "string":
        assert not shape.enum or value in shape.enum
        assert len(value) <= shape.metadata.get("max", len(value))
    elif shape.type_name in ("integer", "long"):
        most = shape.metadata.get("max", value)
        assert shape.metadata.get("min", value) <= value <= most


# What is somebody else's


FOREIGN = {
    "the log group": Call(
        "logs", "CreateLogGroup", {"logGroupName": "/aws/lambda/workshop-y"}
    ),
    "the role": Call(
        "iam",
        "CreateRole",
        {
            "RoleName": "workshop-y-us-east-1",
            "Path": "/workshop/us-east-1/",
            "AssumeRolePolicyDocument": "{}",
        },
    ),
}


def foreign_function(made):
    return Call(
        "lambda",
        "CreateFunction",
        {
            "FunctionName": "workshop-y",
            "Runtime": "python3.13",
            "Handler": "handler.handler",
            "Role": "arn:aws:iam::123456789012:role/other",
            "Code": {"ZipFile": made.code},
            "Tags": {"workshop": "of somebody else"},
        },
    )


@pytest.mark.parametrize("what", ["the function", *FOREIGN])
def test_what_is_not_ours_is_not_touched(account, made, wire, what):
    account.ask(FOREIGN.get(what) or foreign_function(made))
    before = there(account)
    wanted = plan(made, account.names("workshop-y"))
    with pytest.raises(WorkshopError, match=f"{what} workshop-y|{what} /aws"):
        deploy(account, wanted, silent)
    assert destroy.find(account) == []
    assert there(account) == before
    changed = [one for one in wire.operations if "Update" in one]
    assert not changed
    for call in (
        Call("lambda", "DeleteFunction", {"FunctionName": "workshop-y"}),
        Call("iam", "DeleteRole", {"RoleName": "workshop-y-us-east-1"}),
        Call("logs", "DeleteLogGroup", FOREIGN["the log group"].parameters),
    ):
        missing = ("ResourceNotFoundException", "NoSuchEntity")
        account.ask(replace(call, harmless=frozenset(missing)))


# What goes wrong


@pytest.mark.parametrize("moment", ["before", "after"])
def test_interrupted_anywhere_it_is_found(account, made, wire, moment):
    """Ctrl-C before or after each request; then destroy, then nothing."""
    names = account.names("workshop-x")
    wanted = plan(made, names, access=Access.PUBLIC)
    number = 0
    finished = False
    while not finished:
        wire.reset()
        getattr(wire, f"stop_{moment}")(number)
        said = []
        try:
            deploy(account, wanted, said.append)
            finished = True
        except KeyboardInterrupt:
            assert said[-1].startswith(("What stands now:", "Nothing was"))
        wire.reset()
        destroy.delete(account, destroy.find(account), silent)
        assert there(account) == []
        number += 1
    assert number > 15


CHANGES = [
    *("logs.CreateLogGroup", "logs.PutRetentionPolicy", "iam.CreateRole"),
    *("iam.PutRolePolicy", "lambda.CreateFunction"),
    *("lambda.CreateFunctionUrlConfig", "lambda.AddPermission"),
]
LOOKS = [
    *("sts.GetCallerIdentity", "logs.DescribeLogGroups"),
    *("logs.ListTagsForResource", "iam.ListRoleTags", "lambda.GetFunction"),
    *("lambda.GetFunctionUrlConfig", "lambda.GetPolicy"),
]


@pytest.mark.parametrize("call", [*LOOKS, *CHANGES])
def test_access_denied_names_the_permission(account, made, wire, call):
    wire.answer(call, "AccessDeniedException", "No.", 403)
    permission = call.replace(".", ":")
    with pytest.raises(WorkshopError, match=permission) as caught:
        wanted = plan(made, account.names("workshop-x"), access=Access.PUBLIC)
        deploy(account, wanted, silent)
    said = str(caught.value)
    assert "does not have the permission" in said
    if call in CHANGES:
        assert "What stands now" in said
        assert "destroy aws" in said
    elif call != "sts.GetCallerIdentity":
        assert said.endswith("Nothing was changed.")


def test_denied_pass_role_is_named_as_aws_names_it(account, wanted, wire):
    message = (
        "User: arn:aws:iam::1:user/x is not authorized to perform: "
        "iam:PassRole on resource: arn:aws:iam::1:role/y"
    )
    wire.answer("lambda.CreateFunction", "AccessDeniedException", message, 403)
    with pytest.raises(WorkshopError, match="permission iam:PassRole"):
        deploy(account, wanted, silent)


def test_a_role_that_is_not_known_yet_is_waited_for(
    account, wanted, wire, pauses
):
    call = "lambda.CreateFunction"
    code = "InvalidParameterValueException"
    wire.answer(call, code, PROPAGATING, times=2)
    deploy(account, wanted, silent)
    assert pauses == [1, 2]
    assert wire.attempts.count(call) >= 1
    assert there(account) == EVERYTHING


def test_a_role_that_never_becomes_known(account, wanted, wire, pauses):
    code = "InvalidParameterValueException"
    wire.answer("lambda.CreateFunction", code, PROPAGATING)
    with pytest.raises(WorkshopError, match="Wait a minute"):
        deploy(account, wanted, silent)
    assert sum(pauses) >= 30


def test_another_wrong_value_is_not_waited_for(account, wanted, wire, pauses):
    code = "InvalidParameterValueException"
    wire.answer("lambda.CreateFunction", code, "Unzipped size must be small")
    with pytest.raises(WorkshopError, match="Unzipped size"):
        deploy(account, wanted, silent)
    assert pauses == []


@pytest.mark.parametrize(
    "message",
    [
        "An update is in progress for resource: workshop-x",
        "The function is currently in the following state: Pending",
    ],
)
def test_a_change_that_is_under_way_is_waited_for(
    account, wanted, wire, pauses, message
):
    deploy(account, wanted, silent)
    call = "lambda.UpdateFunctionCode"
    wire.answer(call, "ResourceConflictException", message, 409, times=2)
    deploy(account, wanted, silent)
    assert pauses == [1, 2]


def test_what_is_throttled_is_sent_again(account, wanted, wire):
    call = "iam.CreateRole"
    wire.answer(call, "Throttling", "Rate exceeded", times=2)
    deploy(account, wanted, silent)
    assert there(account) == EVERYTHING


def test_what_is_throttled_for_good(account, wanted, wire, monkeypatch):
    monkeypatch.setattr("botocore.endpoint.time.sleep", silent)
    wire.answer("logs.CreateLogGroup", "ThrottlingException")
    with pytest.raises(WorkshopError, match="throttles logs:CreateLogGroup"):
        deploy(account, wanted, silent)


@pytest.mark.parametrize(
    "code, words",
    [
        ("ExpiredToken", "have expired.*Sign in again"),
        ("ExpiredTokenException", "have expired"),
        ("InvalidClientTokenId", "key is wrong.*region.*enabled"),
        ("UnrecognizedClientException", "region is one that has to be"),
        ("OptInRequired", "may not use the service there"),
        ("SignatureDoesNotMatch", "secret key.*clock"),
        ("ServiceFailure", "refuses sts:GetCallerIdentity: ServiceFailure"),
    ],
)
def test_credentials_that_are_no_good(account, wire, code, words):
    wire.answer("sts.GetCallerIdentity", code, "It says.", 403)
    with pytest.raises(WorkshopError, match=words):
        account.names("workshop-x")


# Two at once


@pytest.mark.parametrize(
    "call", ["logs.CreateLogGroup", "iam.CreateRole", "lambda.CreateFunction"]
)
def test_what_another_deployment_has_made_meanwhile(
    account, wanted, wire, call
):
    """It is there when it is to be made, and was not when it was looked at."""
    [other] = [
        one
        for step in wanted.steps
        for one in step.create
        if f"{one.service}.{one.operation}" == call
    ]
    made = []

    def meanwhile(_):
        if not made:
            made.append(other)
            account.ask(other)

    wire.at(call, meanwhile)
    said = []
    deploy(account, wanted, said.append)
    assert [line.partition(":")[0] for line in said].count("updated") == 1
    assert there(account) == EVERYTHING
    assert account.ask(wanted.function.look[0])["Tags"] == TAGS


def test_what_is_said_to_be_there_and_is_not(account, wanted, wire):
    wire.answer("iam.CreateRole", "EntityAlreadyExists", "It is.", 409)
    with pytest.raises(WorkshopError, match="refuses iam:CreateRole"):
        deploy(account, wanted, silent)


URL = "http://127.0.0.1:1/"


@pytest.mark.parametrize(
    "error, words",
    [
        (EndpointConnectionError(endpoint_url=URL), "cannot be reached"),
        (ConnectionClosedError(endpoint_url=URL), "cannot be reached"),
        (ReadTimeoutError(endpoint_url=URL), "did not answer lambda:Cr"),
    ],
)
def test_the_network_goes_half_way(account, wanted, wire, error, words):
    wire.fail("lambda.CreateFunction", error)
    with pytest.raises(WorkshopError, match=words) as caught:
        deploy(account, wanted, silent)
    said = str(caught.value).splitlines()
    assert said[2].startswith("  the log group /aws/lambda/workshop-x")
    assert said[3].startswith("  the role workshop-x")
    assert said[4].startswith("  begun, perhaps not whole: the function")
    assert there(account) == EVERYTHING[1:]


def test_a_page_in_between(account, wire):
    wire.garble("sts.GetCallerIdentity")
    with pytest.raises(WorkshopError, match="what is no answer of AWS"):
        account.names("workshop-x")


def test_what_botocore_itself_cannot_do(account, wanted, wire):
    wire.fail("iam.CreateRole", DataNotFoundError(data_path="x"))
    with pytest.raises(WorkshopError, match="iam:CreateRole could not be se"):
        deploy(account, wanted, silent)


def test_an_update_that_fails(account, wanted):
    deploy(account, wanted, silent)
    renew = wanted.function.update[0]
    with Stubber(account._client(renew)) as stub:
        stub.add_response("update_function_code", {}, renew.parameters)
        failed = {"Configuration": {"LastUpdateStatus": "Failed"}}
        named = {"FunctionName": "workshop-x"}
        stub.add_response("get_function", failed, named)
        with pytest.raises(WorkshopError, match="not come to its end"):
            account.ask(renew)


def test_the_cycle_as_botocore_stubs_it(account, wanted, pauses):
    """The replies of the model, and not of moto: twice a new role is not
    known, then it is.
    """
    create = wanted.function.create[0]
    client = account._client(create)
    with Stubber(client) as stub:
        for _ in range(2):
            stub.add_client_error(
                "create_function",
                "InvalidParameterValueException",
                PROPAGATING,
                expected_params=create.parameters,
            )
        stub.add_response(
            "create_function",
            {"FunctionName": "workshop-x", "State": "Pending"},
            create.parameters,
        )
        named = {"FunctionName": "workshop-x"}
        active = {"Configuration": {**named, "State": "Active"}}
        stub.add_response("get_function", active, named)
        assert account.ask(create)["State"] == "Pending"
        stub.assert_no_pending_responses()
    assert pauses == [1, 2]


@pytest.mark.skipif(sys.platform != "linux", reason="it is for Linux")
def test_a_static_program_in_rust_answers(account):
    folder = FUNCTIONS / "aws" / "rust"
    skip_without_crates(folder)
    made = artifact(folder, own_architecture())
    wanted = plan(made, account.names("workshop-rust"))
    deploy(account, wanted, silent)
    done = invoke(account, wanted.invocations[1])
    assert json.loads(done.answer)["smallest"]["value"] == 121
