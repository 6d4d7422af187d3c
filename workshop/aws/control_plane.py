"""Functions, roles, logs: AWS's control plane, which moto answers in-process.

moto knows the shapes, conflicts and waiters of the real API. What it lets
through and AWS does not is refused here before it sees the request.
"""

import json
import re
from base64 import b64decode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from botocore.awsrequest import AWSPreparedRequest
from botocore.compat import HTTPHeaders
from moto.awslambda.models import LambdaFunction, lambda_backends
from moto.core.botocore_stubber import BotocoreStubber
from moto.core.exceptions import JsonRESTError
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.iam.models import iam_backends
from moto.logs.models import logs_backends

from workshop.aws.asynchronous import EventRules
from workshop.aws.function import BadZip, Function, check_zip, unpack
from workshop.aws.function_url import FunctionUrl
from workshop.aws.logs import Logs
from workshop.aws.runtimes import PROVIDED, PYTHON

ZIP_LIMIT = 50 * 1024 * 1024  # bytes, zipped and uploaded directly
# Headers that the HTTP server writes itself.
OURS = ("status", "server", "date", "content-length", "connection")
SERVICES = ("lambda", "iam", "logs", "sts")
VARIABLE = re.compile("[a-zA-Z][a-zA-Z0-9_]+")
# moto would run these itself, in Docker.
INVOCATION = re.compile(r".*/(?:[a-z-]*invocations|invoke-async/?)")
URL = re.compile(r"https://([0-9a-f]+)\.lambda-url\.[\w-]+\.on\.aws/?")
ROLE = re.compile(r"arn:aws[a-zA-Z-]*:iam::(\d{12}):role/([\w+=,.@/-]+)")
# What a setting may be, from CreateFunction in the Lambda API reference,
# read 2026-08.
RANGES = {"MemorySize": (128, 10_240), "Timeout": (1, 900)}
# Settings that would be silently ignored, and what to do without them.
DROPPED = "an event is tried again and then dropped; the log says why."
NOT_OFFERED = {
    "DestinationConfig": DROPPED,
    "DeadLetterConfig": DROPPED,
    "Layers": "put into the zip what the layer holds.",
    "ImageConfig": "upload a zip.",
    "FileSystemConfigs": "there is /tmp, and what is in the zip.",
    "SnapStart": "every init runs.",
    "PackageType": "upload a zip.",
    "ImageUri": "upload a zip.",
    "EphemeralStorage": "/tmp has 512 MB.",
    "LoggingConfig": "lines are text, in the function's own group.",
}
NOTHING: tuple[object, ...] = (
    None,
    [],
    {},
    {"OnSuccess": {}, "OnFailure": {}},
    {"TargetArn": ""},
    {"ApplyOn": "None"},
    "Zip",
    {"Size": 512},
    {"LogFormat": "Text"},
)


