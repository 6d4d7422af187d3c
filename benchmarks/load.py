"""Many clients at once, in one process that has little to do for each."""

import asyncio


class Client(asyncio.Protocol):
    """One client that sends its request again as soon as it is answered."""

    def __init__(
        self,
        request: bytes,
        answer: bytes,
        left: list[int],
        end: asyncio.Future[int],
    ) -> None:
        self.request, self.answer = request, answer
        self.left, self.end = left, end
        self.received = b""
        self.right = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.ask()

    def ask(self) -> None:
        if self.left[0] == 0:
            self.end.set_result(self.right)
            self.transport.close()
            return
        self.left[0] -= 1
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.received += data
        if self.received.endswith(self.answer):
            self.right += self.received.startswith(b"HTTP/1.1 200")
            self.received = b""
            self.ask()


async def load(
    port: int, request: bytes, answer: bytes, clients: int, requests: int
) -> int:
    """How many of so many requests are answered with 200 and the answer."""
    loop = asyncio.get_running_loop()
    left, ends = [requests], []
    for _ in range(clients):
        end = loop.create_future()
        ends.append(end)
        await loop.create_connection(
            lambda end=end: Client(request, answer, left, end),
            "127.0.0.1",
            port,
        )
    return sum(await asyncio.gather(*ends))
