"""A situation of the Runtime API, as data, and how it is played.

The runtime is the test itself: the function's bootstrap only says where its
Runtime API is, and then waits for an order such as `exit 3`.
"""

import http.client
import io
import json
import os
import re
import select
import socket
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

PREFIX = "/2018-06-01/runtime/"
PATIENCE_S = 20  # nothing here takes as long; a test that hangs shall fail
# Orders come by a pipe of its own, since an init may be tried again while
# the first try is still there.
BOOTSTRAP = """#!/bin/sh
mkfifo "$PIPES/$$"
echo "$AWS_LAMBDA_RUNTIME_API $$" > "$PIPES/address"
read -r order < "$PIPES/$$"
eval "$order"
"""
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f-]{17}")
LONG = 1000  # bytes; of what is longer, the length is compared
DONE = b'"done"'
FAILURE = b'{"errorType": "Oops", "errorMessage": "no"}'


# What a runtime does, step by step. ID stands for the request id of the
# latest event, OLD for the one before.


@dataclass(frozen=True)
class Send:
    """One request on the runtime's connection, and its reply."""

    method: str
    path: str  # below PREFIX unless it starts with a slash
    body: bytes | tuple[bytes, ...] = b""  # several go chunked
    headers: Mapping[str, str] = field(default_factory=dict)
    elsewhere: bool = False  # on a connection of its own
    names: bool = False  # the reply's Lambda headers are compared, by name


@dataclass(frozen=True)
class Raw:
    """Bytes on a connection of their own, and the replies they get."""

    text: str
    replies: int = 1
    shut: bool = False  # no more will be sent, and the server knows it
    then_closed: bool = False  # compare whether the server closes


@dataclass(frozen=True)
class Wait:
    """A `next` that is left waiting; the caller has its answer by then."""

    behind: str = ""  # one more request, in bytes, on the same connection
    shut: bool = False  # as of Raw


@dataclass(frozen=True)
class Invoke:
    """A second event, for the `next` that waits."""

    event: bytes = b'"again"'


@dataclass(frozen=True)
class Order:
    """A shell command for the bootstrap, such as `exit 3`."""

    command: str


Step = Send | Raw | Wait | Invoke | Order
NEXT = Send("GET", "invocation/next")


def response(
    body: bytes | tuple[bytes, ...] = DONE, to: str = "ID", **more: object
) -> Send:
    return Send("POST", f"invocation/{to}/response", body, **more)


def error(body: bytes = FAILURE, to: str = "ID", **more: object) -> Send:
    return Send("POST", f"invocation/{to}/error", body, **more)


def init_error(body: bytes = FAILURE, **more: object) -> Send:
    return Send("POST", "init/error", body, **more)


@dataclass(frozen=True)
class Situation:
    """What a runtime does in a new environment, and what comes of it.

    `told` has a line for each reply to the runtime, `callers` one for each
    event. Where the emulator differs, `because` says why ours does not
    follow it; `rie_told` and `rie_callers` are what it does instead, unless
    it does now this and now that.
    """

    name: str
    script: tuple[Step, ...]
    told: tuple[str, ...]
    callers: tuple[object, ...] = ("done",)
    event: bytes = b'{"n": 1}'
    context: str = ""  # base64 of the client context
    timeout_s: int = 30
    fails_in_init: bool = False
    because: str = ""
    rie_told: tuple[str, ...] | None = None
    rie_callers: tuple[object, ...] | None = None
    rie_varies: bool = False

    @property
    def ours(self) -> "Outcome":
        return Outcome(self.told, self.callers)

    @property
    def rie(self) -> "Outcome":
        return Outcome(
            self.told if self.rie_told is None else self.rie_told,
            self.callers if self.rie_callers is None else self.rie_callers,
        )


@dataclass(frozen=True)
class Outcome:
    """What the runtime was told and what the callers got."""

    told: tuple[str, ...]
    callers: tuple[object, ...]


class Stage:
    """A function that runs BOOTSTRAP and has not been invoked yet."""

    tries = 1  # of an init that fails, for one event

    def __init__(self, folder: Path) -> None:
        self.variables = {"PIPES": str(folder)}
        self._folder = folder
        self._pipes: list[int] = []
        os.mkfifo(folder / "address")
        self._addresses = self._open("address")
        self._caller = ThreadPoolExecutor(1)

    def invoke(self, event: bytes, context: str) -> "Future[bytes]":
        return self._caller.submit(self.answer_to, event, context)

    def answer_to(self, event: bytes, context: str) -> bytes:
        """Invoke the function and wait for its answer."""
        raise NotImplementedError

    def address(self) -> str:
        """Where the bootstrap, which is starting, finds its Runtime API."""
        ready = select.select([self._addresses], [], [], PATIENCE_S)[0]
        assert ready, "the bootstrap did not start"
        address, pid = os.read(self._addresses, 100).decode().split()
        self._orders = self._open(pid)
        return address

    def order(self, command: str) -> None:
        """Tell the bootstrap that has started last what to do."""
        os.write(self._orders, command.encode() + b"\n")

    def settle(self) -> None:
        """Wait until the `next` that was sent last has arrived."""

    def close(self) -> None:
        self._caller.shutdown(cancel_futures=True)
        for pipe in self._pipes:
            os.close(pipe)

    def _open(self, pipe: str) -> int:
        """Open it both ways: neither side then waits for the other."""
        path = self._folder / pipe
        self._pipes.append(os.open(path, os.O_RDWR | os.O_NONBLOCK))
        return self._pipes[-1]


