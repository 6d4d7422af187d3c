"""enableProxyingHttpRequest: the handler gets what the client sends.

The bytes of the body go through as they come, in both directions, so a
response can be streamed. The host only adds headers that name it and the
invocation.
"""

from collections.abc import AsyncIterator

from workshop.azure.connection import Connections
from workshop.azure.http_message import (
    Request,
    Response,
    end_to_end,
    head,
    tracing,
)


async def proxy(
    connections: Connections, request: Request, invocation_id: str
) -> Response:
    """Send the request on; the response's body is still to come."""
    headers = end_to_end(request.headers) + tracing(invocation_id)
    headers.append((b"x-ms-invocation-id", invocation_id.encode()))
    body: bytes | AsyncIterator[bytes] = b""
    if request.is_chunked:
        headers.append((b"Transfer-Encoding", b"chunked"))
        body = chunked(request.parts)
    elif request.has_length:
        body = request.parts
    method = request.method.encode()
    start = b"%b %b HTTP/1.1" % (method, request.target)
    reply = await connections.send(method, head(start, headers), body)
    return Response(
        reply.status,
        end_to_end(reply.headers),
        parts=reply.parts(),
        abandon=reply.abandon,
    )


async def chunked(parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The parts as the chunks of a body, and its end."""
    async for part in parts:
        if part:
            yield chunk(part)
    yield b"0\r\n\r\n"


def chunk(part: bytes) -> bytes:
    """A part of a body as a chunk."""
    return b"%x\r\n%b\r\n" % (len(part), part)
