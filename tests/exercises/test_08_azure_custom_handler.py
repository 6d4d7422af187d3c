"""What the app of exercise 08 must do: one check, one sentence.

The handler is judged as a process of its own, over plain sockets (see
visitor.py); the two JSON files by the host's own reader; and at last the
whole app on the local Functions host.
"""

import http.client
import shutil
import statistics
import time
from contextlib import closing
from urllib.parse import urlsplit

import pytest
from visitor import LOOK_S, SECONDS, Reply, Request, Visited

from workshop.azure import LocalFunctions
from workshop.azure.app import read_app
from workshop.errors import WorkshopError
from workshop.repository import KERNEL
from workshop.sandbox import search_path

ROUTE = "/api/palindromes"
LIMIT = 1_048_576  # bytes of a body
LIMIT_MS = 20  # far over what a reply takes, well under what the trap costs
RANGE = b'{"min": 10, "max": 99}'
TWO_DIGITS = (
    '{"smallest":{"value":121,"factors":[[11,11]]},'
    '"largest":{"value":9009,"factors":[[91,99]]}}'
)
HELLO = '{"message":"hello, world"}'
NO_NUMBER = '{"error":"min must be a whole number"}'
TOO_LARGE = '{"error":"min must be at most 999999999999"}'
NO_JSON = '{"error":"the body must be JSON"}'
NOT_FOUND = '{"error":"not found"}'
GET = Request("GET", f"{ROUTE}?min=10&max=99")


def reject(what, expected, came, hint):
    """Fail, saying what was expected, what came and what to look at."""
    pytest.fail(
        f"{what}\n"
        f"  expected  {expected}\n"
        f"  came      {came}\n"
        f"  hint      {hint}",
        pytrace=False,
    )


class Handler(Visited):
    """The learner's handler, which should listen."""

    def connect(self):
        """A new connection; the check fails where nobody listens."""
        why = self.listens()
        if why:
            reject(
                "python3 handler.py, with FUNCTIONS_CUSTOMHANDLER_PORT="
                f"{self.port}",
                f"a server on 127.0.0.1:{self.port}",
                why,
                'int(os.environ["FUNCTIONS_CUSTOMHANDLER_PORT"]) is the '
                "port, another one at each start",
            )
        return super().connect()


@pytest.fixture
def handler(answer):
    """The learner's handler, started."""
    with Handler(answer.path) as handler:
        yield handler


def expect(line, request, status, body, hint):
    """Make a request and want this reply: its status and its body."""
    reply = line.ask(request)
    if (reply.status, reply.body.decode(errors="replace")) != (status, body):
        reject(request, f"{status} {body}".strip(), reply, hint)
    return reply


def expect_each(handler, replies, hint):
    """Want these replies, each over a connection of its own."""
    for request, (status, body) in replies.items():
        expect(handler.connect(), request, status, body, hint)


# Events and answers


def test_it_listens_on_the_port_of_the_variable(handler):
    reply = handler.connect().ask(Request("GET", "/"))
    if not reply.status:
        reject(
            "GET /",
            "an answer, whatever it says: the host waits for one",
            reply,
            "reply to every path, to an unknown one with 404",
        )


def test_a_query_is_an_event(handler):
    expect_each(
        handler,
        {
            GET: (200, TWO_DIGITS),
            Request("GET", ROUTE): (200, HELLO),
            Request("GET", f"{ROUTE}?m%69n=10&max=0099"): (200, TWO_DIGITS),
        },
        "the event of a GET is in its query, its numbers are numbers; the "
        'body is compact JSON, separators=(",", ":")',
    )
    reply = handler.connect().ask(GET)
    if reply.headers.get("content-type") != "application/json":
        reject(
            f"the Content-Type of the reply to {GET}",
            "application/json",
            reply.headers.get("content-type"),
            'send_header("Content-Type", "application/json")',
        )


