"""A function app whose handler says what it is told, and keeps what it saw."""

import json
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workshop.azure.client import Client, Received, lower
from workshop.azure.local import LocalFunctions
from workshop.closing import Closing

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


class ScriptedHandler(Closing):
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
        self._client = Client(self._host)

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
        return self._client.ask(path, body, headers)

    def seen(self) -> Seen:
        """The last request that has reached the handler."""
        told = json.loads((self._app / "request.json").read_text())
        return Seen(
            told["method"],
            told["path"],
            lower(told["headers"]),
            told["body"].encode("latin-1"),
        )

    def fire(self, timer: str) -> int:
        """Fire a timer now; see Client.fire."""
        return self._client.fire(timer)

    def logged(self, words: str) -> str:
        """The first line of the log with these words, waited for."""
        return self._client.logged(words)

    def log(self) -> list[str]:
        """What the host has logged so far."""
        return self._host.log()

    def close(self) -> None:
        """End the host and the handler."""
        self._host.close()
        self._folder.cleanup()

    def _write(self, name: str, content: object) -> None:
        half = self._app / "half.json"
        half.write_text(json.dumps(content))
        half.replace(self._app / name)
