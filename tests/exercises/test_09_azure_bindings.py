"""What the app of exercise 09 must do: one check, one sentence.

The handler runs as a process and is sent payloads as they come on the wire
(payloads.py); then the whole app runs under the local Functions host, is
asked over HTTP, and its timer is fired. Expected bodies come from the kernel.
"""

import functools
import json
import shutil
from contextlib import ExitStack
from datetime import datetime, timedelta

import pytest
from payloads import HandlerProcess, firing, payload

from workshop.azure import LocalFunctions
from workshop.azure.client import Client
from workshop.azure.ncrontab import Schedule
from workshop.errors import WorkshopError
from workshop.repository import KERNEL

SMALL = {"min": "10", "max": "99"}
NINE = (
    '{"smallest":{"value":1,"factors":[[1,1]]},'
    '"largest":{"value":9,"factors":[[1,9],[3,3]]}}'
)
NINETY = (
    '{"smallest":{"value":121,"factors":[[11,11]]},'
    '"largest":{"value":9009,"factors":[[91,99]]}}'
)
TOO_GREAT = "min must not be greater than max"
NO_JSON = "the body must be JSON"


@pytest.fixture
def handler(answer):
    """The learner's handler, started."""
    process = HandlerProcess(answer.path)
    try:
        if trouble := process.wait():
            pytest.fail(
                f"python3 handler.py\n  expected  that it listens on the port "
                f"in FUNCTIONS_CUSTOMHANDLER_PORT\n  came      {trouble}\n"
                "  hint      run the cells of the module once more, from "
                "the first on",
                pytrace=False,
            )
        yield process
    finally:
        process.close()


@pytest.fixture
def app(answer):
    """The folder of the learner's app, as it is deployed."""
    folder, trouble = answer.path.parent, ""
    for part in answer.parts:
        path = folder / part.file
        path.parent.mkdir(exist_ok=True)
        try:
            path.write_text(as_json(part))
        except WorkshopError as error:
            trouble = str(error)
    if trouble:
        pytest.fail(trouble, pytrace=False)
    shutil.copy(KERNEL / "palindromes.py", folder)
    return folder


@functools.cache
def as_json(part):
    """A file's text: many answers have the same, and each takes a process."""
    return part.as_json()


@pytest.fixture(scope="module")
def host_of():
    """A local host for an answer: it serves until there is another answer."""
    with ExitStack() as running:
        known = {}

        def host_of(answer, app):
            key = answer.source, answer.parts
            if key not in known:
                running.close()
                known.clear()
                known[key] = running.enter_context(LocalFunctions(app))
            return known[key]

        yield host_of


@pytest.fixture
def client(answer, app, host_of):
    """A client of the local host that serves the learner's app."""
    trouble = ""
    try:
        return Client(host_of(answer, app))
    except WorkshopError as error:
        trouble = str(error)
    pytest.fail(trouble, pytrace=False)


def bindings_of(app, function):
    """The bindings of a function.json."""
    written = json.loads((app / function / "function.json").read_text())
    bindings = written.get("bindings") if isinstance(written, dict) else None
    return [one for one in bindings or [] if isinstance(one, dict)]


def fail(what, expected, came, hint):
    pytest.fail(
        f"{what}\n"
        f"  expected  {expected}\n"
        f"  came      {came}\n"
        f"  hint      {hint}",
        pytrace=False,
    )


def expect_response(answered, what, status, body, hint):
    """Fail unless the document describes this response, over HTTP 200."""
    response = answered.response
    right = (
        answered.status == 200
        and str(response.get("statusCode")) == str(status)
        and response.get("body") == body
    )
    if not right:
        expected = {"statusCode": status, "body": body}
        fail(what, f"HTTP 200: res is {expected}", answered, hint)


def expect_answer(received, what, status, body, hint, kind=""):
    """Fail unless the client has received this."""
    came_kind = received.headers.get("content-type", "")
    came = f"{received.status} {received.body!r} {came_kind}".strip()
    if (received.status, received.body) != (status, body.encode()) or (
        kind and not came_kind.startswith(kind)
    ):
        fail(what, f"{status} {body.encode()!r} {kind}".strip(), came, hint)


# The wire


def test_it_reads_a_body_in_chunks(handler):
    document = payload("POST", body='{"min":1,"max":9}')
    for sizes in ((), (1,), (7, 16, 255), (300, 17)):
        answered = handler.send("/palindromes", document, *sizes)
        expect_response(
            answered,
            f"POST /palindromes in chunks of {[*sizes, '...']} bytes",
            200,
            NINE,
            "a chunk is a line with its size in hexadecimal, so many bytes, "
            "and a line end; read until the size is 0",
        )


def test_it_reads_bytes_and_not_lines(handler):
    # JSON may have line ends between its tokens, \r\n among them.
    text = json.dumps(payload("POST", body='{"min":1,"max":9}'), indent=1)
    answered = handler.send_text("/palindromes", text.replace("\n", "\r\n"))
    expect_response(
        answered,
        "POST /palindromes with line ends in the JSON",
        200,
        NINE,
        "a chunk is as long as its size says: stream.read(size), and not a "
        "line",
    )


