"""A streamed response on its way from the runtime to the caller."""

import asyncio
from collections.abc import AsyncIterator

# The first bytes of a streamed response may say status and headers in this
# form ("Configuring a Lambda function to stream responses", AWS Lambda
# Developer Guide, read 2026-11).
HTTP_INTEGRATION = "application/vnd.awslambda.http-integration-response"


class ResponseStream:
    """The parts of one response, in the order in which they came.

    The runtime's side calls `begin` and `write`, and the invocation's end
    `close`; the caller's side awaits `next`.
    """

    def __init__(self) -> None:
        self.content_type = "application/octet-stream"
        self._parts: asyncio.Queue[bytes | None] = asyncio.Queue()

    def begin(self, content_type: str) -> None:
        """The runtime has begun to respond; what it says it will send."""
        self.content_type = content_type or self.content_type

    def write(self, part: bytes) -> None:
        """The next part of the response."""
        self._parts.put_nowait(part)

    def close(self) -> None:
        """Nothing more will come."""
        self._parts.put_nowait(None)

    async def next(self) -> bytes | None:
        """Wait for the next part; None, once, when there is no more."""
        return await self._parts.get()

    async def rest(self, part: bytes | None) -> AsyncIterator[bytes]:
        """The part, if there is one, and all that come after it."""
        while part is not None:
            yield part
            part = await self.next()
