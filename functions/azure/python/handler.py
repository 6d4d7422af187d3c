"""An Azure custom handler: a web server that answers for a function app."""

import json
import os
import re
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

from palindromes import InvalidRange, answer

ROUTE = "/api/palindromes"
BODY_LIMIT = 1_048_576  # bytes
WHOLE = re.compile("-?[0-9]+")


class HttpError(Exception):
    """An answer that is no 200: its status and what it says."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def error_body(error: Exception) -> bytes:
    """The JSON of an error, for the client."""
    return as_json({"error": str(error)})


def as_json(value: object) -> bytes:
    """The value as compact JSON."""
    return json.dumps(value, separators=(",", ":")).encode()


def event_of_query(query: str) -> dict[str, object]:
    """The event that a query such as min=10&max=99 means."""
    return {
        name: int(value) if WHOLE.fullmatch(value) else value
        for name, value in parse_qsl(query, keep_blank_values=True)
    }


def no_constant(name: str) -> Any:
    """NaN and Infinity are no JSON, although Python's parser takes them."""
    raise ValueError(name)


def event_of_body(body: bytes) -> Any:
    """The event that a body is the JSON of."""
    try:
        return json.loads(body.decode(), parse_constant=no_constant)
    except ValueError as error:
        raise HttpError(400, "the body must be JSON") from error


class Handler(BaseHTTPRequestHandler):
    """One connection from the host; a thread of its own serves it."""

    protocol_version = "HTTP/1.1"  # connections stay open
    wbufsize = -1  # send headers and body at once, not in two packets

    def serve_one(self) -> None:
        """Read one request, handle it and answer it."""
        try:
            status, body = 200, as_json(answer(self.read_event()))
        except InvalidRange as error:
            status, body = 400, error_body(error)
        except HttpError as error:
            status, body = error.status, error_body(error)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if status == 405:
            self.send_header("Allow", "GET, POST")
        if status == 413:  # the rest of that body is still on its way
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = serve_one

    def read_event(self) -> Any:
        """The event of a request; raises HttpError for one without."""
        body = self.read_body()
        path, _, query = self.path.partition("?")
        if path != ROUTE:
            raise HttpError(404, "not found")
        if self.command == "GET":
            return event_of_query(query)
        if self.command == "POST":
            return event_of_body(body)
        raise HttpError(405, "method not allowed")

    def read_body(self) -> bytes:
        """The body, whole or in chunks: http.server leaves it to us."""
        body = b""
        for size in self.sizes():
            if len(body) + size > BODY_LIMIT:
                message = f"the body must be at most {BODY_LIMIT} bytes"
                raise HttpError(413, message)
            body += self.rfile.read(size)
        return body

    def sizes(self) -> Any:
        """The sizes of the parts that the body comes in."""
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            yield int(self.headers.get("Content-Length", 0))
            return
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            yield size
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass  # trailers

    def log_message(self, format: str, *args: Any) -> None:
        """Print on stdout: the host takes what is on stderr for errors."""
        print(format % args)


class Server(ThreadingHTTPServer):
    """The server; its threads do not keep it alive."""

    daemon_threads = True
    request_queue_size = 128  # the host may open many connections at once


def main() -> None:
    """Serve requests for ever, on the port that the host has chosen."""
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    port = int(os.environ.get("FUNCTIONS_CUSTOMHANDLER_PORT", 3000))
    Server(("127.0.0.1", port), Handler).serve_forever()


if __name__ == "__main__" and "__file__" in globals():  # not in a notebook
    main()
