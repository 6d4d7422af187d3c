"""A function app whose handler does what a test says, byte by byte.

The handler is a process as any other: the host starts it and speaks to its
port. It passes on every byte to the test and back, so the test sees what it
was sent, and answers in its place.
"""

import http.client
import io
import json
import queue
import re
import socket
import threading
from collections.abc import Iterable
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tests.azure.apps import write_app
from workshop.azure import LocalFunctions

PATIENCE_S = 20  # until something that must come counts as missing
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
HANDLER = """
import json, os, socket, sys, threading

print(json.dumps({
    "arguments": sys.argv[1:], "variables": dict(os.environ),
    "folder": os.getcwd(),
}), flush=True)
stage = ("127.0.0.1", int(os.environ["STAGE"]))

def relay(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass

def serve(client):
    with client, socket.create_connection(stage) as server:
        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        back = threading.Thread(target=relay, args=(server, client))
        back.start()
        relay(client, server)
        back.join()

port = int(os.environ["FUNCTIONS_CUSTOMHANDLER_PORT"])
with socket.create_server(("127.0.0.1", port), backlog=64) as listener:
    while True:
        client, _ = listener.accept()
        threading.Thread(target=serve, args=(client,), daemon=True).start()
"""
NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


@dataclass(frozen=True)
class Message:
    """A request as the handler saw it, or a reply as the client got it."""

    start: str  # the request line, or the status line without its version
    head: str  # its header lines, as they came
    body: bytes
    chunked: bool = False

    def values(self, name: str) -> list[str]:
        """The values of a header, one for each line with its name."""
        lines = [line.partition(": ") for line in self.head.splitlines()]
        return [v for n, _, v in lines if n.lower() == name.lower()]


@dataclass(frozen=True)
class Answer:
    """The bytes of a reply; the client must have got each part of its body
    before the next one is sent. The connection is closed after it or not."""

    parts: tuple[bytes, ...]
    closes: bool = False


class Stage:
    """Takes the handler's place: what it sees is in `seen`."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._listener.getsockname()[1]
        self.seen: queue.Queue[Message] = queue.Queue()
        self.arrived = threading.Event()  # the first bytes of a body
        self.go_on = threading.Semaphore(0)  # send the next part
        self.answer = Answer((NOT_FOUND,))
        self._connections: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._start(self._accept)

    def close(self) -> None:
        """End every connection and every thread."""
        for connection in (self._listener, *self._connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        for thread in self._threads:
            thread.join(PATIENCE_S)

    def _start(self, target, *arguments) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                connection, _ = self._listener.accept()
                connection.setsockopt(
                    socket.IPPROTO_TCP, socket.TCP_NODELAY, 1
                )
                self._connections.append(connection)
                self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        stream = connection.makefile("rb")
        with suppress(OSError, ValueError), connection:
            while line := stream.readline():
                message = self._read(line, stream)
                if message.start == "GET / HTTP/1.1":  # are you ready?
                    connection.sendall(NOT_FOUND)
                    continue
                answer = self.answer
                self.seen.put(message)
                for i, part in enumerate(answer.parts):
                    if i:
                        self.go_on.acquire(timeout=PATIENCE_S)
                    connection.sendall(part)
                if answer.closes:
                    return

    def _read(self, line: bytes, stream: io.BufferedReader) -> Message:
        lines = []
        while (header := stream.readline()) != b"\r\n":
            lines.append(header.rstrip(b"\r\n").decode("latin-1"))
        seen = Message(line.decode("latin-1").strip(), "\n".join(lines), b"")
        chunked = seen.values("Transfer-Encoding") == ["chunked"]
        if chunked:
            parts = []
            while size := int(stream.readline(), 16):
                parts.append(stream.read(size))
                stream.readline()
                self.arrived.set()
            stream.readline()
            body = b"".join(parts)
        else:
            length = int((seen.values("Content-Length") or ["0"])[0])
            body = stream.read(length)
        return Message(seen.start, seen.head, body, chunked)


class Play:
    """An app on a local host, with its stage."""

    def __init__(self, folder: Path, variables=None, **app) -> None:
        self._closing = ExitStack()
        self.stage = Stage()
        self._closing.callback(self.stage.close)
        self.folder = write_app(folder, HANDLER, **app)
        settings = {"STAGE": str(self.stage.port), **(variables or {})}
        (folder / "local.settings.json").write_text(
            json.dumps({"Values": settings})
        )
        self.host = LocalFunctions(folder)
        self._closing.callback(self.host.close)
        self.address = urlsplit(self.host.url).netloc

    def close(self) -> None:
        self._closing.close()

    def told(self) -> dict:
        """What the handler tells about itself when it starts."""
        mark = '[Information] {"arguments"'
        [line] = [line for line in self.host.log() if line.startswith(mark)]
        return json.loads(line.removeprefix("[Information] "))

    def filled(self, text: str) -> str:
        """A text with HOST, PORT and KEY(name) as they are in this run."""
        text = re.sub(
            r"KEY\(([\w-]+)\)", lambda key: self.host.keys[key[1]], text
        )
        text = text.replace("HOST", self.address)
        if "PORT" in text:
            variables = self.told()["variables"]
            port = variables["FUNCTIONS_CUSTOMHANDLER_PORT"]
            text = text.replace("PORT", port)
        return text

    def connect(self) -> socket.socket:
        """A client's connection."""
        host, port = self.address.split(":")
        return socket.create_connection((host, int(port)), PATIENCE_S)

    def ask(
        self, request: bytes, answer: Answer, shut: bool = False
    ) -> tuple[list[Message], Message]:
        """What the handler saw of a request, and what the client got."""
        stage = self.stage
        stage.answer = answer
        stage.seen = queue.Queue()
        with closing(self.connect()) as client:
            client.sendall(request)
            if shut:
                client.shutdown(socket.SHUT_WR)
            method = request.partition(b" ")[0].decode()
            got = read_reply(client, method, answer, stage)
        return list(stage.seen.queue), got


