"""The Invoke call: from the head and the body of a request to its reply.

It knows neither sockets nor frameworks: `front.py` gives it requests.
"""

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote

from workshop.aws.admission import Admission, Head
from workshop.aws.asynchronous import Events
from workshop.aws.control_plane import ApiReply, ControlPlane, Refusal
from workshop.aws.environment import Outcome
from workshop.aws.function import Function
from workshop.aws.placement import Placement, Request, TooManyRequests
from workshop.aws.signature import Signed

# Bytes of an event ("Lambda quotas", AWS Lambda Developer Guide, 2026-08).
EVENT_LIMITS = {"RequestResponse": 6 * 1024 * 1024, "Event": 1024 * 1024}
KINDS = (*EVENT_LIMITS, "DryRun")
KIND = "x-amz-invocation-type"
INVOKE = re.compile(r"/2015-03-31/functions/([^/]+)/invocations")


@dataclass(frozen=True, slots=True)
class Wanted:
    """An invocation that may be made: of what, and with what."""

    function: Function
    request: Request
    kind: str


class Invocations:
    """Invokes functions for HTTP requests."""

    def __init__(
        self,
        control: ControlPlane,
        placement: Placement,
        events: Events,
        admission: Admission,
    ) -> None:
        self._placement = placement
        self._control = control
        self._events = events
        self._admission = admission

    def admit(self, head: Head) -> Signed:
        """Judge a request before its body comes; Refusal says why not."""
        return self._admission.claim(head)

    def invoke(
        self,
        head: Head,
        claim: Signed,
        body: bytes,
        reply: Callable[[ApiReply], None],
    ) -> None:
        """Invoke; the reply comes at once or when the function is done.

        Raises Refusal, or TooManyRequests when as many run as may.
        """
        wanted = self.wanted(head, claim, body)
        if wanted.kind == "DryRun":
            reply(ApiReply(204))
            return
        headers = {
            "x-amzn-RequestId": wanted.request.id,
            "X-Amz-Executed-Version": "$LATEST",
        }
        if wanted.kind == "Event":
            self._accept(wanted)
            reply(ApiReply(202, b"", headers))
            return

        def done(outcome: Outcome) -> None:
            if outcome.answer.error_type:
                headers["X-Amz-Function-Error"] = "Unhandled"
            if wanted.request.wants_log:
                headers["X-Amz-Log-Result"] = log_result(outcome)
            reply(ApiReply(200, outcome.answer.payload, headers))

        self._placement.start(wanted.function, wanted.request, done)

    def wanted(self, head: Head, claim: Signed, body: bytes) -> Wanted:
        """What a request asks for; Refusal if that cannot be."""
        self._admission.confirm(claim, head, body)
        kind = head.headers.get(KIND, "RequestResponse")
        if kind not in KINDS:
            raise Refusal(
                400,
                "InvalidParameterValueException",
                f"InvocationType {kind} is none of RequestResponse, Event "
                "and DryRun.",
            )
        name = head.path.split("/")[3]  # /DATE/functions/NAME/..., all alike
        query = parse_qs(head.query) if head.query else {}
        qualifier = query.get("Qualifier", [""])[0]
        function = self._control.function(unquote(name), qualifier)
        _check_json(body)
        request = Request(
            body or b"{}",
            _client_context(head.headers),
            head.headers.get("x-amzn-trace-id", ""),
            wants_log=head.headers.get("x-amz-log-type") == "Tail",
        )
        return Wanted(function, request, kind)

    def _accept(self, wanted: Wanted) -> None:
        name, request = wanted.function.name, wanted.request
        self._events.accept(
            lambda: self._placement.invoke(
                self._control.function(name), request
            ),
            self._control.event_rules(wanted.function),
        )


def event_limit(head: Head) -> int:
    """The most bytes that the event of a request may have."""
    kind = head.headers.get(KIND, "")
    return EVENT_LIMITS.get(kind, EVENT_LIMITS["RequestResponse"])


def too_large(limit: int) -> Refusal:
    """An event has more bytes than it may."""
    return Refusal(
        413,
        "RequestTooLargeException",
        f"Request must be smaller than {limit} bytes for the "
        "InvokeFunction operation",
    )


def log_result(outcome: Outcome) -> str:
    """The end of the log, as it is told."""
    return base64.b64encode(outcome.log_tail).decode()


def error_reply(error: Refusal | TooManyRequests) -> ApiReply:
    """What a caller is told whose request is not met."""
    if isinstance(error, Refusal):
        return _error(error.status, error.code, error.message)
    code = "TooManyRequestsException"
    return _error(429, code, "Rate Exceeded.", Reason=str(error))


def _error(status: int, code: str, message: str, **more: str) -> ApiReply:
    body = {"Type": "User", "Message": message, "message": message} | more
    return ApiReply(
        status, json.dumps(body).encode(), {"x-amzn-ErrorType": code}
    )


def _check_json(payload: bytes) -> None:
    try:
        json.loads(payload or b"{}")
    except (ValueError, RecursionError) as error:
        raise Refusal(
            400,
            "InvalidRequestContentException",
            "Could not parse request body into json: "
            f"Could not parse payload into json: {error}",
        ) from error


def _client_context(headers: Mapping[str, str]) -> str:
    encoded = headers.get("x-amz-client-context", "")
    if not encoded:
        return ""
    try:
        told = json.loads(base64.b64decode(encoded, validate=True))
        if not isinstance(told, dict):
            raise ValueError("it is no object")
        return json.dumps(told)  # on one line, and in ASCII: it is a header
    except (ValueError, RecursionError) as error:
        raise Refusal(
            400,
            "InvalidRequestContentException",
            "Client context must be a base64-encoded JSON object.",
        ) from error
