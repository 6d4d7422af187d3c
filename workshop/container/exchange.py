"""One request to an instance and its response, over one connection.

Both bodies go through as they come. h11 knows HTTP; asyncio, the network.
Sending and reading know nothing of each other's end: an instance may answer
early and close, and an asyncio stream whose sending fails reads no more.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import h11

READ_SIZE = 65_536  # bytes
# What belongs to one connection and not to the message (RFC 9110, 7.6.1),
# but for Transfer-Encoding, which tells h11 how a body is framed.
HOP_BY_HOP = frozenset(
    {b"connection", b"keep-alive", b"proxy-connection", b"te", b"upgrade"}
)

Headers = list[tuple[bytes, bytes]]


class ConnectionFailed(Exception):
    """No response came, or none that is whole; says why."""


class BadRequest(Exception):
    """What the client sent cannot be passed on; says why."""


class Exchange:
    """A request that has been sent; its response is to be read."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._http = h11.Connection(h11.CLIENT)
        self._upload: asyncio.Task[None] | None = None

    @classmethod
    async def begin(
        cls,
        address: tuple[str, int],
        request: h11.Request,
        body: AsyncIterator[bytes],
    ) -> "Exchange":
        """Connect, and begin to send. Raises ConnectionFailed."""
        connection = socket.socket()
        try:
            connection.setblocking(False)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await asyncio.get_running_loop().sock_connect(connection, address)
        except OSError as error:
            connection.close()
            raise ConnectionFailed(f"nobody listens: {error}") from error
        exchange = cls(connection)
        exchange._upload = asyncio.create_task(exchange._send(request, body))
        return exchange

    async def head(self) -> h11.Response:
        """The beginning of the response. Raises ConnectionFailed."""
        while True:
            event = await self._next()
            if isinstance(event, h11.Response):
                return event

    async def parts(self) -> AsyncIterator[bytes]:
        """Its body as it comes. Raises ConnectionFailed if it breaks off."""
        while not isinstance(event := await self._next(), h11.EndOfMessage):
            if isinstance(event, h11.Data):
                yield bytes(event.data)

    def break_off(self) -> None:
        """End the connection; whoever reads gets no more."""
        with contextlib.suppress(OSError):  # the instance has ended it
            self._connection.shutdown(socket.SHUT_RDWR)

    async def close(self) -> None:
        """End the connection, once nobody reads any longer."""
        if self._upload:
            self._upload.cancel()
            await asyncio.wait([self._upload])
        self._connection.close()

    async def _send(
        self, request: h11.Request, body: AsyncIterator[bytes]
    ) -> None:
        """Send it all; what is wrong with it, the response will tell."""
        with contextlib.suppress(OSError, h11.LocalProtocolError):
            await self._write(request)
            async for part in body:
                await self._write(h11.Data(part))
            await self._write(h11.EndOfMessage())

    async def _write(self, event: h11.Event) -> None:
        await asyncio.get_running_loop().sock_sendall(
            self._connection, self._http.send(event) or b""
        )

    async def _next(self) -> h11.Event:
        loop = asyncio.get_running_loop()
        while True:
            try:
                event = self._http.next_event()
                if event is not h11.NEED_DATA:
                    assert isinstance(event, h11.Event)
                    return event
                data = await loop.sock_recv(self._connection, READ_SIZE)
                self._http.receive_data(data)
            except (OSError, h11.RemoteProtocolError) as error:
                raise ConnectionFailed(str(error)) from error


def request_of(
    method: str, target: bytes, headers: Headers, added: Headers
) -> h11.Request:
    """The request as an instance gets it. Raises BadRequest."""
    kept = [one for one in headers if one[0].lower() not in HOP_BY_HOP]
    try:
        return h11.Request(
            method=method, target=target, headers=[*kept, *added]
        )
    except h11.LocalProtocolError as error:
        raise BadRequest(str(error)) from error


def headers_of(response: h11.Response) -> Headers:
    """The response's headers as the client gets them."""
    return [
        (name, value)
        for name, value in response.headers
        if name not in HOP_BY_HOP
    ]
