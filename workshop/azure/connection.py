"""HTTP/1.1 to the handler, over connections that stay open.

An exchange is one request and its reply. It goes over a connection that is
open already, or over a new one. Where one that stood open is closed before
anything came back, the handler has not seen the request, and it is sent
again over a new one, as .NET's HttpClient does.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httptools

HOST = "127.0.0.1"
AHEAD = 1024 * 1024  # bytes of a reply that may wait for their reader

Header = tuple[bytes, bytes]


class HandlerFailed(Exception):
    """No reply came, or none that is whole; says why."""


class NotListening(HandlerFailed):
    """Nobody takes a connection on the handler's port."""


@dataclass
class Reply:
    """What the handler answers; the body comes in parts."""

    status: int
    reason: bytes
    headers: list[Header]
    _parts: "asyncio.Queue[bytes | HandlerFailed | None]"
    _connection: "Connection"

    async def parts(self) -> AsyncIterator[bytes]:
        """The body as it comes. Raises HandlerFailed if it breaks off."""
        try:
            while (part := await self._parts.get()) is not None:
                if isinstance(part, HandlerFailed):
                    raise part
                self._connection.taken(len(part))
                yield part
        finally:
            self._connection.abandon()

    async def body(self) -> bytes:
        """The whole body. Raises HandlerFailed if it breaks off."""
        return b"".join([part async for part in self.parts()])

    def abandon(self) -> None:
        """Nobody wants the rest."""
        self._connection.abandon()


class Connection(asyncio.Protocol):
    """One connection to the handler, for one exchange at a time."""

    def __init__(self, connections: "Connections") -> None:
        self._connections = connections
        self._loop = asyncio.get_running_loop()
        self.used = False  # it has carried an exchange before
        self.silent = True  # nothing has come back in this one
        self._parts: asyncio.Queue[bytes | HandlerFailed | None]
        self._reply: asyncio.Future[Reply]
        self._writable: asyncio.Future[None] | None = None
        self._open = False  # an exchange is under way

    def begin(self, method: bytes) -> "asyncio.Future[Reply]":
        """Begin an exchange; the future has its reply's head."""
        self._parser = httptools.HttpResponseParser(self)
        self._method = method
        self._parts = asyncio.Queue()
        self._waiting = 0  # bytes in the queue
        self._headers: list[Header] = []
        self._reason = b""
        self._has_length = False
        self._keep = False
        self.silent, self._open = True, True
        self._reply = self._loop.create_future()
        return self._reply

    def write(self, data: bytes) -> None:
        """Send a piece of the request."""
        self._transport.write(data)

    async def drain(self) -> None:
        """Wait while the handler takes no more."""
        if self._writable:
            await self._writable

    def taken(self, size: int) -> None:
        """So many bytes of the reply have found their reader."""
        self._waiting -= size
        if self._waiting < AHEAD:
            self._transport.resume_reading()

    def abandon(self) -> None:
        """Close the connection if its exchange is still under way."""
        if self._open:
            self.abort()

    def abort(self) -> None:
        """Close the connection at once."""
        self._transport.abort()

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if not self._open:
            self.abort()  # nobody has asked for anything
            return
        self.silent = False
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(f"The handler's reply is no HTTP: {error}")
            self.abort()

    def eof_received(self) -> None:
        if self._open and self._reply.done() and not self._has_length:
            self._end(keep=False)  # the end of the connection is its end

    def connection_lost(self, error: Exception | None) -> None:
        self._connections.forget(self)
        if self._writable and not self._writable.done():
            self._writable.set_result(None)
        self._fail("The handler closed the connection before it had answered.")

    def pause_writing(self) -> None:
        self._writable = self._loop.create_future()

    def resume_writing(self) -> None:
        if self._writable and not self._writable.done():
            self._writable.set_result(None)
        self._writable = None

    # What the parser calls

    def on_status(self, reason: bytes) -> None:
        self._reason += reason

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name, value))
        if name.lower() in (b"content-length", b"transfer-encoding"):
            self._has_length = True

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if status < 200:
            self._headers, self._reason = [], b""
            return
        self._keep = self._parser.should_keep_alive()
        if not self._reply.done():
            self._reply.set_result(
                Reply(status, self._reason, self._headers, self._parts, self)
            )
        if self._method == b"HEAD":  # its parser would wait for a body
            self._end(keep=False)

    def on_body(self, part: bytes) -> None:
        if self._open:
            self._waiting += len(part)
            self._parts.put_nowait(part)
            if self._waiting >= AHEAD:
                self._transport.pause_reading()

    def on_message_complete(self) -> None:
        if self._open and self._reply.done():
            self._end(self._keep)

    def _end(self, keep: bool) -> None:
        self._open = False
        self._parts.put_nowait(None)
        self.used = True
        if keep:
            self._connections.give_back(self)
        else:
            self._transport.close()

    def _fail(self, why: str) -> None:
        if not self._open:
            return
        self._open = False
        if self._reply.done():
            self._parts.put_nowait(HandlerFailed(why))
        else:
            self._reply.set_exception(HandlerFailed(why))


class Connections:
    """All connections to one handler process."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._idle: list[Connection] = []
        self._all: set[Connection] = set()

    async def send(
        self,
        method: bytes,
        head: bytes,
        body: bytes | AsyncIterator[bytes] = b"",
    ) -> Reply:
        """Send a request; returns its reply, of which the head is there.

        The head is everything up to the empty line, that included; the body
        is framed already. Raises NotListening or HandlerFailed.
        """
        while True:
            connection = await self._take()
            used = connection.used
            reply = connection.begin(method)
            try:
                if isinstance(body, bytes):
                    connection.write(head + body)
                else:
                    connection.write(head)
                    async for part in body:
                        connection.write(part)
                        await connection.drain()
                return await reply
            except HandlerFailed:
                again = isinstance(body, bytes) and connection.silent and used
                if not again:
                    raise
            except BaseException:
                reply.cancel()
                connection.abort()
                raise

    def give_back(self, connection: Connection) -> None:
        """The connection is free for the next exchange."""
        self._idle.append(connection)

    def forget(self, connection: Connection) -> None:
        """The connection is closed."""
        self._all.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)

    def close(self) -> None:
        """Close every connection; exchanges under way fail."""
        for connection in tuple(self._all):
            connection.abort()

    async def _take(self) -> Connection:
        if self._idle:
            return self._idle.pop()
        loop = asyncio.get_running_loop()
        try:
            _, connection = await loop.create_connection(
                lambda: Connection(self), HOST, self.port
            )
        except OSError as error:
            raise NotListening(
                f"Connection refused ({HOST}:{self.port})"
            ) from error
        self._all.add(connection)
        return connection
