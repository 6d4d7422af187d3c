"""What a client may do to the host's port, byte by byte."""

import socket
from contextlib import closing, contextmanager
from http.client import HTTPResponse
from urllib.parse import urlsplit

import pytest

from tests.azure.apps import HTTP, host_json, write_app
from tests.azure.breaking import MODES
from workshop.azure import LocalFunctions

PATIENCE_S = 20
BODY_LIMIT = 1000
MORE = (*HTTP, {"type": "http", "direction": "out", "name": "more"})
SLOW = ({**HTTP[0], "route": "do/{*order}"}, HTTP[1])
KEYED = ({**HTTP[0], "authLevel": "function"}, HTTP[1])


@pytest.fixture(scope="module")
def hosts(tmp_path_factory):
    """A host of each mode: open, keyed, and one that gets a payload."""
    started = {}

    def host(mode):
        if mode not in started:
            app = write_app(
                tmp_path_factory.mktemp(mode),
                host=host_json("handler.py", **MODES[mode]),
                functions={
                    "hello": HTTP,
                    "keyed": KEYED,
                    "more": MORE,
                    "slow": SLOW,
                },
            )
            limit = '{"Values": {"FUNCTIONS_REQUEST_BODY_SIZE_LIMIT": "1000"}}'
            (app / "local.settings.json").write_text(limit)
            started[mode] = LocalFunctions(app)
        return started[mode]

    yield host
    for one in started.values():
        one.close()


@contextmanager
def connected(host):
    address = urlsplit(host.url)
    with closing(
        socket.create_connection((address.hostname, address.port), PATIENCE_S)
    ) as client:
        yield client


def request(line="GET /api/hello", *headers, version="1.1"):
    lines = [f"{line} HTTP/{version}", "Host: a", *headers, "", ""]
    return "\r\n".join(lines).encode()


def reply(client):
    """The next response on a connection: its status, after its body."""
    response = HTTPResponse(client)
    response.begin()
    response.read()
    return response.status


def is_at_its_end(client):
    """Nothing more comes; a reset counts as an end."""
    try:
        return client.recv(1000) == b""
    except ConnectionResetError:
        return True


BOTH = pytest.mark.parametrize("mode", ["forwarding", "proxying"])


@BOTH
def test_a_refusal_is_one_response(mode, hosts):
    """And its connection goes on."""
    with connected(hosts(mode)) as client:
        for _ in range(2):
            client.sendall(request("GET /api/keyed"))
            assert reply(client) == 401
            client.sendall(request())
            assert reply(client) == 200


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("GET http://a/api/hello", 200),
        ("GET /api/hello#there", 200),
        ("GET http://a/api/keyed", 401),
        ("GET http://a/api/none", 404),
        ("GET http://a", 200),
    ],
)
@pytest.mark.parametrize("mode", ["forwarding", "proxying", "payload"])
def test_a_url_is_its_path_and_its_query(mode, line, status, hosts):
    with connected(hosts(mode)) as client:
        client.sendall(request(line))
        response = HTTPResponse(client)
        response.begin()
    if mode == "payload" and "hello" in line:
        status = 204  # what an echo means as a payload
    assert response.status == status


@BOTH
@pytest.mark.parametrize(
    ("line", "status"), [("POST /api/keyed", 401), ("POST /api/hello", 413)]
)
def test_who_is_refused_while_it_sends_gets_to_read_why(
    mode, line, status, hosts
):
    """Closing at once would reset the connection, and lose the response."""
    size = 8 * 1024 * 1024
    with connected(hosts(mode)) as client:
        client.sendall(request(line, f"Content-Length: {size}"))
        client.sendall(b"x" * size)  # and only then does it read
        assert reply(client) == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([f"X-Long: {'x' * 30_000}"], 200),
        ([f"X-Long: {'x' * 33_000}"], 431),
        ([f"X-Long: {'x' * 1_000_000}"], 431),
        ([f"X-Long-{i}: {'x' * 1_000}" for i in range(33)], 431),
        ([f"X-{i}: x" for i in range(90)], 200),
        ([f"X-{i}: x" for i in range(100)], 431),
    ],
)
@BOTH
def test_the_limit_of_the_headers(mode, headers, status, hosts):
    """KestrelServerLimits.cs; with Host, 100 are too many by one."""
    with connected(hosts(mode)) as client:
        client.sendall(request("GET /api/hello", *headers))
        assert reply(client) == status
        if status == 431:
            assert is_at_its_end(client)


@pytest.mark.parametrize(
    ("size", "status"), [(8000, 200), (8192, 414), (1_000_000, 414)]
)
@BOTH
def test_the_limit_of_the_request_line(mode, size, status, hosts):
    with connected(hosts(mode)) as client:
        client.sendall(request(f"GET /api/hello?{'x' * size}"))
        assert reply(client) == status
        if status == 414:
            assert is_at_its_end(client)


@BOTH
def test_a_head_that_comes_in_pieces(mode, hosts):
    """Nothing of it counts twice."""
    head = request(
        "GET /api/hello", *[f"X-{i}: {'x' * 990}" for i in range(30)]
    )
    with connected(hosts(mode)) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for i in range(0, len(head), 100):
            client.sendall(head[i : i + 100])
        assert reply(client) == 200


@BOTH
def test_a_header_that_never_ends(mode, hosts):
    """It is refused before it is over."""
    with connected(hosts(mode)) as client:
        client.sendall(request()[:-2] + b"X-Long: ")
        try:
            for _ in range(20):
                client.sendall(b"x" * 100_000)
        except OSError:
            pass  # it has been refused long ago
        assert reply(client) == 431


@BOTH
def test_a_client_that_does_not_wait_gets_its_first_response(mode, hosts):
    """What is not proxied could overtake it."""
    for second in (request("GET /api/more"), request(f"GET /{'x' * 9000}")):
        with connected(hosts(mode)) as client:
            client.sendall(request() + second)
            assert reply(client) == 200
            assert is_at_its_end(client)


@BOTH
def test_a_client_that_sends_no_more_gets_its_response(mode, hosts):
    """And then its connection is closed."""
    with connected(hosts(mode)) as client:
        client.sendall(request("GET /api/do/sleep/0.2"))
        client.shutdown(socket.SHUT_WR)
        assert reply(client) == 200
        assert is_at_its_end(client)


@BOTH
def test_a_client_that_stops_in_the_middle_of_its_body(mode, hosts):
    with connected(hosts(mode)) as client:
        client.sendall(request("POST /api/hello", "Content-Length: 9") + b"x")
        client.shutdown(socket.SHUT_WR)
        assert is_at_its_end(client)