def test_a_body_of_json_is_an_event(handler):
    expect_each(
        handler,
        {
            Request("POST", ROUTE, RANGE): (200, TWO_DIGITS),
            Request("POST", f"{ROUTE}?min=1&max=2", b"{}"): (200, HELLO),
            Request("POST", ROUTE, '{"ü": "é"}'.encode()): (200, HELLO),
        },
        "the event of a POST is in its body, and nowhere else",
    )


def test_an_event_that_breaks_a_rule_is_400(handler):
    order = '{"error":"min must not be greater than max"}'
    queries = {
        "min=99&max=10": order,
        **dict.fromkeys(
            ["min=ten", "min=%2B10", "min=1_0", "min="], NO_NUMBER
        ),
        "min=-5&max=9": '{"error":"min must be at least 1"}',
    }
    expect_each(
        handler,
        {
            Request("GET", f"{ROUTE}?{query}"): (400, body)
            for query, body in queries.items()
        }
        | {
            Request("POST", ROUTE, b"[1]"): (
                400,
                '{"error":"event must be a JSON object"}',
            )
        },
        'catch InvalidRange and reply 400 with {"error": str(error)}; a '
        'number is digits with at most a "-" before them',
    )


def test_a_body_that_is_no_json_is_400(handler):
    bodies = [b"", b"{", b"min=10&max=99", b'{"min": NaN, "max": 9}', b"\xff"]
    expect_each(
        handler,
        {
            Request("POST", ROUTE, body): (400, NO_JSON)
            for body in [*bodies, b"[" * 100_000]
        },
        "json.loads and decode raise a ValueError for it, for deep nesting a "
        "RecursionError; parse_constant=no_constant refuses NaN",
    )


def test_a_very_long_number_is_too_large(handler):
    digits = "9" * 5000
    expect_each(
        handler,
        {
            Request("GET", f"{ROUTE}?max=9&min={digits}"): (400, TOO_LARGE),
            Request("POST", ROUTE, f'{{"min": {digits}}}'.encode()): (
                400,
                TOO_LARGE,
            ),
        },
        "int() refuses more than 4300 digits; whole() reads as many as it "
        "takes, in a query and, as parse_int, in JSON",
    )


def test_another_path_is_404(handler):
    paths = ["/", "/api", f"{ROUTE}/1", "/palindromes", f"/x{ROUTE}"]
    expect_each(
        handler,
        {Request("GET", path): (404, NOT_FOUND) for path in paths},
        f"the path before the ? must be {ROUTE}, neither more nor less",
    )


def test_another_method_is_405(handler):
    for method in "PUT", "DELETE", "OPTIONS":
        request = Request(method, ROUTE)
        body = '{"error":"method not allowed"}'
        reply = expect(
            handler.connect(),
            request,
            405,
            body,
            "http.server calls do_PUT, do_DELETE and so on, and says 501 "
            "where there is none",
        )
        if reply.headers.get("allow") != "GET, POST":
            reject(
                f"the header Allow of the reply to {request}",
                "GET, POST",
                reply.headers.get("allow"),
                "a 405 says what is allowed",
            )


def test_head_gets_no_body(handler):
    line = handler.connect()
    hint = (
        "to HEAD send the headers only: a body would be taken for the "
        "beginning of the next reply"
    )
    expect(line, Request("HEAD", ROUTE), 405, "", hint)
    expect(line, Request("HEAD", "/"), 404, "", hint)
    expect(line, GET, 200, TWO_DIGITS, hint)


# Connections


def test_the_connection_stays_open(handler):
    line = handler.connect()
    requests = {
        GET: 200,
        Request("GET", f"{ROUTE}?min=ten"): 400,
        Request("GET", "/nothing"): 404,
        Request("POST", ROUTE, RANGE): 200,
    }
    for number, (request, status) in enumerate(requests.items(), start=1):
        reply = line.ask(request)
        if reply.status != status or reply.why:
            reject(
                f"request {number} over one connection: {request}",
                status,
                reply,
                'protocol_version = "HTTP/1.1" keeps the connection, and '
                "Content-Length says where a body ends",
            )


