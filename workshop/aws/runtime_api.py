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

Any other pair is 403 InvalidStateTransition. An answer is known by its id
from INVOKE to the `next` that follows it; one with any other id is 400
InvalidRequestID. An answer that cannot be passed on counts as the answer all
the same: the caller gets an error of ours in its place, and the runtime is
told 413 if it is too large, 400 if it breaks off or has a response mode that
does not exist.

Sources: "Using the Lambda runtime API for custom runtimes", AWS Lambda
Developer Guide, read 2026-08; statuses and error types as the official
emulator of aws-sam-cli 1.170 gives them, run 2026-11. A test compares the
two, call by call: tests/conformance/test_rie.py.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from http import HTTPStatus

API_VERSION = "2018-06-01"
PAYLOAD_LIMIT = 6 * 1024 * 1024 + 100  # bytes; the emulator's 6,291,556
STREAM_LIMIT = 200 * 1024 * 1024  # bytes ("Lambda quotas", read 2026-11)
RESPONSE_MODE = "lambda-runtime-function-response-mode"
ERROR_TYPE = "lambda-runtime-function-error-type"
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
    client_context: str = ""  # JSON
    cognito_identity: str = ""  # JSON
    tenant_id: str = ""


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
    truncated: bool = False  # the connection ended before the body did
    came: float = 0.0  # when its end was read, in s on the monotonic clock

    @property
    def streams(self) -> bool:
        """Whether it is a response that may be read part by part."""
        return (
            self.move is Move.RESPONSE
            and self.headers.get(RESPONSE_MODE) == "streaming"
        )


@dataclass(frozen=True, slots=True)
class Reply:
    """What the runtime is told, and what its author should learn."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    lesson: str = ""  # for the function's log, when the call was a mistake


def _refusal(status: int, error_type: str, message: str, fix: str) -> Reply:
    body = {"errorMessage": message}
    if error_type:
        body["errorType"] = error_type
    name = error_type or HTTPStatus(status).phrase
    return Reply(
        status,
        json.dumps(body).encode(),
        lesson=f"{status} {name}: {message} {fix} See {READ_ON}.",
    )


# Parts of AWS's API that are left out here, by the start of their paths, and
# how they are refused. The emulator says the same of the last two: 202, so
# that a client of theirs goes on without them.
NOT_OFFERED: Mapping[str, tuple[int, str, str]] = {
    f"/{API_VERSION}/runtime/restore/": (404, "", "SnapStart"),
    "/2020-01-01/extension/": (
        403,
        "Extension.NotSupported",
        "Extensions API",
    ),
    "/2020-08-15/logs": (202, "Logs.NotSupported", "Logs API"),
    "/2022-07-01/telemetry": (
        202,
        "Telemetry.NotSupported",
        "Telemetry API",
    ),
}


def no_such_path(method: str, path: str) -> Reply:
    """The reply to a request that is no call of the Runtime API."""
    for prefix, (status, error_type, name) in NOT_OFFERED.items():
        if path.startswith(prefix):
            return _refusal(
                status,
                error_type,
                f"The local Lambda has no {name}.",
                "Leave it out here; on AWS it works.",
            )
    return _refusal(
        404,
        "",
        f"{method} {path} is not a call of the Runtime API.",
        "The four calls start with "
        f"/{API_VERSION}/runtime/: GET invocation/next, "
        "POST invocation/ID/response, POST invocation/ID/error and "
        "POST init/error.",
    )


def wrong_method(method: str, path: str, allowed: str) -> Reply:
    """The reply to a call that is made with another method than its own."""
    reply = _refusal(
        405,
        "",
        f"{path} does not take {method}.",
        f"It is called with {allowed}.",
    )
    return replace(reply, headers=(("Allow", allowed),))


def not_http(reason: str) -> Reply:
    """The reply to something that is no HTTP request; the last of its line."""
    return _refusal(
        400,
        "",
        f"This is not an HTTP/1.1 request: {reason}.",
        "It has a request line, a Host header and an empty line before "
        "its body.",
    )


def head_too_large(limit: int) -> Reply:
    """The reply to a request whose headers never seem to end."""
    return _refusal(
        431,
        "",
        f"The request line and headers exceed {limit} bytes.",
        "Say it in the body.",
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
        if call.move is not Move.NEXT:
            return self._take(call)
        if self.state is State.INVOKING and self._invocation:
            return _event_of(self._invocation)
        self._invocation = None
        return None

    def accepts(self, call: Call) -> bool:
        """Whether a call that has just begun would be taken."""
        return not self._refuse(call)

    def _refuse(self, call: Call) -> Reply | None:
        if call.move in (Move.RESPONSE, Move.ERROR):
            known = self._invocation
            if known is None or call.request_id != known.request_id:
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
                    "InvokeTimeout",
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
        return None

    def _is_late(self, call: Call) -> bool:
        echoed = call.headers.get("lambda-runtime-invocation-id", "")
        return bool(
            echoed
            and self._invocation
            and echoed != self._invocation.invocation_id
        )

    def _take(self, call: Call) -> Reply:
        """Make the call the answer, or an error if that cannot be."""
        fault = _fault_in(call)
        if fault is None:
            self.answer = _answer_in(call)
            return ACCEPTED
        self.answer, reply = fault
        return reply


def _fault_in(call: Call) -> tuple[Answer, Reply] | None:
    """What keeps an answer from being passed on.

    The error that the caller gets instead, and what the runtime is told.
    """
    limit = STREAM_LIMIT if call.forwarded else PAYLOAD_LIMIT
    mode = call.headers.get(RESPONSE_MODE, "")
    if call.truncated:
        message = "The connection ended before the answer did."
        return Answer.error("Runtime.TruncatedResponse", message), _refusal(
            400,
            "TruncatedHTTPRequest",
            f"{message} {call.size} bytes of it had come.",
            "Send as many bytes as Content-Length says, or the last chunk.",
        )
    if call.size > limit:
        message = (
            "Response payload size exceeded maximum allowed payload size "
            f"({limit} bytes)."
        )
        return Answer.error(
            "Function.ResponseSizeTooLarge", message
        ), _refusal(
            413,
            "RequestEntityTooLarge",
            f"{message} This one has {call.size}.",
            "Return less, or a link to where the result is stored.",
        )
    if call.move is Move.RESPONSE and mode and not call.streams:
        message = f"There is no response mode '{mode}'."
        return Answer.error(
            "Runtime.InvalidResponseModeHeader", message
        ), _refusal(
            400,
            "InvalidFunctionResponseMode",
            message,
            "Say streaming, or leave the header out.",
        )
    return None


_EXPECTED = {
    State.INIT: "It starts with next, or reports init/error and exits.",
    State.WAITING: "An answer was accepted already: wait for next.",
    State.INVOKING: "It has an event: answer it with response or error.",
    State.ANSWERED: "Each event gets one answer: go back to next.",
    State.FAILED: "After init/error a runtime exits.",
}


def _answer_in(call: Call) -> Answer:
    error_type = call.headers.get(ERROR_TYPE, "")
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
        "Lambda-Runtime-Cognito-Identity": invocation.cognito_identity,
        "Lambda-Runtime-Aws-Tenant-Id": invocation.tenant_id,
    }
    return Reply(
        200,
        invocation.payload,
        tuple((name, value) for name, value in headers.items() if value),
    )
