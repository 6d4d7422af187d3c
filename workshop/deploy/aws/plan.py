"""What a deployment will send, as data.

The dry run prints a plan and `deployment.py` sends it: there is no request
in the one that is not in the other. The steps stand in such an order that
`destroy` finds whatever an interruption leaves: each thing gets its tag in
the request that makes it, the log group is there before anything can be
logged, and the role before the function that takes it on.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from workshop.deploy.aws import cost, function_url, policy, regions
from workshop.deploy.aws.account import WHO
from workshop.deploy.aws.artifact import Artifact
from workshop.deploy.aws.call import NOT_FOUND, Call, Reply
from workshop.deploy.aws.function_url import Access
from workshop.deploy.aws.names import TAG_LIST, TAGS, Names, is_ours, role_path
from workshop.deploy.aws.step import State, Step
from workshop.errors import WorkshopError

LEAST_MB, MOST_MB = 128, 10_240
TIMEOUT_S = 60  # of a call: what one can cost at most follows from it
KEPT_DAYS = 1  # what the function has logged
HANDLER = "handler.handler"
EVENTS: tuple[object, ...] = ({}, {"min": 10, "max": 99})
MADE_BY = "Made by the serverless workshop; workshop destroy aws deletes it."


@dataclass(frozen=True)
class Plan:
    """One deployment: whom it asks first, its steps, and what it invokes."""

    names: Names
    artifact: Artifact
    memory_mb: int
    steps: tuple[Step, ...]
    invocations: tuple[Call, ...]

    @property
    def function(self) -> Step:
        """The step that makes the function itself."""
        [step] = [one for one in self.steps if _makes_function(one)]
        return step

    @property
    def calls(self) -> Iterator[Call]:
        """Every request that it may send."""
        yield WHO
        for step in self.steps:
            yield from step.all_calls()
        yield from self.invocations

    @property
    def permissions(self) -> list[str]:
        """All that IAM has to allow for it."""
        return sorted({one for call in self.calls for one in call.permissions})

    @property
    def caution(self) -> str:
        """What speaks against its region, as a sentence; "" if nothing."""
        return regions.caution(self.names.region)

    @property
    def cost(self) -> str:
        """What the invocations cost if each takes all its time, in USD."""
        calls = len(self.invocations)
        return cost.most(
            calls, TIMEOUT_S, self.memory_mb, self.artifact.architecture
        )


def plan(
    artifact: Artifact,
    names: Names,
    memory_mb: int = LEAST_MB,
    access: Access = Access.NOBODY,
    events: Sequence[object] = EVENTS,
) -> Plan:
    """The plan of a deployment. Raises WorkshopError for a wrong memory."""
    if not LEAST_MB <= memory_mb <= MOST_MB:
        raise WorkshopError(
            f"--memory must be from {LEAST_MB} to {MOST_MB} MB, not "
            f"{memory_mb}."
        )
    return Plan(
        names,
        artifact,
        memory_mb,
        (
            _log_group(names),
            _role(names),
            _function(artifact, names, memory_mb),
            *function_url.steps(names, access),
        ),
        tuple(invocation(names.function, event) for event in events),
    )


def invocation(function: str, event: object) -> Call:
    """Calls a function, and asks for the end of its log."""
    return Call(
        "lambda",
        "Invoke",
        {
            "FunctionName": function,
            "Payload": json.dumps(event),
            "LogType": "Tail",
        },
    )


def _makes_function(step: Step) -> bool:
    return any(call.operation == "CreateFunction" for call in step.create)


def _log_group(names: Names) -> Step:
    keep = Call(
        "logs",
        "PutRetentionPolicy",
        {"logGroupName": names.log_group, "retentionInDays": KEPT_DAYS},
    )
    create = Call(
        "logs",
        "CreateLogGroup",
        {"logGroupName": names.log_group, "tags": TAGS},
        also=("logs:TagResource",),
    )

    def state(replies: Sequence[Reply]) -> State:
        there = [one["logGroupName"] for one in replies[0]["logGroups"]]
        if names.log_group not in there:
            return State.ABSENT
        return _owned(replies[1].get("tags", {}))

    return Step(
        f"the log group {names.log_group}, which forgets after "
        f"{KEPT_DAYS} day",
        cost.LOGS,
        (
            Call(
                "logs",
                "DescribeLogGroups",
                {"logGroupNamePrefix": names.log_group},
            ),
            Call(
                "logs",
                "ListTagsForResource",
                {"resourceArn": names.log_group_arn},
                harmless=NOT_FOUND,
            ),
        ),
        state,
        (create, keep),
        (keep,),
    )


def _role(names: Names) -> Step:
    allow = Call(
        "iam",
        "PutRolePolicy",
        {
            "RoleName": names.role,
            "PolicyName": policy.POLICY,
            "PolicyDocument": policy.own_log_group(names.log_group_arn),
        },
    )
    create = Call(
        "iam",
        "CreateRole",
        {
            "RoleName": names.role,
            "Path": role_path(names.region),
            "AssumeRolePolicyDocument": policy.trust(),
            "Description": MADE_BY,
            "Tags": TAG_LIST,
        },
        wait="role_exists",
        also=("iam:TagRole", "iam:GetRole"),
    )

    def state(replies: Sequence[Reply]) -> State:
        if not replies[0]:
            return State.ABSENT
        tags = {one["Key"]: one["Value"] for one in replies[0]["Tags"]}
        return _owned(tags)

    look = Call(
        "iam", "ListRoleTags", {"RoleName": names.role}, harmless=NOT_FOUND
    )
    return Step(
        f"the role {names.role}, which may write into that group and do "
        "nothing else",
        cost.NOTHING,
        (look,),
        state,
        (create, allow),
        (allow,),
    )


def _function(artifact: Artifact, names: Names, memory_mb: int) -> Step:
    name = {"FunctionName": names.function}
    settings = {
        "Runtime": artifact.runtime,
        "Handler": HANDLER,
        "Role": names.role_arn,
        "MemorySize": memory_mb,
        "Timeout": TIMEOUT_S,
        "Description": MADE_BY,
        "Environment": {"Variables": dict(artifact.variables)},
    }
    architectures = [artifact.architecture]
    create = Call(
        "lambda",
        "CreateFunction",
        {
            **name,
            **settings,
            "Architectures": architectures,
            "Code": {"ZipFile": artifact.code},
            "Tags": TAGS,
        },
        wait="function_active_v2",
        also=("lambda:TagResource", "lambda:GetFunction", "iam:PassRole"),
    )
    renew = Call(
        "lambda",
        "UpdateFunctionCode",
        {
            **name,
            "ZipFile": artifact.code,
            "Architectures": architectures,
        },
        wait="function_updated_v2",
        also=("lambda:GetFunction",),
    )
    set_up = Call(
        "lambda",
        "UpdateFunctionConfiguration",
        {**name, **settings},
        wait="function_updated_v2",
        also=("lambda:GetFunction", "iam:PassRole"),
    )
    look = Call(
        "lambda",
        "GetFunction",
        name,
        harmless=NOT_FOUND,
        also=("lambda:ListTags",),  # or it comes without its tags
    )

    def state(replies: Sequence[Reply]) -> State:
        if not replies[0]:
            return State.ABSENT
        return _owned(replies[0].get("Tags", {}))

    return Step(
        f"the function {names.function}, {artifact.runtime} on "
        f"{artifact.architecture} with {memory_mb} MB, from "
        f"{artifact.source}",
        cost.of_function(memory_mb, artifact.architecture),
        (look,),
        state,
        (create,),
        (renew, set_up),
    )


def _owned(tags: Reply) -> State:
    return State.OURS if is_ours(tags) else State.FOREIGN
