"""Invoke on the wire: what HTTP allows, and what it does not."""

import http.client
import json
import socket

import pytest

from tests.aws.test_endpoint import ECHO, signed

PATH = "/2015-03-31/functions/{}/invocations"


@pytest.fixture
def wire(cloud, create):
    """(a socket to the endpoint, the head of a signed Invoke of {})."""
    function = create(ECHO)
    path = PATH.format(function.name)
    host = cloud.url.removeprefix("http://")
    lines = [f"POST {path} HTTP/1.1", f"Host: {host}"]
    lines += [f"{k}: {v}" for k, v in signed(cloud, path).items()]
    address, _, port = host.partition(":")
    with socket.create_connection((address, int(port))) as connection:
        yield connection, "\r\n".join(lines)


def reply_on(connection):
    reply = http.client.HTTPResponse(connection)
    reply.begin()
    return reply


def send(connection, head, rest):
    connection.sendall(f"{head}\r\n{rest}".encode())


def test_a_connection_takes_one_invoke_after_another(wire):
    connection, head = wire
    for _ in range(3):
        send(connection, head, "Content-Length: 2\r\n\r\n{}")
        reply = reply_on(connection)
        assert (reply.status, reply.read()) == (200, b"{}")


def test_an_event_may_come_in_chunks_and_in_pieces(wire):
    connection, head = wire
    send(connection, head, "Transfer-Encoding: chunked\r\n\r\n1\r\n{")
    connection.sendall(b"\r\n1\r\n}\r\n")
    connection.sendall(b"0\r\n\r\n")
    reply = reply_on(connection)
    assert (reply.status, reply.read()) == (200, b"{}")


def test_a_caller_may_ask_before_it_sends_its_event(wire):
    connection, head = wire
    send(connection, head, "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n")
    assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
    connection.sendall(b"{}")
    assert reply_on(connection).read() == b"{}"


def test_who_is_refused_is_not_asked_for_the_event(wire):
    connection, head = wire
    send(
        connection,
        head.replace("Host: 127.0.0.1", "Host: evil.example"),
        "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n",
    )
    reply = reply_on(connection)
    assert reply.status == 403
    assert reply.headers["Connection"] == "close"
    reply.read()
    assert connection.recv(1) == b""


def test_who_is_refused_with_a_large_event_reads_why(wire):
    connection, head = wire
    head = head.replace("Host: 127.0.0.1", "Host: evil.example")
    size = 5_000_000
    send(connection, head, f"Content-Length: {size}\r\n\r\n")
    connection.sendall(b"x" * size)
    reply = reply_on(connection)
    assert reply.status == 403
    assert json.loads(reply.read())["message"]


def test_an_invoke_behind_another_call_waits_or_is_cut_off(wire):
    connection, head = wire
    other = "GET /timeline HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n"
    send(connection, other + head, "Content-Length: 2\r\n\r\n{}")
    said = b""
    while part := connection.recv(10_000):
        said += part
    assert b"200 OK" not in said


def test_connection_close_is_kept(wire):
    connection, head = wire
    send(connection, head, "Connection: close\r\nContent-Length: 2\r\n\r\n{}")
    reply = reply_on(connection)
    assert reply.read() == b"{}"
    assert connection.recv(1) == b""


def test_a_caller_that_does_not_wait_is_cut_off(wire):
    connection, head = wire
    send(connection, head, "Content-Length: 2\r\n\r\n{}" + 2 * head)
    while connection.recv(1000):
        pass  # whatever came of the first; then the end


def test_other_calls_and_invokes_share_a_connection(wire):
    connection, head = wire
    for path, status in (("/timeline", 403), (None, 200), ("/x", 403)):
        if path:
            other = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:1"
            send(connection, other, "\r\n")
        else:
            send(connection, head, "Content-Length: 2\r\n\r\n{}")
        reply = reply_on(connection)
        reply.read()
        assert reply.status == status


def test_what_is_no_http_is_told_so(wire):
    connection, _ = wire
    connection.sendall(b"garbage\r\n\r\n")
    assert reply_on(connection).status == 400
