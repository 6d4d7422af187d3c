"""A streamed response on its way from the runtime to the caller."""

import asyncio
from collections.abc import AsyncIterator, Callable

# The first bytes of a streamed response may say status and headers in this
# form ("Configuring a Lambda function to stream responses", AWS Lambda
# Developer Guide, read 2026-11).
HTTP_INTEGRATION = "application/vnd.awslambda.http-integration-response"
ROOM = 1024 * 1024  # bytes


class ResponseStream:
    """The parts of one response, in the order in which they came.

    The runtime's side calls `begin` and `write`, and the invocation's end
    `close`; the caller's side awaits `next`. A caller that takes its time
    holds the runtime up: ROOM is all that is kept for it.
    """

    def __init__(self) -> None:
        self.content_type = "application/octet-stream"
        self._parts: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._size = 0  # bytes that wait for the caller
        self._left = False  # the caller is gone
        self._go_on: Callable[[], None] | None = None

    def begin(self, content_type: str) -> None:
        """The runtime has begun to respond; what it says it will send."""
        self.content_type = content_type or self.content_type

    def write(
        self, part: bytes, wait: Callable[[], None], go_on: Callable[[], None]
    ) -> None:
        """The next part of the response.

        Calls `wait` when there is no room for another one, and `go_on` when
        there is again.
        """
        if self._left:
            return
        self._size += len(part)
        self._parts.put_nowait(part)
        if self._size > ROOM and not self._go_on:
            self._go_on = go_on
            wait()

    def close(self) -> None:
        """Nothing more will come."""
        self._parts.put_nowait(None)

    async def next(self) -> bytes | None:
        """Wait for the next part; None, once, when there is no more."""
        part = await self._parts.get()
        self._size -= len(part or b"")
        if self._size <= ROOM:
            self._let_go_on()
        return part

    async def rest(self, part: bytes | None) -> AsyncIterator[bytes]:
        """The part, if there is one, and all that come after it."""
        try:
            while part is not None:
                yield part
                part = await self.next()
        finally:  # all of it, or the caller has left
            self.leave()

    def leave(self) -> None:
        """The caller wants no more: the runtime need not wait for it."""
        self._left = True
        self._let_go_on()

    def _let_go_on(self) -> None:
        go_on, self._go_on = self._go_on, None
        if go_on:
            go_on()