def test_it_leaves_the_next_request_in_the_stream(handler):
    for count in range(1, 4):
        answered = handler.send("/ticks", payload())
        if answered.status != 200:
            wrong = [line for line in handler.lines() if "code 400" in line]
            fail(
                f"request {count} on one connection",
                "HTTP 200 and a document",
                f"{answered} {''.join(wrong[:1])}".strip(),
                "after the size 0 comes one more empty line; read that, and "
                "nothing more",
            )


# The event and the answer document


def test_it_answers_a_query(handler):
    for query, body in ((SMALL, NINETY), ({"min": "1", "max": "9"}, NINE)):
        expect_response(
            handler.send("/palindromes", payload(query=query)),
            f"palindromes, asked with {query}",
            200,
            body,
            "the texts of Query become numbers; the body is as_json of what "
            "answer(event) returns, a string",
        )


def test_it_answers_with_json_for_its_type(handler):
    answered = handler.send("/palindromes", payload(query=SMALL))
    headers = answered.response.get("headers")
    named = {
        str(name).lower(): str(value)
        for name, value in (headers or {}).items()
    }
    if not named.get("content-type", "").startswith("application/json"):
        fail(
            f"palindromes, asked with {SMALL}: the headers in res",
            {"Content-Type": "application/json"},
            headers,
            "without a content type in the headers the host says text/plain",
        )


def test_it_takes_query_and_route_together(handler):
    document = payload(query={"kernel": "brute", "max": "9"})
    document["Data"]["req"]["Params"] = {"min": "1"}
    expect_response(
        handler.send("/palindromes", document),
        "an event whose min is in Params, and the rest in Query",
        200,
        NINE,
        "take both, request['Query'] | request['Params']",
    )


def test_it_answers_a_body(handler):
    document = payload("POST", body='{"min": 10, "max": 99}')
    expect_response(
        handler.send("/palindromes", document),
        "palindromes, asked with a POST",
        200,
        NINETY,
        "Body is a string: json.loads it, for a POST only",
    )


def test_a_request_without_a_body_is_a_bad_one(handler):
    for what, document in (
        ("a POST without a Body", payload("POST")),
        ("a POST of 'min=1'", payload("POST", body="min=1")),
    ):
        expect_response(
            handler.send("/palindromes", document),
            what,
            400,
            json.dumps({"error": NO_JSON}, separators=(",", ":")),
            "Body is not there when it is empty: request.get('Body', ''), "
            "and ValueError becomes BadRequest",
        )


def test_a_bad_request_is_a_400_in_the_document(handler):
    query = {"min": "99", "max": "10"}
    expect_response(
        handler.send("/palindromes", payload(query=query)),
        f"palindromes, asked with {query}",
        400,
        json.dumps({"error": TOO_GREAT}, separators=(",", ":")),
        "HTTP 200 for the host, statusCode 400 in res for the client, and "
        "the text of the error in the body",
    )


def test_a_bad_request_is_logged(handler):
    answered = handler.send("/palindromes", payload(query={"min": "1"}))
    logs = answered.document.get("Logs")
    if not isinstance(logs, list) or "max is missing" not in str(logs):
        fail(
            "palindromes, asked with a min alone: its Logs",
            ["max is missing"],
            logs if answered.document else answered,
            "Logs is a list of strings, here one with the text of the error",
        )


def test_what_went_well_is_not_logged(handler):
    answered = handler.send("/palindromes", payload(query=SMALL))
    logs = answered.document.get("Logs", "no Logs")
    if logs not in ([], None):
        fail(
            f"palindromes, asked with {SMALL}: its Logs",
            [],
            logs if answered.document else answered,
            "*logs are the texts that document was given: none here",
        )


# The router and the timer


def test_an_unknown_function_is_a_404(handler):
    for path in ("/nobody", "/palindromes/", "/Ticks2"):
        answered = handler.send(path, payload(query=SMALL))
        if answered.status != 404:
            fail(
                f"POST {path}",
                "HTTP 404",
                answered,
                "look the name up in FUNCTIONS; if it is not there, return "
                "404 and a body of bytes",
            )


def test_a_timer_counts(handler):
    answered = [handler.send("/tick", firing()) for _ in range(3)]
    logs = [one.document.get("Logs") for one in answered]
    if logs != [["tick 1"], ["tick 2"], ["tick 3"]]:
        fail(
            "three firings of tick: their Logs",
            [["tick 1"], ["tick 2"], ["tick 3"]],
            logs if answered[0].document else answered[0],
            "add 1 to COUNT['ticks'], and log the new count",
        )
    expect_response(
        handler.send("/ticks", payload()),
        "ticks, after three firings",
        200,
        '{"ticks":3}',
        "tick and ticks share the one COUNT: change it, make no other",
    )


