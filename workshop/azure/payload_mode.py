"""Payload mode: the handler gets JSON, and answers with JSON.

What stands in it is payload.py's; here it is sent as the host sends it, in
chunks, and what comes back is taken apart (azure-functions-host 4.1037,
DefaultHttpWorkerService.cs).
"""

from collections.abc import Callable
from datetime import UTC, datetime

from workshop.azure import payload
from workshop.azure.connection import HOST, HandlerFailed, Reply
from workshop.azure.function_json import Function
from workshop.azure.http_message import (
    AGENT,
    LAST_CHUNK,
    Request,
    Response,
    chunk,
    head,
    tracing,
)
from workshop.azure.invocation import Mode
from workshop.azure.log import Log

KIND = b"application/json; charset=utf-8"


def over_http(function: Function, request: Request, log: Log) -> Mode:
    """The mode in which an HTTP function's handler gets this request."""

    def content(invocation_id: str) -> bytes:
        return payload.http_payload(
            function.name,
            function.trigger.name,
            _sent(request),
            invocation_id,
            datetime.now(UTC),
        )

    def decode(reply: Reply) -> Response | None:
        answer = read(function, reply, log)
        if answer is None:
            return None
        values = [
            answer.outputs[binding.name]
            for binding in function.outputs
            if binding.is_a("http") and binding.name in answer.outputs
        ]
        value = values[0] if values else None
        return _response(payload.http_response(value, answer.returned))

    return mode(function, content, decode)


def by_trigger(
    function: Function, content: Callable[[str], bytes], log: Log
) -> Mode:
    """The mode of another trigger, whose outputs nobody waits for."""

    def decode(reply: Reply) -> Response | None:
        return Response(202) if read(function, reply, log) else None

    return mode(function, content, decode)


def mode(
    function: Function,
    content: Callable[[str], bytes],
    decode: Callable[[Reply], Response | None],
) -> Mode:
    """A POST of the content, which is made of the invocation's id."""

    def encode(invocation_id: str, port: int) -> tuple[bytes, bytes]:
        headers = [
            (b"Host", f"{HOST}:{port}".encode()),
            *tracing(invocation_id),
            (b"User-Agent", AGENT.encode()),
            (b"Transfer-Encoding", b"chunked"),
            (b"Content-Type", KIND),
        ]
        start = b"POST /%b HTTP/1.1" % function.name.encode()
        body = chunk(content(invocation_id)) + LAST_CHUNK
        return head(start, headers), body

    return Mode(b"POST", encode, decode)


def read(function: Function, reply: Reply, log: Log) -> payload.Answer | None:
    """What a handler answers; None where the host waits on for ever.

    Raises HandlerFailed or BadPayload.
    """
    if not 200 <= reply.status < 300:
        reason = reply.reason.decode("latin-1")
        raise HandlerFailed(
            "Response status code does not indicate success: "
            f"{reply.status} ({reason})."
        )
    kinds = [v for n, v in reply.headers if n.lower() == b"content-type"]
    kind = kinds[0].decode("latin-1") if kinds else ""
    try:
        answer = payload.read_answer(kind, reply.body, function.outputs)
    except payload.BadPayload as error:
        for line in error.logs:
            log.information(line)
        raise
    if answer is None:
        log.warning(
            f"The handler answered {function.name} with null or nothing: the "
            "host waits on, until functionTimeout."
        )
        return None
    for line in answer.logs:
        log.information(line)
    return answer


def _sent(request: Request) -> payload.HttpRequest:
    host = request.header(b"host").decode("latin-1")
    target = request.target.decode("latin-1")
    return payload.HttpRequest(
        url=f"{request.scheme}://{host}{target}",
        method=request.method,
        query=request.query.decode("latin-1"),
        headers=tuple(
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, (_, value) in zip(
                request.written, request.headers, strict=True
            )
        ),
        params=request.params,
        body=request.body if request.has_length else b"",
        identities=request.identities,
    )


def _response(made: payload.HttpResponse) -> Response:
    headers = [
        (name.encode("latin-1"), value.encode("latin-1"))
        for name, value in made.headers
    ]
    headers.append((b"Content-Length", b"%d" % len(made.body)))
    return Response(made.status, headers, made.body)