def play(situation: Situation, stage: Stage) -> Outcome:
    """Play the runtime's part on a stage and tell what came of it."""
    calls = [stage.invoke(situation.event, situation.context)]
    callers: list[object] = []
    with ExitStack() as connections:
        # Where an init that has failed is tried again, it fails again.
        for _ in range(stage.tries if situation.fails_in_init else 1):
            runtime = Runtime(stage.address(), situation.event)
            connections.callback(runtime.close)
            for step in situation.script:
                match step:
                    case Send():
                        runtime.send(step)
                    case Raw():
                        runtime.send_raw(step)
                    case Order():
                        stage.order(step.command)
                    case Wait():
                        runtime.wait(step)
                        callers.append(_shown(calls[-1].result(PATIENCE_S)))
                        stage.settle()
                    case Invoke():
                        calls.append(stage.invoke(step.event, ""))
                        runtime.event = step.event
                        runtime.take_event()
        if len(callers) < len(calls):
            if not any(isinstance(step, Order) for step in situation.script):
                runtime.wait(
                    Wait()
                )  # the emulator answers its caller only then
            callers.append(_shown(calls[-1].result(PATIENCE_S)))
    return Outcome(tuple(runtime.told), tuple(callers))


class Runtime:
    """A runtime whose every step is a step of the script."""

    def __init__(self, address: str, event: bytes) -> None:
        host, _, port = address.partition(":")
        self._address = (host, int(port))
        self._main = self._connect()
        self._waiting: socket.socket | None = None
        self._owed = 0  # replies to what was sent there
        self._ids = {"ID": "no-id-yet", "OLD": "no-id-yet"}
        self.event = event
        self.told: list[str] = []

    def send(self, step: Send) -> None:
        connection = self._connect() if step.elsewhere else self._main
        path = self._with_ids(step.path)
        if not path.startswith("/"):
            path = PREFIX + path
        with self._noting_silence():
            body = (
                step.body if isinstance(step.body, bytes) else list(step.body)
            )
            connection.request(step.method, path, body or None, step.headers)
            self._note(connection.getresponse(), step.names)
        if step.elsewhere:
            connection.close()

    def send_raw(self, step: Raw) -> None:
        text = self._with_ids(step.text).replace("\n", "\r\n")
        with socket.create_connection(self._address, PATIENCE_S) as sent:
            with suppress(OSError):  # it may have heard enough
                sent.sendall(text.encode("latin-1"))
                if step.shut:
                    sent.shutdown(socket.SHUT_WR)
            stream = _Stream(sent.makefile("rb", buffering=0))
            self._read(stream, step.replies, text.partition(" ")[0])
            if step.then_closed:
                assert stream.read(1) == b""
                self.told.append("closed")

    def wait(self, step: Wait) -> None:
        """Ask for the next event on a connection, and leave it there."""
        if self._waiting:
            self._waiting.close()
        self._waiting = socket.create_connection(self._address, PATIENCE_S)
        text = f"GET {PREFIX}{NEXT.path} HTTP/1.1\nHost: x\n\n{step.behind}"
        self._waiting.sendall(text.replace("\n", "\r\n").encode())
        if step.shut:
            self._waiting.shutdown(socket.SHUT_WR)
        self._owed = 2 if step.behind else 1

    def take_event(self) -> None:
        """Read the event, and what the request behind got."""
        stream = _Stream(self._waiting.makefile("rb", buffering=0))
        self._read(stream, self._owed)

    def _read(self, stream: "_Stream", replies: int, method: str = "") -> None:
        for _ in range(replies):
            with self._noting_silence():
                reply = http.client.HTTPResponse(stream, method=method)
                reply.begin()
                self._note(reply)

    def close(self) -> None:
        self._main.close()
        if self._waiting:
            self._waiting.close()

    def _connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(*self._address, timeout=PATIENCE_S)

    def _with_ids(self, text: str) -> str:
        for name, request_id in self._ids.items():
            text = text.replace(name, request_id)
        return text

    @contextmanager
    def _noting_silence(self) -> Iterator[None]:
        """Note a connection that was closed in place of a reply."""
        try:
            yield
        except (http.client.BadStatusLine, ConnectionError):
            self.told.append("no reply")
            self._main.close()

    def _note(
        self, reply: http.client.HTTPResponse, names: bool = False
    ) -> None:
        """Write down a reply in words that two servers can agree on."""
        body = reply.read()
        words = [str(reply.status)]
        if reply.status == 200:
            same = body == self.event
            words.append("the event" if same else str(_shown(body)))
            if reply.headers.get("Transfer-Encoding") == "chunked":
                words.append("in chunks")
            request_id = reply.headers.get("Lambda-Runtime-Aws-Request-Id")
            if request_id and request_id != self._ids["ID"]:
                self._ids = {"ID": request_id, "OLD": self._ids["ID"]}
        with suppress(ValueError, TypeError, KeyError):
            words.append(json.loads(body)["errorType"])
        if allowed := reply.headers.get("Allow"):
            words.append(f"Allow: {allowed}")
        if names:
            words += sorted(
                n for n in reply.headers if n.startswith("Lambda-")
            )
        self.told.append(" ".join(words))


class _Stream(io.BufferedReader):
    """What a connection brings, for one HTTPResponse after the other."""

    def close(self) -> None:
        """Each of them closes what it has read from; the next goes on."""

    def makefile(self, mode: str) -> "_Stream":
        return self


def _shown(payload: bytes) -> object:
    """A payload without what differs from run to run."""
    if len(payload) > LONG:
        return f"{len(payload)} bytes"
    text = UUID.sub("ID", payload.decode("utf-8", "replace"))
    try:
        return json.loads(text)
    except ValueError:
        return text
