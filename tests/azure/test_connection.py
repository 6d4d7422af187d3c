"""HTTP/1.1 to a handler that is a list of what it does, in this process."""

import asyncio
import gc

import pytest

from workshop.azure.connection import (
    AHEAD,
    Connections,
    HandlerFailed,
    NotListening,
    Whole,
)

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Handler:
    """Answers each request as its script says; counts what it saw.

    A script is a list of replies; an empty one closes the connection, and a
    reply that ends with CLOSE closes it afterwards.
    """

    CLOSE = b"<close>"

    def __init__(self, *replies):
        self._replies = list(replies)
        self.requests = []
        self.connections = 0

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        self.connections_to = Connections(self.port)
        return self

    async def __aexit__(self, *_):
        self.connections_to.close()
        self._server.close()

    async def _serve(self, reader, writer):
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                self.requests.append(head)
                reply = self._replies.pop(0)
                writer.write(reply.removesuffix(self.CLOSE))
                await writer.drain()
                if not reply or reply.endswith(self.CLOSE):
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def ask(self, method=b"GET", data=GET):
        return await self.connections_to.ask(method, data)


def run(coroutine):
    return asyncio.run(asyncio.wait_for(coroutine, 30))


async def asked(*replies, times=1, method=b"GET"):
    """What comes of so many requests, one after the other."""
    async with Handler(*replies) as handler:
        found = []
        for _ in range(times):
            try:
                reply = await handler.ask(method)
                found.append((reply.status, reply.body))
            except HandlerFailed as error:
                found.append(str(error))
            await asyncio.sleep(0)
        return found, handler


def test_a_connection_is_used_again():
    found, handler = run(asked(OK, OK, OK, times=3))
    assert found == [(200, b"ok")] * 3
    assert handler.connections == 1


def test_requests_at_once_have_a_connection_each():
    async def at_once():
        async with Handler(*[OK] * 6) as handler:
            for _ in range(2):
                await asyncio.gather(*[handler.ask() for _ in range(3)])
            return handler.connections

    assert run(at_once()) == 3


@pytest.mark.parametrize(
    ("reply", "body"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\nto the end" + Handler.CLOSE, b"to the end"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
            b"abcde",
        ),
        (
            b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok" + Handler.CLOSE,
            b"ok",
        ),
        (b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK, b"ok"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b""),
        (
            b"HTTP/1.1 200 OK\r\nConnection: close\r\n"
            b"Content-Length: 2\r\n\r\nok",
            b"ok",
        ),
    ],
)
def test_replies(reply, body):
    found, _ = run(asked(reply, OK, times=2))
    assert found == [(200, body), (200, b"ok")]


def test_a_reply_to_head_has_no_body():
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"
    found, _ = run(asked(head, head, times=2, method=b"HEAD"))
    assert found == [(200, b"")] * 2


def test_the_reason_and_the_headers():
    async def ask():
        reply = b"HTTP/1.1 418 I'm a teapot\r\nA: 1\r\na: 2\r\n\r\n"
        async with Handler(reply + Handler.CLOSE) as handler:
            return await handler.ask()

    reply = run(ask())
    assert (reply.status, reply.reason) == (418, b"I'm a teapot")
    assert reply.headers == [(b"A", b"1"), (b"a", b"2")]


@pytest.mark.parametrize(
    ("reply", "sentence"),
    [
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"
            + Handler.CLOSE,
            "The handler closed the connection before it had answered.",
        ),
        (b"HTTP/1.1 200" + Handler.CLOSE, "The handler closed the"),
        (b"garbage\r\n\r\n", "The handler's reply is no HTTP: "),
    ],
)
def test_what_is_no_reply(reply, sentence):
    (first, second), _ = run(asked(reply, OK, times=2))
    assert first.startswith(sentence)
    assert second == (200, b"ok")


def test_a_request_without_a_body_is_sent_again():
    """Over another connection, whether or not the handler has seen it."""
    found, handler = run(asked(OK, b"", b"", b"", OK, times=2))
    assert found == [(200, b"ok")] * 2
    assert handler.connections == 4


def test_it_is_sent_four_times_at_most():
    found, handler = run(asked(*[b""] * 4, OK, times=2))
    assert found[0].startswith("The handler closed the connection")
    assert found[1] == (200, b"ok")
    assert len(handler.requests) == 5


def test_a_request_with_a_body_is_sent_once():
    async def send():
        async with Handler(OK, b"", OK) as handler:
            await handler.ask()
            future = asyncio.get_running_loop().create_future()
            handler.connections_to.send(
                b"POST", GET, b"body", Whole(future.set_result)
            )
            return await future, handler.requests

    failure, requests = run(send())
    assert isinstance(failure, HandlerFailed)
    assert len(requests) == 2


