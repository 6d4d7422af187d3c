"""HTTP/1.1 to the handler, over connections that stay open.

An exchange is one request and its reply. It goes over a connection that is
open already, or over a new one. Where that is closed before anything came
back, a request without a body is sent again over another, three times at
most; one with a body may have been acted upon, and fails (dotnet/runtime,
HttpConnection.cs and HttpConnectionPool.cs).

Nothing here waits where it need not: a request that finds an open connection
is sent in the same turn of the event loop in which it came.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Protocol

import httptools

HOST = "127.0.0.1"
TRIES = 3  # more of a request without a body
CLOSE = b"\r\nconnection: close\r\n"
AHEAD = 1024 * 1024  # bytes of a reply that may wait for their reader

Header = tuple[bytes, bytes]


class HandlerFailed(Exception):
    """No reply came, or none that is whole; says why."""


class NotListening(HandlerFailed):
    """Nobody takes a connection on the handler's port."""


@dataclass(frozen=True)
class Reply:
    """What the handler answers, whole."""

    status: int
    reason: bytes
    headers: list[Header]
    body: bytes


class Exchange(Protocol):
    """Who wants a reply, and how."""

    connection: "Connection | None"  # that it goes over, once there is one

    def head(self, status: int, reason: bytes, headers: list[Header]) -> None:
        """The reply has begun."""

    def part(self, part: bytes) -> None:
        """A part of its body."""

    def end(self) -> None:
        """It was whole."""

    def fail(self, error: HandlerFailed) -> None:
        """It never came, or broke off."""


class Whole:
    """Gathers a reply; `done` gets it, or why there is none."""

    def __init__(self, done: Callable[[Reply | HandlerFailed], None]) -> None:
        self.connection: Connection | None = None
        self._done = done
        self._parts: list[bytes] = []

    def head(self, status: int, reason: bytes, headers: list[Header]) -> None:
        self._head = status, reason, headers

    def part(self, part: bytes) -> None:
        self._parts.append(part)

    def end(self) -> None:
        self._done(Reply(*self._head, b"".join(self._parts)))

    def fail(self, error: HandlerFailed) -> None:
        self._done(error)


