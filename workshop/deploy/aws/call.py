"""One request to AWS, as data: what a plan is made of."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore import xform_name

# What IAM calls the permission of an operation that is named otherwise
# ("Actions, resources, and condition keys for AWS Lambda", read 2026-11).
PERMISSIONS = {"lambda:Invoke": "lambda:InvokeFunction"}
# Both spellings: services answer with either.
NOT_FOUND = frozenset(
    ("ResourceNotFoundException", "NoSuchEntity", "NoSuchEntityException")
)
CONFLICT = frozenset(("ResourceConflictException",))

Reply = Mapping[str, Any]


@dataclass(frozen=True)
class Call:
    """A request: the operation of a service, and its parameters.

    `wait` names botocore's waiter for what the operation begins; `also` the
    permissions that it takes beside its own; `harmless` the error codes that
    are as good as an answer.
    """

    service: str
    operation: str  # such as CreateFunction
    parameters: Mapping[str, Any]
    wait: str = ""
    also: tuple[str, ...] = ()
    harmless: frozenset[str] = frozenset()

    @property
    def method(self) -> str:
        """What boto3 calls the operation."""
        return str(xform_name(self.operation))

    @property
    def permission(self) -> str:
        """What IAM has to allow for it, such as lambda:CreateFunction."""
        name = f"{self.service}:{self.operation}"
        return PERMISSIONS.get(name, name)

    @property
    def permissions(self) -> tuple[str, ...]:
        """All that IAM has to allow for it."""
        return (self.permission, *self.also)

    def __str__(self) -> str:
        shown = json.dumps(self.parameters, default=_size)
        return f"{self.service}:{self.operation} {shown}"


def _size(content: bytes) -> str:
    return f"{len(content):,} bytes"
