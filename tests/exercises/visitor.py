"""Somebody who visits a custom handler: HTTP over plain sockets.

The handler runs as it is deployed: `python3 handler.py` in a folder with the
kernel, in a process of its own with a minimal environment. What it is asked
is written byte by byte, so that it is judged by something else than the
local Functions host.
"""

import contextlib
import shutil
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from script import Script

from workshop.ports import free_port
from workshop.repository import KERNEL

START_S = 5  # until it listens; right handlers take a tenth of a second
SECONDS = 3  # for a reply; right handlers take milliseconds
LOOK_S = 0.01  # between two looks for what nothing announces


@dataclass(frozen=True)
class Request:
    """One request, as it is written on the wire."""

    method: str
    target: str
    body: bytes = b""
    chunks: Sequence[bytes] | None = None  # each with its size line and end
    length: str = ""  # what Content-Length says, if not the truth

    def encoded(self) -> bytes:
        """The bytes of it."""
        lines = [f"{self.method} {self.target} HTTP/1.1", "Host: localhost"]
        body = self.body
        if self.chunks is not None:
            lines.append("Transfer-Encoding: chunked")
            body = b"".join(self.chunks)
        elif body or self.length:
            lines.append(f"Content-Length: {self.length or len(body)}")
        return "\r\n".join([*lines, "", ""]).encode() + body

    def __str__(self) -> str:
        body = b"".join(self.chunks) if self.chunks is not None else self.body
        kind = "in chunks " if self.chunks is not None else ""
        shown = f" {kind}{brief(body)}" if kind or body else ""
        return f"{self.method} {brief(self.target.encode())}{shown}"


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int = 0  # 0: there was none
    headers: dict[str, str] = field(default_factory=dict)  # lower-case names
    body: bytes = b""
    why: str = ""  # there was none, or not a whole one
    ms: float = 0.0

    def __str__(self) -> str:
        parts = [str(self.status or ""), brief(self.body), self.why]
        return " ".join(part for part in parts if part)


def brief(data: bytes) -> str:
    """The text of it, cut where a reader has seen enough."""
    text = data.decode("utf-8", "replace")
    text = text.replace("\r", "\\r").replace("\n", "\\n")
    return text if len(text) <= 120 else text[:120] + " ..."


class Line:
    """One connection, over which requests are made in turn."""

    def __init__(self, port: int) -> None:
        address = ("127.0.0.1", port)
        self.socket = socket.create_connection(address, SECONDS)
        self._stream = self.socket.makefile("rb")

    def ask(self, request: Request) -> Reply:
        """Make a request and read its reply."""
        start = time.perf_counter()
        with contextlib.suppress(OSError):  # it may hang up, having replied
            self.socket.sendall(request.encoded())
        reply = self.read(request.method)
        ms = 1000 * (time.perf_counter() - start)
        return Reply(reply.status, reply.headers, reply.body, reply.why, ms)

    def read(self, method: str) -> Reply:
        """Read the reply to a request of this method."""
        status, headers, body = 0, dict[str, str](), b""
        try:
            words = self._stream.readline().split(None, 2)
            if len(words) < 2:
                return Reply(why="no reply: the connection was closed")
            status = int(words[1])
            while line := self._stream.readline().strip():
                name, _, value = line.decode("latin-1").partition(":")
                headers[name.strip().lower()] = value.strip()
            if method != "HEAD":
                body = self._body(headers)
        except TimeoutError:
            why = "no reply" if not status else "and then no end of the body"
            return Reply(status, headers, body, f"{why} within {SECONDS} s")
        except OSError:
            return Reply(status, headers, body, "the connection was closed")
        except ValueError:
            return Reply(why="something that is no HTTP")
        return Reply(status, headers, body)

    def is_over(self) -> bool:
        """Whether the handler has closed the connection."""
        try:
            return self._stream.read(1) == b""
        except TimeoutError:
            return False
        except OSError:
            return True

    def close(self) -> None:
        """Hang up."""
        self._stream.close()
        self.socket.close()

    def _body(self, headers: dict[str, str]) -> bytes:
        if "chunked" not in headers.get("transfer-encoding", "").lower():
            length = headers.get("content-length")
            return self._stream.read(None if length is None else int(length))
        body = b""
        while size := int(self._stream.readline().partition(b";")[0], 16):
            body += self._stream.read(size)
            self._stream.readline()
        while self._stream.readline().strip():
            pass
        return body


class Visited:
    """A running handler; it ends with the `with` block."""

    def __init__(self, module: Path) -> None:
        self.folder = module.parent
        shutil.copy(KERNEL / "palindromes.py", self.folder)
        self.port = free_port()
        self._lines: list[Line] = []
        self._heard = False
        with self._file("stdout") as stdout, self._file("stderr") as stderr:
            port = {"FUNCTIONS_CUSTOMHANDLER_PORT": str(self.port)}
            self._script = Script(
                module, port, stdout.fileno(), stderr.fileno()
            )

    def listens(self) -> str:
        """Empty as soon as it listens, or why it does not."""
        end = time.monotonic() + START_S
        while not self._heard and time.monotonic() < end:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port)).close()
                self._heard = True
            if self._script.poll() is not None:
                words = self.said("stderr")[-1:] or ["without a word"]
                return f"it ended: {words[0]}"
            if not self._heard:
                time.sleep(LOOK_S)
        return "" if self._heard else f"nobody listens after {START_S} s"

    def connect(self) -> Line:
        """A new connection."""
        line = Line(self.port)
        self._lines.append(line)
        return line

    def said(self, where: str) -> list[str]:
        """The lines so far on its stdout or stderr."""
        text = (self.folder / f"{where}.txt").read_text(errors="replace")
        return [line for line in text.splitlines() if line.strip()]

    def _file(self, where: str) -> BinaryIO:
        return (self.folder / f"{where}.txt").open("wb")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for line in self._lines:
            line.close()
        self._script.end()
