"""A function's own address on the web, for whom it is open, or none.

A deployment leaves what the command says: an address of an earlier one that
is not asked for again goes, and so do the permissions that opened it.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from functools import partial
from typing import Any

from workshop.deploy.aws.call import CONFLICT, NOT_FOUND, Call, Reply
from workshop.deploy.aws.cost import NOTHING
from workshop.deploy.aws.names import Names
from workshop.deploy.aws.step import State, Step

# Since 2025-10 a public URL takes both ("Control access to Lambda function
# URLs", AWS Lambda Developer Guide, read 2026-11).
PUBLIC: dict[str, dict[str, Any]] = {
    "workshop-public-url": {
        "Action": "lambda:InvokeFunctionUrl",
        "FunctionUrlAuthType": "NONE",
    },
    "workshop-public-invoke": {
        "Action": "lambda:InvokeFunction",
        "InvokedViaFunctionUrl": True,
    },
}


class Access(Enum):
    """Who may call a function over HTTP."""

    NOBODY = "nobody"
    IAM = "AWS_IAM"  # who signs, and may by IAM
    PUBLIC = "NONE"  # everyone: AWS asks for no authentication


def steps(names: Names, access: Access) -> tuple[Step, ...]:
    """Those that open the function to whom it is to be open, and no other.

    What opens it to everyone is taken away first, and is given last.
    """
    if access is Access.PUBLIC:
        return (_url(names, access), _opened(names))
    if access is Access.IAM:
        return (_closed(names), _url(names, access))
    return (_closed(names), _no_url(names))


def url_of(names: Names) -> Call:
    """Asks for the address, if there is one."""
    return Call(
        "lambda", "GetFunctionUrlConfig", _of(names), harmless=NOT_FOUND
    )


def no_url(names: Names) -> Call:
    """Takes the address away, if there is one."""
    return Call(
        "lambda", "DeleteFunctionUrlConfig", _of(names), harmless=NOT_FOUND
    )


def _url(names: Names, access: Access) -> Step:
    told = {**_of(names), "AuthType": access.value}
    whom = "signed with IAM credentials"
    if access is Access.PUBLIC:
        whom = "from anyone on the internet"
    return Step(
        f"a function URL that takes requests {whom}",
        f"{NOTHING} by itself; each request is a call of the function",
        (url_of(names),),
        _there,
        (Call("lambda", "CreateFunctionUrlConfig", told),),
        (Call("lambda", "UpdateFunctionUrlConfig", told),),
    )


def _no_url(names: Names) -> Step:
    return Step(
        "no function URL, not of an earlier deployment either",
        NOTHING,
        (url_of(names),),
        _there,
        update=(no_url(names),),
    )


def _opened(names: Names) -> Step:
    return Step(
        "both permissions for everyone to call the function by its URL",
        "what strangers' calls cost: there is no limit to them",
        _policy(names),
        partial(_permitted, all),
        tuple(
            Call(
                "lambda",
                "AddPermission",
                {**_of(names), "StatementId": id, "Principal": "*", **told},
                harmless=CONFLICT,
            )
            for id, told in PUBLIC.items()
        ),
    )


def _closed(names: Names) -> Step:
    return Step(
        "no permission for everyone, not of an earlier deployment either",
        NOTHING,
        _policy(names),
        partial(_permitted, any),
        update=tuple(
            Call(
                "lambda",
                "RemovePermission",
                {**_of(names), "StatementId": id},
                harmless=NOT_FOUND,
            )
            for id in PUBLIC
        ),
    )


def _policy(names: Names) -> tuple[Call, ...]:
    return (Call("lambda", "GetPolicy", _of(names), harmless=NOT_FOUND),)


def _of(names: Names) -> dict[str, str]:
    return {"FunctionName": names.function}


def _there(replies: Sequence[Reply]) -> State:
    """It belongs to the function, so it is ours as the function is."""
    return State.OURS if replies[0] else State.ABSENT


def _permitted(
    enough: Callable[[Iterable[bool]], bool], replies: Sequence[Reply]
) -> State:
    """Whether all of the permissions are there, or any."""
    policy = json.loads(replies[0].get("Policy", "{}"))
    ids = {one.get("Sid") for one in policy.get("Statement", [])}
    return State.OURS if enough(id in ids for id in PUBLIC) else State.ABSENT
