"""The Runtime API on a socket: HTTP in, calls out, replies back.

An asyncio.Protocol on httptools, because every invocation crosses it twice.
What a call means is decided in `runtime_api.py`.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
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
    no_such_path,
)

# The official emulator sends events beyond about 2 KB chunked, so a loop
# that reads by Content-Length alone must fail here too, not first on AWS.
CHUNK_EVENTS_OVER = 2048  # bytes
Receive = Callable[["RuntimeConnection", Call], Reply | None]
PREFIX = f"/{API_VERSION}/runtime/"


def read_call(method: str, path: str, headers: dict[str, str]) -> Call | None:
    """The call that a request makes, without its body; None if it is none."""
    if not path.startswith(PREFIX):
        return None
    match method, path.removeprefix(PREFIX).split("/"):
        case "GET", ["invocation", "next"]:
            return Call(Move.NEXT, headers=headers)
        case "POST", ["init", "error"]:
            return Call(Move.INIT_ERROR, headers=headers)
        case "POST", ["invocation", request_id, "response"]:
            return Call(Move.RESPONSE, request_id, headers)
        case "POST", ["invocation", request_id, "error"]:
            return Call(Move.ERROR, request_id, headers)
    return None


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
        self._server: asyncio.Server | None = None

    async def start(self) -> str:
        """Listen on a free port of 127.0.0.1; returns HOST:PORT."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: RuntimeConnection(self), "127.0.0.1", 0
        )
        host, port = self._server.sockets[0].getsockname()
        return f"{host}:{port}"

    def close(self) -> None:
        """Give the port back and drop every connection."""
        if self._server:
            self._server.close()
        for connection in tuple(self.connections):
            connection.drop()


class RuntimeConnection(asyncio.Protocol):
    """One connection of a runtime."""

    def __init__(self, server: RuntimeServer) -> None:
        self._to = server
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpRequestParser(self)
        self._begin()

    @property
    def open(self) -> bool:
        """Whether a reply can still reach the runtime."""
        return bool(self._transport and not self._transport.is_closing())

    def send(self, reply: Reply) -> None:
        """Write a reply; an event over CHUNK_EVENTS_OVER goes chunked."""
        if not self._transport or not self.open:
            return
        if reply.lesson:
            self._to.log(f"[Runtime API] {reply.lesson}")
        chunked = reply.status == 200 and len(reply.body) > CHUNK_EVENTS_OVER
        head = [
            f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}",
            "Content-Type: application/json",
            *(f"{name}: {value}" for name, value in reply.headers),
            "Transfer-Encoding: chunked"
            if chunked
            else f"Content-Length: {len(reply.body)}",
            "\r\n",
        ]
        body = _in_chunks(reply.body) if chunked else reply.body
        self._transport.write("\r\n".join(head).encode("latin-1") + body)

    def drop(self) -> None:
        """Close the connection without a word."""
        if self._transport:
            self._transport.abort()

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._to.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._to.connections.discard(self)

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._to.log(f"[Runtime API] 400: this is not HTTP ({error}).")
            if self._transport:
                self._transport.write(
                    b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n"
                    b"Connection: close\r\n\r\n"
                )
                self._transport.close()

    # httptools calls these while it parses

    def _begin(self) -> None:
        self._url = b""
        self._headers: dict[str, str] = {}
        self._body = bytearray()
        self._size = 0
        self._stream: ResponseStream | None = None

    def on_message_begin(self) -> None:
        self._begin()

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        call = self._call()
        if call and call.streams:
            self._stream = self._to.begin(call)
        if self._headers.get("expect", "").lower() == "100-continue":
            assert self._transport
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        self._size += len(body)
        if self._stream:
            if self._size <= STREAM_LIMIT:
                self._stream.write(body)
        elif self._size <= PAYLOAD_LIMIT:
            self._body += body
        else:
            self._body.clear()

    def on_message_complete(self) -> None:
        call = self._call()
        if call is None:
            self.send(no_such_path(*self._method_and_path()))
            return
        call = replace(
            call,
            body=bytes(self._body),
            size=self._size,
            forwarded=self._stream is not None,
        )
        reply = self._to.receive(self, call)
        if reply:
            self.send(reply)

    def _method_and_path(self) -> tuple[str, str]:
        method = self._parser.get_method().decode("latin-1")
        return method, self._url.decode("latin-1").partition("?")[0]

    def _call(self) -> Call | None:
        """The call as far as its headers tell."""
        return read_call(*self._method_and_path(), self._headers)


def _in_chunks(body: bytes, size: int = 65_536) -> bytes:
    framed = bytearray()
    for start in range(0, len(body), size):
        chunk = body[start : start + size]
        framed += b"%x\r\n%b\r\n" % (len(chunk), chunk)
    return bytes(framed + b"0\r\n\r\n")