def read_reply(
    client: socket.socket, method: str, answer: Answer, stage: Stage
) -> Message:
    """The reply; each part of it is read before the next is asked for."""
    reply = http.client.HTTPResponse(client, method=method)
    reply.begin()
    parts = []
    for part in answer.parts[1:]:
        first = parts == []
        parts.append(reply.read(_first_size(answer) if first else 1))
        assert parts[-1], f"the client got nothing before {part!r}"
        stage.go_on.release()
    body = b"".join(parts) + reply.read()
    lines = "\n".join(f"{n}: {v}" for n, v in reply.getheaders())
    start = f"{reply.status} {reply.reason}".strip()
    return Message(start, lines, body, reply.chunked)


def _first_size(answer: Answer) -> int:
    """Bytes of body that must come before the second part is sent."""
    return max(1, len(answer.parts[0].partition(b"\r\n\r\n")[2]) // 2)


def request(
    line: str,
    *headers: str,
    body: bytes = b"",
    version: str = "1.1",
    host: str = "HOST",
) -> tuple[str, bytes]:
    """A client's request: its head, of lines, and its body."""
    about = [f"Host: {host}"] if host else []
    lines = [f"{line} HTTP/{version}", *about, *headers]
    return "\r\n".join(lines) + "\r\n\r\n", body


def reply(
    start: str = "200 OK",
    *headers: str,
    body: bytes = b"",
    version: str = "1.1",
) -> bytes:
    """A handler's reply, whose length is not told unless a header does."""
    lines = [f"HTTP/{version} {start}", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body


def without_ids(text: str) -> str:
    """A text in which every UUID is ID."""
    return UUID.sub("ID", text)


def missing(expected: Iterable[str], message: Message) -> list[str]:
    """Which header lines a message lacks; `!Name` is one it must not have.

    The case of a name does not count. A name has exactly the values of its
    lines: `X-A: 1` does not allow a second `X-A`.
    """
    wanted: dict[str, list[str]] = {}
    for line in expected:
        name, _, value = line.removeprefix("!").partition(": ")
        values = wanted.setdefault(name, [])
        if not line.startswith("!"):
            values.append(value)
    return [
        f"{name}: {values}, not {found}"
        for name, values in wanted.items()
        if (found := [without_ids(v) for v in message.values(name)]) != values
    ]
