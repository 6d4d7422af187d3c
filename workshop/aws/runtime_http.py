"""The Runtime API on a socket: HTTP in, calls out, replies back.

An asyncio.Protocol on httptools, because every invocation crosses it twice.
What a call means is decided in `runtime_api.py`.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import cast

import httptools

from workshop.aws.response_stream import ResponseStream
from workshop.aws.runtime_api import (
    API_VERSION,
    PAYLOAD_LIMIT,
    STREAM_LIMIT,
    Call,
    Move,
    Reply,
    head_too_large,
    no_such_path,
    not_http,
    wrong_method,
)

# The official emulator sends events beyond about 2 KB chunked, so a loop
# that reads by Content-Length alone must fail here too, not first on AWS.
CHUNK_EVENTS_OVER = 2048  # bytes
Receive = Callable[["RuntimeConnection", Call], Reply | None]
PREFIX = f"/{API_VERSION}/runtime/"
CONNECTION_LIMIT = 128  # of one runtime: the server's descriptors are shared
HEAD_LIMIT = 1024 * 1024  # bytes of request line and headers; AWS's 1 MB
# The connection of a runtime that exits ends a moment before its exit is
# known. The exit is what its caller should hear of, so it gets this long,
# unless the runtime makes another call and so lives on.
EXIT_FIRST_S = 0.1
METHODS = {
    Move.NEXT: "GET",
    Move.RESPONSE: "POST",
    Move.ERROR: "POST",
    Move.INIT_ERROR: "POST",
}


def read_call(method: str, path: str, headers: dict[str, str]) -> Call | None:
    """The call that a request makes, without its body; None if it is none."""
    call = _call_at(path, headers)
    return call if call and method == METHODS[call.move] else None


def no_call(method: str, path: str) -> Reply:
    """The reply to a request for which `read_call` has found no call."""
    call = _call_at(path, {})
    if call:
        return wrong_method(method, path, METHODS[call.move])
    return no_such_path(method, path)


def _call_at(path: str, headers: dict[str, str]) -> Call | None:
    if not path.startswith(PREFIX):
        return None
    match path.removeprefix(PREFIX).split("/"):
        case ["invocation", "next"]:
            return Call(Move.NEXT, headers=headers)
        case ["init", "error"]:
            return Call(Move.INIT_ERROR, headers=headers)
        case ["invocation", request_id, "response"]:
            return Call(Move.RESPONSE, request_id, headers)
        case ["invocation", request_id, "error"]:
            return Call(Move.ERROR, request_id, headers)
    return None


@dataclass(frozen=True, slots=True)
class Request:
    """A request that has been read to its end."""

    method: str
    path: str
    call: Call | None
    version: str  # of HTTP
    keep_alive: bool


class RuntimeServer:
    """The port on which one environment's runtime finds its Runtime API.

    `receive` takes each call with the connection it came on and returns the
    reply, or None when the call has to wait: it is then answered later, with
    the connection's `send`. `begin` is asked when a streamed response begins
    where its parts are to go, or None when they are to be kept.
    """

    def __init__(
        self,
        receive: Receive,
        begin: Callable[[Call], ResponseStream | None],
        log: Callable[[str], None],
    ) -> None:
        self.receive = receive
        self.begin = begin
        self.log = log
        self.connections: set[RuntimeConnection] = set()
        self.breaking_off: set[RuntimeConnection] = set()
        self._server: asyncio.Server | None = None
        self._full = False

    async def start(self) -> str:
        """Listen on a free port of 127.0.0.1; returns HOST:PORT."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: RuntimeConnection(self), "127.0.0.1", 0, backlog=1024
        )
        host, port = self._server.sockets[0].getsockname()
        return f"{host}:{port}"

    def admit(self, connection: "RuntimeConnection") -> bool:
        """Whether one more connection may stay; the first refusal is told."""
        if len(self.connections) < CONNECTION_LIMIT:
            self.connections.add(connection)
            return True
        if not self._full:
            self._full = True
            self.log(
                f"[Runtime API] {CONNECTION_LIMIT} connections are open, and "
                "more are closed at once. A runtime needs one: keep it."
            )
        return False

    def close(self) -> None:
        """Give the port back and drop every connection."""
        if self._server:
            self._server.close()
        for connection in tuple(self.connections):
            connection.drop()


