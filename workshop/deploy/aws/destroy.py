"""All that carries the tag, found and deleted.

It is found by the services' own lists, not by a note of what was made: so
nothing is missed that a deployment has left half made, on whatever machine.
The function goes first, since it writes into the log group and runs as the
role; then the group, then the role, which could not make the group again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workshop.deploy.aws import policy
from workshop.deploy.aws.account import WHO, Account
from workshop.deploy.aws.call import NOT_FOUND, Call
from workshop.deploy.aws.deployment import Say
from workshop.deploy.aws.function_url import no_url
from workshop.deploy.aws.names import (
    LOG_GROUPS,
    PREFIX,
    ROLES,
    Names,
    is_ours,
    region_of,
)
from workshop.errors import WorkshopError


@dataclass(frozen=True)
class Leftover:
    """A thing with the tag, and the requests that delete it."""

    what: str
    calls: tuple[Call, ...]


def functions() -> Call:
    """Lists the functions of a region."""
    return Call("lambda", "ListFunctions", {})


def log_groups() -> Call:
    """Lists the log groups that are named as ours are."""
    return Call(
        "logs", "DescribeLogGroups", {"logGroupNamePrefix": LOG_GROUPS}
    )


def roles() -> Call:
    """Lists the roles of all functions, in whatever region: IAM has none."""
    return Call("iam", "ListRoles", {"PathPrefix": ROLES})


def function_tags(arn: str) -> Call:
    """Asks for a function's tags."""
    return Call("lambda", "ListTags", {"Resource": arn}, harmless=NOT_FOUND)


def log_group_tags(arn: str) -> Call:
    """Asks for a log group's tags."""
    told = {"resourceArn": arn}
    return Call("logs", "ListTagsForResource", told, harmless=NOT_FOUND)


def role_tags(name: str) -> Call:
    """Asks for a role's tags."""
    told = {"RoleName": name}
    return Call("iam", "ListRoleTags", told, harmless=NOT_FOUND)


def inline_policies(role: str) -> Call:
    """Lists the policies inside a role: of our own, and any further one."""
    told = {"RoleName": role}
    return Call("iam", "ListRolePolicies", told, harmless=NOT_FOUND)


def attached_policies(role: str) -> Call:
    """Lists the managed policies that somebody has attached to a role."""
    told = {"RoleName": role}
    return Call("iam", "ListAttachedRolePolicies", told, harmless=NOT_FOUND)


def of_function(names: Names) -> Leftover:
    """A function, with its URL and its permissions."""
    name = {"FunctionName": names.function}
    return Leftover(
        f"the function {names.function}",
        (
            no_url(names),
            Call("lambda", "DeleteFunction", name, harmless=NOT_FOUND),
        ),
    )


def of_log_group(name: str) -> Leftover:
    """A log group, with all that is in it."""
    told = {"logGroupName": name}
    return Leftover(
        f"the log group {name}",
        (Call("logs", "DeleteLogGroup", told, harmless=NOT_FOUND),),
    )


def of_role(
    name: str, inline: Sequence[str], attached: Sequence[str]
) -> Leftover:
    """A role, with the policies inside it, by their names.

    Managed ones, by their ARNs, stay; but attached to it, they would keep
    the role.
    """
    told = {"RoleName": name}
    inside = [{**told, "PolicyName": one} for one in inline]
    outside = [{**told, "PolicyArn": one} for one in attached]
    requests = [
        *(("DeleteRolePolicy", parameters) for parameters in inside),
        *(("DetachRolePolicy", parameters) for parameters in outside),
        ("DeleteRole", told),
    ]
    return Leftover(
        f"the role {name}",
        tuple(
            Call("iam", operation, parameters, harmless=NOT_FOUND)
            for operation, parameters in requests
        ),
    )


def any_calls(region: str) -> Iterator[Call]:
    """One request of each kind that it may send, with a name to stand in."""
    names = Names(f"{PREFIX}NAME", region)
    yield WHO
    yield from (functions(), function_tags(names.function_arn))
    yield from (log_groups(), log_group_tags(names.log_group_arn))
    yield from (roles(), role_tags(names.role))
    yield from (inline_policies(names.role), attached_policies(names.role))
    for leftover in (
        of_function(names),
        of_log_group(names.log_group),
        of_role(names.role, [policy.POLICY], ["ARN"]),
    ):
        yield from leftover.calls


def find(account: Account) -> list[Leftover]:
    """All that carries the tag in the account's region, in order."""
    account.ask(WHO)  # whose it is, before anything is listed
    found = []
    for one in account.all(functions(), "Functions"):
        name, arn = one["FunctionName"], one["FunctionArn"]
        if name.startswith(PREFIX) and is_ours(
            account.ask(function_tags(arn)).get("Tags", {})
        ):
            found.append(of_function(Names(name, account.region)))
    for one in account.all(log_groups(), "logGroups"):
        arn = one["arn"].removesuffix(":*")
        if is_ours(account.ask(log_group_tags(arn)).get("tags", {})):
            found.append(of_log_group(one["logGroupName"]))
    found += [
        _role(account, one["RoleName"])
        for one in _roles(account)
        if region_of(one["Path"]) == account.region
    ]
    return found


def elsewhere(account: Account) -> list[str]:
    """The other regions where there are roles with the tag."""
    found = {region_of(one["Path"]) for one in _roles(account)}
    return sorted(found - {account.region})


def _roles(account: Account) -> Iterator[Mapping[str, Any]]:
    """Those with the tag, in whatever region."""
    for one in account.all(roles(), "Roles"):
        listed = account.ask(role_tags(one["RoleName"])).get("Tags", [])
        if is_ours({tag["Key"]: tag["Value"] for tag in listed}):
            yield one


def _role(account: Account, name: str) -> Leftover:
    attached = account.all(attached_policies(name), "AttachedPolicies")
    return of_role(
        name,
        account.all(inline_policies(name), "PolicyNames"),
        [one["PolicyArn"] for one in attached],
    )


def delete(account: Account, leftovers: list[Leftover], say: Say) -> None:
    """Delete them, one after the other, and tell each.

    What cannot be deleted does not keep the rest. Raises WorkshopError in
    the end, which tells what is left and why.
    """
    left, reasons = [], []
    for leftover in leftovers:
        try:
            for call in leftover.calls:
                account.ask(call)
        except WorkshopError as error:
            left.append(f"  {leftover.what}")
            reasons.append(str(error))
        else:
            say(f"deleted: {leftover.what}")
    if left:
        raise WorkshopError(
            "\n".join(
                [
                    *dict.fromkeys(reasons),  # one may hold for several
                    "Still there, whole or in part:",
                    *left,
                    "The same command goes on from there.",
                ]
            )
        )
