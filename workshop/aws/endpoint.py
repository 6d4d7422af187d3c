"""The AWS endpoint on HTTP: what is asked, where it goes, what is answered.

Invocations go to placement, everything else to the control plane; who may
ask at all is for `admission.py`.
"""

import asyncio
import base64
import json
import re
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass, field, replace
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from workshop.aws import event_stream, function_url
from workshop.aws.admission import Admission
from workshop.aws.asynchronous import Events
from workshop.aws.control_plane import ControlPlane, Refusal
from workshop.aws.environment import Outcome
from workshop.aws.function import Function
from workshop.aws.function_url import BadResult, FunctionUrl
from workshop.aws.placement import Placement, Request, TooManyRequests
from workshop.aws.response_stream import HTTP_INTEGRATION, ResponseStream

# Bytes of an event ("Lambda quotas", AWS Lambda Developer Guide, 2026-08).
EVENT_LIMITS = {"RequestResponse": 6 * 1024 * 1024, "Event": 1024 * 1024}
CHANGE = re.compile(
    r"/2015-03-31/functions/(?:arn:[^/]*:function:)?([^/:]+)"
    r"(?:/code|/configuration)?"
)
UPLOAD_LIMIT = 70 * 1024 * 1024  # bytes of a request: a 50 MB zip in base64
ANY = ["GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS"]


@dataclass(frozen=True)
class Endpoint:
    """The routes of the local cloud; each method answers one."""

    control: ControlPlane
    placement: Placement
    events: Events
    admission: Admission
    running: set[asyncio.Task[Outcome]] = field(default_factory=set)

    def app(self) -> Starlette:
        """The ASGI application."""
        name = "/2015-03-31/functions/{name}/invocations"
        stream = "/2021-11-15/functions/{name}/response-streaming-invocations"
        return Starlette(
            routes=[
                Route(name, self.invoke, methods=["POST"]),
                Route(stream, self.invoke_with_stream, methods=["POST"]),
                Route("/lambda-url/{id}/{path:path}", self.url, methods=ANY),
                Route("/timeline", self.timeline),
                Route("/{path:path}", self.manage, methods=ANY),
            ],
            exception_handlers={
                Refusal: _refused,
                TooManyRequests: _throttled,
                ClientDisconnect: _unheard,
            },
        )

    async def invoke(self, request: HttpRequest) -> Response:
        """Invoke: wait for the outcome, or accept an Event."""
        kind = request.headers.get("x-amz-invocation-type", "RequestResponse")
        function, wanted = await self._wanted(request, kind)
        if kind == "DryRun":
            return Response(status_code=204)
        headers = {
            "x-amzn-RequestId": wanted.id,
            "X-Amz-Executed-Version": "$LATEST",
        }
        if kind == "Event":
            self.events.accept(
                lambda: self.placement.invoke(
                    self.control.function(function.name), wanted
                ),
                self.control.event_rules(function),
            )
            return Response(status_code=202, headers=headers)
        outcome = await self.placement.invoke(function, wanted)
        if outcome.answer.error_type:
            headers["X-Amz-Function-Error"] = "Unhandled"
        if log := _log_result(request, outcome):
            headers["X-Amz-Log-Result"] = log
        return Response(
            outcome.answer.payload,
            headers=headers,
            media_type="application/json",
        )

    async def invoke_with_stream(self, request: HttpRequest) -> Response:
        """InvokeWithResponseStream: the parts as they come, then the end."""
        kind = request.headers.get("x-amz-invocation-type", "RequestResponse")
        function, wanted = await self._wanted(request, kind)
        if kind == "DryRun":
            return Response(status_code=204)
        stream, running = self._start(function, wanted)
        first = await _first(stream, running)

        async def messages() -> AsyncIterator[bytes]:
            async for part in stream.rest(first):
                yield event_stream.payload_chunk(part)
            outcome = await running
            payload, error_type = (
                outcome.answer.payload,
                outcome.answer.error_type,
            )
            if payload and not error_type:
                yield event_stream.payload_chunk(payload)
            details = payload.decode("utf-8", "replace") if error_type else ""
            log = _log_result(request, outcome)
            yield event_stream.invoke_complete(error_type, details, log)

        return StreamingResponse(
            messages(),
            headers={
                "x-amzn-RequestId": wanted.id,
                "X-Amz-Executed-Version": "$LATEST",
            },
            media_type=event_stream.MEDIA_TYPE,
        )

    async def url(self, request: HttpRequest) -> Response:
        """A request to a function URL."""
        url = self.control.function_url(request.path_params["id"])
        body = await self._url_body(request, url)
        wanted = Request(
            b"", trace_id=request.headers.get("x-amzn-trace-id", "")
        )
        event = function_url.event_of(request, url, wanted.id, body)
        wanted = replace(wanted, payload=json.dumps(event).encode())
        try:
            if url.streams:
                return await self._stream_url(url.function, wanted)
            outcome = await self.placement.invoke(url.function, wanted)
            if not outcome.answer.error_type:
                return function_url.response_of(outcome.answer.payload)
        except BadResult:
            pass  # on AWS, too, only the status tells
        return _bad_gateway()

    async def manage(self, request: HttpRequest) -> Response:
        """Any other call: the control plane's."""
        claim = self.admission.claim(request)
        body = await _body(request, UPLOAD_LIMIT)
        self.admission.confirm(claim, request, body)
        path = quote(request.url.path, safe="/:%")
        if request.url.query:
            path += f"?{request.url.query}"
        reply = self.control.answer(
            claim.service, request.method, path, request.headers, body
        )
        changed = CHANGE.fullmatch(request.url.path)
        if changed and request.method in ("PUT", "DELETE"):
            self.placement.retire(changed[1])
        body = b"" if reply.status == 204 else reply.body
        return Response(body, reply.status, reply.headers)

    async def timeline(self, request: HttpRequest) -> Response:
        """Ours, not AWS's: what every environment has done so far."""
        claim = self.admission.claim(request)
        self.admission.confirm(claim, request, b"")
        return JSONResponse([asdict(e) for e in self.placement.timeline])

    async def _wanted(
        self, request: HttpRequest, kind: str
    ) -> tuple[Function, Request]:
        """What is to be invoked with what; Refusal if that cannot be."""
        claim = self.admission.claim(request)
        limit = EVENT_LIMITS.get(kind, EVENT_LIMITS["RequestResponse"])
        payload = await _event(request, limit)
        self.admission.confirm(claim, request, payload)
        if kind not in (*EVENT_LIMITS, "DryRun"):
            raise Refusal(
                400,
                "InvalidParameterValueException",
                f"InvocationType {kind} is none of RequestResponse, Event "
                "and DryRun.",
            )
        function = self.control.function(
            request.path_params["name"],
            request.query_params.get("Qualifier", ""),
        )
        _check_json(payload)
        return function, Request(
            payload or b"{}",
            _client_context(request),
            request.headers.get("x-amzn-trace-id", ""),
        )

    def _start(
        self, function: Function, wanted: Request
    ) -> tuple[ResponseStream, asyncio.Task[Outcome]]:
        """Begin an invocation whose caller takes the response by parts."""
        stream = ResponseStream()
        running = asyncio.create_task(
            self.placement.invoke(function, wanted, stream)
        )
        # It goes on to its end even if the caller leaves before.
        self.running.add(running)
        running.add_done_callback(self.running.discard)
        running.add_done_callback(lambda _: stream.close())
        return stream, running

    async def _url_body(self, request: HttpRequest, url: FunctionUrl) -> bytes:
        """The body of a request that may be made; Refusal if it may not."""
        if url.auth_type != "NONE":
            claim = self.admission.claim(request)
            body = await _event(request, EVENT_LIMITS["RequestResponse"])
            self.admission.confirm(claim, request, body)
            return body
        self.admission.check_page(request)
        if not url.public:
            raise Refusal(
                403,
                "AccessDeniedException",
                "Forbidden. A public function URL needs two permissions: "
                "lambda:InvokeFunctionUrl with FunctionUrlAuthType NONE, and "
                "lambda:InvokeFunction with InvokedViaFunctionUrl, each for "
                "Principal *.",
            )
        return await _event(request, EVENT_LIMITS["RequestResponse"])

    async def _stream_url(
        self, function: Function, wanted: Request
    ) -> Response:
        stream, running = self._start(function, wanted)
        part = await _first(stream, running)
        if part is None:
            answer = (await running).answer
            if answer.error_type:
                return _bad_gateway()
            return Response(answer.payload, media_type="application/json")
        if stream.content_type != HTTP_INTEGRATION:
            return StreamingResponse(
                stream.rest(part), media_type=stream.content_type
            )
        start = part
        while (prelude := function_url.prelude_of(start)) is None:
            if (part := await stream.next()) is None:
                raise BadResult("the prelude does not end")
            start += part
        told, body = prelude
        response = StreamingResponse(stream.rest(body))
        function_url.apply(told, response)
        return response


