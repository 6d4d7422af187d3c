"""The port: most functions are answered right here, the rest by the ASGI app.

Every invocation crosses it twice, so a function in forwarding or payload mode
takes the short way: no scope, no task, one write. It is uvicorn's own
protocol in all other respects.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from workshop.azure.function_json import Function
from workshop.azure.host import TOO_LARGE, Host
from workshop.azure.http_message import Request, Response, canonical

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
LINGER_S = 5  # for a client that is refused to have read why


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

    def on_message_begin(self) -> None:
        if self._running:
            # A client that does not wait for its responses gets the first.
            self._last = self._deaf = True
        super().on_message_begin()
        self._written: list[bytes] = []

    def on_header(self, name: bytes, value: bytes) -> None:
        self._written.append(name)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        if self._deaf:
            return
        method = self.parser.get_method().decode("latin-1")
        path, _, query = self.url.partition(b"?")
        path = canonical(path)
        match = self._host.find(method, path)
        if match is None or match.is_proxied:
            super().on_headers_complete()
            return
        if self.cycle and not self.cycle.response_complete:
            self._deaf = True  # it does not wait for its responses
            self.transport.close()
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
        elif not self._deaf:
            super().on_message_complete()

    def eof_received(self) -> bool:  # type: ignore[override]
        """A client that sends no more may still wait for its response."""
        return self._running  # open, as long as one is owed

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
