"""The port that a program is told to listen on."""

import socket
from contextlib import ExitStack

from workshop import ports
from workshop.ports import free_port


def test_it_can_be_listened_on():
    with socket.create_server(("127.0.0.1", free_port())):
        pass


def test_it_is_none_that_somebody_has(monkeypatch):
    monkeypatch.setattr(ports, "LAST", ports.FIRST + 9)
    found = set()
    with ExitStack() as taken:
        for _ in range(5):
            port = free_port()
            assert port not in found
            found.add(port)
            server = socket.create_server(("127.0.0.1", port))
            taken.enter_context(server)


def test_nobody_gets_it_who_asks_for_any():
    given = []
    with ExitStack() as taken:
        for _ in range(100):
            server = socket.create_server(("127.0.0.1", 0))
            given.append(server.getsockname()[1])
            taken.enter_context(server)
        assert not {free_port() for _ in range(100)} & set(given)
    assert all(port > ports.LAST for port in given)
