"""A Runtime API that notes every call, and a loop that has to live with it.

The loop runs as it is deployed: what functions/aws/python/bootstrap starts,
in a process of its own with a minimal environment and a time limit. The API
is a plain server of the standard library, so that a loop is judged by
something else than the local Lambda.
"""

import contextlib
import json
import os
import signal
import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Protocol

from script import Script

SECONDS = 10  # for a whole exam; right loops take a tenth of a second
MOST_CALLS = 40  # a loop that repeats itself need not do so for ever
PREFIX = "/2018-06-01/runtime"


@dataclass
class Delivery:
    """One event, and how it is handed out."""

    event: object = None
    handler_s: float = 60  # until the deadline
    invocation_id: str = ""  # sent when it is not empty
    chunked: bool = False
    accepted: int = 202  # the status that its answer gets
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    trace_id: str = field(
        default_factory=lambda: f"Root=1-{uuid.uuid4().hex};Sampled=0"
    )
    arn: str = field(
        default_factory=lambda: (
            "arn:aws:lambda:us-east-1:123456789012:function:"
            f"f-{uuid.uuid4().hex[:8]}"
        )
    )


@dataclass(frozen=True)
class Call:
    """One call that the loop made, and the status that it got."""

    connection: int
    method: str
    path: str  # below /2018-06-01/runtime
    headers: Any
    body: bytes
    status: int

    def __str__(self) -> str:
        text = self.body.decode(errors="replace")
        shown = text if len(text) <= 300 else text[:300] + " ..."
        return f"{self.method} {self.path} {shown}".strip()


@dataclass
class Transcript:
    """What a loop did, from its start until it had nothing more to do."""

    deliveries: Sequence[Delivery]
    calls: list[Call] = field(default_factory=list)
    output: str = ""
    status: int | None = None  # its exit status; None: it was waiting
    late: bool = False  # it was stopped by the time limit

    def posts(self, delivery: Delivery) -> list[Call]:
        """The answers to an event, of either kind."""
        start = f"/invocation/{delivery.request_id}/"
        return [c for c in self.calls if c.path.startswith(start)]

    def made(self, path: str) -> list[Call]:
        """The calls of this path."""
        return [call for call in self.calls if call.path == path]

    def __str__(self) -> str:
        """The calls as lines, then how it ended and what it printed."""
        lines = [f"{call} -> {call.status}" for call in self.calls[-8:]]
        if self.late:
            lines.append(f"(stopped after {SECONDS} seconds)")
        elif self.status is not None:
            lines.append(f"(it exited with status {self.status})")
        printed = self.output.strip().splitlines()
        if self.status and printed:
            lines.append(f"(its last words: {printed[-1]})")
        return "\n".join(lines) or "(no call at all)"


class Process(Protocol):
    """A loop that runs, the leader of a process group."""

    pid: int

    def wait(self) -> int:
        """Its exit status, when it has ended; negative for a signal."""


def start(loop: Path, environment: Mapping[str, str], out: int) -> Process:
    """Start a loop, a script of Python; `out` is where it prints to."""
    return Script(loop, environment, out, out)


def examine(
    loop: Path,
    *deliveries: Delivery,
    handler: str = "def handler(event, context):\n    return event\n",
    name: str = "handler.handler",
    next_status: int = 200,
) -> Transcript:
    """Run the loop until it asks for an event and there is none left.

    `handler` is the source of the module that `name` names.
    """
    folder = loop.parent
    module = folder / f"{name.rpartition('.')[0]}.py"
    module.write_text(handler)
    with Api(deliveries, next_status) as api:
        environment = {
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{api.server_port}",
            "LAMBDA_TASK_ROOT": str(folder),
            "_HANDLER": name,
        }
        pipe, out = os.pipe()
        try:
            child = start(loop, environment, out)
        finally:
            os.close(out)
        reader = threading.Thread(target=api.listen, args=[child, pipe])
        reader.start()
        api.transcript.late = not api.ended.wait(SECONDS)
        with contextlib.suppress(ProcessLookupError):
            # A frozen environment empties no buffer: neither does this.
            os.killpg(child.pid, signal.SIGKILL)
        reader.join()
    return api.transcript