class Refusal(Exception):
    """An error of the API: its HTTP status, code and message."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class ApiReply:
    """What a call of the API is answered with, in HTTP."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class ControlPlane:
    """The state of the local account: its functions, roles and logs.

    `url` is where the endpoint is: function URLs lie below it.
    """

    def __init__(
        self, region: str, url: str, code_folder: Path, logs: Logs
    ) -> None:
        self._region = region
        self._url = url
        self._code_folder = code_folder
        self._logs = logs
        self._moto = BotocoreStubber()
        self._functions: dict[str, Function] = {}
        self._reserved: dict[str, int] | None = None

    def answer(
        self,
        service: str,
        method: str,
        path_and_query: str,
        headers: Mapping[str, str],
        body: bytes,
    ) -> ApiReply:
        """Answer one call of the service; Refusal says why it was refused."""
        path = path_and_query.partition("?")[0]
        call = f"{service} call {method} {path}"
        if target := headers.get("x-amz-target"):
            call = f"{service} call {target.rpartition('.')[2]}"
        if service not in SERVICES or INVOCATION.fullmatch(unquote(path)):
            raise _no_such_call(call)
        if service == "lambda" and method in ("POST", "PUT"):
            body = _checked(body)
        if service == "logs":
            self._deliver_logs()
        copied = HTTPHeaders()
        for name, value in headers.items():
            copied[name] = value
        host = f"{service}.{self._region}.amazonaws.com"
        request = AWSPreparedRequest(
            method, f"https://{host}{path_and_query}", copied, body, False
        )
        reply = self._moto.process_request(request)
        if reply is None or reply[2] == "Not yet implemented":
            raise _no_such_call(call)
        status, reply_headers, content = reply
        if isinstance(content, bytes):
            content = content.decode()
        if service == "lambda":
            content = URL.sub(rf"{self._url}/lambda-url/\1/", content)
            self._functions.clear()  # any of them may have changed
            self._reserved = None
        return ApiReply(
            int(status),
            content.encode(),
            {k: v for k, v in reply_headers.items() if k.lower() not in OURS},
        )

    def function(self, name_or_arn: str, qualifier: str = "") -> Function:
        """The function as it is to run now; Refusal if there is none.

        The local cloud runs the latest code, which has the one qualifier
        $LATEST.
        """
        name = unquote(name_or_arn).removesuffix(":$LATEST")
        if qualifier not in ("", "$LATEST"):
            raise Refusal(
                404,
                "ResourceNotFoundException",
                f"Function not found: {name}:{qualifier}. The local cloud "
                "runs $LATEST, and has no other version and no alias.",
            )
        if name not in self._functions:
            self._functions[name] = self._look_up(name)
        return self._functions[name]

    def reserved(self) -> Mapping[str, int]:
        """The reserved concurrency of every function that has some."""
        if self._reserved is None:
            self._reserved = {
                stored.function_name: int(stored.reserved_concurrency)
                for stored in self._stored()
                if stored.reserved_concurrency is not None
            }
        return self._reserved

    def event_rules(self, function: Function) -> EventRules:
        """How events of a function are tried again."""
        for stored in self._stored():
            if stored.function_name == function.name:
                configs = stored.event_invoke_config
                return _event_rules(configs[-1].config if configs else {})
        return EventRules()

    def function_url(self, url_id: str) -> FunctionUrl:
        """The function URL with this id; Refusal if there is none."""
        for stored in self._stored():
            url = stored.url_config
            found = URL.match(url.url) if url else None
            if url and found and found[1] == url_id:
                return FunctionUrl(
                    url_id,
                    self.function(stored.function_name),
                    url.config.get("AuthType", "AWS_IAM"),
                    url.config.get("InvokeMode") == "RESPONSE_STREAM",
                    stored.policy.statements,
                )
        raise Refusal(
            404,
            "ResourceNotFoundException",
            f"No function URL has id {url_id}.",
        )

    def _stored(self) -> Iterable[LambdaFunction]:
        backend = lambda_backends[DEFAULT_ACCOUNT_ID][self._region]
        stored: Iterable[LambdaFunction] = backend.list_functions()
        return stored

    def _deliver_logs(self) -> None:
        """Hand moto what functions have logged; it makes groups as needed."""
        backend = logs_backends[DEFAULT_ACCOUNT_ID][self._region]
        for (group, stream), events in self._logs.take().items():
            if group not in backend.groups:
                backend.create_log_group(group, {})
            if stream not in backend.groups[group].streams:
                backend.create_log_stream(group, stream)
            backend.put_log_events(group, stream, events)

    def _look_up(self, name: str) -> Function:
        backend = lambda_backends[DEFAULT_ACCOUNT_ID][self._region]
        try:
            stored = backend.get_function(name)
        except JsonRESTError as error:
            raise Refusal(
                error.code, error.error_type, error.message
            ) from error
        return self._as_function(stored)

    def _as_function(self, stored: LambdaFunction) -> Function:
        folder = self._code_folder / quote(stored.code_sha_256, safe="")
        if not folder.exists():
            unpack(stored.code_bytes, folder)
        settings = (
            stored.code_sha_256,
            stored.run_time,
            stored.memory_size,
            stored.timeout,
            stored.handler,
            stored.environment_vars,
        )
        return Function(
            name=stored.function_name,
            arn=stored.function_arn,
            runtime=stored.run_time or "",
            handler=stored.handler or "",
            memory_mb=int(stored.memory_size),
            timeout_s=int(stored.timeout),
            variables=dict(stored.environment_vars),
            task_root=folder,
            revision=repr(settings),
        )


