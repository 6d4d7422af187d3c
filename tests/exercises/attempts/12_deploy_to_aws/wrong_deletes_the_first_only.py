# rejected by test_it_deletes_what_is_ours: (returned 1:

"""Deploy a function to AWS, call it, and leave nothing behind."""

import base64
import io
import json
import re
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

SERVICES = "lambda", "iam", "logs"
TAGS = {"workshop": "serverless-from-the-wire-up"}
POLICY = "own-log-group"


@dataclass(frozen=True)
class Clients:
    """boto3's clients of one account in one region, in SERVICES' order."""

    functions: Any
    roles: Any
    logs: Any
    runtime: str = "python3.13"

    @property
    def region(self) -> str:
        return str(self.functions.meta.region_name)


class NotOurs(Exception):
    """There is something of that name without our tag."""


def log_group(name: str) -> str:
    return f"/aws/lambda/{name}"


def role_name(aws: Clients, name: str) -> str:
    return f"{name}-{aws.region}"


def role_path(aws: Clients) -> str:
    return f"/workshop/{aws.region}/"


def is_ours(tags: Any) -> bool:
    """Whether our tag is in a dict of tags, or in a list as IAM has it."""
    if isinstance(tags, list):
        tags = {tag["Key"]: tag["Value"] for tag in tags}
    return bool(TAGS.items() <= tags.items())


def listed(client: Any, call: str, key: str, **told: Any) -> Iterator[Any]:
    """What a call lists under a key, from all its pages."""
    for page in client.get_paginator(call).paginate(**told):
        yield from page[key]


def our_log_groups(aws: Clients) -> list[str]:
    """The log groups of Lambda functions that carry our tag."""
    found = []
    for one in listed(
        aws.logs,
        "describe_log_groups",
        "logGroups",
        logGroupNamePrefix=log_group(""),
    ):
        arn = one["logGroupArn"]
        tags = aws.logs.list_tags_for_resource(resourceArn=arn)["tags"]
        if is_ours(tags):
            found.append(one["logGroupName"])
    return found


def make_log_group(aws: Clients, name: str) -> None:
    """Where the function's lines go; it forgets them after a day."""
    group = log_group(name)
    try:
        aws.logs.create_log_group(logGroupName=group, tags=TAGS)
    except aws.logs.exceptions.ResourceAlreadyExistsException:
        if group not in our_log_groups(aws):
            raise NotOurs(f"the log group {group}") from None
    aws.logs.put_retention_policy(logGroupName=group, retentionInDays=1)


def zip_of(files: Mapping[str, bytes]) -> bytes:
    """The zip that Lambda takes, of each file's content by its name."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            mode = 0o755 if name == "bootstrap" else 0o644
            entry.external_attr = mode << 16
            archive.writestr(entry, files[name])
    return buffer.getvalue()


def patiently(
    send: Callable[[], Any],
    sleep: Callable[[float], None] = time.sleep,
    patience_s: float = 60,
) -> Any:
    """What send() returns, as soon as Lambda knows the role."""
    waited_s, pause_s = 0, 1
    while True:
        try:
            return send()
        except ClientError as error:
            told = error.response["Error"]
            if (
                told["Code"] != "InvalidParameterValueException"
                or "cannot be assumed by Lambda" not in told["Message"]
                or waited_s + pause_s > patience_s
            ):
                raise
        sleep(pause_s)
        waited_s += pause_s
        pause_s *= 2


def document(**statement: Any) -> str:
    """A policy of one statement, in IAM's language."""
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


TRUST = document(  # who may take the role on
    Effect="Allow",
    Principal={"Service": "lambda.amazonaws.com"},
    Action="sts:AssumeRole",
)


def may_log(aws: Clients, name: str) -> str:
    """What the role may do: write lines into the function's own group."""
    where = f"arn:{aws.logs.meta.partition}:logs:{aws.region}:*"
    return document(
        Effect="Allow",
        Action=["logs:CreateLogStream", "logs:PutLogEvents"],
        Resource=f"{where}:log-group:{log_group(name)}:*",
    )


def make_role(aws: Clients, name: str) -> str:
    """The ARN of the function's role, which may write into its log."""
    role = role_name(aws, name)
    try:
        made = aws.roles.create_role(
            RoleName=role,
            Path=role_path(aws),
            AssumeRolePolicyDocument=TRUST,
            Tags=[{"Key": k, "Value": v} for k, v in TAGS.items()],
        )
    except aws.roles.exceptions.EntityAlreadyExistsException:
        made = aws.roles.get_role(RoleName=role)
        if not is_ours(made["Role"].get("Tags", [])):
            raise NotOurs(f"the role {role}") from None
    aws.roles.get_waiter("role_exists").wait(RoleName=role)
    aws.roles.put_role_policy(
        RoleName=role, PolicyName=POLICY, PolicyDocument=may_log(aws, name)
    )
    return str(made["Role"]["Arn"])


