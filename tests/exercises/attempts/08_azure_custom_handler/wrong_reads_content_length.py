# rejected by test_a_body_in_chunks_is_read: came      400 {"error":"the body must be JSON"}
import json
import os
import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from palindromes import InvalidRange, answer

LIMIT = 1_048_576


class Refused(Exception):
    pass


def number(text):
    if not re.fullmatch("-?[0-9]+", text):
        return text
    digits = text.lstrip("-0")[:15] or "0"
    return -int(digits) if text.startswith("-") else int(digits)


def reject(text):
    raise ValueError(text)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def do_GET(self):
        try:
            body = self.body()
            url = urlsplit(self.path)
            if url.path != "/api/palindromes":
                raise Refused(404, "not found")
            if self.command == "GET":
                pairs = parse_qsl(url.query, keep_blank_values=True)
                event = {name: number(text) for name, text in pairs}
            elif self.command == "POST":
                event = json.loads(
                    body.decode(), parse_int=number, parse_constant=reject
                )
            else:
                raise Refused(405, "method not allowed")
            self.send(200, answer(event))
        except Refused as error:
            self.send(error.args[0], {"error": error.args[1]})
        except InvalidRange as error:
            self.send(400, {"error": str(error)})
        except (ValueError, RecursionError):
            self.send(400, {"error": "the body must be JSON"})

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_GET

    def body(self):
        length = self.headers.get("Content-Length", "0")
        return self.rfile.read(self.size(length, 10, LIMIT))

    def chunks(self):
        body = b""
        while True:
            digits = self.rfile.readline().decode().split(";")[0].strip()
            size = self.size(digits, 16, LIMIT - len(body))
            if size == 0:
                break
            body += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return body

    def size(self, digits, base, limit):
        if not re.fullmatch("[0-9a-fA-F]+", digits):
            self.close_connection = True
            raise Refused(400, "what length is that?")
        if int(digits, base) > limit:
            self.close_connection = True
            raise Refused(413, f"the body must be at most {LIMIT} bytes")
        return int(digits, base)

    def send(self, status, value):
        body = json.dumps(value, separators=(",", ":")).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if status == 405:
            self.send_header("Allow", "GET, POST")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format, *args):
        print(format % args, flush=True)


if __name__ == "__main__":
    port = int(os.environ["FUNCTIONS_CUSTOMHANDLER_PORT"])
    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
