"""The state machine alone: every pair of state and move.

What it is like over HTTP, tests/conformance/test_rie.py compares with the
official emulator.
"""

import json
from dataclasses import replace

import pytest

from workshop.aws.runtime_api import (
    PAYLOAD_LIMIT,
    STREAM_LIMIT,
    TRANSITIONS,
    Call,
    Invocation,
    Move,
    RuntimeApi,
    State,
    head_too_large,
    no_such_path,
    not_http,
    wrong_method,
)
from workshop.aws.runtime_http import no_call, read_call

ID = "11111111-2222-3333-4444-555555555555"
EVENT = Invocation(ID, b'{"n": 1}', 1_700_000_000_000, "arn:x", "Root=1", "i1")
NEXT = Call(Move.NEXT)
RESPONSE = Call(Move.RESPONSE, ID, body=b"1", size=1)
MODE = "lambda-runtime-function-response-mode"
TYPE = "lambda-runtime-function-error-type"
ERROR = Call(Move.ERROR, ID, body=b"{}", size=2)
INIT_ERROR = Call(Move.INIT_ERROR, body=b"{}", size=2)

WAY_TO = {
    State.INIT: [],
    State.WAITING: [NEXT],
    State.INVOKING: [NEXT, EVENT],
    State.ANSWERED: [NEXT, EVENT, RESPONSE],
    State.FAILED: [INIT_ERROR],
}


def machine_in(state):
    """A machine that has been brought to the state by real moves."""
    api = RuntimeApi()
    for step in WAY_TO[state]:
        if isinstance(step, Invocation):
            api.invoke(step)
        else:
            api.receive(step)
    assert api.state is state
    return api


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("call", [NEXT, RESPONSE, ERROR, INIT_ERROR])
def test_every_call_in_every_state(state, call):
    api = machine_in(state)
    reply = api.receive(call)
    named = call.move in (Move.RESPONSE, Move.ERROR)
    knows_id = state in (State.INVOKING, State.ANSWERED)
    if (state, call.move) in TRANSITIONS:
        assert api.state is TRANSITIONS[state, call.move]
        if call.move is not Move.NEXT:
            assert reply.status == 202
        elif state is State.INVOKING:
            assert (reply.status, reply.body) == (200, EVENT.payload)
        else:
            assert reply is None
    else:
        assert api.state is state
        kind = json.loads(reply.body)["errorType"]
        if named and not knows_id:
            assert (reply.status, kind) == (400, "InvalidRequestID")
        else:
            assert (reply.status, kind) == (403, "InvalidStateTransition")
        assert "notebooks/" in reply.lesson


def test_an_event_carries_its_headers_and_leaves_out_empty_ones():
    api = machine_in(State.WAITING)
    reply = api.invoke(EVENT)
    assert dict(reply.headers) == {
        "Lambda-Runtime-Aws-Request-Id": ID,
        "Lambda-Runtime-Deadline-Ms": "1700000000000",
        "Lambda-Runtime-Invoked-Function-Arn": "arn:x",
        "Lambda-Runtime-Trace-Id": "Root=1",
        "Lambda-Runtime-Invocation-Id": "i1",
    }


def test_an_event_carries_who_called_and_for_which_tenant():
    event = replace(EVENT, cognito_identity='{"a": 1}', tenant_id="blue")
    headers = dict(machine_in(State.WAITING).invoke(event).headers)
    assert headers["Lambda-Runtime-Cognito-Identity"] == '{"a": 1}'
    assert headers["Lambda-Runtime-Aws-Tenant-Id"] == "blue"


def test_an_id_is_known_until_the_next_that_follows_its_answer():
    api = machine_in(State.ANSWERED)
    assert api.receive(RESPONSE).status == 403
    api.receive(NEXT)
    assert api.receive(RESPONSE).status == 400
    nameless = Call(Move.RESPONSE)
    assert api.receive(nameless).status == 400


def test_another_id_is_refused_and_the_open_one_can_still_be_answered():
    api = machine_in(State.INVOKING)
    assert api.receive(Call(Move.RESPONSE, "other")).status == 400
    assert api.receive(RESPONSE).status == 202
    assert api.answer.payload == b"1"


def test_an_echo_of_another_invocation_id_is_late():
    api = machine_in(State.INVOKING)
    late = Call(Move.RESPONSE, ID, {"lambda-runtime-invocation-id": "i0"})
    reply = api.receive(late)
    assert reply.status == 410
    assert json.loads(reply.body)["errorType"] == "InvokeTimeout"
    assert api.state is State.INVOKING
    echo = Call(Move.RESPONSE, ID, {"lambda-runtime-invocation-id": "i1"})
    assert api.receive(echo).status == 202


@pytest.mark.parametrize("told", ["Runtime.Oops", "ValueError", ""])
def test_an_error_keeps_the_type_that_it_has_been_given(told):
    for state, call in (
        (State.INVOKING, ERROR),
        (State.INIT, INIT_ERROR),
    ):
        api = machine_in(state)
        reply = api.receive(
            replace(call, headers={TYPE: told} if told else {})
        )
        assert reply.status == 202
        assert api.answer.error_type == (told or "Runtime.Unknown")
        assert api.answer.payload == b"{}"


def test_a_cause_for_x_ray_is_accepted():
    api = machine_in(State.INVOKING)
    cause = {"lambda-runtime-function-xray-error-cause": "{}"}
    assert api.receive(replace(ERROR, headers=cause)).status == 202