def test_a_reply_does_not_wait(handler):
    line = handler.connect()
    replies = [line.ask(GET) for _ in range(20)]
    for reply in replies:
        if reply.status != 200:
            reject(f"{GET}, 20 times over one connection", 200, reply, "")
    median = statistics.median(reply.ms for reply in replies)
    if median > LIMIT_MS:
        reject(
            f"{GET}, 20 times over one connection; the median time",
            f"under {LIMIT_MS} ms",
            f"{median:.0f} ms",
            "headers and body go out as two packets, and the second one "
            "waits: send both at once, wbufsize = -1",
        )


def test_a_body_in_chunks_is_read(handler):
    chunked = Request(
        "POST",
        ROUTE,
        chunks=[
            b'c\r\n{"min": 10, \r\n',
            b'A\r\n"max": 99}\r\n',
            b"0\r\n\r\n",
        ],
    )
    more = Request(
        "POST",
        ROUTE,
        chunks=[b"16;a=b\r\n" + RANGE + b"\r\n", b"0\r\nMore: 1\r\n\r\n"],
    )
    line = handler.connect()
    for request in chunked, more, chunked:
        expect(
            line,
            request,
            200,
            TWO_DIGITS,
            "Transfer-Encoding instead of Content-Length: read each chunk "
            "and the end of its line, and at last all to the empty line",
        )


def test_a_body_that_nobody_wants_is_read(handler):
    line = handler.connect()
    hint = (
        "read the body before you look at anything else: what is left of it "
        "is taken for the next request"
    )
    expect(line, Request("GET", ROUTE, b"a body"), 200, HELLO, hint)
    expect(line, Request("POST", "/", RANGE), 404, NOT_FOUND, hint)
    expect(line, GET, 200, TWO_DIGITS, hint)


def test_a_body_that_is_too_long_is_413(handler):
    line = handler.connect()
    fits = Request("POST", ROUTE, b"{}".ljust(LIMIT))
    expect(line, fits, 200, HELLO, f"{LIMIT} bytes are not too many")
    said = Request("POST", ROUTE, length=str(LIMIT + 1))
    full = b"100000\r\n" + b" " * LIMIT + b"\r\n1\r\n"
    for request in said, Request("POST", ROUTE, chunks=[full]):
        body = f'{{"error":"the body must be at most {LIMIT} bytes"}}'
        line = handler.connect()
        hint = (
            f"over {LIMIT} bytes, for all chunks together, reply 413 without "
            "waiting for them, and with Connection: close"
        )
        expect(line, request, 413, body, hint)
        if not line.is_over():
            reject(request, "a closed connection", "an open one", hint)


def test_a_length_that_is_no_number_is_400(handler):
    requests = [
        Request("POST", ROUTE, b"{}", length="-1"),
        Request("POST", ROUTE, b"{}", length="two"),
        Request("POST", ROUTE, chunks=[b"-2\r\n{}\r\n", b"0\r\n\r\n"]),
    ]
    for request in requests:
        line = handler.connect()
        reply = line.ask(request)
        if reply.status != 400 or not line.is_over():
            length = request.length or "a chunk of -2 bytes"
            reject(
                f"{request}, whose length is said to be {length}",
                "400, and a closed connection",
                reply,
                "int() takes more than lengths are made of, and read(-1) "
                "waits for the end of the connection",
            )


def test_two_clients_are_served_at_once(handler):
    slow = handler.connect()
    slow.socket.sendall(Request("POST", ROUTE, length="22").encoded())
    slow.socket.sendall(RANGE[:11])
    hint = (
        "a client may be slow: give each connection its thread, "
        "ThreadingHTTPServer"
    )
    expect(handler.connect(), GET, 200, TWO_DIGITS, hint)
    slow.socket.sendall(RANGE[11:])
    reply = slow.read("POST")
    if reply.status != 200:
        reject("the slow one, now that it has all been sent", 200, reply, hint)


