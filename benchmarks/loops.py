"""How soon and how fast a loop answers: run `python benchmarks/loops.py`.

A Runtime API of one socket stands in front of each, and nothing else: from
the start of the process to its first answer, and from an event to its answer.
For the latter the API never sleeps: waking it up is not the loop's time, and
on some machines takes longer than the loop. Beside them an interpreter that
does nothing, from its start to its end. They take turns. Prints what it finds
and writes loops.json beside this file; takes about half a minute, once Rust
is built.
"""

import io
import os
import socket
import subprocess
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from report import run
from turns import summary

from workshop.aws import runtimes
from workshop.compare.catalogue import CONTENDERS, Contender
from workshop.deploy.package import package
from workshop.sandbox import base_python, search_path

BARE = [str(base_python()), "-I", "-S", "-c", "pass"]
EVENT, ANSWER = b"{}", b'hello, world"}'
STARTS, EVENTS, FIRST = 25, 1000, 50
NEXT = (
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    "Lambda-Runtime-Aws-Request-Id: {id}\r\n"
    "Lambda-Runtime-Deadline-Ms: {deadline_ms}\r\n"
    "Lambda-Runtime-Invoked-Function-Arn: "
    "arn:aws:lambda:us-east-1:123456789012:function:f\r\n"
    "Lambda-Runtime-Trace-Id: Root=1-0\r\nContent-Length: 2\r\n\r\n{{}}"
)
ACCEPTED = (
    b"HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\n"
    b'Content-Length: 16\r\n\r\n{"status":"OK"}\n'
)


@dataclass(frozen=True)
class Loop:
    """A loop as it is deployed, ready to be started."""

    command: list[str]
    folder: Path
    variables: dict[str, str]

    @contextmanager
    def started(self, api: socket.socket) -> Iterator[socket.socket]:
        """Its connection to the Runtime API; it has asked for an event."""
        port = api.getsockname()[1]
        process = subprocess.Popen(
            self.command,
            cwd=self.folder,
            env={
                **self.variables,
                "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{port}",
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,  # of its end, which is not its own
        )
        try:
            connection, _ = api.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with connection:
                until(connection, b"/next")
                yield connection
        finally:
            process.kill()
            process.wait()


def deployed(one: Contender, folder: Path, runtime: Path) -> Loop:
    """Unpack a function as the local Lambda does."""
    folder.mkdir()
    with zipfile.ZipFile(io.BytesIO(package(one.folder))) as archive:
        for entry in archive.infolist():
            path = Path(archive.extract(entry, folder))
            path.chmod(entry.external_attr >> 16 & 0o777)
    command = [str(folder / "bootstrap")]
    if one.runtime.startswith("python"):
        command = [str(base_python()), str(runtime / "bootstrap.py")]
    variables = {
        "PATH": f"{search_path()}:{os.environ['PATH']}",
        "LANG": "en_US.UTF-8",
        "LAMBDA_TASK_ROOT": str(folder),
        "LAMBDA_RUNTIME_DIR": str(runtime),
        "PYTHONPATH": str(runtime),
        "PYTHONDONTWRITEBYTECODE": "1",
        "_HANDLER": "handler.handler",
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.11",
        "AWS_REGION": "us-east-1",
        "AWS_LAMBDA_FUNCTION_NAME": "f",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
        "AWS_LAMBDA_LOG_GROUP_NAME": "g",
        "AWS_LAMBDA_LOG_STREAM_NAME": "s",
        **one.variables,
    }
    return Loop(command, folder, variables)


def until(connection: socket.socket, end: bytes) -> None:
    """Read until something has come."""
    received = b""
    while end not in received:
        part = connection.recv(65_536)
        assert part, received
        received += part


def awaited(connection: socket.socket, end: bytes) -> None:
    """As `until`, and awake all the while."""
    received = b""
    while end not in received:
        try:
            received += connection.recv(65_536, socket.MSG_DONTWAIT)
        except BlockingIOError:
            continue


def event(number: int) -> bytes:
    """The reply to a `next`."""
    deadline_ms = round((time.time() + 60) * 1000)
    return NEXT.format(id=f"id-{number}", deadline_ms=deadline_ms).encode()


def first_answer_s(loop: Loop, api: socket.socket) -> float:
    """From the start of the process to its first answer."""
    begun = time.perf_counter()
    with loop.started(api) as connection:
        connection.sendall(event(0))
        until(connection, ANSWER)
        return time.perf_counter() - begun


def bare_s() -> float:
    """An interpreter that does nothing, from its start to its end."""
    begun = time.perf_counter()
    subprocess.run(BARE, env={}, check=True)
    return time.perf_counter() - begun


@contextmanager
def loops() -> Iterator[tuple[dict[str, Loop], socket.socket]]:
    """Every loop that can run here, and a socket for their API."""
    with (
        tempfile.TemporaryDirectory() as scratch,
        socket.create_server(("127.0.0.1", 0)) as api,
    ):
        runtime = Path(scratch, "runtime")
        runtimes.prepare(runtime)
        found = {
            one.name: deployed(one, Path(scratch, one.name), runtime)
            for one in CONTENDERS
            if one.platform == "lambda" and one.is_possible
        }
        found.pop("node-text", None)  # the same loop as node
        yield found, api


def cold() -> dict[str, object]:
    """Starts, in ms: medians, and the least and the most."""
    took: dict[str, list[float]] = {"bare_python": []}
    with loops() as (found, api):
        for turn in range(STARTS + 2):
            times = {"bare_python": bare_s()}
            times |= {
                name: first_answer_s(loop, api) for name, loop in found.items()
            }
            for name, seconds in times.items():
                if turn >= 2:  # the first ones fill the caches
                    took.setdefault(name, []).append(seconds * 1000)
    return {
        name: {
            "median_ms": round(median(times), 2),
            "least_ms": round(min(times), 2),
            "most_ms": round(max(times), 2),
            "starts": len(times),
        }
        for name, times in took.items()
    }


def warm() -> dict[str, object]:
    """From an event to its answer, in us."""
    took: dict[str, list[float]] = {}
    with loops() as (found, api), ExitStack() as stack:
        connections = {
            name: stack.enter_context(loop.started(api))
            for name, loop in found.items()
        }
        for turn in range(EVENTS + FIRST):
            for name, connection in connections.items():
                sent = event(turn)
                begun = time.perf_counter()
                connection.sendall(sent)
                awaited(connection, ANSWER)
                elapsed = time.perf_counter() - begun
                connection.sendall(ACCEPTED)
                awaited(connection, b"/next")
                if turn >= FIRST:
                    took.setdefault(name, []).append(elapsed * 1e6)
    return {name: summary(times) for name, times in took.items()}


if __name__ == "__main__":
    run(__file__, __doc__, {"cold": cold, "warm": warm})
