"""The local Lambda and the official emulator in the same situations.

One table. A row says what a runtime does and what it and the callers are
told for it, by both; or, with a reason, by ours and by the emulator.
"""

import base64
import itertools
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

from tests.aws.conftest import zip_of
from tests.conformance.rie import RieStage, Unavailable, fetch
from tests.conformance.situation import (
    BOOTSTRAP,
    NEXT,
    PATIENCE_S,
    PREFIX,
    Invoke,
    Order,
    Raw,
    Send,
    Situation,
    Stage,
    Wait,
    error,
    init_error,
    play,
    response,
)
from workshop.aws import LocalLambda
from workshop.aws.placement import Limits
from workshop.repository import ROOT
from workshop.timeline import Phase

PAGE = ROOT / "workshop" / "aws" / "README.md"
HOUR_S = 3600
LIMIT = 6_291_556  # bytes of an answer
OOPS = {"errorType": "Oops", "errorMessage": "no"}
BAD_ID = "400 InvalidRequestID"
BAD_MOVE = "403 InvalidStateTransition"
GOT = "200 the event"
MODE = "Lambda-Runtime-Function-Response-Mode"
TYPE = "Lambda-Runtime-Function-Error-Type"
STREAMING = {MODE: "streaming"}
TOO_LARGE = {
    "errorType": "Function.ResponseSizeTooLarge",
    "errorMessage": "Response payload size exceeded maximum allowed payload "
    f"size ({LIMIT} bytes).",
}
TRUNCATED = {
    "errorType": "Runtime.TruncatedResponse",
    "errorMessage": "The connection ended before the answer did.",
}
TIMED_OUT = {
    "errorType": "Sandbox.Timedout",
    "errorMessage": "RequestId: ID Error: Task timed out after 1.00 seconds",
}
RIE_TIMED_OUT = "Task timed out after 1.00 seconds"


def exited(how):
    return {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: ID Error: Runtime exited {how}",
    }


def post(path, headers, body, host="Host: x\n", version="1.1"):
    """A POST in bytes, for what an HTTP library would not send."""
    return f"POST {PREFIX}{path} HTTP/{version}\n{host}{headers}\n{body}"


def get(path, headers="", method="GET", host="Host: x\n", version="1.1"):
    return f"{method} {PREFIX}{path} HTTP/{version}\n{host}{headers}\n"


def wrong_method(method, path, allowed):
    return Situation(
        f"{method} {path}",
        (NEXT, Send(method, path), response()),
        (GOT, f"405 Allow: {allowed}", "202"),
    )


def no_such_path(name, method, path, **more):
    return Situation(
        name,
        (NEXT, Send(method, path), response()),
        (GOT, "404", "202"),
        **more,
    )


def error_of_type(error_type):
    return Situation(
        f"an error of type {error_type}",
        (NEXT, error(headers={TYPE: error_type})),
        (GOT, "202"),
        (OOPS,),
    )


def exits(command, how):
    return Situation(
        f"{command} in an invocation",
        (NEXT, Order(command)),
        (GOT,),
        (exited(how),),
    )


def exits_in_init(command, how):
    return Situation(
        f"{command} in init",
        (Order(command),),
        (),
        (exited(how),),
        fails_in_init=True,
        because="The emulator answers 502, sometimes without a body.",
        rie_varies=True,
    )