def test_its_log_is_on_stdout(handler):
    handler.connect().ask(GET)
    end = time.monotonic() + SECONDS
    while not any(ROUTE in line for line in handler.said("stdout")):
        errors = [line for line in handler.said("stderr") if ROUTE in line]
        if errors or time.monotonic() > end:
            reject(
                f"the log of {GET}",
                "a line on stdout, with the path",
                "a line on stderr" if errors else "no line",
                "log_message prints, and main makes "
                "sys.stdout.reconfigure(line_buffering=True)",
            )
        time.sleep(LOOK_S)
    if handler.said("stderr"):
        reject(
            f"stderr after {GET}",
            "nothing: the host takes it for errors",
            handler.said("stderr")[0],
            "a line is for stdout or for stderr, not for both",
        )


# The two JSON files


def laid_out(answer):
    """The folder of the learner's app, all its files in place."""
    folder = answer.path.parent
    shutil.copy(KERNEL / "palindromes.py", folder)
    for part in answer.parts:
        path = folder / part.file
        path.parent.mkdir(exist_ok=True)
        try:
            path.write_text(part.as_json())
        except WorkshopError as error:
            pytest.fail(str(error), pytrace=False)
    return folder


def read(answer):
    """The learner's app, as the host reads it."""
    try:
        return read_app(laid_out(answer), {})
    except WorkshopError as error:
        reject(
            "the host, reading host.json",
            "no complaint",
            str(error),
            "version and customHandler are the two keys; look at how they "
            "are spelled",
        )


def test_host_json_starts_the_handler(answer):
    app = read(answer)
    handler = app.settings.handler
    if not shutil.which(handler.executable, path=search_path()):
        reject(
            "description.defaultExecutablePath",
            "a program that there is, python3",
            handler.executable,
            "the program alone; what comes after it goes into arguments",
        )
    if handler.arguments != ("handler.py",):
        reject(
            "description.arguments",
            ["handler.py"],
            list(handler.arguments),
            "a list, of one file: python3 runs that",
        )
    if not (handler.forwarding or handler.proxying):
        reject(
            "enableForwardingHttpRequest",
            True,
            "; ".join(app.warnings) or False,
            "without it the host sends a payload; it stands beside "
            "description, not in it",
        )


def test_function_json_has_the_two_bindings(answer):
    app = read(answer)
    for function in app.functions:
        for binding in function.bindings:
            level = binding.properties.get("authLevel", "function")
            if binding.is_a("httpTrigger") and level.lower() != "anonymous":
                reject(
                    "authLevel of the httpTrigger",
                    "anonymous",
                    level,
                    "without it, the level is function, and the host wants "
                    "a key",
                )
        if set(function.methods) != {"GET", "POST"}:
            reject(
                "methods of the httpTrigger",
                "get and post",
                ", ".join(function.methods) or "all",
                "a request of a method that is not listed gets 404",
            )
        if not function.direct:
            reject(
                "the bindings",
                "one httpTrigger in, one http out, and nothing else",
                [f"{b.type} {b.direction}" for b in function.bindings],
                "to every other function the host sends a payload",
            )
    if [function.name for function in app.functions] != ["palindromes"]:
        reject(
            "the host, reading palindromes/function.json",
            "a function palindromes",
            "; ".join(app.errors.values()) or "none",
            "type, direction and name of both bindings",
        )


# All together


def test_the_app_answers_under_the_host(answer):
    folder = laid_out(answer)
    try:
        functions = LocalFunctions(folder, ready_s=2)
    except WorkshopError as error:
        reject("the host", "it starts", str(error), "see the two JSON files")
    with functions:
        for request, status, body in (
            (GET, 200, TWO_DIGITS),
            (Request("POST", ROUTE, RANGE), 200, TWO_DIGITS),
            (Request("GET", f"{ROUTE}?min=ten"), 400, NO_NUMBER),
        ):
            reply = ask_host(functions.url, request)
            if (reply.status, reply.body.decode()) != (status, body):
                reject(
                    f"{request}, on the local Functions host",
                    f"{status} {body}",
                    reply,
                    "the last lines of its log:\n"
                    + "\n".join(functions.log()[-3:]),
                )


def ask_host(url, request):
    """The host's reply to a request."""
    client = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    with closing(client):
        client.request(request.method, request.target, request.body or None)
        reply = client.getresponse()
        return Reply(reply.status, body=reply.read())
