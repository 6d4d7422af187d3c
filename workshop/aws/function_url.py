"""A function's own URL: an HTTP request becomes an event, a result a response.

Payload format 2.0 ("Invoking Lambda function URLs", AWS Lambda Developer
Guide, read 2026-11).
"""

import base64
import json
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from workshop.aws.function import Function

TEXT = (  # the content types of bodies that are not sent as base64
    "text/",
    "application/json",
    "application/xml",
    "application/javascript",
    "application/x-www-form-urlencoded",
)
PRELUDE_LIMIT = 65_536  # bytes
PRELUDE_END = b"\0" * 8  # between a streamed response's prelude and its body
# Both are needed for a public URL ("Control access to Lambda function URLs",
# AWS Lambda Developer Guide; the second since October 2025).
PUBLIC = (
    ("lambda:InvokeFunctionUrl", "FunctionUrlAuthType", "NONE"),
    ("lambda:InvokeFunction", "InvokedViaFunctionUrl", True),
)

RESTRICTIONS = {"Condition", "SourceArn", "SourceAccount", "PrincipalOrgID"}
NO_BODY = ("204", "304")
# What the server itself says about the connection and the body.
OURS = ("content-length", "transfer-encoding", "connection")
NAME = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)
VALUE = re.compile(r"[\t\x20-\x7e\xa0-\xff]*")


class BadResult(Exception):
    """What the function returned is no HTTP response; says why."""


@dataclass(frozen=True)
class FunctionUrl:
    """Where a function answers to plain HTTP, and whom."""

    id: str
    function: Function
    auth_type: str  # AWS_IAM or NONE
    streams: bool  # InvokeMode RESPONSE_STREAM
    policy: Sequence[Mapping[str, Any]]  # statements of the function's

    @property
    def public(self) -> bool:
        """Whether its policy lets everybody in."""
        return all(
            any(
                statement.get("Action") == action
                and statement.get("Principal") == "*"
                and statement.get(condition) == value
                and not RESTRICTIONS & set(statement)
                for statement in self.policy
            )
            for action, condition, value in PUBLIC
        )


def event_of(
    request: HttpRequest, url: FunctionUrl, request_id: str, body: bytes
) -> dict[str, Any]:
    """The event that a function gets for an HTTP request."""
    headers = _headers(request)
    now = time.time()
    path = "/" + request.path_params["path"]
    query = request.url.query
    host = request.headers.get("host", "")
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers,
        "requestContext": {
            "accountId": "anonymous",
            "apiId": url.id,
            "domainName": host,
            "domainPrefix": url.id,
            "http": {
                "method": request.method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": request.client.host if request.client else "",
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": request_id,
            "routeKey": "$default",
            "stage": "$default",
            "time": f"{datetime.fromtimestamp(now, UTC):%d/%b/%Y:%H:%M:%S %z}",
            "timeEpoch": round(now * 1000),
        },
        "isBase64Encoded": False,
    }
    if cookies := request.headers.get("cookie"):
        event["cookies"] = cookies.split("; ")
    if query:
        event["queryStringParameters"] = _joined(
            parse_qsl(query, keep_blank_values=True)
        )
    if body:
        text = _as_text(body, headers)
        event["isBase64Encoded"] = text is None
        event["body"] = (
            base64.b64encode(body).decode() if text is None else text
        )
    return event


def response_of(payload: bytes) -> Response:
    """The HTTP response that a function's result means.

    An object with a statusCode says all of it; anything else is the body.
    Raises BadResult for a status or a body that is none.
    """
    try:
        result = json.loads(payload)
    except (ValueError, RecursionError):
        return Response(payload, media_type="application/octet-stream")
    if not isinstance(result, dict) or "statusCode" not in result:
        return Response(payload, media_type="application/json")
    body = result.get("body", "")
    if not isinstance(body, str):
        raise BadResult("body is no string")
    try:
        content = body.encode()
        if result.get("isBase64Encoded"):
            content = base64.b64decode(body, validate=True)
    except ValueError as error:
        raise BadResult("body is no base64") from error
    empty = str(result["statusCode"]) in NO_BODY
    response = Response(b"" if empty else content)
    apply(result, response)
    return response


def apply(told: Mapping[str, Any], response: Response) -> None:
    """Give a response the status, the headers and the cookies that are told.

    Raises BadResult where they are none.
    """
    status = told.get("statusCode", 200)
    if not re.fullmatch("[2-5][0-9][0-9]", str(status)):
        raise BadResult(f"{status!r} is no status code")
    headers = told.get("headers") or {}
    if not isinstance(headers, dict):
        raise BadResult("headers is no object")
    cookies = told.get("cookies") or []
    if not isinstance(cookies, list):
        raise BadResult("cookies is no list")
    response.status_code = int(status)
    if str(status) in NO_BODY:
        del response.headers["content-length"]
    else:
        response.headers.setdefault("content-type", "application/json")
    for name, value in headers.items():
        if name.lower() not in OURS:
            response.headers[_name(name)] = _value(value)
    for cookie in cookies:
        response.headers.append("set-cookie", _value(cookie))


def _name(name: str) -> str:
    if not NAME.fullmatch(name):
        raise BadResult(f"{name!r} is no name of a header")
    return name


def _value(value: object) -> str:
    if not VALUE.fullmatch(str(value)):
        raise BadResult(f"{value!r} is no value of a header")
    return str(value)


def prelude_of(start: bytes) -> tuple[dict[str, Any], bytes] | None:
    """A streamed response's prelude, and the body that follows it.

    None while the prelude has not ended. Raises BadResult if it is no JSON
    object.
    """
    head, end, body = start.partition(PRELUDE_END)
    if not end and len(start) <= PRELUDE_LIMIT:
        return None
    if not end:
        raise BadResult("the prelude does not end")
    try:
        told = json.loads(head)
    except ValueError as error:
        raise BadResult("the prelude is no JSON") from error
    if not isinstance(told, dict):
        raise BadResult("the prelude is no JSON object")
    return told, body


def _headers(request: HttpRequest) -> dict[str, str]:
    headers = _joined(
        (name, value)
        for name, value in request.headers.items()
        if name not in ("cookie", "authorization")
    )
    client = request.client.host if request.client else ""
    return headers | {
        "x-forwarded-for": client,
        "x-forwarded-proto": "http",
        "x-forwarded-port": str(request.url.port or 80),
    }


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Values of one name, joined by commas."""
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _as_text(body: bytes, headers: Mapping[str, str]) -> str | None:
    """The body as text; None where it has to be sent as base64."""
    kind = headers.get("content-type", "")
    if "content-encoding" in headers or not kind.startswith(TEXT):
        return None
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None