def test_what_nobody_asked_for():
    """It closes the connection; the next request has another."""

    async def ask():
        async with Handler(OK + b"more", OK) as handler:
            first = await handler.ask()
            second = await handler.ask()
            return first.body, second.body

    assert run(ask()) == (b"ok", b"ok")


def test_nobody_listens():
    async def ask():
        async with Handler() as handler:
            port = handler.port
        with pytest.raises(NotListening) as caught:
            await Connections(port).ask(b"GET", GET)
        return port, str(caught.value)

    port, said = run(ask())
    assert said == f"Connection refused (127.0.0.1:{port})"


def test_closing_fails_what_is_under_way():
    async def close():
        async with Handler(b"HTTP/1.1 200 OK\r\n") as handler:
            asking = asyncio.create_task(handler.ask())
            while not handler.requests:
                await asyncio.sleep(0)
            handler.connections_to.close()
            with pytest.raises(HandlerFailed):
                await asking

    run(close())


async def nothing():
    for part in ():
        yield part


async def pieces(*parts):
    for part in parts:
        yield part


def test_a_stream():
    async def read():
        async with Handler(OK) as handler:
            stream = await handler.connections_to.stream(
                b"GET", GET, nothing()
            )
            parts = [part async for part in stream.parts()]
            return stream.status, b"".join(parts)

    assert run(read()) == (200, b"ok")


def test_a_stream_that_breaks_off():
    half = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"

    async def read():
        async with Handler(half + Handler.CLOSE) as handler:
            stream = await handler.connections_to.stream(
                b"GET", GET, nothing()
            )
            got = b""
            with pytest.raises(HandlerFailed):
                async for part in stream.parts():
                    got += part
            return got

    assert run(read()) == b"half"


def test_a_stream_that_never_begins():
    async def read():
        async with Handler(b"") as handler:
            with pytest.raises(HandlerFailed):
                await handler.connections_to.stream(b"GET", GET, nothing())
            with pytest.raises(HandlerFailed):
                await Connections(1).stream(b"GET", GET, nothing())

    run(read())


def test_a_reader_that_is_slow_holds_the_handler_back():
    """So the host does not keep what it cannot pass on."""
    size = 64 * AHEAD

    async def read():
        head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size
        async with Handler(head + b"x" * size) as handler:
            stream = await handler.connections_to.stream(
                b"GET", GET, nothing()
            )
            while stream._waiting < AHEAD:
                await asyncio.sleep(0)
            assert not stream.connection._transport.is_reading()
            got = 0
            async for part in stream.parts():
                got += len(part)
                assert stream._waiting < 4 * AHEAD
                await asyncio.sleep(0)
            return got

    assert run(read()) == size


