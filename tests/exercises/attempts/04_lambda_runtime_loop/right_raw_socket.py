# accepted: a socket and no http.client, which starts faster
import importlib
import json
import os
import socket
import sys
import time
import traceback
from types import SimpleNamespace

host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
stream = socket.create_connection((host, int(port)))
stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
replies = stream.makefile("rb")


def call(method, path, body=b"", extra=()):
    lines = [
        f"{method} /2018-06-01/runtime{path} HTTP/1.1",
        f"Host: {host}:{port}",
        f"Content-Length: {len(body)}",
        *(f"{name}: {value}" for name, value in extra),
    ]
    stream.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
    status = int(replies.readline().split()[1])
    headers = {}
    while (line := replies.readline()) not in (b"\r\n", b""):
        name, _, value = line.decode().partition(":")
        headers[name.lower()] = value.strip()
    content = b""
    if headers.get("transfer-encoding") == "chunked":
        while size := int(replies.readline(), 16):
            content += replies.read(size)
            replies.readline()
        replies.readline()
    else:
        content = replies.read(int(headers["content-length"]))
    assert 200 <= status < 300, f"{path}: {status}"
    return headers, content


def failure(error):
    traceback.print_exc()
    kind = type(error).__name__
    body = {"errorMessage": str(error), "errorType": kind}
    body["stackTrace"] = traceback.format_exception(error)
    header = ("Lambda-Runtime-Function-Error-Type", f"Function.{kind}")
    return json.dumps(body).encode(), header


try:
    *module, name = os.environ["_HANDLER"].split(".")
    handler = vars(importlib.import_module(".".join(module)))[name]
except BaseException as error:
    body, header = failure(error)
    call("POST", "/init/error", body, [header])
    raise

while True:
    got, event = call("GET", "/invocation/next")
    attempt = got.get("lambda-runtime-invocation-id")
    extra = [("Lambda-Runtime-Invocation-Id", attempt)] if attempt else []
    os.environ["_X_AMZN_TRACE_ID"] = got["lambda-runtime-trace-id"]
    deadline = int(got["lambda-runtime-deadline-ms"])
    context = SimpleNamespace(
        aws_request_id=got["lambda-runtime-aws-request-id"],
        invoked_function_arn=got["lambda-runtime-invoked-function-arn"],
        deadline_ms=deadline,
        get_remaining_time_in_millis=lambda: deadline - time.time() * 1e3,
    )
    try:
        kind, body = "response", json.dumps(handler(json.loads(event), context)).encode()
    except BaseException as error:
        kind = "error"
        body, header = failure(error)
        extra.append(header)
    sys.stdout.flush()
    call("POST", f"/invocation/{context.aws_request_id}/{kind}", body, extra)
