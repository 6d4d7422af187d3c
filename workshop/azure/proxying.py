"""enableProxyingHttpRequest: the handler gets what the client sends.

The bytes of the body go through as they come, in both directions, so a
response can be streamed. The host only adds headers that name it and the
invocation.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from workshop.azure.connection import HOST, HandlerFailed, Header, Stream
from workshop.azure.dispatcher import ShutDown
from workshop.azure.function_json import Function
from workshop.azure.http_message import (
    LAST_CHUNK,
    Request,
    Response,
    chunk,
    end_to_end,
    head,
    joined,
    tracing,
)
from workshop.azure.invocation import (
    FAILED,
    NOT_RUNNING,
    OVER_HTTP,
    Invoker,
)
from workshop.azure.worker import Worker

CORRELATION = b"x-ms-invocation-id"
# YARP's RequestUtilities.cs, and what the host says itself.
NOT_PROXIED = frozenset(
    {
        *(b"connection", b"transfer-encoding", b"keep-alive", b"upgrade"),
        *(b"proxy-connection", b"proxy-authenticate", b"proxy-authorization"),
        *(b"proxy-authentication-info", b"proxy-features", b"te", b"alpn"),
        *(b"proxy-instruction", b"security-scheme", b"close", b"alt-svc"),
        *(b"host", b"x-forwarded-for", b"x-forwarded-proto"),
        *(b"x-forwarded-host", b"x-forwarded-prefix"),
        b"x-azure-functions-hostversion",
        b"x-azure-functions-invocationid",
    }
)


class BrokenOff(Exception):
    """The invocation has failed in the middle of its response."""


async def proxy(
    invoker: Invoker,
    function: Function,
    request: Request,
    body: AsyncIterator[bytes],
) -> Response:
    """The response of a handler that is asked by proxy.

    Its body is still to come, and the invocation ends with it; it raises
    BrokenOff where that fails.
    """
    run = _Run(invoker, function)
    try:
        async with run.limits():
            stream = await run.ask(request, body)
    except ShutDown:
        return NOT_RUNNING
    except BrokenOff:
        return FAILED
    return Response(
        stream.status,
        end_to_end(stream.headers),
        parts=run.parts(stream),
        abandon=stream.abandon,
        upload=stream.upload,
    )


class _Run:
    """One invocation, in the task of the client's request."""

    def __init__(self, invoker: Invoker, function: Function) -> None:
        self._dispatcher = invoker.dispatcher
        self._invocation = invoker.invocation(function, OVER_HTTP)
        limit_s = invoker.limit_s
        now = asyncio.get_running_loop().time()
        self._deadline = None if limit_s is None else now + limit_s

    @contextlib.asynccontextmanager
    async def limits(self) -> AsyncIterator[None]:
        """What is done in it fails as an invocation does: by BrokenOff."""
        try:
            async with asyncio.timeout_at(self._deadline):
                yield
        except TimeoutError as error:
            self._invocation.time_out(self._dispatcher)
            raise BrokenOff from error
        except HandlerFailed as error:
            self._invocation.fail(
                f"Failed to proxy request with ForwarderError: {error}"
            )
            raise BrokenOff from error
        except ShutDown:
            self._invocation.fail("The host has shut down.")
            raise
        except BaseException:
            self._invocation.fail("The client has gone.")
            raise

    async def ask(
        self, request: Request, body: AsyncIterator[bytes]
    ) -> Stream:
        """Send the request on; returns when the reply has begun."""
        worker = await self._dispatcher.worker()
        self._invocation.begin(worker)
        headers = _headers(request, self._invocation.id, worker)
        if request.is_chunked:
            headers.append((b"Transfer-Encoding", b"chunked"))
            body = chunked(body)
        method = request.method.encode()
        start = b"%b %b HTTP/1.1" % (method, request.target)
        return await worker.connections.stream(
            method, head(start, headers), body
        )

    async def parts(self, stream: Stream) -> AsyncIterator[bytes]:
        """The body; the invocation ends with it."""
        async with self.limits():
            async for part in stream.parts():
                yield part
        self._invocation.succeed()


def _headers(
    request: Request, invocation_id: str, worker: Worker
) -> list[Header]:
    """What the handler gets: YARP 2.0, HttpTransformer.Default.

    The client's, without what belongs to its connection and with another
    Host; then whom it asked, and the host's own. Only for the last of those
    the client's own value counts (DefaultHttpProxyService.cs: TryAdd).
    """
    asked = request.header(b"host")
    headers = [
        (b"Host", f"{HOST}:{worker.connections.port}".encode()),
        *joined([h for h in request.headers if h[0] not in NOT_PROXIED]),
        *tracing(invocation_id),
        (b"X-Forwarded-For", HOST.encode()),
        (b"X-Forwarded-Proto", request.scheme.encode()),
    ]
    if asked:
        headers.append((b"X-Forwarded-Host", asked))
    if not request.header(CORRELATION.lower()):
        headers.append((CORRELATION, invocation_id.encode()))
    return headers


async def chunked(parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The parts as the chunks of a body, and its end."""
    async for part in parts:
        yield chunk(part)
    yield LAST_CHUNK
