"""All that carries the tag, found and deleted.

It is found by the services' own lists, not by a note of what was made: so
nothing is missed that a deployment has left half made, on whatever machine.
The function goes first, since it writes into the log group and runs as the
role; then the group, then the role, which could not make the group again.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from workshop.deploy.aws import policy
from workshop.deploy.aws.account import WHO, Account
from workshop.deploy.aws.call import NOT_FOUND, Call
from workshop.deploy.aws.deployment import Say
from workshop.deploy.aws.function_url import no_url
from workshop.deploy.aws.names import (
    LOG_GROUPS,
    PREFIX,
    Names,
    is_ours,
    role_path,
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


def roles(region: str) -> Call:
    """Lists the roles of a region's functions."""
    return Call("iam", "ListRoles", {"PathPrefix": role_path(region)})


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


def of_role(name: str) -> Leftover:
    """A role, with its policy."""
    told = {"RoleName": name}
    inside = {**told, "PolicyName": policy.POLICY}
    return Leftover(
        f"the role {name}",
        (
            Call("iam", "DeleteRolePolicy", inside, harmless=NOT_FOUND),
            Call("iam", "DeleteRole", told, harmless=NOT_FOUND),
        ),
    )


def any_calls(region: str) -> Iterator[Call]:
    """One request of each kind that it may send, with a name to stand in."""
    names = Names(f"{PREFIX}NAME", region)
    yield WHO
    yield from (functions(), function_tags(names.function_arn))
    yield from (log_groups(), log_group_tags(names.log_group_arn))
    yield from (roles(region), role_tags(names.role))
    for leftover in (
        of_function(names),
        of_log_group(names.log_group),
        of_role(names.role),
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
    for one in account.all(roles(account.region), "Roles"):
        listed = account.ask(role_tags(one["RoleName"])).get("Tags", [])
        if is_ours({tag["Key"]: tag["Value"] for tag in listed}):
            found.append(of_role(one["RoleName"]))
    return found


def delete(account: Account, leftovers: list[Leftover], say: Say) -> None:
    """Delete them, one after the other, and tell each.

    Raises WorkshopError, which tells what is left.
    """
    for index, leftover in enumerate(leftovers):
        try:
            for call in leftover.calls:
                account.ask(call)
        except WorkshopError as error:
            left = "\n".join(f"  {one.what}" for one in leftovers[index:])
            raise WorkshopError(
                f"{error}\nStill there, whole or in part:\n{left}\nThe same "
                "command goes on from there."
            ) from error
        say(f"deleted: {leftover.what}")
