"""Any server will do: the same answers from a handler in Python's standard
library, in Node, in Rust, on starlette and uvicorn, and on Flask.

Ours are also asked directly, since a host that forwards keeps some requests
to itself: methods that are not listed, bodies in chunks.
"""

import contextlib
import http.client
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.building import rust_built
from workshop.azure import LocalFunctions
from workshop.ports import free_port
from workshop.repository import FUNCTIONS, KERNEL

AZURE = FUNCTIONS / "azure"
ROUTE = "/api/palindromes"
LIMIT = 1_048_576  # bytes of a body
LONG = "9" * 400  # digits
TOO_LONG_FOR_PYTHON = "9" * 5000  # digits, of which int() takes 4300
PATIENCE = 20  # seconds until no reply is a failure

COMMON = """
import json
import os
import re

from palindromes import InvalidRange, answer

PORT = int(os.environ["FUNCTIONS_CUSTOMHANDLER_PORT"])

def no_constant(name):
    raise ValueError(name)

def reply_to(method, query, body):
    try:
        if method == "GET":
            event = {
                name: int(value) if re.fullmatch("-?[0-9]+", value) else value
                for name, value in query
            }
        else:
            event = json.loads(body.decode(), parse_constant=no_constant)
    except ValueError:
        return {"error": "the body must be JSON"}, 400
    try:
        return answer(event), 200
    except InvalidRange as error:
        return {"error": str(error)}, 400
"""

STARLETTE = """
import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from common import PORT, reply_to

async def palindromes(request):
    query = request.query_params.multi_items()
    return JSONResponse(
        *reply_to(request.method, query, await request.body())
    )

async def not_found(request, error):
    return JSONResponse({"error": "not found"}, 404)

app = Starlette(
    routes=[Route("/api/palindromes", palindromes, methods=["GET", "POST"])],
    exception_handlers={404: not_found},
)
uvicorn.run(app, host="127.0.0.1", port=PORT)
"""

FLASK = """
import flask

from common import PORT, reply_to

app = flask.Flask(__name__)
app.json.sort_keys = False

def compact(value, status):
    body = app.json.dumps(value, separators=(",", ":"))
    return app.response_class(body, status, mimetype="application/json")

@app.route("/api/palindromes", methods=["GET", "POST"])
def palindromes():
    request = flask.request
    query = request.args.items(multi=True)
    return compact(*reply_to(request.method, query, request.get_data()))

@app.errorhandler(404)
def not_found(error):
    return compact({"error": "not found"}, 404)

app.run("127.0.0.1", PORT)
"""


def found(smallest, largest):
    """The body for the value and the pairs of factors of both."""
    ends = {"smallest": smallest, "largest": largest}
    return {
        end: {"value": value, "factors": list(map(list, pairs))}
        for end, (value, *pairs) in ends.items()
    }


def error(message):
    return {"error": message}


HELLO = {"message": "hello, world"}
ONE_DIGIT = found((1, (1, 1)), (9, (1, 9), (3, 3)))
TWO_DIGITS = found((121, (11, 11)), (9009, (91, 99)))
TWELVE_DIGITS = found(
    (10000000000200000000001, (100000000001, 100000000001)),
    (999999000000000000999999, (999999000001, 999999999999)),
)
NO_NUMBER = error("min must be a whole number")
TOO_SMALL = error("min must be at least 1")
TOO_LARGE = error("min must be at most 999999999999")
NO_KERNEL = error('kernel must be "brute" or "fast"')
NO_JSON = error("the body must be JSON")
NO_OBJECT = error("event must be a JSON object")
NOT_FOUND = error("not found")
NOT_ALLOWED = error("method not allowed")
TOO_LONG = error("the body must be at most 1048576 bytes")

