"""The scripted handler, and the client that asks it."""

import pytest

from tests.azure.apps import HTTP, TIMER
from workshop.azure.scripted import ScriptedHandler
from workshop.errors import WorkshopError


@pytest.fixture
def app():
    with ScriptedHandler({"hello": HTTP, "tick": (TIMER,)}) as app:
        yield app


def test_the_client_gets_what_the_handler_is_told_to_answer(app):
    for text in ("once", "twice"):
        app.reply({"Outputs": {"res": {"body": text}}})
        received = app.ask("/api/hello")
        assert (received.status, received.body) == (200, text.encode())
        assert received.headers["content-type"].startswith("text/plain")


def test_it_keeps_what_it_was_asked(app):
    app.ask("/api/hello", b'{"min": 10}', {"X-Who": "me"})
    seen = app.seen()
    request = seen.document["Data"]["req"]
    assert (seen.method, seen.path) == ("POST", "/hello")
    assert seen.headers["transfer-encoding"] == "chunked"
    assert request["Body"] == '{"min": 10}'
    assert request["Headers"]["X-Who"] == ["me"]


def test_it_answers_with_a_status_of_its_own(app):
    app.reply({"Logs": ["lost"]}, status=400)
    assert app.ask("/api/hello").status == 500
    assert not any("lost" in line for line in app.log())


def test_a_timer_has_run_when_fire_returns(app):
    for count in (1, 2):
        app.reply({"Logs": [f"run {count}"]})
        assert app.fire("tick") == 202
        assert any(f"run {count}" in line for line in app.log())
    assert app.seen().path == "/tick"


def test_what_does_not_exist_is_not_waited_for(app):
    assert app.fire("tock") == 404


def test_a_line_is_waited_for(app):
    app.reply({"Logs": ["first"]})
    app.ask("/api/hello")
    assert app.logged("first") == "[Information] first"


def test_forwarding_hands_on_the_request_itself():
    with ScriptedHandler({"hello": HTTP}, forwarding=True) as app:
        received = app.ask("/api/hello?min=10")
        assert received.body == b"{}"
        assert app.seen().path == "/api/hello?min=10"
        assert app.seen().method == "GET"


def test_a_handler_that_reads_no_chunks_reads_nothing():
    with ScriptedHandler({"hello": HTTP}, reads_chunks=False) as app:
        assert app.ask("/api/hello?min=10").status == 204
        assert app.seen().body == b""
        assert "Bad request syntax" in app.logged("code 400")


def test_an_app_that_cannot_be_served_says_why():
    with pytest.raises(WorkshopError, match="invalid value for host"):
        ScriptedHandler({"hello": HTTP}, version="3.0")