STATES = [
    Situation("an answer", (NEXT, response()), (GOT, "202")),
    Situation("an error", (NEXT, error()), (GOT, "202"), (OOPS,)),
    Situation(
        "a response before next",
        (response(), NEXT, response()),
        (BAD_ID, GOT, "202"),
    ),
    Situation(
        "an error before next",
        (error(), NEXT, response()),
        (BAD_ID, GOT, "202"),
    ),
    Situation(
        "a response with another id",
        (NEXT, response(to="other"), response()),
        (GOT, BAD_ID, "202"),
    ),
    Situation(
        "an error with another id",
        (NEXT, error(to="other"), response()),
        (GOT, BAD_ID, "202"),
    ),
    Situation(
        "a response without an id",
        (NEXT, response(to=""), response()),
        (GOT, BAD_ID, "202"),
    ),
    Situation(
        "another id after the answer",
        (NEXT, response(), response(to="other")),
        (GOT, "202", BAD_ID),
    ),
    Situation(
        "two responses",
        (NEXT, response(), response(b'"again"')),
        (GOT, "202", BAD_MOVE),
    ),
    Situation(
        "two errors",
        (NEXT, error(), error()),
        (GOT, "202", BAD_MOVE),
        (OOPS,),
    ),
    Situation(
        "a response, then an error",
        (NEXT, response(), error()),
        (GOT, "202", BAD_MOVE),
    ),
    Situation(
        "an error, then a response",
        (NEXT, error(), response()),
        (GOT, "202", BAD_MOVE),
        (OOPS,),
    ),
    Situation(
        "next twice",
        (NEXT, NEXT, response()),
        (GOT, GOT, "202"),
    ),
    Situation(
        "a second event, for a next that waits",
        (NEXT, response(), Wait(), Invoke(), response()),
        (GOT, "202", GOT, "202"),
        ("done", "done"),
    ),
    Situation(
        "the last event's id while next waits",
        (NEXT, response(), Wait(), response(), error()),
        (GOT, "202", BAD_ID, BAD_ID),
    ),
    Situation(
        "the last event's id while the next one is open",
        (NEXT, response(), Wait(), Invoke(), response(to="OLD"), response()),
        (GOT, "202", GOT, BAD_ID, "202"),
        ("done", "done"),
    ),
    Situation(
        "an init error, then exit",
        (init_error(), Order("exit 1")),
        ("202",),
        (OOPS,),
        fails_in_init=True,
    ),
    Situation(
        "whatever follows an init error",
        (init_error(), init_error(), NEXT, response(), Order("exit 1")),
        ("202", BAD_MOVE, BAD_MOVE, BAD_ID),
        (OOPS,),
        fails_in_init=True,
    ),
    Situation(
        "an init error after next",
        (NEXT, init_error(), response()),
        (GOT, BAD_MOVE, "202"),
    ),
    Situation(
        "an init error after the answer",
        (NEXT, response(), init_error()),
        (GOT, "202", BAD_MOVE),
    ),
    Situation(
        "an init error while next waits",
        (NEXT, response(), Wait(), init_error()),
        (GOT, "202", BAD_MOVE),
    ),
]

