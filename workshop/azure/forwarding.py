"""enableForwardingHttpRequest: the handler gets the client's request.

Not the very bytes: the host takes it apart and puts it together again
(azure-functions-host 4.1037: HttpRequestExtensions.ToHttpRequestMessage and
DefaultHttpWorkerService.cs). The response is read whole before the client
gets any of it.
"""

from urllib.parse import parse_qsl, quote

from workshop.azure.connection import HOST, HandlerFailed, Header, Reply
from workshop.azure.http_message import (
    AGENT,
    Request,
    Response,
    end_to_end,
    head,
    joined,
    tracing,
)
from workshop.azure.invocation import Mode
from workshop.azure.payload import KNOWN_HEADERS

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
# Kestrel tells the headers that it knows by these names.
NAMES = {name.lower().encode(): name.encode() for name in KNOWN_HEADERS}
WITHOUT_BODY = (204, 304)
NO_CONTENT = (
    "'Transfer-Encoding: chunked' header can not be used when content object "
    "is not specified."
)
SAFE = "!$()*,;@-._~"  # what .NET's UrlEncoder leaves as it is


def forwarding(request: Request) -> Mode:
    """The mode in which this request goes to the handler."""
    return Mode(
        request.method.encode(),
        lambda invocation_id, port: encode(request, invocation_id, port),
        lambda reply: decode(request, reply),
    )


def encode(
    request: Request, invocation_id: str, port: int
) -> tuple[bytes, bytes]:
    """The request as the handler gets it. Raises HandlerFailed."""
    headers: list[Header] = []
    agents: list[bytes] = []
    for (name, value), written in zip(
        request.headers, request.written, strict=True
    ):
        if name == b"user-agent":
            agents.append(value)
        elif name == b"transfer-encoding":
            raise HandlerFailed(NO_CONTENT)
        elif name not in OF_THE_CONTENT:
            headers.append((NAMES.get(name, written), value))
    headers = joined(headers + tracing(invocation_id))
    headers.append((b"User-Agent", b" ".join([*agents, AGENT.encode()])))
    if not request.header(b"host"):  # then .NET's HttpClient names its own
        headers.append((b"Host", f"{HOST}:{port}".encode()))
    if request.body:
        headers.append((b"Content-Length", b"%d" % len(request.body)))
        if kind := request.header(b"content-type"):
            headers.append((b"Content-Type", kind))
    start = b"%b %b HTTP/1.1" % (request.method.encode(), _target(request))
    return head(start, headers), request.body


def decode(request: Request, reply: Reply) -> Response:
    """The client's response: the handler's, with its length."""
    headers = end_to_end(reply.headers)
    if request.method != "HEAD" and reply.status not in WITHOUT_BODY:
        headers = [h for h in headers if h[0].lower() != b"content-length"]
        headers.append((b"Content-Length", b"%d" % len(reply.body)))
    return Response(reply.status, headers, reply.body, reply.reason)


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