QUERIES = [
    ("", 200, HELLO),
    ("?name=Ada", 200, HELLO),
    ("?min=10&max=99", 200, TWO_DIGITS),
    ("?min=10&max=99&kernel=brute", 200, TWO_DIGITS),
    ("?min=100000000000&max=999999999999", 200, TWELVE_DIGITS),
    ("?m%69n=%31&&max=009&with+a=%C3%A9?", 200, ONE_DIGIT),
    ("?min=15&max=15", 200, found((None,), (None,))),
    ("?min=99&max=10", 400, error("min must not be greater than max")),
    ("?max=99", 400, error("min is missing: give both min and max")),
    ("?min=a", 400, NO_NUMBER),
    ("?min=&max=99", 400, NO_NUMBER),
    ("?min=%2B10&max=99", 400, NO_NUMBER),
    ("?min=10.0&max=99", 400, NO_NUMBER),
    ("?min=%D9%A1&max=99", 400, NO_NUMBER),  # a digit, but not of ASCII
    ("?min=-0&max=99", 400, TOO_SMALL),
    (f"?min=-{LONG}&max=99", 400, TOO_SMALL),
    (f"?min={LONG}&max=99", 400, TOO_LARGE),
    ("?min=10&max=99&kernel=+fast", 400, NO_KERNEL),
    ("?min=10&max=99&kernel=5", 400, NO_KERNEL),
]
BODIES = [
    (b"{}", 200, HELLO),
    (b'{"name": "\xc3\xa9"}', 200, HELLO),
    (b' {"min": 10, "max": 99}\n', 200, TWO_DIGITS),
    (b'{"min": 10, "max": 99, "kernel": "brute"}', 200, TWO_DIGITS),
    (b'{"min": 0, "min": 1, "max": 9}', 200, ONE_DIGIT),
    (b"{}".ljust(LIMIT), 200, HELLO),
    (b"[10, 99]", 400, NO_OBJECT),
    (b"null", 400, NO_OBJECT),
    (b'{"min": "10", "max": 99}', 400, NO_NUMBER),
    (b'{"min": %b, "max": 99}' % LONG.encode(), 400, TOO_LARGE),
    (b'{"min": 10, "max": 99, "kernel": null}', 400, NO_KERNEL),
    (b"", 400, NO_JSON),
    (b"{", 400, NO_JSON),
    (b"{} {}", 400, NO_JSON),
    (b"min=10&max=99", 400, NO_JSON),
    (b'{"min": 010, "max": 99}', 400, NO_JSON),
    (b'{"min": NaN, "max": 99}', 400, NO_JSON),
    (b'{"min": 1, "max": Infinity}', 400, NO_JSON),
    (b'{"name": "\xff"}', 400, NO_JSON),
    (b'{"name": "a\nb"}', 400, NO_JSON),
    (b"\xef\xbb\xbf{}", 400, NO_JSON),  # a byte order mark
    ("{}".encode("utf-16-le"), 400, NO_JSON),
]
REQUESTS = [
    *(("GET", ROUTE + query, b"", *reply) for query, *reply in QUERIES),
    *(("POST", ROUTE, *request) for request in BODIES),
    ("POST", f"{ROUTE}?min=1&max=9", b"{}", 200, HELLO),
]
"""Method, target, body; status and value that come back."""

DIRECTLY = [
    ("GET", f"{ROUTE}?min=5&max=9&min=1", b"", 200, ONE_DIGIT),
    ("GET", ROUTE, b"a body that nobody asked for", 200, HELLO),
    ("GET", "/", b"", 404, NOT_FOUND),
    ("GET", "/api", b"", 404, NOT_FOUND),
    ("GET", f"{ROUTE}/", b"", 404, NOT_FOUND),
    ("GET", f"{ROUTE}/1?min=1&max=9", b"", 404, NOT_FOUND),
    ("GET", f"/x/..{ROUTE}", b"", 404, NOT_FOUND),
    ("GET", "/api/Palindromes", b"", 404, NOT_FOUND),
    ("POST", "/?min=1&max=9", b"{}", 404, NOT_FOUND),
    ("PUT", "/", b"{}", 404, NOT_FOUND),
    ("PUT", ROUTE, b"{}", 405, NOT_ALLOWED),
    ("PATCH", ROUTE, b"{}", 405, NOT_ALLOWED),
    ("DELETE", f"{ROUTE}?min=1&max=9", b"", 405, NOT_ALLOWED),
    ("OPTIONS", ROUTE, b"", 405, NOT_ALLOWED),
    ("OPTIONS", "/", b"", 404, NOT_FOUND),
    ("GET", f"{ROUTE}?min={TOO_LONG_FOR_PYTHON}", b"", 400, TOO_LARGE),
    ("GET", f"{ROUTE}?min=-{TOO_LONG_FOR_PYTHON}", b"", 400, TOO_SMALL),
    ("GET", f"{ROUTE}?min={'0' * 5000}1&max=9", b"", 200, ONE_DIGIT),
    (
        *("POST", ROUTE, b'{"min": %b}' % TOO_LONG_FOR_PYTHON.encode()),
        *(400, TOO_LARGE),
    ),
    ("POST", ROUTE, b"[" * 100_000, 400, NO_JSON),
]


# The function apps


def app_of(name, folder):
    """Assemble an app as it is deployed: all its files in one folder."""
    if name in ("starlette", "flask"):
        pytest.importorskip(name)
        shutil.copytree(AZURE / "python", folder)
        source = STARLETTE if name == "starlette" else FLASK
        (folder / "handler.py").write_text(source)
        (folder / "common.py").write_text(COMMON)
        # This Python, which has the two; python3 may be another one.
        host_json = (folder / "host.json").read_text()
        (folder / "host.json").write_text(
            host_json.replace('"python3"', json.dumps(sys.executable))
        )
    else:
        shutil.copytree(AZURE / name, folder, ignore=_what_rust_is_built_of)
    if name == "rust":
        shutil.copy2(rust_built(AZURE / name) / "handler", folder)
    elif name == "node":
        if not shutil.which("node"):
            pytest.skip("there is no node")
        shutil.copy2(KERNEL / "palindromes.mjs", folder)
    else:
        shutil.copy2(KERNEL / "palindromes.py", folder)
    return folder


