"""A Lambda runtime loop that is up nearly as soon as Python itself.

It does what ../python/loop.py does, under the same names. It leaves out what
makes that one slow to start, which is imports: what is written in C it takes
from there, below socket, os and json. What only an error needs is imported
when there is one. As Python is started without site-packages, a handler may
import what lies beside it, the standard library, and what the managed Python
of Lambda brings along.
"""

import _socket
import posix
import sys
from _json import encode_basestring_ascii, make_encoder, make_scanner

TYPE_CHECKING = False  # typing has it, and takes as long as Python to import
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Handler = Callable[[Any, "Context"], Any]

RUNTIME = "/2018-06-01/runtime"
READ_SIZE = 65_536  # bytes
SPACE = " \t\n\r"  # of JSON; Python knows more


class RuntimeApi:
    """The Lambda side of the conversation, over one connection."""

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        self.address = address
        self.socket = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
        self.socket.connect((host, int(port)))
        self.socket.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
        self.received = bytearray()

    def call(
        self, method: str, path: str, body: bytes = b"", headers: str = ""
    ) -> tuple[dict[str, str], bytes]:
        """Make one call, such as GET /invocation/next.

        `headers` are lines, each with its end. Returns the reply's headers,
        their names in lower case, and its body.
        """
        head = (
            f"{method} {RUNTIME}{path} HTTP/1.1\r\nHost: {self.address}\r\n"
            f"Content-Length: {len(body)}\r\n{headers}\r\n"
        )
        self.socket.sendall(head.encode("latin-1", "replace") + body)
        status, reply = self.read_head()
        content = self.read_body(reply)
        if not 200 <= status < 300:
            raise RuntimeError(f"{method} {path}: {status} {content!r}")
        return reply, content

    def read_head(self) -> tuple[int, dict[str, str]]:
        """The status of a reply and its headers."""
        lines = self.take_until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        return int(lines[0].split(" ", 2)[1]), headers

    def read_body(self, headers: dict[str, str]) -> bytes:
        """The body of a reply; a large event comes in chunks."""
        if headers.get("transfer-encoding", "").lower() != "chunked":
            return self.take(int(headers.get("content-length", 0)))
        chunks = []
        while size := int(self.take_until(b"\r\n").partition(b";")[0], 16):
            chunks.append(self.take(size))
            self.take_until(b"\r\n")
        while self.take_until(b"\r\n"):
            pass  # a trailer
        return b"".join(chunks)

    def take_until(self, end: bytes) -> bytes:
        """What comes before this end, which is taken too."""
        searched = 0
        while (found := self.received.find(end, searched)) < 0:
            searched = max(0, len(self.received) - len(end) + 1)
            self.receive()
        content = self.take(found)
        del self.received[: len(end)]
        return content

    def take(self, size: int) -> bytes:
        """The next bytes, so many."""
        while len(self.received) < size:
            self.receive()
        content = bytes(self.received[:size])
        del self.received[:size]
        return content

    def receive(self) -> None:
        """Wait for more bytes."""
        data = self.socket.recv(READ_SIZE)
        if not data:
            raise ConnectionError("the Runtime API has closed the connection")
        self.received += data


class Context:
    """What a handler may know about its invocation."""

    def __init__(self, headers: dict[str, str]) -> None:
        self.aws_request_id = headers["lambda-runtime-aws-request-id"]
        self.invoked_function_arn = headers[
            "lambda-runtime-invoked-function-arn"
        ]
        self.deadline_ms = int(headers["lambda-runtime-deadline-ms"])

    def get_remaining_time_in_millis(self) -> int:
        """How long the handler may still run, in milliseconds."""
        import time

        return max(0, self.deadline_ms - round(time.time() * 1000))


# JSON by the C functions below Python's json: json.loads and json.dumps, but
# for the import of json, which brings re and takes as long as Python itself.


class Decoding:
    """How json.loads reads, where it is told nothing."""

    strict = True
    object_hook = array_hook = None  # the latter from Python 3.15 on
    object_pairs_hook = None
    parse_float = float
    parse_int = int
    parse_constant = {
        name: float(name) for name in ("NaN", "Infinity", "-Infinity")
    }.__getitem__


scan = make_scanner(Decoding)  # type: ignore[arg-type]


def from_json(content: bytes) -> "Any":
    """The value of a JSON text; json itself says what is wrong with one."""
    try:
        text = content.decode().strip(SPACE)
        value, end = scan(text, 0)
        if end == len(text):
            return value
    except Exception:  # SystemError, too, where it finds no json to blame
        pass
    import json

    return json.loads(content)


def to_json(value: object) -> bytes:
    """A value as compact JSON, all in ASCII."""
    encode = make_encoder(
        {},  # what it is in the middle of, to see circles
        refuse,
        encode_basestring_ascii,
        None,  # no indentation
        ":",
        ",",
        False,  # keys in their order
        False,  # a key that is none is an error
        True,  # NaN is let through
    )
    return "".join(encode(value, 0)).encode()


def refuse(value: object) -> None:
    """Called by the encoder for what JSON does not have."""
    kind = type(value).__name__
    raise TypeError(f"Object of type {kind} is not JSON serializable")


def report(error: BaseException) -> tuple[bytes, str]:
    """Print an exception. Returns its JSON and the header with its type."""
    import traceback

    traceback.print_exception(error)
    kind = type(error).__name__
    body = {
        "errorMessage": str(error),
        "errorType": kind,
        "stackTrace": traceback.format_tb(error.__traceback__),
    }
    return to_json(body), f"Lambda-Runtime-Function-Error-Type: {kind}\r\n"


def serve_one(api: RuntimeApi, handler: "Handler") -> None:
    """Wait for one event, handle it and answer it."""
    headers, event = api.call("GET", "/invocation/next")
    invocation = f"/invocation/{headers['lambda-runtime-aws-request-id']}"
    set_variable(
        "_X_AMZN_TRACE_ID", headers.get("lambda-runtime-trace-id", "")
    )
    echo = ""
    if "lambda-runtime-invocation-id" in headers:
        name = "Lambda-Runtime-Invocation-Id"
        echo = f"{name}: {headers[name.lower()]}\r\n"
    try:
        body = to_json(handler(from_json(event), Context(headers)))
    except Exception as error:
        body, kind = report(error)
        api.call("POST", f"{invocation}/error", body, kind + echo)
    else:
        api.call("POST", f"{invocation}/response", body, echo)


# The environment without os. Whoever imports os later gets an os.environ
# that is made of posix.environ, and is one with it.


def variable(name: str) -> str:
    """What it is set to; "" where it is not."""
    return posix.environ.get(name.encode(), b"").decode()


def set_variable(name: str, value: str) -> None:
    """For this process, and for those that a handler starts."""
    key, content = name.encode(), value.encode()
    posix.environ[key] = content
    posix.putenv(key, content)


def load_handler(name: str) -> "Handler":
    """The function that a name such as `handler.handler` means."""
    module, _, function = name.rpartition(".")
    __import__(module)
    handler: Handler = getattr(sys.modules[module], function)
    return handler


def main() -> None:
    """Load the handler, then serve invocations for ever."""
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    api = RuntimeApi(variable("AWS_LAMBDA_RUNTIME_API"))
    sys.path.append(variable("LAMBDA_RUNTIME_DIR"))  # boto3 is there
    try:
        handler = load_handler(variable("_HANDLER"))
    except Exception as error:
        body, kind = report(error)
        api.call("POST", "/init/error", body, kind)
        sys.exit(1)
    while True:
        serve_one(api, handler)
