"""The AWS endpoint on HTTP, but for plain Invoke, which `front.py` answers.

Streamed invocations and function URLs go to placement, everything else to
the control plane; who may ask at all is for `admission.py`.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from workshop.aws import event_stream, function_url
from workshop.aws.admission import Admission, Head
from workshop.aws.control_plane import ControlPlane, Refusal
from workshop.aws.environment import Outcome
from workshop.aws.function import Function
from workshop.aws.function_url import BadResult, FunctionUrl
from workshop.aws.invocations import (
    EVENT_LIMITS,
    Invocations,
    error_reply,
    log_result,
    too_large,
)
from workshop.aws.placement import Placement, Request, TooManyRequests
from workshop.aws.response_stream import HTTP_INTEGRATION, ResponseStream
from workshop.aws.signature import Signed

CHANGE = re.compile(
    r"/2015-03-31/functions/(?:arn:[^/]*:function:)?([^/:]+)"
    r"(?:/code|/configuration)?"
)
UPLOAD_LIMIT = 70 * 1024 * 1024  # bytes of a request: a 50 MB zip in base64
FORM = "application/x-www-form-urlencoded"
ANY = ["GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS"]


@dataclass(frozen=True)
class Endpoint:
    """The routes of the local cloud; each method answers one."""

    control: ControlPlane
    placement: Placement
    admission: Admission
    invocations: Invocations
    running: set[asyncio.Task[Outcome]] = field(default_factory=set)

    def app(self) -> Starlette:
        """The ASGI application."""
        stream = "/2021-11-15/functions/{name}/response-streaming-invocations"
        return Starlette(
            routes=[
                Route(stream, self.invoke_with_stream, methods=["POST"]),
                Route("/lambda-url/{id}/{path:path}", self.url, methods=ANY),
                Route("/timeline", self.timeline),
                Route("/{path:path}", self.manage, methods=ANY),
            ],
            exception_handlers={
                Refusal: _refused,
                TooManyRequests: _refused,
                ClientDisconnect: _unheard,
            },
        )

    async def invoke_with_stream(self, request: HttpRequest) -> Response:
        """InvokeWithResponseStream: the parts as they come, then the end."""
        head = _head(request)
        claim = self.admission.claim(head)
        body = await _event(request)
        wanted = self.invocations.wanted(head, claim, body)
        if wanted.kind == "DryRun":
            return Response(status_code=204)
        stream, running = self._start(wanted.function, wanted.request)
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
            log = log_result(outcome) if wanted.request.wants_log else ""
            yield event_stream.invoke_complete(error_type, details, log)

        return StreamingResponse(
            messages(),
            headers={
                "x-amzn-RequestId": wanted.request.id,
                "X-Amz-Executed-Version": "$LATEST",
            },
            media_type=event_stream.MEDIA_TYPE,
        )

    async def url(self, request: HttpRequest) -> Response:
        """A request to a function URL."""
        self.admission.check_page(_head(request))
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
        claim, body = await self._admitted(
            request, lambda: _body(request, UPLOAD_LIMIT)
        )
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
        head = _head(request)
        self.admission.confirm(self.admission.claim(head), head, b"")
        return JSONResponse([asdict(e) for e in self.placement.timeline])

    async def _admitted(
        self, request: HttpRequest, read: Callable[[], Awaitable[bytes]]
    ) -> tuple[Signed, bytes]:
        """Who asks, and the body, which `read` reads once they may ask."""
        head = _head(request)
        claim = self.admission.claim(head)
        body = await read()
        self.admission.confirm(claim, head, body)
        return claim, body

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
            _, body = await self._admitted(request, lambda: _event(request))
            return body
        if not url.public:
            raise Refusal(
                403,
                "AccessDeniedException",
                "Forbidden. A public function URL needs two permissions: "
                "lambda:InvokeFunctionUrl with FunctionUrlAuthType NONE, and "
                "lambda:InvokeFunction with InvokedViaFunctionUrl, each for "
                "Principal *.",
            )
        return await _event(request)

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
        try:
            told, body = await _prelude(part, stream)
            response = StreamingResponse(stream.rest(body))
            function_url.apply(told, response)
        except BadResult:
            stream.leave()
            raise
        return response


async def _prelude(
    start: bytes, stream: ResponseStream
) -> tuple[dict[str, Any], bytes]:
    """The prelude of a response that starts so, and what comes after it."""
    while (prelude := function_url.prelude_of(start)) is None:
        if (part := await stream.next()) is None:
            raise BadResult("the prelude does not end")
        start += part
    return prelude


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


def _head(request: HttpRequest) -> Head:
    return Head(
        request.method,
        request.scope["raw_path"].decode("latin-1"),
        request.scope["query_string"].decode("latin-1"),
        request.headers,
    )


async def _event(request: HttpRequest) -> bytes:
    limit = EVENT_LIMITS["RequestResponse"]
    try:
        return await _body(request, limit)
    except Refusal as error:
        raise too_large(limit) from error


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


def _bad_gateway() -> Response:
    """A function failed behind its URL; why is in its log alone."""
    return Response("Internal Server Error", 502)


def _refused(request: HttpRequest, error: Exception) -> Response:
    assert isinstance(error, Refusal | TooManyRequests)
    asked_in = request.headers.get("content-type", "")
    if isinstance(error, Refusal) and asked_in.startswith(FORM):
        return _refused_in_xml(error)
    reply = error_reply(error)
    return Response(
        reply.body, reply.status, reply.headers, "application/json"
    )


def _refused_in_xml(refusal: Refusal) -> Response:
    """The same for iam and sts, which are asked with forms."""
    code, message = map(escape, (refusal.code, refusal.message))
    return Response(
        f"<ErrorResponse><Error><Code>{code}</Code><Message>{message}"
        "</Message></Error></ErrorResponse>",
        refusal.status,
        media_type="text/xml",
    )


def _unheard(_: HttpRequest, error: Exception) -> Response:
    """The caller left in the middle of its request."""
    return Response()