def test_a_late_timer_says_so(handler):
    answered = [handler.send("/tick", firing(late)) for late in (True, False)]
    logs = [one.document.get("Logs") for one in answered]
    if logs != [["tick 1, late"], ["tick 2"]]:
        fail(
            "two firings of tick, the first of them past due: their Logs",
            [["tick 1, late"], ["tick 2"]],
            logs if answered[0].document else answered[0],
            "data['clock']['IsPastDue'] is a bool, not a text",
        )


def test_the_count_is_that_of_the_timer_alone(handler):
    for _ in range(3):
        expect_response(
            handler.send("/ticks", payload()),
            "ticks, before the timer has fired",
            200,
            '{"ticks":0}',
            "only tick counts",
        )


# The app, under the local host


def test_every_function_is_valid(client, app):
    wrong = [line for line in client.log() if "is in error" in line]
    if wrong:
        fail(
            "the app under the local host",
            "four functions without an error",
            wrong[0],
            "the sentence names the function whose function.json it is about",
        )


def test_the_host_serves_palindromes(client):
    for what, body, status, expected in (
        ("?min=10&max=99", None, 200, NINETY),
        ("", '{"min": 10, "max": 99}', 200, NINETY),
        ("?min=9&max=1", None, 400, json.dumps({"error": TOO_GREAT})),
    ):
        expect_answer(
            client.ask(f"/api/palindromes{what}", body),
            f"{'GET' if body is None else 'POST'} /api/palindromes{what}",
            status,
            expected.replace('": "', '":"'),
            "the body in res has to be a string, or the host writes JSON of "
            "its own; and its headers name application/json",
            "application/json",
        )


def test_the_largest_reaches_the_client_as_text(client):
    for path, text in (
        ("10/99", "9009"),
        ("17/17", "none"),
        ("1/9", "9"),
        ("100/999", "906609"),
    ):
        expect_answer(
            client.ask(f"/api/largest/{path}"),
            f"GET /api/largest/{path}",
            200,
            text,
            "the host takes a string of letters and digits, four at a time, "
            "for base64: return an object with a body, "
            '{"statusCode": 200, "body": ...}',
        )


def test_a_bad_request_for_the_largest_is_a_400(client):
    before = len(client.log())
    expect_answer(
        client.ask("/api/largest/99/10"),
        "GET /api/largest/99/10",
        400,
        TOO_GREAT,
        "statusCode 400 and the text of the error, in the ReturnValue",
    )
    if not any(TOO_GREAT in line for line in client.log()[before:]):
        fail(
            "the log after GET /api/largest/99/10",
            TOO_GREAT,
            "nothing of it",
            "the text of the error belongs into Logs, too",
        )


def test_the_route_takes_whole_numbers_only(client):
    for path, expected in (
        ("/api/largest/10/99", 200),
        ("/api/largest/ten/99", 404),
        ("/api/largest?min=10&max=99", 404),
    ):
        came = client.ask(path).status
        if came != expected:
            fail(
                f"GET {path}",
                expected,
                came,
                "the route of the trigger is "
                "largest/{min:int}/{max:int}, without the prefix api",
            )


def test_the_largest_goes_by_return(app):
    outputs = [
        one.get("name")
        for one in bindings_of(app, "largest")
        if one.get("type") == "http"
    ]
    if outputs != ["$return"]:
        fail(
            "largest/function.json: the names of its http outputs",
            ["$return"],
            outputs,
            "the binding of type http is called $return, so that the client "
            "gets the ReturnValue",
        )


def test_the_timer_fires_every_five_minutes(app):
    triggers = bindings_of(app, "tick")
    written = str(triggers[0].get("schedule")) if triggers else "no binding"
    hint = (
        "six fields, the seconds first: 0 for the seconds, every fifth for "
        "the minutes, * for the rest"
    )
    try:
        schedule = Schedule.parse(written)
        moment = datetime(2026, 12, 31, 22, 57, 30)
        came = []
        for _ in range(30):
            moment = schedule.after(moment)
            came.append(moment)
    except ValueError as error:
        fail("tick/function.json: its schedule", "one", error, hint)
    start = datetime(2026, 12, 31, 23, 0)
    expected = [start + timedelta(minutes=5 * n) for n in range(30)]
    if came != expected:
        fail(
            f"the schedule {written!r} from 22:57:30 on",
            "23:00:00, 23:05:00, 23:10:00, ...",
            ", ".join(f"{one:%H:%M:%S}" for one in came[:3]) + ", ...",
            hint,
        )


def test_the_timer_fires_under_the_host(client):
    status = client.fire("tick")
    came = client.ask("/api/ticks").body.decode()
    logged = [line for line in client.log() if "tick 1" in line]
    # Every five minutes it fires by itself, which may be now.
    counted = came in ('{"ticks":1}', '{"ticks":2}')
    if (status, counted, bool(logged)) != (202, True, True):
        errors = [line for line in client.log() if "[Error]" in line]
        fail(
            "tick fired once under the host, then GET /api/ticks",
            '202 {"ticks":1}, and tick 1 in the log',
            " ".join([str(status), came, *errors[-2:]]),
            "the trigger's name is the key in Data: both are clock",
        )
