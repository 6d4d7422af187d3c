"""Containers for tests: a Dockerfile with a program, and requests to them."""

import http.client
import json
import threading
from contextlib import suppress
from pathlib import Path

from tests.azure.apps import ask

# Answers each request with what it has seen of it, as JSON; a path that
# begins with /do/ is an order.
PROBE = """
import json, os, signal, socket, sys, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BEATS = [0]

def beat():
    while True:
        time.sleep(0.001)
        BEATS[0] += 1

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def answer(self):
        order, _, argument = self.path.partition("/do/")[2].partition("/")
        if order == "early":  # before it has read the body
            self.close_connection = True
            return self.send(413, b"{}")
        body = self.body()
        if order == "exit":
            os._exit(int(argument))
        if order == "sleep":
            time.sleep(float(argument))
        if order == "wait":  # for a file
            while not os.path.exists(argument):
                time.sleep(0.005)
        if order == "status":
            return self.send(int(argument), b"")
        if order == "stream":
            return self.stream(argument)
        if order == "break":
            self.send_response(200)
            self.send_header("Content-Length", "100")
            self.end_headers()
            self.wfile.write(b"half")
            os._exit(0)
        if order == "deaf":
            self.server.socket.shutdown(socket.SHUT_RDWR)
        if order == "last":  # until its end it sends more and more
            threading.Timer(float(argument), os._exit, [0]).start()
            self.send_response(200)
            self.send_header("Content-Length", "1000000000")
            self.end_headers()
            while True:
                self.wfile.write(bytes(65536))
        if order == "rubbish":
            self.wfile.write(b"no HTTP at all\\r\\n\\r\\n")
            self.close_connection = True
            return
        if order == "switch":
            self.wfile.write(b"HTTP/1.1 101 Switching Protocols\\r\\n\\r\\n")
            return
        if order == "bye":
            self.close_connection = True
        if order == "eat":
            eaten = bytearray(int(argument) * 1024 * 1024)
            for i in range(0, len(eaten), 4096):
                eaten[i] = 1
        if order == "print":
            sys.stdout.write(argument)
            sys.stdout.flush()
        seen = {
            "pid": os.getpid(),
            "beats": BEATS[0],
            "child": BEATS[-1],
            "method": self.command,
            "target": self.path,
            "headers": [[n.lower(), v] for n, v in self.headers.items()],
            "body": body.decode("latin-1"),
            "environment": dict(os.environ),
            "folder": os.getcwd(),
        }
        self.send(200, json.dumps(seen).encode())

    do_GET = do_POST = do_HEAD = answer

    def body(self):
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            parts = []
            while size := int(self.rfile.readline(), 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def stream(self, file):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(b"5\\r\\nfirst\\r\\n")
        while not os.path.exists(file):
            time.sleep(0.005)
            self.wfile.write(b"1\\r\\n.\\r\\n")
        self.wfile.write(b"4\\r\\nlast\\r\\n0\\r\\n\\r\\n")

    def send(self, status, content):
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("X-Twice", "one")
        self.send_header("X-Twice", "two")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_):
        pass

class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

def main():
    threading.Thread(target=beat, daemon=True).start()
    address = os.environ["HOST"], int(os.environ["PORT"])
    Server(address, Handler).serve_forever()
"""
MAIN = "\nmain()\n"
DOCKERFILE = """
FROM python:3.13-slim
WORKDIR /app
COPY program.py .
CMD ["python3", "-u", "program.py"]
"""


def write_image(folder, program=PROBE + MAIN, dockerfile=DOCKERFILE):
    """A build context with a Dockerfile and a program; returns the folder."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "Dockerfile").write_text(dockerfile)
    (folder / "program.py").write_text(program)
    return folder


def seen(url, path="/", *more, **named):
    """What the probe saw of a request."""
    status, _, content = ask(url, path, *more, **named)
    assert status == 200, (status, content)
    told = json.loads(content)
    told["headers"] = {name: value for name, value in told["headers"]}
    return told


class Asking(threading.Thread):
    """A request that is under way; `reply` is waited for."""

    def __init__(self, url, path, *more):
        super().__init__(daemon=True)
        self._asked = url, path, *more
        self.start()

    def run(self):
        with suppress(OSError, http.client.HTTPException):
            self._reply = ask(*self._asked)

    @property
    def reply(self):
        """Status, headers and body."""
        self.join(60)
        return self._reply