def _what_rust_is_built_of(folder, names):
    return {"src", "target", "Cargo.toml", "Cargo.lock"} & set(names)


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """Gives the folder of an app, which is assembled once."""
    apps = {}

    def app(name):
        if name not in apps:
            apps[name] = app_of(name, tmp_path_factory.mktemp(name) / "app")
        return apps[name]

    return app


OURS = ["python", "node", "rust"]
ALL = [*OURS, "starlette", "flask"]


@pytest.fixture(scope="module", params=ALL)
def hosted(request, app):
    """The address of a host that runs the app."""
    with LocalFunctions(app(request.param)) as functions:
        yield functions.url.removeprefix("http://")


class Handler:
    """A handler alone, started as a host starts it."""

    def __init__(self, folder, output):
        host_json = json.loads((folder / "host.json").read_text())
        description = host_json["customHandler"]["description"]
        bin_folder = Path(sys.executable).parent
        path = f"{folder}{os.pathsep}{bin_folder}{os.pathsep}"
        path += os.environ["PATH"]
        port = free_port()
        self.address = f"127.0.0.1:{port}"
        self._output = output
        with output.open("wb") as stdout:
            self._process = subprocess.Popen(
                [
                    shutil.which(
                        description["defaultExecutablePath"], path=path
                    ),
                    *description.get("arguments", []),
                ],
                cwd=folder,
                env={"PATH": path, "FUNCTIONS_CUSTOMHANDLER_PORT": str(port)},
                stdin=subprocess.DEVNULL,
                stdout=stdout,
            )
        while self._process.poll() is None:
            with contextlib.suppress(ConnectionRefusedError):
                self.connect().close()
                return
            time.sleep(0.01)  # nothing tells that it listens
        pytest.fail("the handler has ended")

    def connect(self):
        client = http.client.HTTPConnection(self.address, timeout=PATIENCE)
        client.connect()
        return client

    def log(self):
        """The lines on its standard output."""
        return self._output.read_text().splitlines()

    def kill(self):
        self._process.kill()
        self._process.wait()


@pytest.fixture(scope="module")
def handler(request, app, tmp_path_factory):
    """A handler alone; the test names it."""
    output = tmp_path_factory.mktemp("log") / "stdout"
    handler = Handler(app(request.param), output)
    yield handler
    handler.kill()


each_of_ours = pytest.mark.parametrize("handler", OURS, indirect=True)


def compact(value):
    return json.dumps(value, separators=(",", ":")).encode()


def ask(client, method, target, body=None, **more):
    """Make one request: the reply, and its body."""
    client.request(method, target, body, **more)
    reply = client.getresponse()
    return reply, reply.read()


def in_chunks(*parts):
    """What makes http.client send a body in these chunks."""
    return {
        "body": iter(parts),
        "headers": {"Transfer-Encoding": "chunked"},
        "encode_chunked": True,
    }


# The same answers


def judge(address, requests):
    client = http.client.HTTPConnection(address, timeout=PATIENCE)
    with contextlib.closing(client):
        for method, target, body, status, value in requests:
            what = f"{method} {target[:50]} {body[:50]!r}"
            reply, content = ask(client, method, target, body or None)
            assert (reply.status, content) == (status, compact(value)), what
            assert reply.headers["Content-Type"] == "application/json", what


def test_under_the_host(hosted):
    judge(hosted, REQUESTS)


@pytest.mark.parametrize("handler", ALL, indirect=True)
def test_alone(handler):
    judge(handler.address, REQUESTS)


@each_of_ours
def test_requests_that_a_host_keeps_to_itself(handler):
    judge(handler.address, DIRECTLY)


# What is not in a status and a body


@each_of_ours
def test_a_connection_stays_open_and_replies_tell_their_length(handler):
    with contextlib.closing(handler.connect()) as client:
        sock = client.sock
        for method, target, body, *_ in REQUESTS + DIRECTLY:
            reply, content = ask(client, method, target, body or None)
            assert reply.headers["Transfer-Encoding"] is None
            assert reply.headers["Content-Length"] == str(len(content))
            assert client.sock is sock


@each_of_ours
def test_the_last_request_has_the_last_reply(handler):
    # A host that forwards Connection: close would ask over it once more.
    with contextlib.closing(handler.connect()) as client:
        reply, _ = ask(client, "GET", ROUTE, headers={"Connection": "close"})
        assert (reply.status, reply.headers["Connection"]) == (200, "close")


