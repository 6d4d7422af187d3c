# accepted: coroutines and streams, no http.server
import asyncio
import json
import os
import re
from http import HTTPStatus
from urllib.parse import parse_qsl

from palindromes import InvalidRange, answer

LIMIT = 1_048_576
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class Problem(Exception):
    def __init__(self, status, text, last=False):
        self.status, self.text, self.last = status, text, last


def number(text):
    found = re.fullmatch("(-?)0*([0-9]+)", text)
    return int(found[1] + found[2][:15]) if found else text


def no(name):
    raise ValueError(name)


def length(text, base, room):
    if not re.fullmatch("[0-9]+" if base == 10 else "[0-9a-fA-F]+", text):
        raise Problem(400, "bad length", last=True)
    if int(text, base) > room:
        raise Problem(413, f"the body must be at most {LIMIT} bytes", True)
    return int(text, base)


async def body_of(headers, reader):
    if headers.get("transfer-encoding") != "chunked":
        size = length(headers.get("content-length", "0"), 10, LIMIT)
        return await reader.readexactly(size)
    body = b""
    while True:
        line = (await reader.readline()).decode("latin-1")
        size = length(line.split(";")[0].strip(), 16, LIMIT - len(body))
        if not size:
            break
        body += await reader.readexactly(size)
        await reader.readline()
    while (await reader.readline()).strip():
        pass
    return body


def event(method, target, body):
    path, _, query = target.partition("?")
    if path != "/api/palindromes":
        raise Problem(404, "not found")
    if method == "GET":
        return {k: number(v) for k, v in parse_qsl(query, True)}
    if method != "POST":
        raise Problem(405, "method not allowed")
    try:
        return json.loads(body.decode(), parse_int=number, parse_constant=no)
    except (ValueError, RecursionError):
        raise Problem(400, "the body must be JSON") from None


async def exchange(reader, writer):
    words = (await reader.readline()).decode("latin-1").split()
    if len(words) != 3:
        return False
    method, target, _ = words
    headers = {}
    while line := (await reader.readline()).decode("latin-1").strip():
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    last = False
    try:
        body = await body_of(headers, reader)
        status, value = 200, answer(event(method, target, body))
    except InvalidRange as error:
        status, value = 400, {"error": str(error)}
    except Problem as error:
        status, value, last = error.status, {"error": error.text}, error.last
    print(method, target, status, flush=True)
    content = json.dumps(value, separators=(",", ":")).encode()
    head = [
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
        "Content-Type: application/json",
        f"Content-Length: {len(content)}",
    ]
    if status == 405:
        head.append("Allow: GET, POST")
    if last:
        head.append("Connection: close")
    data = "\r\n".join([*head, "", ""]).encode()
    writer.write(data if method == "HEAD" else data + content)
    await writer.drain()
    return not last


async def serve(reader, writer):
    try:
        while await exchange(reader, writer):
            pass
    except (OSError, asyncio.IncompleteReadError):
        pass
    writer.close()


async def main():
    port = int(os.environ["FUNCTIONS_CUSTOMHANDLER_PORT"])
    server = await asyncio.start_server(serve, "127.0.0.1", port)
    await server.serve_forever()


asyncio.run(main())