BODIES = [
    Situation(
        "a response that is not JSON",
        (NEXT, response(b"not JSON")),
        (GOT, "202"),
        ("not JSON",),
    ),
    Situation("an empty response", (NEXT, response(b"")), (GOT, "202"), ("",)),
    Situation(
        "an error that is not JSON",
        (NEXT, error(b"not JSON")),
        (GOT, "202"),
        ("not JSON",),
    ),
    Situation("an empty error", (NEXT, error(b"")), (GOT, "202"), ("",)),
    Situation(
        "a response in chunks",
        (NEXT, response((b'"do', b'ne"'))),
        (GOT, "202"),
    ),
    Situation(
        "the largest response",
        (NEXT, response(b"x" * LIMIT)),
        (GOT, "202"),
        (f"{LIMIT} bytes",),
    ),
    Situation(
        "a response that is too large",
        (NEXT, response(b"x" * (LIMIT + 1)), response()),
        (GOT, "413 RequestEntityTooLarge", BAD_MOVE),
        (TOO_LARGE,),
    ),
    Situation(
        "one that is too large, in chunks",
        (NEXT, response((b"x" * LIMIT, b"x"))),
        (GOT, "413 RequestEntityTooLarge"),
        (TOO_LARGE,),
    ),
    Situation(
        "the largest error",
        (NEXT, error(b"x" * LIMIT)),
        (GOT, "202"),
        (f"{LIMIT} bytes",),
    ),
    Situation(
        "an error that is too large",
        (NEXT, error(b"x" * (LIMIT + 1))),
        (GOT, "413 RequestEntityTooLarge"),
        (TOO_LARGE,),
        timeout_s=1,
        because="The emulator panics and closes the connection.",
        rie_told=(GOT, "no reply"),
        rie_callers=(RIE_TIMED_OUT,),
    ),
    error_of_type("Runtime.NoSuchHandler"),
    error_of_type("Function.OutOfLuck"),
    error_of_type("ValueError"),
    Situation(
        "an error with a cause for X-Ray",
        (
            NEXT,
            error(
                headers={
                    "Lambda-Runtime-Function-XRay-Error-Cause": (
                        '{"working_directory": "/", "exceptions": [], '
                        '"paths": []}'
                    )
                }
            ),
        ),
        (GOT, "202"),
        (OOPS,),
    ),
    Situation(
        "an event of 2,048 bytes",
        (NEXT, response()),
        (GOT, "202"),
        event=b'"' + b"x" * 2046 + b'"',
    ),
    Situation(
        "an event of 2,049 bytes",
        (NEXT, response()),
        (f"{GOT} in chunks", "202"),
        event=b'"' + b"x" * 2047 + b'"',
    ),
    Situation(
        "a streamed response to a caller who does not stream",
        (NEXT, response((b'"do', b'ne"'), headers=STREAMING)),
        (GOT, "202"),
    ),
    Situation(
        "one that is too large for that caller",
        (NEXT, response((b"x" * LIMIT, b"x"), headers=STREAMING)),
        (GOT, "413 RequestEntityTooLarge"),
        (TOO_LARGE,),
    ),
    Situation(
        "an error on the way, in a trailer",
        (
            NEXT,
            Raw(
                post(
                    "invocation/ID/response",
                    f"{MODE}: streaming\nTransfer-Encoding: chunked\n"
                    f"Trailer: {TYPE}, Lambda-Runtime-Function-Error-Body\n",
                    f"3\nabc\n0\n{TYPE}: Runtime.Oops\n"
                    "Lambda-Runtime-Function-Error-Body: "
                    f"{base64.b64encode(b'[1]').decode()}\n\n",
                )
            ),
        ),
        (GOT, "202"),
        ([1],),
        because="The emulator ignores trailers.",
        rie_callers=("abc",),
    ),
    *(
        Situation(
            f"the response mode {mode}",
            (NEXT, response(headers={MODE: mode}), response()),
            (GOT, "400 InvalidFunctionResponseMode", BAD_MOVE),
            (
                {
                    "errorType": "Runtime.InvalidResponseModeHeader",
                    "errorMessage": f"There is no response mode '{mode}'.",
                },
            ),
            timeout_s=1,
            because="The emulator notes Runtime.InvalidResponseModeHeader "
            "for the caller, then refuses every call until time is up.",
            rie_callers=(RIE_TIMED_OUT,),
        )
        for mode in ("buffered", "Streaming")
    ),
    Situation(
        "a response mode in an error",
        (NEXT, error(headers={MODE: "buffered"})),
        (GOT, "202"),
        (OOPS,),
    ),
]

PATHS = [
    wrong_method("POST", "invocation/next", "GET"),
    wrong_method("HEAD", "invocation/next", "GET"),
    wrong_method("GET", "invocation/ID/response", "POST"),
    wrong_method("PUT", "invocation/ID/error", "POST"),
    wrong_method("DELETE", "init/error", "POST"),
    no_such_path("an unknown path", "GET", "invocation/last"),
    no_such_path("a path with a slash too many", "GET", "invocation/next/"),
    no_such_path("a path in code", "GET", "invocation/ne%78t"),
    no_such_path("another version", "GET", "/2018-06-02/runtime/" + NEXT.path),
    no_such_path("no path at all", "GET", "/"),
    no_such_path("SnapStart's restore/next", "GET", "restore/next"),
    no_such_path("SnapStart's restore/error", "POST", "restore/error"),
    Situation(
        "a path with a query",
        (NEXT, Send("GET", NEXT.path + "?a=1"), response()),
        (GOT, GOT, "202"),
    ),
    Situation(
        "a subscription to logs",
        (NEXT, Send("PUT", "/2020-08-15/logs", b"{}"), response()),
        (GOT, "202 Logs.NotSupported", "202"),
    ),
    Situation(
        "a subscription to telemetry",
        (NEXT, Send("PUT", "/2022-07-01/telemetry", b"{}"), response()),
        (GOT, "202 Telemetry.NotSupported", "202"),
    ),
    Situation(
        "an extension that registers",
        (
            NEXT,
            Send(
                "POST",
                "/2020-01-01/extension/register",
                b'{"events": []}',
                {"Lambda-Extension-Name": "mine"},
            ),
            response(),
        ),
        (GOT, "403 Extension.NotSupported", "202"),
        because="Extensions are out of the workshop's scope.",
        rie_told=(GOT, "403 Extension.RegistrationClosed", "202"),
    ),
    Situation(
        "an extension that asks for events",
        (
            NEXT,
            Send("GET", "/2020-01-01/extension/event/next"),
            response(),
        ),
        (GOT, "403 Extension.NotSupported", "202"),
        because="Extensions are out of the workshop's scope.",
        rie_told=(GOT, "403 Extension.MissingExtensionIdentifier", "202"),
    ),
]

