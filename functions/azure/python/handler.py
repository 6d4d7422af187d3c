"""An Azure custom handler: a web server that answers for a function app."""

import json
import os
import re
import sys
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from typing import Any
from urllib.parse import parse_qsl

from palindromes import InvalidRange, answer

ROUTE = "/api/palindromes"
BODY_LIMIT = 1_048_576  # bytes


class Connection(BaseHTTPRequestHandler):
    """The handler's side of the conversation, over one connection."""

    protocol_version = "HTTP/1.1"  # it stays open

    def reply(self, status: int, body: bytes, **headers: str) -> None:
        """Send a status, some headers and a body of JSON."""
        if self.close_connection:  # because the client has said so
            headers["Connection"] = "close"
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Print on stdout: the host takes what is on stderr for errors."""
        print(format % args)


Connection.wbufsize = -1  # headers and body in one packet: none has to wait


class HttpError(Exception):
    """A reply that is no 200: its status, what it says, its headers."""

    def __init__(self, status: int, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers


def size(text: str, base: int, room: int = BODY_LIMIT) -> int:
    """The length that a client announces, if there is room for it."""
    try:
        length = int(text if text.isalnum() else "", base)  # no "-1_0"
    except ValueError as error:
        message = "the length of the body must be a number"
        raise HttpError(400, message, Connection="close") from error
    if length > room:
        message = f"the body must be at most {BODY_LIMIT} bytes"
        raise HttpError(413, message, Connection="close")
    return length


def read_body(headers: Message, stream: BufferedIOBase) -> bytes:
    """The body of a request, whole or in chunks."""
    if "Transfer-Encoding" not in headers:
        return stream.read(size(headers.get("Content-Length", "0"), 10))
    body = b""
    while True:
        line = stream.readline().decode("latin-1").partition(";")[0]
        length = size(line.strip(), 16, BODY_LIMIT - len(body))
        body += stream.read(length)
        while stream.readline().strip():
            pass  # what follows the last chunk, to the empty line
        if not length:
            return body


def as_json(value: object) -> bytes:
    """The value as compact JSON."""
    return json.dumps(value, separators=(",", ":")).encode()


def whole(text: str) -> int | str:
    """The whole number that a text is, or the text if it is none.

    Python refuses to read very long numbers. Twenty digits are enough of
    them: what is too large stays too large.
    """
    found = re.fullmatch("(-?)0*([1-9][0-9]*|0)", text)
    return int(found[1] + found[2][:20]) if found else text


def no_constant(name: str) -> None:
    """NaN and Infinity are no JSON, although Python's parser takes them."""
    raise ValueError(name)


def error_body(error: Exception) -> bytes:
    """The JSON of an error, for the client."""
    return as_json({"error": str(error)})


def event_of_query(query: str) -> dict[str, int | str]:
    """The event that a query such as min=10&max=99 means."""
    pairs = parse_qsl(query, keep_blank_values=True)
    return {name: whole(value) for name, value in pairs}


def event_of_body(body: bytes) -> Any:
    """The event that a body is the JSON of."""
    try:
        return json.loads(
            body.decode(), parse_int=whole, parse_constant=no_constant
        )
    except (ValueError, RecursionError) as error:
        raise HttpError(400, "the body must be JSON") from error


class Handler(Connection):
    """What there is to do on a connection."""

    def serve_one(self) -> None:
        """Read one request, handle it and answer it."""
        try:
            body = as_json(answer(self.read_event()))
        except InvalidRange as error:
            self.reply(400, error_body(error))
        except HttpError as error:
            self.reply(error.status, error_body(error), **error.headers)
        else:
            self.reply(200, body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = serve_one
    do_DELETE = do_OPTIONS = do_TRACE = do_CONNECT = serve_one

    def read_event(self) -> Any:
        """The event of a request; raises HttpError for one without."""
        body = read_body(self.headers, self.rfile)
        path, _, query = self.path.partition("?")
        if path != ROUTE:
            raise HttpError(404, "not found")
        if self.command == "GET":
            return event_of_query(query)
        if self.command == "POST":
            return event_of_body(body)
        raise HttpError(405, "method not allowed", Allow="GET, POST")


class Server(ThreadingHTTPServer):
    """The server: a thread for each connection, and room for many."""

    daemon_threads = True
    request_queue_size = 128


def main() -> None:
    """Serve requests for ever, on the port that the host has chosen."""
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    port = int(os.environ.get("FUNCTIONS_CUSTOMHANDLER_PORT", 3000))
    Server(("127.0.0.1", port), Handler).serve_forever()


if __name__ == "__main__" and "__file__" in globals():  # not in a notebook
    main()