class RuntimeConnection(asyncio.Protocol):
    """One connection of a runtime.

    Requests are answered in the order they came: those behind a call that
    waits, wait too.
    """

    def __init__(self, server: RuntimeServer) -> None:
        self._to = server
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpRequestParser(self)
        self._unanswered: deque[Request] = deque()
        self._deaf = False  # it has sent what is no HTTP, or its last byte
        self._in_head = True
        self._head_size = 0  # bytes
        self._came = 0.0  # when the latest part of a request was read
        self._begin()

    @property
    def open(self) -> bool:
        """Whether a reply can still reach the runtime."""
        return bool(self._transport and not self._transport.is_closing())

    def send(self, reply: Reply) -> None:
        """Answer the call that has been waiting on this connection."""
        if self.open:
            self._answer(reply)
            self._serve()

    def drop(self) -> None:
        """Close the connection without a word."""
        self.break_off()
        if self._transport:
            self._transport.abort()

    def _serve(self) -> None:
        """Answer what has been read, as far as no call has to wait."""
        while self._unanswered:
            for connection in tuple(self._to.breaking_off):
                connection.break_off()
            request = self._unanswered[0]
            if request.call:
                reply = self._to.receive(self, request.call)
            else:
                reply = no_call(request.method, request.path)
                self._teach(reply)
            if reply is None:
                return
            self._answer(reply)

    def _answer(self, reply: Reply) -> None:
        """Answer the oldest request; close after the last one."""
        request = self._unanswered.popleft()
        self._write(reply, request)
        last = self._deaf and not self._unanswered
        if self._transport and (last or not request.keep_alive):
            self._transport.close()

    def _write(self, reply: Reply, request: Request) -> None:
        """Write a reply; an event over CHUNK_EVENTS_OVER goes chunked."""
        if not self._transport or not self.open:
            return
        chunked = (
            reply.status == 200
            and len(reply.body) > CHUNK_EVENTS_OVER
            and request.version == "1.1"
        )
        head = [
            f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}",
            "Content-Type: application/json",
            *(f"{name}: {value}" for name, value in reply.headers),
            "Transfer-Encoding: chunked"
            if chunked
            else f"Content-Length: {len(reply.body)}",
            *([] if request.keep_alive else ["Connection: close"]),
            "\r\n",
        ]
        body = _in_chunks(reply.body) if chunked else reply.body
        if request.method == "HEAD":
            body = b""
        self._transport.write("\r\n".join(head).encode("latin-1") + body)

    def _teach(self, reply: Reply) -> None:
        """Log what a request that is no call has done wrong."""
        self._to.log(f"[Runtime API] {reply.lesson}")

    def _refuse(self, reply: Reply) -> None:
        """Write a last reply and stop listening.

        What is still on its way is read and forgotten: closing before it
        has come would take the reply away from the runtime.
        """
        self._deaf = True
        self._teach(reply)
        self._write(reply, Request("", "", None, "1.1", keep_alive=False))
        if self._transport and self.open:
            self._transport.write_eof()

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        if not self._to.admit(self):
            self.drop()

    def eof_received(self) -> bool:
        """The runtime sends no more, but may still want its replies."""
        self._deaf = True
        self._break_off_soon()
        return bool(self._unanswered) or self in self._to.breaking_off

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._to.connections.discard(self)
        self._break_off_soon()

    def data_received(self, data: bytes) -> None:
        self._came = time.monotonic()
        while data and not self._deaf:
            room = HEAD_LIMIT - self._head_size if self._in_head else len(data)
            part = data[:room]
            try:
                self._parser.feed_data(part)
                data = data[room:]
            except httptools.HttpParserUpgrade as offer:
                # Not taken up. The request before it has been read.
                self._parser = httptools.HttpRequestParser(self)
                data = data[offer.args[0] :]
            except httptools.HttpParserError as error:
                self.break_off()
                self._refuse(not_http(str(error.__context__ or error)))
                return
            if self._in_head:
                self._head_size += len(part)
                if self._head_size >= HEAD_LIMIT:
                    self._refuse(head_too_large(HEAD_LIMIT))

    def _break_off_soon(self) -> None:
        if not self._in_head:
            self._to.breaking_off.add(self)
            asyncio.get_running_loop().call_later(EXIT_FIRST_S, self.break_off)

    def break_off(self) -> None:
        """The body of a request will not come to its end any more."""
        self._to.breaking_off.discard(self)
        if self._in_head:
            return
        self._in_head = True
        self._came = time.monotonic()
        if self._call and self._call.move is not Move.NEXT:
            self._finish(truncated=True)
        elif self._transport:
            self._transport.close()

    # httptools calls these while it parses

    def _begin(self) -> None:
        self._url = b""
        self._headers: dict[str, str] = {}
        self._body = bytearray()
        self._size = 0
        self._stream: ResponseStream | None = None
        self._hosts = 0
        self._method, self._path = "", ""
        self._call: Call | None = None  # as far as its headers tell

    def on_message_begin(self) -> None:
        self._begin()

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        name = name.lower()
        self._headers[name.decode("latin-1")] = value.decode("latin-1")
        self._hosts += name == b"host"

    def on_headers_complete(self) -> None:
        if self._hosts != 1 and self._parser.get_http_version() == "1.1":
            raise ValueError(f"it has {self._hosts} Host headers, not one")
        self._in_head = False
        self._method = self._parser.get_method().decode("latin-1")
        self._path = self._url.decode("latin-1").partition("?")[0]
        self._call = read_call(self._method, self._path, self._headers)
        if self._call and self._call.streams:
            self._stream = self._to.begin(self._call)
        if self._headers.get("expect", "").lower() == "100-continue":
            assert self._transport
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        self._size += len(body)
        if self._stream:
            if self._size <= STREAM_LIMIT:
                self._stream.write(body, self._pause, self._resume)
        elif self._size <= PAYLOAD_LIMIT:
            self._body += body
        else:
            self._body.clear()

    def _pause(self) -> None:
        if self._transport:
            self._transport.pause_reading()

    def _resume(self) -> None:
        if self._transport:
            self._transport.resume_reading()

    def on_message_complete(self) -> None:
        self._in_head, self._head_size = True, 0
        self._finish()

    def _finish(self, truncated: bool = False) -> None:
        call = self._call
        if call and call.move is not Move.NEXT:
            call = replace(
                call,
                body=bytes(self._body),
                size=self._size,
                forwarded=self._stream is not None,
                truncated=truncated,
                came=self._came,
            )
        self._unanswered.append(
            Request(
                self._method,
                self._path,
                call,
                self._parser.get_http_version(),
                self._parser.should_keep_alive() and not truncated,
            )
        )
        if len(self._unanswered) == 1:
            self._serve()


def _in_chunks(body: bytes, size: int = 65_536) -> bytes:
    framed = bytearray()
    for start in range(0, len(body), size):
        chunk = body[start : start + size]
        framed += b"%x\r\n%b\r\n" % (len(chunk), chunk)
    return bytes(framed + b"0\r\n\r\n")
