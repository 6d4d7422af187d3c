"""Function apps for tests: written into a folder, and asked over HTTP."""

import http.client
import json
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

HTTP = (
    {
        "type": "httpTrigger",
        "direction": "in",
        "name": "req",
        "authLevel": "anonymous",
        "methods": ["get", "post"],
    },
    {"type": "http", "direction": "out", "name": "res"},
)
TIMER = {
    "type": "timerTrigger",
    "direction": "in",
    "name": "clock",
    "schedule": "0 0 0 1 1 *",
}
# Answers each request with what it has seen of it, as JSON; a path that
# begins with /do/ is an order. In payload mode, what it saw is the body of
# `res`, unless PAYLOAD in the environment is what it shall answer.
ECHO = """
import json, os, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def answer(self):
        body = self.body()
        seen = {
            "pid": os.getpid(),
            "method": self.command,
            "target": self.path,
            "headers": [[n.lower(), v] for n, v in self.headers.items()],
            "body": body.decode("latin-1"),
        }
        order, _, argument = self.path.partition("/do/")[2].partition("/")
        argument = argument.partition("?")[0]
        if order == "exit":
            os._exit(int(argument))
        if order == "sleep":
            time.sleep(float(argument))
        self.send(json.dumps(seen).encode())

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = answer

    def body(self):
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            parts = []
            while size := int(self.rfile.readline(), 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def send(self, content):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_):
        pass

class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

port = int(os.environ["FUNCTIONS_CUSTOMHANDLER_PORT"])
Server(("127.0.0.1", port), Handler).serve_forever()
"""


def host_json(*arguments, program="python3", **settings):
    """A host.json that runs a program, with more settings of customHandler."""
    description = {
        "defaultExecutablePath": program,
        "arguments": list(arguments),
    }
    return {
        "version": "2.0",
        "customHandler": {"description": description, **settings},
    }


def write_app(folder, handler=ECHO, functions=None, host=None, **settings):
    """A function app with this handler.py; returns its folder.

    `functions` are lists of bindings by name, one HTTP function `hello` by
    default; `host` is a whole host.json, of which `settings` are parts at
    the top otherwise. Forwarding is on.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    if host is None:
        host = host_json("handler.py", enableForwardingHttpRequest=True)
    (folder / "host.json").write_text(json.dumps(host | settings))
    (folder / "handler.py").write_text(handler)
    for name, bindings in (functions or {"hello": HTTP}).items():
        (folder / name).mkdir(exist_ok=True)
        function = {"bindings": list(bindings)}
        (folder / name / "function.json").write_text(json.dumps(function))
    return folder


def ask(url, path, method="GET", body=None, headers=None, timeout=60):
    """One request over a connection of its own: status, headers, body."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(
        address.hostname, address.port, timeout=timeout
    )
    with closing(connection):
        connection.request(method, path, body, headers or {})
        reply = connection.getresponse()
        return reply.status, reply.headers, reply.read()


def seen(url, path, method="GET", body=None, headers=None):
    """What the echo handler saw of a request."""
    status, _, content = ask(url, path, method, body, headers)
    assert status == 200, (status, content)
    told = json.loads(content)
    told["headers"] = {name: value for name, value in told["headers"]}
    return told
