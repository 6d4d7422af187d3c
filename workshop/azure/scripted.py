"""A function app whose handler says what it is told, and keeps what it saw."""

import http.client
import json
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from workshop.azure.local import LocalFunctions

PATIENCE_S = 30.0  # for what takes milliseconds on an idle machine
# Keeps a request in request.json, and answers it as reply.json says. Files
# change places in one step: nobody reads half of one.
HANDLER = """
import json, os, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def answer(self):
        body = self.body().decode("latin-1")
        if self.path != "/":  # where the host asks whether it is ready
            seen = {
                "method": self.command,
                "path": self.path,
                "headers": list(self.headers.items()),
                "body": body,
            }
            with open("request.new", "w") as file:
                json.dump(seen, file)
            os.replace("request.new", "request.json")
        with open("reply.json") as file:
            reply = json.load(file)
        content = reply["body"].encode()
        self.send_response(reply["status"])
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = answer

    def body(self):
        chunked = "chunked" in self.headers.get("Transfer-Encoding", "")
        if not chunked or "by-length" in sys.argv:
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def log_request(self, *_):
        pass  # errors are logged

port = int(os.environ["FUNCTIONS_CUSTOMHANDLER_PORT"])
ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""


@dataclass(frozen=True)
class Seen:
    """What a request was when it reached the handler."""

    method: str
    path: str  # with its query
    headers: Mapping[str, str]  # names in lower case
    body: bytes

    @property
    def document(self) -> Any:
        """The body, which is JSON in payload mode."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Received:
    """What the client got."""

    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes


class ScriptedHandler:
    """A function app on a local host, its handler's part written by hand.

    `functions` are the bindings of each function by its name, `settings`
    more of host.json. `reply` sets what the handler answers from then on,
    `ask` sends a request, `seen` is the last one that reached the handler.
    A handler that reads no chunks takes the Content-Length for all there is,
    as a program on http.server does that knows no better.
    """

    def __init__(
        self,
        functions: Mapping[str, Iterable[Mapping[str, object]]],
        forwarding: bool = False,
        reads_chunks: bool = True,
        **settings: object,
    ) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="workshop-scripted-")
        self._app = Path(self._folder.name)
        reading = "by-chunks" if reads_chunks else "by-length"
        host = {
            "version": "2.0",
            "customHandler": {
                "description": {
                    "defaultExecutablePath": sys.executable,
                    "arguments": ["-I", "-S", "handler.py", reading],
                },
                "enableForwardingHttpRequest": forwarding,
            },
        }
        self._write("host.json", host | settings)
        for name, bindings in functions.items():
            (self._app / name).mkdir()
            function = {"bindings": list(bindings)}
            self._write(f"{name}/function.json", function)
        (self._app / "handler.py").write_text(HANDLER)
        self.reply({})
        try:
            self._host = LocalFunctions(self._app)
        except BaseException:
            self._folder.cleanup()
            raise

    def reply(self, document: object, status: int = 200) -> None:
        """Have the handler answer with this, as JSON, from now on."""
        body = json.dumps(document)
        self._write("reply.json", {"status": status, "body": body})

    def ask(
        self,
        path: str,
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Received:
        """What a client gets for a GET, or for a POST if there is a body."""
        address = urlsplit(self._host.url)
        host, port = str(address.hostname), address.port
        connection = http.client.HTTPConnection(host, port, PATIENCE_S)
        method = "GET" if body is None else "POST"
        with closing(connection):
            connection.request(method, path, body, dict(headers or {}))
            reply = connection.getresponse()
            return Received(
                reply.status, _lower(reply.headers.items()), reply.read()
            )

    def seen(self) -> Seen:
        """The last request that has reached the handler."""
        told = json.loads((self._app / "request.json").read_text())
        return Seen(
            told["method"],
            told["path"],
            _lower(told["headers"]),
            told["body"].encode("latin-1"),
        )

    def fire(self, timer: str) -> int:
        """Fire a timer now, and wait until its function has run.

        Returns the status of the admin endpoint's answer.
        """
        ran = f"Executed 'Functions.{timer}' "
        before = len(self._lines(ran))
        key = {"x-functions-key": self._host.keys["master"]}
        status = self.ask(f"/admin/functions/{timer}", "{}", key).status
        if status == 202:
            self.logged(ran, before)
        return status

    def logged(self, words: str, skip: int = 0) -> str:
        """The first line of the log with these words, waited for.

        So many of them as are to be skipped are passed over.
        """
        patience = time.monotonic() + PATIENCE_S
        while len(found := self._lines(words)) <= skip:
            if time.monotonic() > patience:
                raise TimeoutError(f"the log has no {words!r}")
            time.sleep(0.02)
        return found[skip]

    def log(self) -> list[str]:
        """What the host has logged so far."""
        return self._host.log()

    def close(self) -> None:
        """End the host and the handler."""
        self._host.close()
        self._folder.cleanup()

    def _lines(self, words: str) -> list[str]:
        return [line for line in self.log() if words in line]

    def _write(self, name: str, content: object) -> None:
        half = self._app / "half.json"
        half.write_text(json.dumps(content))
        half.replace(self._app / name)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _lower(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers}