async def _first(
    stream: ResponseStream, running: asyncio.Task[Outcome]
) -> bytes | None:
    """The first part of a response; None if none was streamed.

    Raises TooManyRequests when the invocation may not run.
    """
    part = await stream.next()
    if part is None:
        await running
        stream.close()  # whoever asks again is told again
    return part


async def _event(request: HttpRequest, limit: int) -> bytes:
    try:
        return await _body(request, limit)
    except Refusal as error:
        raise Refusal(
            413,
            "RequestTooLargeException",
            f"Request must be smaller than {limit} bytes for the "
            "InvokeFunction operation",
        ) from error


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


def _check_json(payload: bytes) -> None:
    try:
        json.loads(payload or b"{}")
    except ValueError as error:
        raise Refusal(
            400,
            "InvalidRequestContentException",
            "Could not parse request body into json: "
            f"Could not parse payload into json: {error}",
        ) from error


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


def _log_result(request: HttpRequest, outcome: Outcome) -> str:
    """The end of the log in base64, where the caller has asked for it."""
    if request.headers.get("x-amz-log-type") != "Tail":
        return ""
    return base64.b64encode(outcome.log_tail).decode()


def _bad_gateway() -> Response:
    """A function failed behind its URL; why is in its log alone."""
    return Response("Internal Server Error", 502)


def _error(status: int, code: str, message: str, **more: str) -> JSONResponse:
    body = {"Type": "User", "Message": message, "message": message}
    return JSONResponse(body | more, status, {"x-amzn-ErrorType": code})


def _refused(_: HttpRequest, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return _error(error.status, error.code, error.message)


def _unheard(_: HttpRequest, error: Exception) -> Response:
    """The caller left in the middle of its request."""
    return Response()


def _throttled(_: HttpRequest, error: Exception) -> Response:
    code, reason = "TooManyRequestsException", str(error)
    return _error(429, code, "Rate Exceeded.", Reason=reason)
