"""The port: most functions are answered right here, the rest by the ASGI app.

Every invocation crosses it twice, so a function in forwarding or payload mode
takes the short way: no scope, no task, one write. It is uvicorn's own
protocol in all other respects.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
)

from workshop.azure.function_json import Function
from workshop.azure.host import Host
from workshop.azure.http_message import EMPTY, Request, Response, canonical
from workshop.azure.proxying import TOO_LARGE

# As ASP.NET writes them (ReasonPhrases.cs); Python's differ in these.
REASONS = {status.value: status.phrase.encode() for status in HTTPStatus} | {
    203: b"Non-Authoritative Information",
    413: b"Payload Too Large",
    414: b"URI Too Long",
    416: b"Range Not Satisfiable",
    418: b"I'm a teapot",
    422: b"Unprocessable Entity",
}
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
CLOSE = b"Connection: close\r\n"
KEEP_ALIVE = b"Connection: keep-alive\r\n"
# Kestrel's limits (KestrelServerLimits.cs), in bytes but for the last.
LINE_LIMIT = 8192
HEAD_LIMIT = 32_768
MOST_HEADERS = 100
URI_TOO_LONG = Response(414, [EMPTY])
HEAD_TOO_LARGE = Response(431, [EMPTY])
LINGER_S = 5  # for a client that is refused to have read why
# What uvicorn answers with: a proxied handler's status may be any.
STATUS_LINE.update(
    {
        status: b"HTTP/1.1 %d %b\r\n" % (status, REASONS.get(status, b""))
        for status in range(100, 1000)
    }
)


class Incoming:
    """A request whose body is being read."""

    def __init__(self, function: Function, request: Request) -> None:
        self.function = function
        self.request = request
        self.body = bytearray()


class Front(HttpToolsProtocol):
    """One connection of a client."""

    def __init__(self, host: Host, **given: Any) -> None:
        super().__init__(**given)
        self._host = host
        self._incoming: Incoming | None = None
        self._running = False  # a response is owed
        self._last = False  # the connection closes after it
        self._deaf = False  # what still comes is read and forgotten
        self._is_old = False  # HTTP/1.0
        self._in_head = False
        self._head_size = 0  # bytes of the headers that are whole
        self._held = 0  # bytes that the parser has of the next one
        self._is_held = False  # all of what came last
        self._written: list[bytes] = []

    @property
    def _is_proxying(self) -> bool:
        return bool(self.cycle) and not self.cycle.response_complete

    def data_received(self, data: bytes) -> None:
        if self._deaf:
            return
        self._is_held = self._in_head
        super().data_received(data)
        if self._is_held:
            self._held += len(data)
            self._limit_head()

    def send_400_response(self, msg: str) -> None:
        if not self._deaf:  # it has its answer
            super().send_400_response(msg)

    def on_message_begin(self) -> None:
        if self._running:
            # A client that does not wait for its responses gets the first.
            self._last = self._deaf = True
        super().on_message_begin()
        self._in_head = True
        self._head_size = self._held = 0
        self._written = []

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        self._is_held = False
        method = self.parser.get_method()
        if len(method + self.url) + len("  HTTP/1.1\r\n") > LINE_LIMIT:
            self._refuse_head(URI_TOO_LONG)

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._in_head:
            return  # a trailer is no header
        self._written.append(name)
        super().on_header(name, value)
        self._head_size += len(name) + len(value) + len(": \r\n")
        self._held, self._is_held = 0, False
        self._limit_head()

    def on_headers_complete(self) -> None:
        self._in_head = self._is_held = False
        if self._deaf:
            return
        self._is_old = self.parser.get_http_version() == "1.0"
        method = self.parser.get_method().decode("latin-1")
        self._to_origin_form()
        path, _, query = self.url.partition(b"?")
        path = canonical(path)
        match = self._host.find(method, path)
        if match is None or match.is_proxied:
            super().on_headers_complete()
            return
        if self._is_proxying:
            self._answer_no_more()
            return
        self._running = True
        self._last = not self.parser.should_keep_alive()
        request = self._host.admit(
            match,
            method,
            "http",
            path,
            query,
            self.headers,
            tuple(self._written),
        )
        if isinstance(request, Response):
            self._refuse(method, request)
            return
        self._incoming = Incoming(match.function, request)
        if self.expect_100_continue:
            self.transport.write(CONTINUE)

    def on_body(self, body: bytes) -> None:
        incoming = self._incoming
        if incoming:
            incoming.body += body
            if len(incoming.body) > self._host.body_limit:
                self._refuse(incoming.request.method, TOO_LARGE)
        elif not self._deaf:
            super().on_body(body)

    def on_message_complete(self) -> None:
        incoming, self._incoming = self._incoming, None
        if incoming:
            request = incoming.request
            request.body = bytes(incoming.body)

            def done(response: Response) -> None:
                self._reply(request.method, response)

            self._host.answer(incoming.function, request, done)
        elif not self._deaf and self.cycle:  # a refusal has none
            super().on_message_complete()

    def eof_received(self) -> bool:  # type: ignore[override]
        """A client that sends no more may still wait for its response."""
        self._last = True
        if self._is_proxying:
            self.cycle.keep_alive = False
            return not self.cycle.more_body
        return self._running and not self._incoming

    def _to_origin_form(self) -> None:
        """Leave nothing of the URL but its path and its query."""
        if self.url.startswith(b"/") and b"#" not in self.url:
            return
        url = httptools.parse_url(self.url)
        query = b"?" + url.query if url.query else b""
        self.url = (url.path or b"/") + query

    def _limit_head(self) -> None:
        size = self._head_size + self._held
        if size > HEAD_LIMIT or len(self._written) > MOST_HEADERS:
            self._refuse_head(HEAD_TOO_LARGE)

    def _refuse_head(self, response: Response) -> None:
        if self._deaf:
            return
        if self._is_proxying:
            self._answer_no_more()
        else:
            self._last = self._deaf = True
            self._reply("", response)

    def _answer_no_more(self) -> None:
        """A client that does not wait for its responses gets the first."""
        self._deaf = True
        self.cycle.keep_alive = False

    def _refuse(self, method: str, response: Response) -> None:
        """Answer before the body has come; then it is not waited for."""
        self._incoming = None
        names = {name for name, _ in self.headers}
        if names & {b"content-length", b"transfer-encoding"}:
            # Closing before the body has come would take the response away.
            self._last = self._deaf = True
        self._reply(method, response)

    def _reply(self, method: str, response: Response) -> None:
        self._running = False
        if self.transport.is_closing():
            return  # the client has left
        lines = [b"%b: %b\r\n" % header for header in response.headers]
        if self._last:
            lines.append(CLOSE)
        elif self._is_old:
            lines.append(KEEP_ALIVE)
        body = b"" if method == "HEAD" else response.body
        self.transport.write(
            b"".join([_status_line(response), *lines, b"\r\n", body])
        )
        if self._deaf:
            self.transport.write_eof()
            self.loop.call_later(LINGER_S, self.transport.close)
        elif self._last:
            self.transport.close()


def front(host: Host) -> Callable[..., Front]:
    """What uvicorn makes for each connection."""

    def make(**given: Any) -> Front:
        return Front(host, **given)

    return make


def _status_line(response: Response) -> bytes:
    reason = response.reason or REASONS.get(response.status, b"")
    return b"HTTP/1.1 %d %b\r\n" % (response.status, reason)