@pytest.mark.parametrize("call", [RESPONSE, ERROR, INIT_ERROR])
@pytest.mark.parametrize(
    ("fault", "status", "told", "got"),
    [
        (
            {"truncated": True},
            400,
            "TruncatedHTTPRequest",
            "Runtime.TruncatedResponse",
        ),
        (
            {"size": PAYLOAD_LIMIT + 1, "body": b""},
            413,
            "RequestEntityTooLarge",
            "Function.ResponseSizeTooLarge",
        ),
    ],
)
def test_an_answer_that_cannot_be_passed_on(call, fault, status, told, got):
    start = State.INIT if call is INIT_ERROR else State.INVOKING
    api = machine_in(start)
    reply = api.receive(replace(call, **fault))
    assert (reply.status, json.loads(reply.body)["errorType"]) == (
        status,
        told,
    )
    assert reply.lesson.startswith(f"{status} {told}: ")
    assert api.state is TRANSITIONS[start, call.move]
    assert api.answer.error_type == got
    assert json.loads(api.answer.payload)["errorType"] == got


@pytest.mark.parametrize("mode", ["buffered", "Streaming", "streaming "])
def test_a_response_mode_that_does_not_exist(mode):
    api = machine_in(State.INVOKING)
    call = replace(RESPONSE, headers={MODE: mode})
    assert not call.streams
    reply = api.receive(call)
    assert reply.status == 400
    assert json.loads(reply.body)["errorType"] == "InvalidFunctionResponseMode"
    assert api.answer.error_type == "Runtime.InvalidResponseModeHeader"
    assert api.state is State.ANSWERED


def test_an_error_has_no_response_mode():
    api = machine_in(State.INVOKING)
    assert api.receive(replace(ERROR, headers={MODE: "odd"})).status == 202


@pytest.mark.parametrize(("over", "status"), [(0, 202), (1, 413)])
def test_what_is_streamed_to_the_caller_may_be_larger(over, status):
    api = machine_in(State.INVOKING)
    call = replace(
        RESPONSE,
        headers={MODE: "streaming"},
        body=b"",
        size=STREAM_LIMIT + over,
        forwarded=True,
    )
    assert api.receive(call).status == status


@pytest.mark.parametrize(
    ("trailer", "payload"),
    [("eyJhIjogMX0=", b'{"a": 1}'), ("no base64", b"no base64"), ("", b"")],
)
def test_an_error_on_the_way_comes_in_trailers(trailer, payload):
    api = machine_in(State.INVOKING)
    headers = {
        MODE: "streaming",
        TYPE: "Runtime.Oops",
        "lambda-runtime-function-error-body": trailer,
    }
    assert api.receive(replace(RESPONSE, headers=headers)).status == 202
    assert api.answer.error_type == "Runtime.Oops"
    assert api.answer.payload == payload


@pytest.mark.parametrize(("over", "status"), [(0, 202), (1, 413)])
def test_the_largest_response(over, status):
    api = machine_in(State.INVOKING)
    size = PAYLOAD_LIMIT + over
    assert api.receive(Call(Move.RESPONSE, ID, {}, b"", size)).status == status
    assert api.state is State.ANSWERED
    too_large = api.answer.error_type == "Function.ResponseSizeTooLarge"
    assert too_large == (status == 413)


def test_a_new_event_clears_the_last_answer():
    api = machine_in(State.ANSWERED)
    api.receive(NEXT)
    api.invoke(EVENT)
    assert api.answer is None


PREFIX = "/2018-06-01/runtime/"


@pytest.mark.parametrize(
    ("method", "path", "move", "request_id"),
    [
        ("GET", "invocation/next", Move.NEXT, ""),
        ("POST", "invocation/a-b/response", Move.RESPONSE, "a-b"),
        ("POST", "invocation/a-b/error", Move.ERROR, "a-b"),
        ("POST", "init/error", Move.INIT_ERROR, ""),
    ],
)
def test_the_four_calls_and_their_methods(method, path, move, request_id):
    call = read_call(method, PREFIX + path, {"a": "b"})
    assert call == Call(move, request_id, {"a": "b"})
    for other in {"GET", "POST", "PUT", "HEAD"} - {method}:
        assert read_call(other, PREFIX + path, {}) is None
        reply = no_call(other, PREFIX + path)
        assert reply.status == 405
        assert reply.headers == (("Allow", method),)
        assert f"It is called with {method}." in reply.lesson


@pytest.mark.parametrize(
    ("path", "status", "error_type", "name"),
    [
        ("/2018-06-01/runtime/restore/next", 404, None, "SnapStart"),
        ("/2018-06-01/runtime/restore/error", 404, None, "SnapStart"),
        (
            "/2020-01-01/extension/register",
            403,
            "Extension.NotSupported",
            "Extensions API",
        ),
        (
            "/2020-01-01/extension/event/next",
            403,
            "Extension.NotSupported",
            "Extensions API",
        ),
        ("/2020-08-15/logs", 202, "Logs.NotSupported", "Logs API"),
        (
            "/2022-07-01/telemetry",
            202,
            "Telemetry.NotSupported",
            "Telemetry API",
        ),
    ],
)
def test_what_is_left_out_says_so(path, status, error_type, name):
    assert read_call("POST", path, {}) is None
    reply = no_call("POST", path)
    said = json.loads(reply.body)
    assert (reply.status, said.get("errorType")) == (status, error_type)
    assert said["errorMessage"] == f"The local Lambda has no {name}."
    assert said["errorMessage"] in reply.lesson


def test_refusals_that_know_no_error_type_name_their_status_in_the_log():
    for reply, name in (
        (no_such_path("GET", "/x"), "404 Not Found: GET /x is not a call"),
        (wrong_method("GET", "/x", "POST"), "405 Method Not Allowed: /x"),
        (not_http("why"), "400 Bad Request: This is not an HTTP/1.1 request"),
        (head_too_large(9), "431 Request Header Fields Too Large: The req"),
    ):
        assert reply.lesson.startswith(name)
        assert "errorType" not in json.loads(reply.body)
