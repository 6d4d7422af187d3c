# accepted: a loop over sockets, and replies in chunks
import json
import os
import re
import socket
from threading import Thread
from urllib.parse import parse_qsl

import palindromes

MOST = 1048576


def whole(text):
    if re.fullmatch("-?[0-9]+", text):
        sign = -1 if text[0] == "-" else 1
        return sign * int(text.strip("-").lstrip("0")[:30] or 0)
    return text


def constant(text):
    raise ValueError


def reply(connection, method, status, value, *more):
    body = json.dumps(value, separators=(",", ":")).encode()
    head = f"HTTP/1.1 {status} x\r\nContent-Type: application/json\r\n"
    head += "".join(line + "\r\n" for line in more)
    if method == "HEAD":
        connection.sendall(head.encode() + b"Content-Length: 99\r\n\r\n")
        return
    head += "Transfer-Encoding: chunked\r\n\r\n"
    chunk = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    connection.sendall(head.encode() + chunk)


def lengths(headers, file):
    if "transfer-encoding" not in headers:
        yield headers.get("content-length", "0"), 10
        return
    while True:
        text = file.readline().decode("latin-1").split(";")[0].strip()
        yield text, 16
        if text.strip("0") == "":
            while file.readline().strip():
                pass
            return
        file.readline()


def serve(connection):
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with connection, connection.makefile("rb") as file:
        while line := file.readline().decode("latin-1"):
            method, target, _ = line.split()
            print(line.strip(), flush=True)
            headers = {}
            while line := file.readline().decode("latin-1").strip():
                name, value = line.split(":", 1)
                headers[name.lower()] = value.strip()
            body = b""
            for text, base in lengths(headers, file):
                if re.search("[^0-9a-fA-F]|^$", text) or (
                    base == 10 and not text.isdecimal()
                ):
                    reply(connection, method, 400, {"error": text})
                    return
                if len(body) + int(text, base) > MOST:
                    error = f"the body must be at most {MOST} bytes"
                    reply(connection, method, 413, {"error": error})
                    return
                body += file.read(int(text, base))
            reply(connection, method, *handle(method, target, body))


def handle(method, target, body):
    path, _, query = target.partition("?")
    if path != "/api/palindromes":
        return 404, {"error": "not found"}
    if method not in ("GET", "POST"):
        return 405, {"error": "method not allowed"}, "Allow: GET, POST"
    try:
        if method == "POST":
            event = json.loads(
                body.decode(), parse_int=whole, parse_constant=constant
            )
        else:
            event = dict(parse_qsl(query, keep_blank_values=True))
            event = {name: whole(text) for name, text in event.items()}
    except (ValueError, RecursionError):
        return 400, {"error": "the body must be JSON"}
    try:
        return 200, palindromes.answer(event)
    except palindromes.InvalidRange as error:
        return 400, {"error": str(error)}


port = int(os.getenv("FUNCTIONS_CUSTOMHANDLER_PORT"))
with socket.create_server(("127.0.0.1", port), backlog=100) as server:
    while True:
        Thread(target=serve, args=server.accept()[:1], daemon=True).start()
