"""A function app that can be broken while it runs, and what to look for.

Its handler reads a folder: what stands in the file `start` it executes when
it starts; in `head` and `request`, before and after it has read the body of a
request to `hello`; in `other`, when it has read one to `other`.
"""

import json
import time
from contextlib import contextmanager
from pathlib import Path

from tests.azure.apps import HTTP, ask, host_json, write_app
from tests.traces import Traces, nothing_left
from workshop.azure import LocalFunctions
from workshop.leftovers import marked

HANDLER = """
import http.server, json, os, signal, socket, subprocess, sys, time

PORT = int(os.environ["FUNCTIONS_CUSTOMHANDLER_PORT"])

class Answered(Exception):
    pass

def there(name):
    return os.path.exists(os.path.join(os.environ["FAULTS"], name))

def obey(moment, handler=None):
    if there(moment):
        with open(os.path.join(os.environ["FAULTS"], moment)) as fault:
            exec(fault.read(), globals() | {"self": handler})

def listen():
    listener = socket.create_server(("127.0.0.1", PORT))
    while True:
        yield listener.accept()[0]

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def answer(self):
        try:
            if "hello" in self.path:
                obey("head", self)
            body = self.body()
            if "hello" in self.path:
                obey("request", self)
            elif "other" in self.path:
                obey("other", self)
        except Answered:
            return
        told = {"pid": os.getpid(), "size": len(body)}
        if not self.path.startswith("/api/"):  # a payload
            told = {"Outputs": {"res": {"body": told}}}
        self.send(json.dumps(told))

    do_GET = do_POST = answer

    def body(self):
        if self.headers["Transfer-Encoding"]:
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body
        return self.rfile.read(int(self.headers["Content-Length"] or 0))

    def send(self, text, status=200, kind="application/json"):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def begin(self, length):
        self.send_response(200)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def log_message(self, *_):
        pass

class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

obey("start")
Server(("127.0.0.1", PORT), Handler).serve_forever()
"""
MODES = {
    "forwarding": {"enableForwardingHttpRequest": True},
    "proxying": {"enableProxyingHttpRequest": True},
    "payload": {},
}
NEVER = "while True: time.sleep(60)"


class Broken:
    """A local Functions host of such an app; `break_` and `mend` it."""

    def __init__(
        self,
        folder,
        mode="forwarding",
        ready_s=None,
        functions=None,
        custom=None,
        top=None,
        values=None,
        files=None,
        **start,
    ):
        """Its host.json has the keys of `custom` in customHandler, and `top`.

        `values` are app settings, `files` text and mode by name, and `start`
        maps moments to the faults that are there from the beginning.
        """
        self.faults = Path(folder) / "faults"
        self.faults.mkdir(parents=True)
        self.break_(**start)
        custom = MODES[mode] | (custom or {})
        app = write_app(
            Path(folder) / "app",
            HANDLER,
            functions or {"hello": HTTP, "other": HTTP},
            host_json("handler.py", **custom) | (top or {}),
        )
        settings = {"FAULTS": str(self.faults), **(values or {})}
        (app / "local.settings.json").write_text(
            json.dumps({"Values": settings})
        )
        for name, (text, mode) in (files or {}).items():
            (app / name).write_text(text)
            (app / name).chmod(mode)
        self.functions = LocalFunctions(app, ready_s)
        self.url = self.functions.url
        self.traces = Traces(self.functions._server.pid)
        self.ports = self.traces.ports()

    def break_(self, **faults):
        """Put faults, by their moment."""
        for moment, source in faults.items():
            (self.faults / moment).write_text(source)

    def mend(self):
        """Take every fault away."""
        for fault in self.faults.iterdir():
            fault.unlink()

    def log(self):
        """The whole log, as one text."""
        return "\n".join(self.functions.log())

    def state(self):
        """What /admin/host/status says of the host."""
        key = {"x-functions-key": self.functions.keys["master"]}
        status, _, told = ask(self.url, "/admin/host/status", headers=key)
        assert status == 200
        return json.loads(told)["state"]

    def await_log(self, *words, within_s=20):
        """Wait until these stand in the log, in this order."""
        missing = nothing_left(
            lambda: first_missing(words, self.log()), within_s
        )
        assert not missing, missing

    def processes(self):
        """The processes of its handlers, and what those have started."""
        return marked(self.traces.mark)

    def close(self):
        """End it. Nothing of it must be left."""
        self.functions.close()
        left = nothing_left(lambda: self.traces.of_server(self.ports))
        assert not left, left


@contextmanager
def broken(folder, **settings):
    """A breakable app for a block, of which nothing is left after it."""
    one = Broken(folder, **settings)
    try:
        yield one
    finally:
        one.close()


def first_missing(words, text):
    """What does not stand in the text, or not after what is before it."""
    at = 0
    for word in words:
        at = text.find(word, at)
        if at < 0:
            return f"{word!r} in {text[-4000:]}"
        at += len(word)
    return ""


def until(look, within_s=20):
    """Look until there is something, and return it."""
    latest = time.monotonic() + within_s
    while not (found := look()):
        assert time.monotonic() < latest, "nothing came"
        time.sleep(0.01)
    return found
