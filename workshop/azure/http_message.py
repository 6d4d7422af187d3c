"""A client's request and the response to it, as the modes pass them on."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field

from workshop.azure.connection import Header

HOST_VERSION = "4.1037.0"  # of the host whose source this one follows
AGENT = f"Azure-Functions-Host/{HOST_VERSION}"
# What belongs to one connection and not to the message (RFC 9110, 7.6.1).
HOP_BY_HOP = frozenset(
    {b"connection", b"keep-alive", b"transfer-encoding", b"upgrade"}
)


@dataclass(frozen=True)
class Request:
    """What a client sent; header names in lower case."""

    method: str
    scheme_and_host: str  # http://localhost:7071
    path: bytes  # as sent, percent-encoded
    query: bytes  # as sent, without the question mark
    headers: list[Header]
    params: Mapping[str, object]  # of the route
    has_length: bool  # with a Content-Length above 0
    is_chunked: bool
    parts: AsyncIterator[bytes]  # the body as it comes
    identities: tuple[Mapping[str, object], ...] = ()

    @property
    def target(self) -> bytes:
        """The path and the query."""
        return self.path + b"?" + self.query if self.query else self.path

    def header(self, name: bytes) -> bytes:
        """A header's value, empty when it is missing."""
        return next((v for n, v in self.headers if n == name), b"")

    async def body(self) -> bytes:
        """The whole body."""
        return b"".join([part async for part in self.parts])


@dataclass(frozen=True)
class Response:
    """What the client gets; a body that is streamed has no known length."""

    status: int
    headers: list[Header] = field(default_factory=list)
    body: bytes = b""
    parts: AsyncIterator[bytes] | None = None
    abandon: Callable[[], None] = lambda: None  # nobody wants the rest


def end_to_end(headers: list[Header]) -> list[Header]:
    """The headers without those that belong to one connection."""
    return [
        (name, value)
        for name, value in headers
        if name.lower() not in HOP_BY_HOP
    ]


def head(start: bytes, headers: list[Header]) -> bytes:
    """The bytes of a message up to its body."""
    lines = [b"%b: %b\r\n" % header for header in headers]
    return b"".join([start, b"\r\n", *lines, b"\r\n"])


def tracing(invocation_id: str) -> list[Header]:
    """The headers by which a handler knows its host and its invocation."""
    return [
        (b"X-Azure-Functions-HostVersion", HOST_VERSION.encode()),
        (b"X-Azure-Functions-InvocationId", invocation_id.encode()),
    ]
