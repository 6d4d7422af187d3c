"""Functions and roles: AWS's control plane, answered by moto in this process.

moto knows the shapes, conflicts and waiters of the real API. What it lets
through and AWS does not is refused here before it sees the request.
"""

import json
import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
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

from workshop.aws.function import BadZip, Function, check_zip, unpack

ZIP_LIMIT = 50 * 1024 * 1024  # bytes, zipped and uploaded directly
# Headers that the HTTP server writes itself.
OURS = ("status", "server", "date", "content-length", "connection")
RUNTIMES = ("provided.al2023",)
ROLE = re.compile(r"arn:aws[a-zA-Z-]*:iam::(\d{12}):role/([\w+=,.@/-]+)")
# What a setting may be, from CreateFunction in the Lambda API reference,
# read 2026-08.
RANGES = {"MemorySize": (128, 10_240), "Timeout": (1, 900)}


class Refusal(Exception):
    """An error of the API: its HTTP status, code and message."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


@dataclass(frozen=True)
class ApiReply:
    """What moto answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class ControlPlane:
    """The state of the local account: its functions and its roles."""

    def __init__(self, region: str, code_folder: Path) -> None:
        self._region = region
        self._code_folder = code_folder
        self._moto = BotocoreStubber()
        self._functions: dict[str, Function] = {}

    def answer(
        self,
        service: str,
        method: str,
        path_and_query: str,
        headers: Mapping[str, str],
        body: bytes,
    ) -> ApiReply:
        """Answer one call of the service; Refusal says why it was refused."""
        if service == "lambda" and method in ("POST", "PUT"):
            body = _checked(path_and_query, body)
        copied = HTTPHeaders()
        for name, value in headers.items():
            copied[name] = value
        host = f"{service}.{self._region}.amazonaws.com"
        request = AWSPreparedRequest(
            method, f"https://{host}{path_and_query}", copied, body, False
        )
        reply = self._moto.process_request(request)
        if reply is None or reply[2] == "Not yet implemented":
            raise Refusal(
                501,
                "NotImplemented",
                f"The local cloud has no {service} call "
                f"{method} {path_and_query.partition('?')[0]}.",
            )
        status, reply_headers, content = reply
        if isinstance(content, str):
            content = content.encode()
        self._functions.clear()  # any of them may have changed
        return ApiReply(
            int(status),
            {k: v for k, v in reply_headers.items() if k.lower() not in OURS},
            content,
        )

    def function(self, name_or_arn: str) -> Function:
        """The function as it is to run now; Refusal if there is none."""
        name = unquote(name_or_arn)
        if name not in self._functions:
            self._functions[name] = self._look_up(name)
        return self._functions[name]

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


def _checked(path: str, body: bytes) -> bytes:
    """The request body, or a Refusal where AWS would refuse it."""
    try:
        wanted: dict[str, Any] = json.loads(body or b"{}")
    except ValueError as error:
        raise Refusal(
            400, "SerializationException", f"The body is not JSON: {error}"
        ) from error
    for name, (least, most) in RANGES.items():
        _check_range(name, wanted.get(name), least, most)
    runtime = wanted.get("Runtime")
    if runtime is not None and runtime not in RUNTIMES:
        raise Refusal(
            400,
            "InvalidParameterValueException",
            f"Value {runtime} at 'runtime' failed to satisfy constraint: "
            f"Member must satisfy enum value set: [{', '.join(RUNTIMES)}]",
        )
    code = wanted.get("Code", wanted)
    if "ZipFile" in code:
        _check_code(b64decode(code["ZipFile"]))
    if "Role" in wanted:
        wanted["Role"] = _local_role(wanted["Role"])
    return json.dumps(wanted).encode()


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


def _check_code(content: bytes) -> None:
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
    name = match[2]
    local = f"arn:aws:iam::{DEFAULT_ACCOUNT_ID}:role/{name}"
    backend = iam_backends[DEFAULT_ACCOUNT_ID]["aws"]
    if not any(role.arn == local for role in backend.roles.values()):
        path, _, base = f"/{name}".rpartition("/")
        backend.create_role(
            role_name=base,
            assume_role_policy_document="{}",
            path=f"{path}/",
            permissions_boundary="",
            description="made by the local cloud for create_function",
            tags=[],
            max_session_duration="3600",
        )
    return local
