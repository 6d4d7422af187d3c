"""What an instance gets of a request, and a client of a response."""

import http.client
import json
import socket

import pytest

from tests.azure.apps import ask
from tests.azure.breaking import until
from tests.container.images import seen, write_image
from workshop.container import LocalCloudRun
from workshop.container.settings import Limits
from workshop.repository import FUNCTIONS


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    image = write_image(tmp_path_factory.mktemp("probe"))
    with LocalCloudRun(image) as cloud:
        yield cloud


@pytest.fixture
def client(cloud):
    client = http.client.HTTPConnection(cloud.url.removeprefix("http://"))
    yield client
    client.close()


def times(cloud, phase):
    """How often there was this phase: another instance may have the last."""
    return sum(event.phase == phase for event in cloud.timeline())


def test_the_request_arrives_as_it_was_sent(cloud):
    path = "/a%20b/c?d=1&d=2&e"
    headers = {"X-One": "1", "Connection": "X-One", "TE": "trailers"}
    told = seen(cloud.url, path, "POST", b"body", headers)
    assert (told["method"], told["target"]) == ("POST", path)
    assert told["body"] == "body"
    assert told["headers"]["host"] == cloud.url.removeprefix("http://")
    assert told["headers"]["x-one"] == "1"
    assert "te" not in told["headers"]
    assert "connection" not in told["headers"]


def test_who_asked_and_how_is_told(cloud):
    headers = seen(cloud.url)["headers"]
    assert headers["x-forwarded-for"] == "127.0.0.1"
    assert headers["x-forwarded-proto"] == "http"
    trace, _, _ = headers["x-cloud-trace-context"].partition("/")
    invoked = [event.request_id for event in cloud.timeline()]
    assert trace in invoked


def test_what_an_instance_is_told(cloud, monkeypatch):
    told = seen(cloud.url)
    variables = told["environment"]
    assert variables["K_SERVICE"] == variables["K_CONFIGURATION"] == "local"
    assert variables["K_REVISION"].startswith("local-")
    assert variables["HOST"].startswith("127.0.0.")
    assert variables["PORT"].isdecimal()
    assert told["folder"].endswith("/app")
    assert "HOME" not in variables


def test_the_response_arrives_as_it_was_sent(cloud):
    status, headers, content = ask(cloud.url, "/")
    assert status == 200
    assert headers.get_all("X-Twice") == ["one", "two"]
    assert headers["Content-Length"] == str(len(content))
    assert ask(cloud.url, "/do/status/418")[0] == 418
    status, headers, content = ask(cloud.url, "/", "HEAD")
    assert (status, content) == (200, b"")
    assert int(headers["Content-Length"]) > 0
    status, _, content = ask(cloud.url, "/do/status/204")
    assert (status, content) == (204, b"")


def test_a_body_in_chunks(client):
    client.request(
        "POST",
        "/",
        iter([b"one, ", b"two"]),
        encode_chunked=True,
        headers={"Transfer-Encoding": "chunked"},
    )
    told = json.load(client.getresponse())
    assert told["body"] == "one, two"


def test_a_long_body_in_both_directions(cloud):
    body = "0123456789" * 300_000
    assert seen(cloud.url, "/", "POST", body)["body"] == body


def test_a_response_is_passed_on_as_it_comes(client, tmp_path):
    client.request("GET", f"/do/stream/{tmp_path}/go")
    reply = client.getresponse()
    assert reply.read(5) == b"first"
    (tmp_path / "go").touch()
    assert reply.read().endswith(b"last")


def test_a_response_may_come_before_the_body(client):
    client.putrequest("POST", "/do/early")
    client.putheader("Content-Length", "10")
    client.endheaders()
    assert client.getresponse().status == 413


def test_a_client_that_sends_on_after_the_response(cloud):
    body = bytes(20_000_000)
    for _ in range(10):
        assert ask(cloud.url, "/do/early", "POST", body)[0] == 413
    assert seen(cloud.url)


def test_our_container_refuses_a_long_body(tmp_path):
    ours = FUNCTIONS / "container" / "Dockerfile"
    with LocalCloudRun(FUNCTIONS, ours) as cloud:
        for size in [3_000_000, 20_000_000] * 5:
            told = ask(cloud.url, "/api/palindromes", "POST", bytes(size))
            assert told[0] == 413
            assert b"the body must be at most" in told[2]


def test_a_connection_is_kept(client):
    for _ in range(3):
        client.request("GET", "/do/bye")  # which closes its own
        reply = client.getresponse()
        assert (reply.status, reply.headers["Connection"]) == (200, None)
        reply.read()
    assert client.sock


@pytest.mark.parametrize("order", ["exit/0", "rubbish", "switch"])
def test_no_response(cloud, order):
    earlier = times(cloud, "ended")
    status, _, content = ask(cloud.url, f"/do/{order}")
    assert (status, content) == (503, b"Service Unavailable")
    said = f"GET /do/{order} 503: the response broke: "
    assert any(line.startswith(said) for line in cloud.log())
    if order == "exit/0":
        until(lambda: times(cloud, "ended") > earlier)
    assert seen(cloud.url)


def test_a_response_that_breaks_off(cloud, client):
    earlier = times(cloud, "ended")
    client.request("GET", "/do/break")
    reply = client.getresponse()
    assert reply.status == 200
    with pytest.raises(http.client.IncompleteRead):
        reply.read()
    until(lambda: times(cloud, "ended") > earlier)
    assert seen(cloud.url)


def test_a_request_that_cannot_be_passed_on(cloud):
    host, port = cloud.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as caller:
        caller.sendall(b"GET / HTTP/1.1\r\n\r\n")  # without a Host
        assert caller.recv(100).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("announced", [0, 100])
def test_a_client_that_leaves(cloud, client, announced, tmp_path):
    before = sum("has left" in line for line in cloud.log())
    earlier = times(cloud, "invoke")
    client.putrequest("POST", f"/do/stream/{tmp_path}/never")
    client.putheader("Content-Length", str(announced))
    client.endheaders()
    until(lambda: times(cloud, "invoke") > earlier)
    client.sock.close()
    client.close()
    until(lambda: sum("has left" in line for line in cloud.log()) > before)
    until(lambda: cloud.timeline()[-1].phase == "frozen")


def test_a_response_that_takes_too_long(tmp_path):
    image = write_image(tmp_path)
    with LocalCloudRun(image, limits=Limits(request_s=1)) as cloud:
        assert seen(cloud.url)
        status, _, content = ask(cloud.url, "/do/sleep/30")
        assert (status, content) == (504, b"upstream request timeout")
        with pytest.raises(http.client.IncompleteRead):
            ask(cloud.url, f"/do/stream/{tmp_path}/never")
        assert seen(cloud.url)
