"""A client's request and the response to it, as the modes pass them on."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, unquote_to_bytes

from workshop.azure.connection import Header

HOST_VERSION = "4.1037.0"  # of the host whose source this one follows
AGENT = f"Azure-Functions-Host/{HOST_VERSION}"
# What belongs to one connection and not to the message (RFC 9110, 7.6.1).
HOP_BY_HOP = frozenset(
    {b"connection", b"keep-alive", b"transfer-encoding", b"upgrade"}
)

# What stands between two values of a header; a comma where nothing is said.
BETWEEN = {b"cookie": b"; ", b"user-agent": b" ", b"server": b" "}
IN_A_PATH = "/!$&'()*+,;=:@-._~"
LAST_CHUNK = b"0\r\n\r\n"
EMPTY = (b"Content-Length", b"0")  # the header of no body


class ClientGone(Exception):
    """The client has left before it had sent, or got, everything."""


class TooLarge(Exception):
    """The body is longer than the host takes."""


@dataclass(slots=True)
class Request:
    """What a client sent; header names in lower case."""

    method: str
    scheme: str
    path: bytes  # percent-encoded where it must be
    query: bytes  # as sent, without the question mark
    headers: list[Header]
    params: Mapping[str, object]  # of the route
    identities: tuple[Mapping[str, object], ...]
    written: tuple[bytes, ...] = ()  # the headers' names as they were sent
    body: bytes = b""  # when it is whole

    @property
    def target(self) -> bytes:
        """The path and the query."""
        return self.path + b"?" + self.query if self.query else self.path

    @property
    def is_chunked(self) -> bool:
        """Whether the body has no length that is told before."""
        return b"chunked" in self.header(b"transfer-encoding").lower()

    @property
    def has_length(self) -> bool:
        """Whether a Content-Length above 0 announces a body."""
        return int(self.header(b"content-length") or 0) > 0

    def header(self, name: bytes) -> bytes:
        """A header's value, empty when it is missing."""
        for key, value in self.headers:
            if key == name:
                return value
        return b""


@dataclass(slots=True)
class Response:
    """What the client gets."""

    status: int
    headers: list[Header] = field(default_factory=list)
    body: bytes = b""
    reason: bytes = b""  # the usual one of the status, where it is empty


def canonical(path: bytes) -> bytes:
    """A path without dot segments, and encoded only where it must be.

    Kestrel decodes it, all but an encoded slash, and takes the dots out; who
    uses it encodes it again (PathNormalizer.cs, PathString.ToUriComponent).
    """
    if b"%" not in path and b"/." not in path:
        return path
    pieces = re.split(b"(%2[fF])", path)
    encoded = b"".join(
        piece if i % 2 else quote(unquote_to_bytes(piece), IN_A_PATH).encode()
        for i, piece in enumerate(pieces)
    )
    kept: list[bytes] = []
    *folders, last = encoded.split(b"/")[1:]
    for segment in (*folders, last):
        if segment == b"..":
            kept = kept[:-1]
        elif segment != b".":
            kept.append(segment)
    if last in (b".", b".."):
        kept.append(b"")
    return b"/" + b"/".join(kept)


def joined(headers: list[Header]) -> list[Header]:
    """The headers with one line for each name, as .NET's HttpClient sends.

    HttpConnection.cs, WriteHeaderCollection.
    """
    first: dict[bytes, int] = {}
    lines: list[Header] = []
    for name, value in headers:
        lower = name.lower()
        if lower in first:
            known, before = lines[first[lower]]
            between = BETWEEN.get(lower, b", ")
            lines[first[lower]] = known, before + between + value
        else:
            first[lower] = len(lines)
            lines.append((name, value))
    return lines


def end_to_end(headers: list[Header]) -> list[Header]:
    """The headers without those that belong to one connection."""
    return [
        header for header in headers if header[0].lower() not in HOP_BY_HOP
    ]


def head(start: bytes, headers: list[Header]) -> bytes:
    """The bytes of a message up to its body."""
    lines = [b"%b: %b\r\n" % header for header in headers]
    return b"".join([start, b"\r\n", *lines, b"\r\n"])


def chunk(part: bytes) -> bytes:
    """A part of a body as a chunk."""
    return b"%x\r\n%b\r\n" % (len(part), part)


def tracing(invocation_id: str) -> list[Header]:
    """The headers by which a handler knows its host and its invocation."""
    return [
        (b"X-Azure-Functions-HostVersion", HOST_VERSION.encode()),
        (b"X-Azure-Functions-InvocationId", invocation_id.encode()),
    ]
