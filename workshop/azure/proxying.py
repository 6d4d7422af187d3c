"""enableProxyingHttpRequest: the handler gets what the client sends.

The bytes of the body go through as they come, in both directions, so a
response can be streamed. The host only adds headers that name it and the
invocation.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from workshop.azure.connection import HOST, Header, Stream
from workshop.azure.dispatcher import ShutDown
from workshop.azure.function_json import Function
from workshop.azure.http_message import (
    EMPTY,
    LAST_CHUNK,
    ClientGone,
    Request,
    Response,
    TooLarge,
    chunk,
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


TOO_LARGE = Response(413, [EMPTY])


async def proxy(
    invoker: Invoker,
    function: Function,
    request: Request,
    body: AsyncIterator[bytes],
    pass_on: Callable[[Stream], Awaitable[None]],
) -> Response | None:
    """Ask the handler; `pass_on` is given its reply, and ends with it.

    Returns what the client is told instead where that comes to nothing;
    None where all went well, or nobody is there to be told.
    """
    invocation = invoker.invocation(function, OVER_HTTP)
    dispatcher = invoker.dispatcher
    try:
        async with asyncio.timeout(invoker.limit_s):
            worker = await dispatcher.worker()
            invocation.begin(worker)
            stream = await _ask(request, body, invocation.id, worker)
            try:
                await pass_on(stream)
            finally:
                stream.abandon()
    except TimeoutError:
        invocation.time_out(dispatcher)
        return FAILED
    except ShutDown:
        invocation.fail("The host has shut down.")
        return NOT_RUNNING
    except TooLarge:
        invocation.fail("Request body too large.")
        return TOO_LARGE
    except ClientGone:
        invocation.fail("The client has gone.")
        return None
    except asyncio.CancelledError:
        invocation.fail("The host has shut down.")
        raise
    except Exception as error:  # of any kind: a client waits
        invocation.fail(
            f"Failed to proxy request with ForwarderError: {error}"
        )
        return FAILED
    invocation.succeed()
    return None


async def _ask(
    request: Request,
    body: AsyncIterator[bytes],
    invocation_id: str,
    worker: Worker,
) -> Stream:
    """Send the request on; returns when the reply has begun."""
    headers = _headers(request, invocation_id, worker)
    if request.is_chunked:
        headers.append((b"Transfer-Encoding", b"chunked"))
        body = chunked(body)
    method = request.method.encode()
    start = b"%b %b HTTP/1.1" % (method, request.target)
    return await worker.connections.stream(
        method,
        head(start, headers),
        body if request.is_chunked or request.has_length else None,
    )


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
    if not request.header(CORRELATION):
        headers.append((CORRELATION, invocation_id.encode()))
    return headers


async def chunked(parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The parts as the chunks of a body, and its end."""
    async for part in parts:
        yield chunk(part)
    yield LAST_CHUNK
