"""The Lambda Runtime API as a state machine: no socket, process or clock.

Everything that decides what a runtime may say next is in this file, and this
file does not know who speaks: `environment.py` gives it a process and
`runtime_http.py` a socket.

An execution environment runs one program, the runtime, and talks with it
about one invocation at a time. The runtime makes all the calls; the platform
makes one move, INVOKE, which answers the `next` that the runtime waits in:

    state     move        -> state     what the runtime is told
    INIT      next        -> WAITING   nothing yet: the call waits
    INIT      init error  -> FAILED    202
    WAITING   INVOKE      -> INVOKING  200 and the event, to the waiting call
    WAITING   next        -> WAITING   nothing yet (it connected again)
    INVOKING  next        -> INVOKING  200 and the same event again
    INVOKING  response    -> ANSWERED  202
    INVOKING  error       -> ANSWERED  202
    ANSWERED  next        -> WAITING   nothing yet

Any other pair is 403 InvalidStateTransition. An answer that names an
invocation other than the open one is 400 InvalidRequestID.

Sources: "Using the Lambda runtime API for custom runtimes", AWS Lambda
Developer Guide, read 2026-08; statuses and error types as the official
emulator of aws-sam-cli 1.170 gives them, run 2026-11.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

API_VERSION = "2018-06-01"
PAYLOAD_LIMIT = 6 * 1024 * 1024 + 100  # bytes; the emulator's 6,291,556
STREAM_LIMIT = 200 * 1024 * 1024  # bytes ("Lambda quotas", read 2026-11)
RESPONSE_MODE = "lambda-runtime-function-response-mode"
READ_ON = "notebooks/04_lambda_runtime_loop.ipynb"


class State(StrEnum):
    """What the platform expects of the runtime."""

    INIT = "Init"
    WAITING = "Waiting"
    INVOKING = "Invoking"
    ANSWERED = "Answered"
    FAILED = "Failed"


class Move(StrEnum):
    """A call of the runtime or, for INVOKE, the platform's own move."""

    NEXT = "next"
    RESPONSE = "response"
    ERROR = "error"
    INIT_ERROR = "init error"
    INVOKE = "INVOKE"


TRANSITIONS: Mapping[tuple[State, Move], State] = {
    (State.INIT, Move.NEXT): State.WAITING,
    (State.INIT, Move.INIT_ERROR): State.FAILED,
    (State.WAITING, Move.INVOKE): State.INVOKING,
    (State.WAITING, Move.NEXT): State.WAITING,
    (State.INVOKING, Move.NEXT): State.INVOKING,
    (State.INVOKING, Move.RESPONSE): State.ANSWERED,
    (State.INVOKING, Move.ERROR): State.ANSWERED,
    (State.ANSWERED, Move.NEXT): State.WAITING,
}


@dataclass(frozen=True, slots=True)
class Invocation:
    """One event on its way through an environment."""

    request_id: str
    payload: bytes
    deadline_ms: int  # milliseconds since 1970, when the platform gives up
    function_arn: str
    trace_id: str
    invocation_id: str
    client_context: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the caller gets: a payload, and an error type if it failed."""

    payload: bytes
    error_type: str = ""

    @classmethod
    def error(cls, error_type: str, message: str) -> "Answer":
        """An error that the platform itself reports."""
        body = {"errorType": error_type, "errorMessage": message}
        return cls(json.dumps(body).encode(), error_type)


@dataclass(frozen=True, slots=True)
class Call:
    """A call that the runtime made, read from its HTTP request."""

    move: Move
    request_id: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)  # lower case
    body: bytes = b""  # empty when oversize or forwarded
    size: int = 0  # bytes that were sent, kept or not
    forwarded: bool = False  # the caller has had the body, part by part

    @property
    def streams(self) -> bool:
        """Whether it is a response that may be read part by part."""
        return (
            self.move is Move.RESPONSE
            and self.headers.get(RESPONSE_MODE, "").lower() == "streaming"
        )


@dataclass(frozen=True, slots=True)
class Reply:
    """What the runtime is told, and what its author should learn."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    lesson: str = ""  # for the function's log, when the call was a mistake


def _refusal(status: int, error_type: str, message: str, fix: str) -> Reply:
    body = {"errorMessage": message, "errorType": error_type}
    return Reply(
        status,
        json.dumps(body).encode(),
        lesson=f"{status} {error_type}: {message} {fix} See {READ_ON}.",
    )


def no_such_path(method: str, path: str) -> Reply:
    """The reply to a request that is no call of the Runtime API."""
    return _refusal(
        404,
        "NotFound",
        f"{method} {path} is not a call of the Runtime API.",
        "The four calls start with "
        f"/{API_VERSION}/runtime/: GET invocation/next, "
        "POST invocation/ID/response, POST invocation/ID/error and "
        "POST init/error.",
    )


