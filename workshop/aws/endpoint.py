"""The AWS endpoint on HTTP: who may ask, what is asked, where it goes.

Invocations go to placement, everything else to the control plane.
"""

import asyncio
import base64
import json
import re
from dataclasses import asdict
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from workshop.aws.control_plane import ControlPlane, Refusal
from workshop.aws.placement import Placement, Request, TooManyRequests

# Bytes of an event ("Lambda quotas", AWS Lambda Developer Guide, 2026-08).
EVENT_LIMITS = {"RequestResponse": 6 * 1024 * 1024, "Event": 1024 * 1024}
CHANGE = re.compile(
    r"/2015-03-31/functions/(?:arn:[^/]*:function:)?([^/:]+)"
    r"(?:/code|/configuration)?"
)
UPLOAD_LIMIT = 70 * 1024 * 1024  # bytes of a request: a 50 MB zip in base64
CREDENTIAL = re.compile(
    r"AWS4-HMAC-SHA256 +Credential=([^/]+)/\d{8}/([^/]+)/([^/]+)/aws4_request"
)


def build(
    control: ControlPlane, placement: Placement, key_id: str
) -> Starlette:
    """The endpoint, for requests signed with the access key `key_id`."""
    background: set[asyncio.Task[object]] = set()

    async def invoke(request: HttpRequest) -> Response:
        _admit(request, key_id)
        kind = request.headers.get("x-amz-invocation-type", "RequestResponse")
        function = control.function(request.path_params["name"])
        if kind == "DryRun":
            return Response(status_code=204)
        if kind not in EVENT_LIMITS:
            raise Refusal(
                400,
                "InvalidParameterValueException",
                f"InvocationType {kind} is none of RequestResponse, Event "
                "and DryRun.",
            )
        wanted = Request(
            await _event(request, kind),
            _client_context(request),
            request.headers.get("x-amzn-trace-id", ""),
        )
        headers = {
            "x-amzn-RequestId": wanted.id,
            "X-Amz-Executed-Version": "$LATEST",
        }
        running = placement.invoke(function, wanted)
        if kind == "Event":
            task = asyncio.create_task(running)
            background.add(task)
            task.add_done_callback(background.discard)
            return Response(status_code=202, headers=headers)
        outcome = await running
        if outcome.answer.error_type:
            headers["X-Amz-Function-Error"] = "Unhandled"
        if request.headers.get("x-amz-log-type") == "Tail":
            headers["X-Amz-Log-Result"] = base64.b64encode(
                outcome.log_tail
            ).decode()
        return Response(
            outcome.answer.payload,
            headers=headers,
            media_type="application/json",
        )

    async def manage(request: HttpRequest) -> Response:
        service = _admit(request, key_id)
        body = await _body(request, UPLOAD_LIMIT)
        path = quote(request.url.path, safe="/:%")
        if request.url.query:
            path += f"?{request.url.query}"
        reply = control.answer(
            service, request.method, path, request.headers, body
        )
        changed = CHANGE.fullmatch(request.url.path)
        if changed and request.method in ("PUT", "DELETE"):
            placement.retire(changed[1])
        return Response(reply.body, reply.status, reply.headers)

    async def timeline(request: HttpRequest) -> Response:
        """Ours, not AWS's: what every environment has done so far."""
        _admit(request, key_id)
        return JSONResponse([asdict(e) for e in placement.timeline])

    methods = ["GET", "POST", "PUT", "DELETE", "HEAD", "PATCH"]
    return Starlette(
        routes=[
            Route(
                "/2015-03-31/functions/{name}/invocations",
                invoke,
                methods=["POST"],
            ),
            Route("/timeline", timeline),
            Route("/{path:path}", manage, methods=methods),
        ],
        exception_handlers={
            Refusal: _refused,
            TooManyRequests: _throttled,
        },
    )


def _admit(request: HttpRequest, key_id: str) -> str:
    """The service that is asked; a Refusal for a web page or a stranger.

    A page in a browser can send requests to this port. It cannot choose the
    Host header or leave out Origin, so it cannot upload code.
    """
    host = request.headers.get("host", "").rpartition(":")[0]
    if host not in ("127.0.0.1", "localhost"):
        raise Refusal(
            403,
            "AccessDeniedException",
            f"Host '{host}' is not this machine's: use 127.0.0.1.",
        )
    if "origin" in request.headers:
        raise Refusal(
            403, "AccessDeniedException", "Web pages may not call this port."
        )
    signed = CREDENTIAL.match(request.headers.get("authorization", ""))
    if not signed:
        raise Refusal(
            403,
            "MissingAuthenticationTokenException",
            "Missing Authentication Token: sign the request with the "
            "credentials that `workshop serve aws` printed.",
        )
    if signed[1] != key_id:
        raise Refusal(
            403,
            "UnrecognizedClientException",
            "The security token included in the request is invalid: use the "
            "credentials that `workshop serve aws` printed.",
        )
    return signed[3]


async def _event(request: HttpRequest, kind: str) -> bytes:
    limit = EVENT_LIMITS[kind]
    try:
        payload = await _body(request, limit)
    except Refusal as error:
        raise Refusal(
            413,
            "RequestTooLargeException",
            f"Request must be smaller than {limit} bytes for the "
            "InvokeFunction operation",
        ) from error
    try:
        json.loads(payload or b"{}")
    except ValueError as error:
        raise Refusal(
            400,
            "InvalidRequestContentException",
            "Could not parse request body into json: "
            f"Could not parse payload into json: {error}",
        ) from error
    return payload or b"{}"


async def _body(request: HttpRequest, limit: int) -> bytes:
    """The whole body; one over the limit is read to its end, not kept."""
    body = bytearray()
    size = 0
    async for part in request.stream():
        size += len(part)
        if size <= limit:
            body += part
    if size > limit:
        raise Refusal(
            413,
            "RequestEntityTooLargeException",
            f"The request has {size} bytes; {limit} are allowed.",
        )
    return bytes(body)


def _client_context(request: HttpRequest) -> str:
    encoded = request.headers.get("x-amz-client-context", "")
    try:
        return base64.b64decode(encoded, validate=True).decode()
    except ValueError as error:
        raise Refusal(
            400,
            "InvalidRequestContentException",
            "Client context must be a base64-encoded JSON object.",
        ) from error


def _error(status: int, code: str, message: str) -> Response:
    return JSONResponse(
        {"Type": "User", "Message": message, "message": message},
        status,
        {"x-amzn-ErrorType": code},
    )


def _refused(_: HttpRequest, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return _error(error.status, error.code, error.message)


def _throttled(_: HttpRequest, error: Exception) -> Response:
    return _error(429, "TooManyRequestsException", "Rate Exceeded.")