def _checked(body: bytes) -> bytes:
    """The request body, or a Refusal where AWS would refuse it."""
    try:
        wanted: dict[str, Any] = json.loads(body or b"{}")
        if not isinstance(wanted, dict):
            raise ValueError("it is no object")
    except (ValueError, RecursionError) as error:
        raise Refusal(
            400, "SerializationException", f"The body is not JSON: {error}"
        ) from error
    for name, (least, most) in RANGES.items():
        _check_range(name, wanted.get(name), least, most)
    _check_runtime(wanted.get("Runtime"))
    for name, instead in NOT_OFFERED.items():
        if wanted.get(name) not in NOTHING:
            raise Refusal(
                501,
                "NotImplemented",
                f"The local cloud has no {name}: {instead}",
            )
    _check_variables(wanted.get("Environment"))
    code = wanted.get("Code", wanted)
    if "ZipFile" in code:
        _check_code(code["ZipFile"])
    if "Role" in wanted:
        wanted["Role"] = _local_role(str(wanted["Role"]))
    return json.dumps(wanted).encode()


def _event_rules(told: Mapping[str, Any]) -> EventRules:
    known = EventRules()
    return EventRules(
        told.get("MaximumRetryAttempts", known.retries),
        told.get("MaximumEventAgeInSeconds", known.age_s),
    )


def _no_such_call(call: str) -> Refusal:
    return Refusal(
        501,
        "NotImplemented",
        f"The local cloud has no {call}. It has functions, their URLs and "
        "concurrency (lambda), roles (iam), logs and sts.",
    )


def _check_runtime(runtime: Any) -> None:
    if runtime is None or runtime == PROVIDED:
        return
    if not isinstance(runtime, str) or not PYTHON.fullmatch(runtime):
        raise Refusal(
            400,
            "InvalidParameterValueException",
            f"Value {runtime} at 'runtime' failed to satisfy constraint: "
            f"Member must satisfy enum value set: [{PROVIDED}, python3.9 to "
            f"python3.14]. "
            f"The local Lambda runs any other language as {PROVIDED}, with "
            "an executable named bootstrap that starts it.",
        )


def _check_range(name: str, value: Any, least: int, most: int) -> None:
    if value is None or (isinstance(value, int) and least <= value <= most):
        return
    bound = (
        f"greater than or equal to {least}"
        if isinstance(value, int) and value < least
        else f"less than or equal to {most}"
    )
    raise Refusal(
        400,
        "ValidationException",
        f"1 validation error detected: Value '{value}' at "
        f"'{name[0].lower()}{name[1:]}' failed to satisfy constraint: "
        f"Member must have value {bound}",
    )


def _check_variables(environment: Any) -> None:
    variables = (environment or {}).get("Variables") or {}
    for name, value in variables.items():
        if not VARIABLE.fullmatch(name) or "\0" in str(value):
            raise Refusal(
                400,
                "ValidationException",
                f"1 validation error detected: Value at 'environment."
                f"variables.{name}.member' failed to satisfy constraint: Map "
                "keys must satisfy constraint: [Member must satisfy regular "
                "expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]",
            )


def _check_code(encoded: Any) -> None:
    try:
        content = b64decode(encoded, validate=True)
    except (ValueError, TypeError) as error:
        raise Refusal(
            400, "SerializationException", f"ZipFile is no base64: {error}"
        ) from error
    if len(content) > ZIP_LIMIT:
        raise Refusal(
            413,
            "RequestEntityTooLargeException",
            f"The zip has {len(content)} bytes; directly uploaded code may "
            f"have {ZIP_LIMIT}.",
        )
    try:
        check_zip(content)
    except BadZip as error:
        raise Refusal(
            400,
            "InvalidParameterValueException",
            "Could not unzip uploaded file. Please check your file, then "
            f"try to upload again. ({error})",
        ) from error


def _local_role(arn: str) -> str:
    """The role in the local account, made on the spot if it is not there.

    On AWS a role has to exist first, and in the function's own account. Here
    nothing is protected by it, so any well-formed name will do.
    """
    match = ROLE.fullmatch(arn)
    if not match:
        return arn  # moto refuses it in AWS's words
    path, _, base = f"/{match[2]}".rpartition("/")
    backend = iam_backends[DEFAULT_ACCOUNT_ID]["aws"]
    # A role's name is one for the account, whatever its path is.
    for role in backend.roles.values():
        if role.name == base:
            return str(role.arn)
    role = backend.create_role(
        role_name=base,
        assume_role_policy_document="{}",
        path=f"{path}/",
        permissions_boundary="",
        description="made by the local cloud for create_function",
        tags=[],
        max_session_duration="3600",
    )
    return str(role.arn)