ACCEPTED = Reply(202, b'{"status":"OK"}\n')


class RuntimeApi:
    """The conversation with one runtime.

    `state` is where it stands; `answer` is what the runtime said about the
    latest invocation, or about an init that failed, and None until then.
    """

    def __init__(self) -> None:
        self.state = State.INIT
        self.answer: Answer | None = None
        self._invocation: Invocation | None = None

    def invoke(self, invocation: Invocation) -> Reply:
        """Hand the event to the runtime that waits in `next`."""
        self.state = TRANSITIONS[self.state, Move.INVOKE]
        self._invocation = invocation
        self.answer = None
        return _event_of(invocation)

    def receive(self, call: Call) -> Reply | None:
        """Take a call of the runtime; None means that the call waits."""
        refusal = self._refuse(call)
        if refusal:
            return refusal
        self.state = TRANSITIONS[self.state, call.move]
        if call.move is Move.NEXT:
            if self.state is State.INVOKING and self._invocation:
                return _event_of(self._invocation)
            return None
        limit = STREAM_LIMIT if call.forwarded else PAYLOAD_LIMIT
        if call.size > limit:
            return self._too_large(call, limit)
        self.answer = _answer_in(call)
        return ACCEPTED

    def accepts(self, call: Call) -> bool:
        """Whether a call that has just begun would be taken."""
        return not self._refuse(call)

    def _refuse(self, call: Call) -> Reply | None:
        if call.move in (Move.RESPONSE, Move.ERROR):
            open_id = self._invocation.request_id if self._invocation else ""
            if call.request_id != open_id:
                return _refusal(
                    400,
                    "InvalidRequestID",
                    f"No open invocation has the id '{call.request_id}'.",
                    "Answer with the Lambda-Runtime-Aws-Request-Id header "
                    "of the latest next.",
                )
            if self._is_late(call):
                return _refusal(
                    410,
                    "InvocationGone",
                    "The invocation that this answers has ended.",
                    "Echo the Lambda-Runtime-Invocation-Id header of the "
                    "same next.",
                )
        if (self.state, call.move) not in TRANSITIONS:
            return _refusal(
                403,
                "InvalidStateTransition",
                f"A runtime in state {self.state} may not call {call.move}.",
                _EXPECTED[self.state],
            )
        mode = call.headers.get(RESPONSE_MODE, "")
        if call.move is Move.RESPONSE and mode and not call.streams:
            return _refusal(
                400,
                "InvalidFunctionResponseMode",
                f"There is no response mode '{mode}'.",
                "Say streaming, or leave the header out.",
            )
        return None

    def _is_late(self, call: Call) -> bool:
        echoed = call.headers.get("lambda-runtime-invocation-id", "")
        return bool(
            echoed
            and self._invocation
            and echoed != self._invocation.invocation_id
        )

    def _too_large(self, call: Call, limit: int) -> Reply:
        message = (
            "Response payload size exceeded maximum allowed payload size "
            f"({limit} bytes)."
        )
        self.answer = Answer.error("Function.ResponseSizeTooLarge", message)
        return _refusal(
            413,
            "RequestEntityTooLarge",
            f"{message} This one has {call.size}.",
            "Return less, or a link to where the result is stored.",
        )


_EXPECTED = {
    State.INIT: "It starts with next, or reports init/error and exits.",
    State.WAITING: "An answer was accepted already: wait for next.",
    State.INVOKING: "It has an event: answer it with response or error.",
    State.ANSWERED: "Each event gets one answer: go back to next.",
    State.FAILED: "After init/error a runtime exits.",
}


def _answer_in(call: Call) -> Answer:
    error_type = call.headers.get("lambda-runtime-function-error-type", "")
    if call.move is not Move.RESPONSE:
        return Answer(call.body, error_type or "Runtime.Unknown")
    if call.streams and error_type:  # in a trailer: it failed on the way
        told = call.headers.get("lambda-runtime-function-error-body", "")
        return Answer(_from_base64(told), error_type)
    return Answer(call.body)


def _from_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return text.encode("latin-1")


def _event_of(invocation: Invocation) -> Reply:
    headers = {
        "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
        "Lambda-Runtime-Deadline-Ms": str(invocation.deadline_ms),
        "Lambda-Runtime-Invoked-Function-Arn": invocation.function_arn,
        "Lambda-Runtime-Trace-Id": invocation.trace_id,
        "Lambda-Runtime-Invocation-Id": invocation.invocation_id,
        "Lambda-Runtime-Client-Context": invocation.client_context,
    }
    return Reply(
        200,
        invocation.payload,
        tuple((name, value) for name, value in headers.items() if value),
    )