class Api(ThreadingHTTPServer):
    """The scripted side of the conversation."""

    daemon_threads = True

    def __init__(
        self, deliveries: Sequence[Delivery], next_status: int
    ) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.transcript = Transcript(deliveries)
        self.next_status = next_status
        self.answered = 0
        self.connections = 0
        self.ended = threading.Event()
        self.closing = threading.Event()
        self.lock = threading.Lock()
        self.thread = threading.Thread(target=self.serve_forever, args=[0.01])

    def __enter__(self) -> "Api":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self.shutdown()
        self.thread.join()
        self.server_close()

    def listen(self, child: Process, pipe: int) -> None:
        """Keep what the loop prints; when it ends, so does the exam."""
        with open(pipe, "rb") as output:
            self.transcript.output = output.read().decode(errors="replace")
        status = child.wait()
        self.transcript.status = None if status == -signal.SIGKILL else status
        self.ended.set()

    def note(self, call: Call) -> None:
        """Add a call to the transcript; too many of them end the exam."""
        self.transcript.calls.append(call)
        if len(self.transcript.calls) >= MOST_CALLS:
            self.ended.set()

    def judge_post(self, path: str) -> int:
        """The status that Lambda would give to this answer."""
        if path == "/init/error":
            return 202
        open_ones = self.transcript.deliveries[self.answered :]
        for delivery in self.transcript.deliveries:
            start = f"/invocation/{delivery.request_id}"
            if path in (f"{start}/response", f"{start}/error"):
                if delivery not in open_ones[:1]:
                    return 403
                self.answered += 1
                return delivery.accepted
        known = path.startswith("/invocation/") and path.endswith(
            ("/response", "/error")
        )
        return 400 if known else 404


class Conversation(BaseHTTPRequestHandler):
    """One connection of the loop."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Api

    def setup(self) -> None:
        super().setup()
        with self.server.lock:
            self.server.connections += 1
            self.number = self.server.connections

    def do_GET(self) -> None:
        api = self.server
        path = self.path.removeprefix(PREFIX)
        right = self.path.startswith(PREFIX) and path == "/invocation/next"
        with api.lock:
            left = api.transcript.deliveries[api.answered :]
            status = api.next_status if right else 404
            api.note(self.call("GET", path, b"", status))
        if status == 200 and not left:
            api.ended.set()
            # Lambda lets it wait; here the end of the exam is the end.
            api.closing.wait(SECONDS)
            self.close_connection = True
        elif status == 200:
            self.deliver(left[0])
        else:
            self.reply(status, {})

    def do_POST(self) -> None:
        body = self.read_body()
        with self.server.lock:
            path = self.path.removeprefix(PREFIX)
            status = self.server.judge_post(path)
            self.server.note(self.call("POST", path, body, status))
        self.reply(status, {})

    def deliver(self, delivery: Delivery) -> None:
        deadline = round((time.time() + delivery.handler_s) * 1000)
        headers = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": delivery.request_id,
            "Lambda-Runtime-Deadline-Ms": str(deadline),
            "Lambda-Runtime-Invoked-Function-Arn": delivery.arn,
            "Lambda-Runtime-Trace-Id": delivery.trace_id,
        }
        if delivery.invocation_id:
            headers["Lambda-Runtime-Invocation-Id"] = delivery.invocation_id
        content = json.dumps(delivery.event).encode()
        if not delivery.chunked:
            self.reply(200, headers, content)
            return
        self.send_response(200)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for start in range(0, len(content), 1000):
            piece = content[start : start + 1000]
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")

    def reply(
        self, status: int, headers: dict[str, str], content: bytes = b"{}"
    ) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def read_body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b""
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def call(self, method: str, path: str, body: bytes, status: int) -> Call:
        return Call(self.number, method, path, self.headers, body, status)

    def log_message(self, *_: object) -> None:
        """Say nothing: the transcript has it all."""