CONNECTIONS = [
    Situation(
        "an answer on another connection",
        (NEXT, response(elsewhere=True)),
        (GOT, "202"),
    ),
    Situation(
        "two requests at once",
        (
            NEXT,
            Raw(get("invocation/last") + get(NEXT.path), replies=2),
            response(),
        ),
        (GOT, "404", GOT, "202"),
    ),
    Situation(
        "a request behind a next that waits",
        (
            NEXT,
            response(),
            Wait(behind=get("invocation/last")),
            Invoke(),
            response(),
        ),
        (GOT, "202", GOT, "404", "202"),
        ("done", "done"),
    ),
    Situation(
        "Connection: close",
        (
            NEXT,
            Raw(get("last", "Connection: close\n"), then_closed=True),
            response(),
        ),
        (GOT, "404", "closed", "202"),
    ),
    Situation(
        "HTTP/1.0",
        (
            NEXT,
            Raw(
                post(
                    "invocation/ID/response",
                    "Content-Length: 6\n",
                    '"done"',
                    host="",
                    version="1.0",
                ),
                then_closed=True,
            ),
        ),
        (GOT, "202", "closed"),
    ),
    Situation(
        "a large event for HTTP/1.0, which has no chunks",
        (
            NEXT,
            Raw(get(NEXT.path, host="", version="1.0"), then_closed=True),
            response(),
        ),
        (f"{GOT} in chunks", GOT, "closed", "202"),
        event=b'"' + b"x" * 3000 + b'"',
    ),
    Situation(
        "a next that was the last byte on its connection",
        (NEXT, response(), Wait(shut=True), Invoke(), response()),
        (GOT, "202", GOT, "202"),
        ("done", "done"),
    ),
    Situation(
        "a runtime that has sent its last byte",
        (NEXT, Raw(get(NEXT.path), shut=True, then_closed=True), response()),
        (GOT, GOT, "closed", "202"),
    ),
    Situation(
        "Expect: 100-continue",
        (
            NEXT,
            Raw(
                post(
                    "invocation/ID/response",
                    "Content-Length: 6\nExpect: 100-continue\n",
                    '"done"',
                )
            ),
        ),
        (GOT, "202"),
    ),
    Situation(
        "an offer to speak HTTP/2",
        (
            NEXT,
            Raw(
                get(
                    NEXT.path,
                    "Connection: Upgrade, HTTP2-Settings\n"
                    "Upgrade: h2c\nHTTP2-Settings: AAEAAEAAAAIAAAAB\n",
                )
                + get("invocation/last"),
                replies=2,
            ),
            response(),
        ),
        (GOT, GOT, "404", "202"),
    ),
    Situation(
        "what is not HTTP",
        (NEXT, Raw("hello\n\n", then_closed=True), response()),
        (GOT, "400", "closed", "202"),
    ),
    Situation(
        "a request without a Host header",
        (NEXT, Raw(get(NEXT.path, host=""), then_closed=True), response()),
        (GOT, "400", "closed", "202"),
    ),
    Situation(
        "a request with two Host headers",
        (NEXT, Raw(get(NEXT.path, "Host: y\n"), then_closed=True), response()),
        (GOT, "400", "closed", "202"),
    ),
    Situation(
        "a method in lower case",
        (NEXT, Raw(get(NEXT.path, method="get")), response()),
        (GOT, "400", "202"),
        because="Methods are case-sensitive. httptools knows those of HTTP "
        "and no others.",
        rie_told=(GOT, "405", "202"),
    ),
    Situation(
        "headers of more than a megabyte",
        (
            NEXT,
            Raw(get(NEXT.path, f"X: {'x' * 1_060_000}\n"), then_closed=True),
            response(),
        ),
        (GOT, "431", "closed", "202"),
    ),
    Situation(
        "headers of a little less",
        (
            NEXT,
            Raw(get(NEXT.path, f"X: {'x' * 1_048_000}\n")),
            response(),
        ),
        (GOT, GOT, "202"),
    ),
    Situation(
        "a length and chunks at once",
        (
            NEXT,
            Raw(
                post(
                    "invocation/ID/response",
                    "Content-Length: 6\nTransfer-Encoding: chunked\n",
                    '6\n"done"\n0\n\n',
                )
            ),
            response(),
        ),
        (GOT, "400", "202"),
        because="A server may refuse it (RFC 9112, 6.3), and a lesson in the "
        "log helps more than a guess.",
        rie_told=(GOT, "202", BAD_MOVE),
    ),
    *(
        Situation(
            f"half a response, {how}",
            (NEXT, Raw(post(path, headers, body), shut=True)),
            (GOT, "400 TruncatedHTTPRequest"),
            (TRUNCATED,),
            timeout_s=1,
            because="The emulator has this reply and this error type in its "
            "source, but panics on the way there.",
            rie_told=(GOT, "no reply"),
            rie_callers=(RIE_TIMED_OUT,),
        )
        for path in ["invocation/ID/response"]
        for how, headers, body in [
            ("by its length", "Content-Length: 6\n", '"do'),
            (
                "without its last chunk",
                "Transfer-Encoding: chunked\n",
                '3\n"do\n',
            ),
        ]
    ),
    Situation(
        "half an error",
        (
            NEXT,
            Raw(
                post("invocation/ID/error", "Content-Length: 9\n", "{"),
                shut=True,
            ),
        ),
        (GOT, "400 TruncatedHTTPRequest"),
        (TRUNCATED,),
        because="The emulator accepts it and hands on an empty payload, "
        "which tells the caller nothing.",
        rie_told=(GOT, "202"),
        rie_callers=("",),
    ),
    Situation(
        "half a request for an event",
        (
            NEXT,
            Raw(get(NEXT.path, "Content-Length: 9\n") + "{", shut=True),
            response(),
        ),
        (GOT, "no reply", "202"),
        because="The emulator does not read the body of a GET.",
        rie_told=(GOT, GOT, "202"),
    ),
    Situation(
        "the headers of an event",
        (Send("GET", NEXT.path, names=True), response()),
        (
            f"{GOT} Lambda-Runtime-Aws-Request-Id "
            "Lambda-Runtime-Client-Context Lambda-Runtime-Deadline-Ms "
            "Lambda-Runtime-Invocation-Id "
            "Lambda-Runtime-Invoked-Function-Arn Lambda-Runtime-Trace-Id",
            "202",
        ),
        context=base64.b64encode(b'{"a": 1}').decode(),
        because="The emulator traces nothing, and is older than the "
        "invocation id.",
        rie_told=(
            f"{GOT} Lambda-Runtime-Aws-Request-Id "
            "Lambda-Runtime-Client-Context Lambda-Runtime-Deadline-Ms "
            "Lambda-Runtime-Invoked-Function-Arn",
            "202",
        ),
    ),
]

