"""The Runtime API on its socket, with the runtime played by hand."""

import http.client
import json
import socket

import pytest

from workshop.aws import RuntimeByHand

PATH = "/2018-06-01/runtime/"


@pytest.fixture(scope="module")
def function():
    with RuntimeByHand() as function:
        yield function


@pytest.fixture
def call(function):
    """Makes one call; gives (status, headers, body)."""
    connections = []

    def call(method, path, body=None, headers=None):
        api = http.client.HTTPConnection(function.address)
        connections.append(api)
        api.request(method, PATH + path, body, headers or {})
        reply = api.getresponse()
        return reply.status, reply.headers, reply.read()

    yield call
    for api in connections:
        api.close()


def test_an_event_and_its_answer(function, call):
    function.send({"n": 1})
    status, headers, body = call("GET", "invocation/next")
    assert (status, body) == (200, b'{"n": 1}')
    request_id = headers["Lambda-Runtime-Aws-Request-Id"]
    answer = f"invocation/{request_id}/response"
    assert call("POST", "invocation/other/response", "1")[0] == 400
    assert call("POST", answer, '"done"')[0] == 202
    assert function.answer() == {"FunctionError": None, "Payload": "done"}
    assert f"REPORT RequestId: {request_id}\tDuration: " in function.log
    status, _, body = call("POST", answer, '"again"')
    assert status == 403
    assert json.loads(body)["errorType"] == "InvalidStateTransition"


def test_a_caller_who_waits_has_no_answer_yet(function, call):
    function.send("patience")
    assert function.answer() is None
    request_id = call("GET", "invocation/next")[1][
        "Lambda-Runtime-Aws-Request-Id"
    ]
    call("POST", f"invocation/{request_id}/response", "1")
    assert function.answer() == {"FunctionError": None, "Payload": 1}


def test_asking_twice_gives_the_same_event(function, call):
    function.send("same")
    first = call("GET", "invocation/next")
    second = call("GET", "invocation/next")
    assert first[2] == second[2] == b'"same"'
    request_id = first[1]["Lambda-Runtime-Aws-Request-Id"]
    assert second[1]["Lambda-Runtime-Aws-Request-Id"] == request_id
    error = {"errorType": "Tired", "errorMessage": "no more"}
    status, _, _ = call(
        "POST", f"invocation/{request_id}/error", json.dumps(error)
    )
    assert status == 202
    assert function.answer() == {
        "FunctionError": "Unhandled",
        "Payload": error,
    }


def test_a_large_event_comes_chunked_and_a_small_one_does_not(function, call):
    for size, chunked in ((2000, False), (3000, True)):
        function.send("x" * size)
        _, headers, body = call("GET", "invocation/next")
        assert (headers["Transfer-Encoding"] == "chunked") is chunked
        assert (headers["Content-Length"] is None) is chunked
        assert len(json.loads(body)) == size
        request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        call("POST", f"invocation/{request_id}/response", "null")
        function.answer()


def test_a_response_may_come_in_chunks(function, call):
    function.send(None)
    _, headers, _ = call("GET", "invocation/next")
    request_id = headers["Lambda-Runtime-Aws-Request-Id"]
    pieces = (piece for piece in (b"[1,", b"2]"))
    status, _, _ = call("POST", f"invocation/{request_id}/response", pieces)
    assert status == 202
    assert function.answer()["Payload"] == [1, 2]


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "invocation/last", 404),
        ("POST", "invocation/next", 405),
        ("GET", "../../other", 404),
    ],
)
def test_a_call_that_does_not_exist(function, call, method, path, expected):
    function.send(None)
    status, _, body = call(method, path)
    assert status == expected
    assert "GET invocation/next" not in body.decode()
    _, headers, _ = call("GET", "invocation/next")
    request_id = headers["Lambda-Runtime-Aws-Request-Id"]
    call("POST", f"invocation/{request_id}/response", "null")
    function.answer()


def test_what_is_not_http_is_refused(function, call):
    test_an_event_and_its_answer(function, call)
    host, port = function.address.split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(b"hello\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 400 ")
    test_an_event_and_its_answer(function, call)
