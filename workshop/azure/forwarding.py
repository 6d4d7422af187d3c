"""enableForwardingHttpRequest: the handler gets the client's request.

Not the very bytes: the host takes it apart and puts it together again
(azure-functions-host 4.1037: HttpRequestExtensions.ToHttpRequestMessage and
DefaultHttpWorkerService.cs). The response is read whole before the client
gets any of it.
"""

from urllib.parse import parse_qsl, quote

from workshop.azure.connection import Connections, HandlerFailed, Header
from workshop.azure.http_message import (
    AGENT,
    Request,
    Response,
    end_to_end,
    head,
    tracing,
)

# .NET keeps these with the content, and there is none without a length.
OF_THE_CONTENT = frozenset(
    {
        b"allow",
        b"content-disposition",
        b"content-encoding",
        b"content-language",
        b"content-length",
        b"content-location",
        b"content-md5",
        b"content-range",
        b"content-type",
        b"expires",
        b"last-modified",
    }
)
SAFE = "!$()*,;@-._~"  # what .NET's UrlEncoder leaves as it is


async def forward(
    connections: Connections, request: Request, invocation_id: str
) -> Response:
    """Send the request on, and return the whole response."""
    if request.is_chunked:
        raise HandlerFailed(
            "'Transfer-Encoding: chunked' header can not be used when "
            "content object is not specified."
        )
    headers = [
        (name, value)
        for name, value in request.headers
        if name not in OF_THE_CONTENT and name != b"user-agent"
    ]
    headers += tracing(invocation_id)
    agent = request.header(b"user-agent")
    headers.append(
        (
            b"User-Agent",
            f"{agent.decode('latin-1')} {AGENT}".lstrip().encode("latin-1"),
        )
    )
    body = b""
    if request.has_length:
        body = await request.body()
        headers.append((b"Content-Length", b"%d" % len(body)))
        if kind := request.header(b"content-type"):
            headers.append((b"Content-Type", kind))
    method = request.method.encode()
    start = b"%b %b HTTP/1.1" % (method, _target(request))
    reply = await connections.send(method, head(start, headers), body)
    content = await reply.body()
    return Response(
        reply.status,
        with_length(end_to_end(reply.headers), content, request.method),
        content,
    )


def with_length(
    headers: list[Header], content: bytes, method: str
) -> list[Header]:
    """The headers with the length of the content that came."""
    if method == "HEAD":
        return headers
    kept = [
        header for header in headers if header[0].lower() != b"content-length"
    ]
    return [*kept, (b"Content-Length", b"%d" % len(content))]


def _target(request: Request) -> bytes:
    """The path as it came; the query put together from a dictionary.

    What is repeated in it is joined by commas there: `a=1&a=2` arrives as
    `a=1,2`.
    """
    if not request.query:
        return request.path
    values: dict[str, list[str]] = {}
    names: dict[str, str] = {}
    query = request.query.decode("latin-1")
    for name, value in parse_qsl(query, keep_blank_values=True):
        first = names.setdefault(name.lower(), name)
        values.setdefault(first, []).append(value)
    rebuilt = "&".join(
        f"{quote(name, SAFE)}={quote(','.join(several), SAFE)}"
        for name, several in values.items()
    )
    return request.path + b"?" + rebuilt.encode()
