"""All that carries the tag is found and deleted; nothing else is."""

import pytest

from tests.deploy.aws.conftest import there
from workshop.deploy.aws import destroy, policy
from workshop.deploy.aws.call import Call
from workshop.deploy.aws.deployment import deploy
from workshop.deploy.aws.function_url import Access
from workshop.deploy.aws.plan import plan
from workshop.errors import WorkshopError

REQUESTS = 5  # that delete one function with all that belongs to it


def silent(_):
    """Says nothing."""


@pytest.fixture
def deployed(account, made):
    """Two functions, one of them with a public URL."""
    for name, access in (
        ("workshop-x", Access.PUBLIC),
        ("workshop-z", Access.NOBODY),
    ):
        deploy(account, plan(made, account.names(name), access=access), silent)


def test_it_lists_what_it_deletes_and_then_finds_nothing(account, deployed):
    said = []
    destroy.delete(account, destroy.find(account), said.append)
    assert sorted(said) == sorted(
        f"deleted: {what}"
        for name in ("workshop-x", "workshop-z")
        for what in (
            f"the function {name}",
            f"the log group /aws/lambda/{name}",
            f"the role {name}-us-east-1",
        )
    )
    assert there(account) == []
    assert destroy.find(account) == []


def test_the_function_goes_before_what_it_uses(account, made):
    deploy(account, plan(made, account.names("workshop-x")), silent)
    kinds = [one.what.split()[1] for one in destroy.find(account)]
    assert kinds == ["function", "log", "role"]


@pytest.mark.parametrize("moment", ["before", "after"])
def test_interrupted_anywhere_the_next_run_goes_on(
    account, made, wire, moment
):
    wanted = plan(made, account.names("workshop-x"), access=Access.IAM)
    number = 0
    finished = False
    while not finished:
        wire.reset()
        deploy(account, wanted, silent)
        wire.reset()
        getattr(wire, f"stop_{moment}")(number)
        try:
            destroy.delete(account, destroy.find(account), silent)
            finished = True
        except KeyboardInterrupt:
            pass
        wire.reset()
        destroy.delete(account, destroy.find(account), silent)
        assert there(account) == []
        number += 1
    assert number > REQUESTS + 6


@pytest.mark.parametrize(
    "call",
    [
        *("lambda.ListFunctions", "lambda.ListTags", "iam.ListRoles"),
        *("logs.DescribeLogGroups", "logs.ListTagsForResource"),
        *("iam.ListRoleTags", "lambda.DeleteFunctionUrlConfig"),
        *("lambda.DeleteFunction", "logs.DeleteLogGroup"),
        *("iam.DeleteRolePolicy", "iam.DeleteRole"),
        *("iam.ListRolePolicies", "iam.ListAttachedRolePolicies"),
    ],
)
def test_access_denied_names_the_permission(account, deployed, wire, call):
    wire.answer(call, "AccessDeniedException", "No.", 403)
    permission = call.replace(".", ":")
    with pytest.raises(WorkshopError, match=permission) as caught:
        destroy.delete(account, destroy.find(account), silent)
    if "Delete" in call:
        said = str(caught.value)
        kind = {"iam": "role", "logs": "log group"}.get(call.partition(".")[0])
        *_, listed = said.partition("Still there, whole or in part:\n")
        left = listed.splitlines()[:-1]
        assert said.count("does not have the permission") == 1
        assert len(left) == 2  # of each function, and nothing else
        assert all(f"the {kind or 'function'} " in one for one in left)