@each_of_ours
def test_another_method_is_told_which_are_allowed(handler):
    with contextlib.closing(handler.connect()) as client:
        reply, _ = ask(client, "PUT", ROUTE, b"{}")
        assert reply.status == 405
        assert reply.headers["Allow"] == "GET, POST"


@each_of_ours
@pytest.mark.parametrize("target, status", [(ROUTE, 405), ("/", 404)])
def test_head_is_told_the_same_without_a_body(handler, target, status):
    request = f"HEAD {target} HTTP/1.1\r\nHost: me\r\n"
    with contextlib.closing(handler.connect()) as client:
        for more in "", "Connection: close\r\n":
            client.sock.sendall(f"{request}{more}\r\n".encode())
        replies = b"".join(iter(lambda: client.sock.recv(65536), b""))
    first, second, rest = replies.split(b"\r\n\r\n")
    assert rest == b""
    for head in first, second:
        assert head.startswith(b"HTTP/1.1 %d " % status)
        assert (b"allow: get, post" in head.lower()) == (status == 405)


@each_of_ours
@pytest.mark.parametrize(
    "header, start",
    [
        ("Content-Length", b"{}"),
        ("Transfer-Encoding: chunked\r\nX", b"%b\r\n{}\r\n0\r\n\r\n"),
    ],
)
@pytest.mark.parametrize("size", [b"-2", b"zz", b"1_0", b"+2", b""])
def test_a_length_that_is_no_number_ends_the_connection(
    handler, header, start, size
):
    head = f"POST {ROUTE} HTTP/1.1\r\nHost: me\r\n{header}: ".encode()
    start = start % size if b"%b" in start else start
    with contextlib.closing(handler.connect()) as client:
        client.sock.sendall(head + size + b"\r\n\r\n" + start)
        reply = http.client.HTTPResponse(client.sock)
        reply.begin()
        reply.read()
        assert (reply.status, client.sock.recv(1)) == (400, b"")


@each_of_ours
@pytest.mark.parametrize(
    "parts, status, value",
    [
        ([b'{"min": 1', b'0, "max": 99}'], 200, TWO_DIGITS),
        ([b"{}".ljust(LIMIT - 1), b" "], 200, HELLO),
        ([], 400, NO_JSON),
        ([b"{"], 400, NO_JSON),
    ],
)
def test_a_body_in_chunks(handler, parts, status, value):
    with contextlib.closing(handler.connect()) as client:
        for _ in range(2):  # the end was found, so the next is understood
            reply, content = ask(client, "POST", ROUTE, **in_chunks(*parts))
            assert (reply.status, content) == (status, compact(value))


def refused_as_too_long(client):
    reply = client.getresponse()
    assert (reply.status, reply.read()) == (413, compact(TOO_LONG))
    assert reply.headers["Connection"] == "close"
    assert reply.headers["Content-Length"] == str(len(compact(TOO_LONG)))


@each_of_ours
def test_a_body_that_is_said_to_be_too_long_is_not_waited_for(handler):
    with contextlib.closing(handler.connect()) as client:
        client.putrequest("POST", ROUTE)
        client.putheader("Content-Length", str(LIMIT + 1))
        client.endheaders()
        refused_as_too_long(client)


@each_of_ours
def test_chunks_that_become_too_long_are_not_waited_for(handler):
    with contextlib.closing(handler.connect()) as client:
        client.putrequest("POST", ROUTE)
        client.putheader("Transfer-Encoding", "chunked")
        client.endheaders()
        for size in LIMIT, 1:  # and no end
            client.send(b"%x\r\n%b\r\n" % (size, b" " * size))
        refused_as_too_long(client)


@each_of_ours
def test_each_request_is_a_line_on_stdout(handler):
    with contextlib.closing(handler.connect()) as client:
        before = len(handler.log())
        for method, target, body, *_ in DIRECTLY:
            ask(client, method, target, body or None)
        lines = handler.log()[before:]
    for line, request in zip(lines, DIRECTLY, strict=True):
        method, target, _, status, _ = request
        for told in method, target.partition("?")[0], str(status):
            assert told in line


@each_of_ours
def test_a_slow_request_of_one_client_that_goes_harms_nobody(handler):
    with contextlib.closing(handler.connect()) as client:
        client.putrequest("POST", ROUTE)
        client.putheader("Content-Length", "100")
        client.endheaders(b'{"min": 10, ')
    with contextlib.closing(handler.connect()) as client:
        reply, content = ask(client, "GET", f"{ROUTE}?min=10&max=99")
        assert (reply.status, content) == (200, compact(TWO_DIGITS))