class Stream:
    """A reply whose body is read as it comes."""

    def __init__(self) -> None:
        self.connection: Connection | None = None
        self.status = 0
        self.headers: list[Header] = []
        self.has_begun = asyncio.get_running_loop().create_future()
        self.upload: asyncio.Task[None] | None = None  # of the request's body
        self._parts: asyncio.Queue[bytes | Exception | None]
        self._parts = asyncio.Queue()
        self._waiting = 0  # bytes in the queue

    async def parts(self) -> AsyncIterator[bytes]:
        """The body as it comes. Raises HandlerFailed if it breaks off."""
        try:
            while (part := await self._parts.get()) is not None:
                if isinstance(part, Exception):
                    raise part
                self._waiting -= len(part)
                self._flow()
                yield part
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Nobody wants the rest."""
        if self.upload:
            self.upload.cancel()
        if self.connection:
            self.connection.abandon(self)

    def stop(self, error: Exception) -> None:
        """Whoever reads gets this error instead of the rest."""
        self.fail(error)
        self.abandon()

    def send(self, head: bytes, body: AsyncIterator[bytes]) -> None:
        """Begin to send the request; what its body raises stops it all."""
        assert self.connection
        self.upload = asyncio.create_task(self.connection.upload(head, body))
        self.upload.add_done_callback(self._uploaded)

    def _uploaded(self, upload: asyncio.Task[None]) -> None:
        error = None if upload.cancelled() else upload.exception()
        if isinstance(error, Exception):
            self.stop(error)

    def _flow(self) -> None:
        if self.connection:
            self.connection.flow(self, self._waiting < AHEAD)

    def head(self, status: int, reason: bytes, headers: list[Header]) -> None:
        self.status, self.headers = status, headers
        if self.has_begun.done():
            self.abandon()  # nobody has waited for it
        else:
            self.has_begun.set_result(None)

    def part(self, part: bytes) -> None:
        self._waiting += len(part)
        self._parts.put_nowait(part)
        self._flow()

    def end(self) -> None:
        self._parts.put_nowait(None)

    def fail(self, error: Exception) -> None:
        if self.has_begun.done():
            self._parts.put_nowait(error)
        else:
            self.has_begun.set_exception(error)


class Connection(asyncio.Protocol):
    """One connection to the handler, for one exchange at a time."""

    def __init__(self, connections: "Connections") -> None:
        self._connections = connections
        self._exchange: Exchange | None = None  # the one that is under way
        self._again: bytes | None = None  # what may be sent once more
        self._tries = 0  # that are left for it
        self._writable: asyncio.Future[None] | None = None
        self._is_uploading = False  # a body that may never end
        self._is_last = False  # the request asks for its end

    def begin(self, method: bytes, exchange: Exchange) -> None:
        """Begin an exchange; what is written next is its request."""
        self._parser = httptools.HttpResponseParser(self)
        self._method = method
        self._exchange = exchange
        exchange.connection = self
        self._headers: list[Header] = []
        self._reason = b""
        self._has_begun = self._has_length = self._keep = False
        self._again = None

    def send(
        self,
        method: bytes,
        head: bytes,
        body: bytes,
        exchange: Exchange,
        tries: int = TRIES,
    ) -> None:
        """Begin an exchange with a request that is whole."""
        self.begin(method, exchange)
        # Who is asked to close the connection need not say that it will.
        self._is_last = CLOSE in head.lower()
        if tries and not body:
            self._again, self._tries = head, tries - 1
        self._transport.write(head + body)

    async def write(self, data: bytes) -> None:
        """Send a piece of a request; waits while the handler takes no more."""
        self._transport.write(data)
        if self._writable:
            await self._writable

    async def upload(self, head: bytes, body: AsyncIterator[bytes]) -> None:
        """Send a request, its body piece by piece."""
        self._is_uploading = True
        await self.write(head)
        async for part in body:
            await self.write(part)
        self._is_uploading = False

    def flow(self, exchange: Exchange, on: bool) -> None:
        """Take more of this reply, or let the handler wait."""
        if self._exchange is not exchange:
            return  # the connection may serve somebody else by now
        if on:
            self._transport.resume_reading()
        else:
            self._transport.pause_reading()

    def abandon(self, exchange: Exchange) -> None:
        """Close the connection if this exchange is still under way."""
        if self._exchange is exchange:
            self.abort()

    def abort(self) -> None:
        """Close the connection at once; its request is not sent again."""
        self._again = None
        self._connections.forget(self)
        self._transport.abort()

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if not self._exchange:
            self.abort()  # nobody has asked for anything
            return
        self._again = None
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(f"The handler's reply is no HTTP: {error}")
            self.abort()
        except httptools.HttpParserUpgrade:
            self._fail("The handler wants to speak another protocol.")
            self.abort()

    def eof_received(self) -> None:
        if self._has_begun and not self._has_length:
            self._end(keep=False)  # the end of the connection is its end

    def connection_lost(self, error: Exception | None) -> None:
        self._connections.forget(self)
        self.resume_writing()
        exchange, head = self._exchange, self._again
        if exchange and head is not None:
            self._exchange = None
            self._connections.send(
                self._method, head, b"", exchange, self._tries
            )
        self._fail("The handler closed the connection before it had answered.")

    def pause_writing(self) -> None:
        self._writable = asyncio.get_running_loop().create_future()

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
        if not self._exchange:
            self.abort()  # a second reply to one request
            return
        self._keep = self._parser.should_keep_alive()
        self._has_begun = True
        headers, self._headers = self._headers, []  # trailers follow
        self._exchange.head(status, self._reason, headers)
        if self._method == b"HEAD":  # its parser would wait for a body
            self._end(keep=False)

    def on_body(self, part: bytes) -> None:
        if self._exchange:
            self._exchange.part(part)

    def on_message_complete(self) -> None:
        if self._has_begun:
            self._end(self._keep)

    def _end(self, keep: bool) -> None:
        exchange, self._exchange = self._exchange, None
        self._has_begun = False
        if keep and not (self._is_uploading or self._is_last):
            self._transport.resume_reading()
            self._connections.give_back(self)
        else:
            self._transport.close()
        if exchange:
            exchange.end()

    def _fail(self, why: str) -> None:
        exchange, self._exchange = self._exchange, None
        if exchange:
            exchange.fail(HandlerFailed(why))


class Connections:
    """All connections to one handler process."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._idle: list[Connection] = []
        self._all: set[Connection] = set()
        self._opening: set[asyncio.Task[None]] = set()

    def send(
        self,
        method: bytes,
        head: bytes,
        body: bytes,
        exchange: Exchange,
        tries: int = TRIES,
    ) -> None:
        """Send a request that is whole; the exchange gets what comes.

        The head goes up to the empty line, that included; the body is framed.
        """
        if self._idle:
            self._idle.pop().send(method, head, body, exchange, tries)
            return
        task = asyncio.create_task(
            self._open_for(method, head, body, exchange, tries)
        )
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    async def ask(self, method: bytes, head: bytes) -> Reply:
        """Send a request without a body. Raises HandlerFailed."""
        future = asyncio.get_running_loop().create_future()

        def done(reply: Reply | HandlerFailed) -> None:
            if future.done():
                return
            if isinstance(reply, HandlerFailed):
                future.set_exception(reply)
            else:
                future.set_result(reply)

        self.send(method, head, b"", Whole(done))
        reply: Reply = await future
        return reply

    async def stream(
        self,
        method: bytes,
        head: bytes,
        body: AsyncIterator[bytes] | None = None,
    ) -> Stream:
        """Send a request piece by piece; its reply has begun when it returns.

        Raises HandlerFailed, or what the body raises.
        """
        stream = Stream()
        try:
            if body is None:
                self.send(method, head, b"", stream)
            else:
                connection = (
                    self._idle.pop() if self._idle else await self._open()
                )
                connection.begin(method, stream)
                stream.send(head, body)
            # It may be answered before the body is sent, or instead of it.
            await stream.has_begun
        except BaseException:
            stream.abandon()
            raise
        return stream

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

    async def _open_for(
        self,
        method: bytes,
        head: bytes,
        body: bytes,
        exchange: Exchange,
        tries: int,
    ) -> None:
        try:
            connection = await self._open()
        except HandlerFailed as error:
            exchange.fail(error)
        else:
            connection.send(method, head, body, exchange, tries)

    async def _open(self) -> Connection:
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