def test_what_lacks_the_tag_is_left_alone(account, made):
    """Even where its name is one that a function of ours could have."""
    arn = "arn:aws:iam::123456789012:role/other"
    others = [
        Call(
            "lambda",
            "CreateFunction",
            {
                "FunctionName": name,
                "Runtime": "python3.13",
                "Handler": "handler.handler",
                "Role": arn,
                "Code": {"ZipFile": made.code},
                "Tags": {"workshop": value},
            },
        )
        for name, value in (
            ("workshop-theirs", "of another kind"),
            ("theirs", "serverless-from-the-wire-up"),
        )
    ]
    group = {"logGroupName": "/aws/lambda/workshop-theirs"}
    role = {"RoleName": "workshop-theirs-us-east-1"}
    trust = {"AssumeRolePolicyDocument": "{}"}
    path = {"Path": "/workshop/us-east-1/"}
    others += [
        Call("logs", "CreateLogGroup", group),
        Call("iam", "CreateRole", role | trust | path),
    ]
    for call in others:
        account.ask(call)
    assert destroy.find(account) == []
    for name in ("workshop-theirs", "theirs"):
        account.ask(Call("lambda", "DeleteFunction", {"FunctionName": name}))
    account.ask(Call("logs", "DeleteLogGroup", group))
    account.ask(Call("iam", "DeleteRole", role))


def test_roles_of_another_region_stay(account, made):
    role = {
        "RoleName": "workshop-x-eu-west-1",
        "Path": "/workshop/eu-west-1/",
        "AssumeRolePolicyDocument": "{}",
        "Tags": [{"Key": "workshop", "Value": "serverless-from-the-wire-up"}],
    }
    account.ask(Call("iam", "CreateRole", role))
    assert destroy.find(account) == []
    assert destroy.elsewhere(account) == ["eu-west-1"]
    account.ask(Call("iam", "DeleteRole", {"RoleName": role["RoleName"]}))
    assert destroy.elsewhere(account) == []


@pytest.fixture
def widened(account, deployed):
    """The role of workshop-x, to which somebody has given more."""
    role = {"RoleName": account.names("workshop-x").role}
    allowed = policy.own_log_group("arn:aws:logs:us-east-1:1:log-group:x")
    told = {"PolicyName": "further", "PolicyDocument": allowed}
    account.ask(Call("iam", "PutRolePolicy", role | told))
    managed = account.ask(
        Call("iam", "CreatePolicy", told | {"PolicyName": "managed"})
    )
    arn = {"PolicyArn": managed["Policy"]["Arn"]}
    account.ask(Call("iam", "AttachRolePolicy", role | arn))
    yield role
    account.ask(Call("iam", "DeletePolicy", arn))  # it was detached alone


def test_a_role_that_somebody_has_given_more(account, widened):
    destroy.delete(account, destroy.find(account), silent)
    assert there(account) == []


def test_what_cannot_be_deleted_does_not_keep_the_rest(
    account, deployed, wire
):
    said = []
    leftovers = destroy.find(account)
    wire.answer(
        "iam.DeleteRole", "DeleteConflict", "It has policies.", 409, times=1
    )
    with pytest.raises(WorkshopError, match="DeleteConflict") as caught:
        destroy.delete(account, leftovers, said.append)
    assert len(said) == len(leftovers) - 1
    [left] = there(account)
    first = next(one for one in leftovers if "role" in one.what)
    assert first.what == f"the role {left}"
    listed = str(caught.value).partition("Still there")[2].splitlines()
    assert listed[1:-1] == [f"  {first.what}"]


def test_a_role_that_goes_while_it_is_looked_at(account, deployed, wire):
    for call in ("iam.ListRolePolicies", "iam.ListAttachedRolePolicies"):
        wire.answer(call, "NoSuchEntity", "It has gone.", 404)
    assert len(destroy.find(account)) == 6


def test_what_has_gone_meanwhile_is_no_error(account, deployed):
    leftovers = destroy.find(account)
    destroy.delete(account, leftovers, silent)
    destroy.delete(account, leftovers, silent)


def test_what_is_sent_is_what_a_dry_run_says(account, widened, wire):
    wire.reset()
    destroy.delete(account, destroy.find(account), silent)
    planned = {
        f"{call.service}:{call.operation}"
        for call in destroy.any_calls(account.region)
    }
    assert set(wire.operations) == planned