PROCESSES = [
    exits("exit 0", "without providing a reason"),
    exits("exit 3", "with error: exit status 3"),
    exits("kill -SEGV $$", "with error: signal: segmentation fault"),
    exits("kill -KILL $$", "with error: signal: killed"),
    exits("kill -TERM $$", "with error: signal: terminated"),
    Situation(
        "exit 3 after the answer",
        (NEXT, response(), Order("exit 3")),
        (GOT, "202"),
    ),
    exits_in_init("exit 0", "without providing a reason"),
    exits_in_init("exit 3", "with error: exit status 3"),
    exits_in_init("kill -SEGV $$", "with error: signal: segmentation fault"),
    Situation(
        "no answer in time",
        (NEXT, Order("trap '' TERM; sleep 60")),
        (GOT,),
        (TIMED_OUT,),
        timeout_s=1,
        because="The emulator answers in plain text, without an error type.",
        rie_callers=(RIE_TIMED_OUT,),
    ),
]

TABLE = STATES + BODIES + PATHS + CONNECTIONS + PROCESSES


class LocalStage(Stage):
    """A new function on the local Lambda."""

    tries = 2  # the second is a part of the invocation, as on AWS

    def __init__(self, cloud, client, name, folder, timeout_s):
        super().__init__(folder)
        self._cloud = cloud
        self._client = client
        self._name = name
        client.create_function(
            FunctionName=name,
            Runtime="provided.al2023",
            Handler="the.test",
            Role="arn:aws:iam::123456789012:role/test",
            Code={"ZipFile": zip_of({"bootstrap": (BOOTSTRAP, 0o755)})},
            Environment={"Variables": self.variables},
            Timeout=timeout_s,
        )

    def answer_to(self, event, context):
        context = {"ClientContext": context} if context else {}
        reply = self._client.invoke(
            FunctionName=self._name, Payload=event, **context
        )
        return reply["Payload"].read()

    def settle(self):
        phase = Phase.INIT
        while phase not in (Phase.IDLE, Phase.FROZEN):
            events = self._cloud.timeline()
            latest = [e for e in events if e.phase is Phase.INIT][-1]
            phase = [e for e in events if e.environment == latest.environment][
                -1
            ].phase

    def close(self):
        self._client.delete_function(FunctionName=self._name)
        super().close()


