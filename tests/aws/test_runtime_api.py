"""The state machine alone: every pair of state and move."""

import json

import pytest

from workshop.aws.runtime_api import (
    PAYLOAD_LIMIT,
    TRANSITIONS,
    Call,
    Invocation,
    Move,
    RuntimeApi,
    State,
)

ID = "11111111-2222-3333-4444-555555555555"
EVENT = Invocation(ID, b'{"n": 1}', 1_700_000_000_000, "arn:x", "Root=1", "i1")
NEXT = Call(Move.NEXT)
RESPONSE = Call(Move.RESPONSE, ID, body=b"1", size=1)
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


def test_another_id_is_refused_and_the_open_one_can_still_be_answered():
    api = machine_in(State.INVOKING)
    assert api.receive(Call(Move.RESPONSE, "other")).status == 400
    assert api.receive(RESPONSE).status == 202
    assert api.answer.payload == b"1"


def test_an_echo_of_another_invocation_id_is_late():
    api = machine_in(State.INVOKING)
    late = Call(Move.RESPONSE, ID, {"lambda-runtime-invocation-id": "i0"})
    assert api.receive(late).status == 410
    echo = Call(Move.RESPONSE, ID, {"lambda-runtime-invocation-id": "i1"})
    assert api.receive(echo).status == 202


def test_an_error_names_its_type_or_is_unknown():
    api = machine_in(State.INVOKING)
    named = {"lambda-runtime-function-error-type": "Runtime.Oops"}
    api.receive(Call(Move.ERROR, ID, named, b"{}", 2))
    assert api.answer.error_type == "Runtime.Oops"
    api = machine_in(State.INVOKING)
    api.receive(ERROR)
    assert api.answer.error_type == "Runtime.Unknown"


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