def test_a_handler_that_is_slow_holds_the_client_back():
    size, sent = 64 * AHEAD, 0

    async def body():
        nonlocal sent
        for _ in range(size // AHEAD):
            sent += AHEAD
            yield b"x" * AHEAD

    async def never_reads(reader, writer):
        await asyncio.Event().wait()

    async def send():
        server = await asyncio.start_server(never_reads, "127.0.0.1", 0)
        connections = Connections(server.sockets[0].getsockname()[1])
        sending = asyncio.create_task(connections.stream(b"POST", GET, body()))
        before = -1
        while sent != before:  # until it takes no more
            before = sent
            await asyncio.sleep(0.1)
        assert 0 < sent < size
        connections.close()
        with pytest.raises(HandlerFailed):
            await sending
        server.close()

    run(send())


def test_a_stream_that_nobody_wants_any_more():
    async def leave():
        begun = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"
        async with Handler(begun, OK) as handler:
            stream = await handler.connections_to.stream(
                b"GET", GET, nothing()
            )
            stream.abandon()
            with pytest.raises(HandlerFailed):
                [part async for part in stream.parts()]
            return (await handler.ask()).body

    assert run(leave()) == b"ok"


def test_a_body_in_pieces():
    async def send():
        request = b"POST / HTTP/1.1\r\nHost: x\r\n"
        async with Handler(OK) as handler:
            await handler.connections_to.stream(
                b"POST", request, pieces(b"A: 1\r\n", b"\r\n")
            )
            return handler.requests

    assert run(send()) == [b"POST / HTTP/1.1\r\nHost: x\r\nA: 1\r\n\r\n"]


def test_a_reply_that_does_not_wait_for_the_body():
    async def body():
        yield b"1234"
        await asyncio.Event().wait()  # the rest never comes

    async def play():
        async with Handler(OK, OK) as handler:
            connections = handler.connections_to
            stream = await connections.stream(b"POST", GET, body())
            parts = [part async for part in stream.parts()]
            # Its connection still owes a body: the next one is another.
            reply = await handler.ask()
            return stream.status, parts, reply.status, handler.connections

    assert run(play()) == (200, [b"ok"], 200, 2)


def test_who_is_asked_to_close_is_not_asked_again():
    async def play():
        async with Handler(OK, OK) as handler:
            last = GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
            await handler.ask(data=last)
            await handler.ask()
            return handler.connections

    assert run(play()) == 2


def test_a_reply_that_is_read_late_leaves_the_next_one_alone():
    """Its connection may serve somebody else by then."""

    async def play():
        async with Handler(OK, OK) as handler:
            connections = handler.connections_to
            first = await connections.stream(b"GET", GET)
            while not connections._idle:  # until it has come whole
                await asyncio.sleep(0)
            second = asyncio.create_task(handler.ask())
            while connections._idle:
                await asyncio.sleep(0)
            assert [part async for part in first.parts()] == [b"ok"]
            first.connection.flow(first, on=False)
            return (await second).body, handler.connections

    assert run(play()) == (b"ok", 1)


def test_a_connection_that_was_held_back_goes_on():
    """The last packet of a reply may be the one that is too much."""

    async def play():
        async with Handler(b"HTTP/1.1 100 Continue\r\n\r\n", OK) as handler:
            connections = handler.connections_to
            asking = asyncio.create_task(connections.stream(b"GET", GET))
            while not handler.requests:
                await asyncio.sleep(0)
            [connection] = connections._all
            while connection._again:  # until the 100 has come
                await asyncio.sleep(0)
            head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % AHEAD
            connection.data_received(head + b"x" * AHEAD)
            await asking
            return (await handler.ask()).body, handler.connections

    assert run(play()) == (b"ok", 1)


def test_two_replies_to_one_request():
    """Nobody else may get the second one, nor share the connection."""

    async def play():
        async with Handler(OK + OK, OK, OK) as handler:
            await handler.ask()
            assert not handler.connections_to._idle
            both = await asyncio.gather(handler.ask(), handler.ask())
            return [reply.body for reply in both], handler.connections

    assert run(play()) == ([b"ok"] * 2, 3)


def test_trailers_are_no_headers():
    chunked = (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"2\r\nok\r\n0\r\nX-Trailer: 1\r\n\r\n"
    )

    async def play():
        async with Handler(chunked, chunked) as handler:
            whole = await handler.ask()
            stream = await handler.connections_to.stream(b"GET", GET)
            assert [part async for part in stream.parts()] == [b"ok"]
            return whole.headers, stream.headers

    assert run(play()) == ([(b"Transfer-Encoding", b"chunked")],) * 2


def test_another_protocol():
    found, _ = run(
        asked(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n"
            b"Connection: Upgrade\r\n\r\n",
            OK,
            times=2,
        )
    )
    sentence = "The handler wants to speak another protocol."
    assert found == [sentence, (200, b"ok")]


def test_what_the_body_raises():
    """It ends the exchange, before its reply has begun and after that."""

    class Lost(Exception):
        pass

    async def body(begun):
        yield b"1234"
        await begun.wait()
        raise Lost

    async def play():
        unheard = []
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, told: unheard.append(told))
        begun = asyncio.Event()
        half = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"
        async with Handler(half) as handler:
            connections = handler.connections_to
            stream = await connections.stream(b"POST", GET, body(begun))
            begun.set()
            with pytest.raises(Lost):
                [part async for part in stream.parts()]
            with pytest.raises(Lost):
                await connections.stream(b"POST", b"POST", body(begun))
            del stream
            await asyncio.sleep(0)
            gc.collect()
            assert not connections._all
        return unheard

    assert run(play()) == []


def test_a_stream_without_a_body_is_sent_again():
    async def play():
        async with Handler(OK, b"", OK) as handler:
            await handler.ask()
            stream = await handler.connections_to.stream(b"GET", GET)
            return [part async for part in stream.parts()]

    assert run(play()) == [b"ok"]


def test_what_nobody_wants_any_more_is_not_sent_again():
    requests = []

    async def never_answers(reader, writer):
        requests.append(await reader.readuntil(b"\r\n\r\n"))
        await asyncio.Event().wait()

    async def play():
        server = await asyncio.start_server(never_answers, "127.0.0.1", 0)
        connections = Connections(server.sockets[0].getsockname()[1])
        asking = asyncio.create_task(connections.stream(b"GET", GET))
        while not requests:
            await asyncio.sleep(0)
        [connection] = connections._all
        asking.cancel()
        await asyncio.wait([asking])
        while connection._exchange:  # until it is lost
            await asyncio.sleep(0)
        assert not connections._opening
        server.close()

    run(play())