@pytest.fixture(scope="session")
def program() -> Path:
    """The official emulator's program."""
    try:
        return fetch()
    except Unavailable as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="module")
def cloud():
    """A local Lambda as patient as a test."""
    with LocalLambda(Limits(HOUR_S, return_s=HOUR_S, idle_s=HOUR_S)) as cloud:
        yield cloud


@pytest.fixture(scope="module")
def local(cloud):
    """Makes stages on it."""
    config = Config(retries={"max_attempts": 0}, read_timeout=PATIENCE_S)
    client = boto3.client("lambda", **cloud.connection, config=config)
    numbers = itertools.count()
    return lambda folder, timeout_s: LocalStage(
        cloud, client, f"stage-{next(numbers)}", folder, timeout_s
    )


def outcome_on(stage, situation):
    try:
        return play(situation, stage)
    finally:
        stage.close()


@pytest.mark.parametrize("situation", TABLE, ids=lambda s: s.name)
def test_the_local_lambda(situation, local, tmp_path):
    stage = local(tmp_path, situation.timeout_s)
    assert outcome_on(stage, situation) == situation.ours


@pytest.mark.parametrize(
    "situation",
    [s for s in TABLE if not s.rie_varies],
    ids=lambda s: s.name,
)
def test_the_official_emulator(situation, program, tmp_path):
    stage = RieStage(tmp_path, situation.timeout_s)
    assert outcome_on(stage, situation) == situation.rie


def test_the_table_is_long_and_every_difference_has_a_reason():
    assert len({s.name for s in TABLE}) == len(TABLE)
    differ = [s for s in TABLE if s.rie_varies or s.ours != s.rie]
    assert [s for s in TABLE if s.because] == differ
    agree = len(TABLE) - len(differ)
    assert agree >= 30
    page = " ".join(PAGE.read_text().split())
    assert f"through the same {len(TABLE)} situations" in page
    assert f"{agree} agree, and the other {len(differ)} stand" in page
