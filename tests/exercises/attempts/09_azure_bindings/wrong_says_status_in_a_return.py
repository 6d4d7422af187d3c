# rejected by test_a_bad_request_for_the_largest_is_a_400: in the ReturnValue
"""An Azure custom handler in payload mode: four functions, one a timer."""

import json
import os
import re
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, BinaryIO

from palindromes import InvalidRange, answer

WHOLE = re.compile("-?[0-9]+")


class BadRequest(Exception):
    """The client has sent what is no event."""


def as_json(value: object) -> str:
    """The value as compact JSON."""
    return json.dumps(value, separators=(",", ":"))


def numbers(texts: dict[str, str]) -> dict[str, object]:
    """The same, with a number for each text that is a whole one."""
    return {
        name: int(text) if WHOLE.fullmatch(text) else text
        for name, text in texts.items()
    }


def read_chunks(stream: BinaryIO) -> bytes:
    """The body that comes in chunks, up to where the next request begins."""
    body = b""
    while size := int(stream.readline(), 16):
        body += stream.read(size)
        stream.readline()
    stream.readline()
    return body


def event_of(request: dict[str, Any]) -> Any:
    """The event that a request brings; BadRequest if it brings none."""
    if request["Method"] != "POST":
        return numbers(request["Query"] | request["Params"])
    try:
        return json.loads(request.get("Body", ""))
    except ValueError as error:
        raise BadRequest("the body must be JSON") from error


def document(status: int, value: object, *logs: str) -> dict[str, Any]:
    """The answer of a function whose output is res: JSON, and some logs."""
    response = {
        "statusCode": status,
        "headers": {"Content-Type": "application/json"},
        "body": as_json(value),
    }
    return {
        "Outputs": {"res": response},
        "Logs": list(logs),
        "ReturnValue": None,
    }


def palindromes(data: dict[str, Any]) -> dict[str, Any]:
    """Answer a request for all that the kernel finds."""
    try:
        return document(200, answer(event_of(data["req"])))
    except (BadRequest, InvalidRange) as error:
        return document(400, {"error": str(error)}, str(error))


def text_document(status: int, text: str, *logs: str) -> dict[str, Any]:
    """The answer of a function whose output is $return: text, some logs."""
    returned = {"statuscode": 200, "status": status, "body": text}
    return {"Outputs": {}, "Logs": list(logs), "ReturnValue": returned}


def largest(data: dict[str, Any]) -> dict[str, Any]:
    """Answer a request for the largest palindrome alone."""
    try:
        found = answer(event_of(data["req"]))["largest"]["value"]
    except (BadRequest, InvalidRange) as error:
        return text_document(400, str(error), str(error))
    return text_document(200, "none" if found is None else str(found))


COUNT = {"ticks": 0}


def tick(data: dict[str, Any]) -> dict[str, Any]:
    """Count one firing of the timer, and log it."""
    COUNT["ticks"] += 1
    late = ", late" if data["clock"]["IsPastDue"] else ""
    line = f"tick {COUNT['ticks']}{late}"
    return {"Outputs": {}, "Logs": [line], "ReturnValue": None}


def ticks(data: dict[str, Any]) -> dict[str, Any]:
    """Answer a request for the count."""
    return document(200, COUNT)


FUNCTIONS = {
    "palindromes": palindromes,
    "largest": largest,
    "tick": tick,
    "ticks": ticks,
}


def answer_to(path: str, body: bytes) -> tuple[int, bytes]:
    """What the host gets for a payload: a status and a body."""
    function = FUNCTIONS.get(path.removeprefix("/"))
    if function is None:
        return 404, b"{}"
    told = function(json.loads(body)["Data"])
    return 200, as_json(told).encode()


class Handler(BaseHTTPRequestHandler):
    """One connection from the host; a thread of its own serves it."""

    protocol_version = "HTTP/1.1"  # connections stay open
    wbufsize = -1  # send headers and body at once, not in two packets

    def do_GET(self) -> None:
        """Answer the host, which asks for / to see whether we listen."""
        self.send(404, b"{}")

    def do_POST(self) -> None:
        """Answer for one invocation of a function."""
        self.send(*answer_to(self.path, self.body()))

    def body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return read_chunks(self.rfile)
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

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