def settings(aws: Clients, name: str, role_arn: str) -> dict[str, Any]:
    """The parameters that creating and updating have in common."""
    return {
        "FunctionName": name,
        "Role": role_arn,
        "Runtime": aws.runtime,
        "Handler": "handler.handler",
        "MemorySize": 128,
        "Timeout": 60,
        "Environment": {
            "Variables": {"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/bootstrap"}
        },
    }


def make_function(
    aws: Clients,
    name: str,
    code: bytes,
    role_arn: str,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Create the function, or update it; returns when it is ready."""
    told = settings(aws, name, role_arn)
    lambda_ = aws.functions
    try:
        found = lambda_.get_function(FunctionName=name)
    except lambda_.exceptions.ResourceNotFoundException:
        patiently(
            lambda: lambda_.create_function(
                **told, Code={"ZipFile": code}, Tags=TAGS
            ),
            sleep,
        )
        lambda_.get_waiter("function_active_v2").wait(FunctionName=name)
        return
    if not is_ours(found.get("Tags", {})):
        raise NotOurs(f"the function {name}")
    updated = lambda_.get_waiter("function_updated_v2")
    lambda_.update_function_code(FunctionName=name, ZipFile=code)
    updated.wait(FunctionName=name)
    patiently(lambda: lambda_.update_function_configuration(**told), sleep)
    updated.wait(FunctionName=name)


def create(
    aws: Clients,
    name: str,
    code: bytes,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """All that a function is; what is there already is brought up to date."""
    make_log_group(aws, name)
    role_arn = make_role(aws, name)
    make_function(aws, name, code, role_arn, sleep)


@dataclass(frozen=True)
class Invocation:
    """What came of one call of a function."""

    answer: Any
    report: dict[str, float]  # "Duration": 12.15, in ms, or in MB


class FunctionFailed(Exception):
    """The function was called and has failed; kind is its errorType."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind = kind


def invoke(aws: Clients, name: str, event: Any) -> Invocation:
    """Call the function once; FunctionFailed says how it failed."""
    reply = aws.functions.invoke(
        FunctionName=name, Payload=json.dumps(event), LogType="Tail"
    )
    answer = json.loads(reply["Payload"].read())
    if "FunctionError" in reply:
        kind = answer.get("errorType", reply["FunctionError"])
        raise FunctionFailed(kind, answer["errorMessage"])
    log = base64.b64decode(reply["LogResult"]).decode(errors="replace")
    lines = [li for li in log.splitlines() if li.startswith("REPORT ")]
    fields = re.findall(r"([A-Z][\w ]+): ([\d.]+) (?:ms|MB)", lines[-1])
    return Invocation(answer, {field: float(n) for field, n in fields})


@dataclass(frozen=True)
class Found:
    """A thing in the account that is ours."""

    kind: str  # "function", "log group" or "role"
    name: str


def find(aws: Clients) -> list[Found]:
    """All that carries our tag: functions, then log groups, then roles."""
    found = []
    for one in listed(aws.functions, "list_functions", "Functions"):
        tags = aws.functions.list_tags(Resource=one["FunctionArn"])
        if is_ours(tags.get("Tags", {})):
            found.append(Found("function", one["FunctionName"]))
    found += [Found("log group", group) for group in our_log_groups(aws)]
    for one in listed(
        aws.roles, "list_roles", "Roles", PathPrefix=role_path(aws)
    ):
        tags = aws.roles.list_role_tags(RoleName=one["RoleName"])
        if is_ours(tags["Tags"]):
            found.append(Found("role", one["RoleName"]))
    return found


def destroy(aws: Clients) -> list[Found]:
    """Delete all that carries our tag; returns what was deleted."""
    found = find(aws)
    for one in found:
        if one.kind == "function":
            aws.functions.delete_function(FunctionName=one.name)
        elif one.kind == "log group":
            aws.logs.delete_log_group(logGroupName=one.name)
        else:
            inside = aws.roles.list_role_policies(RoleName=one.name)
            for policy in inside["PolicyNames"]:
                aws.roles.delete_role_policy(
                    RoleName=one.name, PolicyName=policy
                )
            aws.roles.delete_role(RoleName=one.name)
        return [one]
