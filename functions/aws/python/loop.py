"""A Lambda runtime loop: ask for an event, handle it, answer, ask again."""

import http.client
import importlib
import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from email.message import Message
from typing import Any

RUNTIME = "/2018-06-01/runtime"


class RuntimeApi:
    """The Lambda side of the conversation, over one connection."""

    def __init__(self, address: str) -> None:
        self.connection = http.client.HTTPConnection(address)

    def call(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: dict[str, str] | None = None,
    ) -> tuple[Message, bytes]:
        """Make one call, such as GET /invocation/next.

        Returns the reply's headers and its body.
        """
        path = RUNTIME + path
        self.connection.request(method, path, body, headers or {})
        reply = self.connection.getresponse()
        content = reply.read()
        if not 200 <= reply.status < 300:
            raise RuntimeError(f"{method} {path}: {reply.status} {content!r}")
        return reply.headers, content


class Context:
    """What a handler may know about its invocation."""

    def __init__(self, headers: Message) -> None:
        self.aws_request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        self.invoked_function_arn = headers[
            "Lambda-Runtime-Invoked-Function-Arn"
        ]
        self.deadline_ms = int(headers["Lambda-Runtime-Deadline-Ms"])

    def get_remaining_time_in_millis(self) -> int:
        """How long the handler may still run, in milliseconds."""
        return max(0, self.deadline_ms - round(time.time() * 1000))


def error_body(error: BaseException) -> bytes:
    """The JSON of an exception, for invocation/ID/error and init/error."""
    body = {
        "errorMessage": str(error),
        "errorType": type(error).__name__,
        "stackTrace": traceback.format_tb(error.__traceback__),
    }
    return json.dumps(body).encode()


Handler = Callable[[Any, Context], Any]


def serve_one(api: RuntimeApi, handler: Handler) -> None:
    """Wait for one event, handle it and answer it."""
    headers, event = api.call("GET", "/invocation/next")
    invocation = f"/invocation/{headers['Lambda-Runtime-Aws-Request-Id']}"
    os.environ["_X_AMZN_TRACE_ID"] = headers.get("Lambda-Runtime-Trace-Id", "")
    echo = {}
    if "Lambda-Runtime-Invocation-Id" in headers:
        name = "Lambda-Runtime-Invocation-Id"
        echo[name] = headers[name]
    try:
        result = handler(json.loads(event), Context(headers))
        body = json.dumps(result, separators=(",", ":")).encode()
    except Exception as error:
        traceback.print_exc()
        kind = {"Lambda-Runtime-Function-Error-Type": type(error).__name__}
        body = error_body(error)
        api.call("POST", f"{invocation}/error", body, kind | echo)
    else:
        api.call("POST", f"{invocation}/response", body, echo)


def load_handler(name: str) -> Handler:
    """The function that a name such as `handler.handler` means."""
    module, _, function = name.rpartition(".")
    handler: Handler = getattr(importlib.import_module(module), function)
    return handler


def main() -> None:
    """Load the handler, then serve invocations for ever."""
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    api = RuntimeApi(os.environ["AWS_LAMBDA_RUNTIME_API"])
    try:
        handler = load_handler(os.environ["_HANDLER"])
    except Exception as error:
        traceback.print_exc()
        kind = {"Lambda-Runtime-Function-Error-Type": type(error).__name__}
        api.call("POST", "/init/error", error_body(error), kind)
        sys.exit(1)
    while True:
        serve_one(api, handler)


if "AWS_LAMBDA_RUNTIME_API" in os.environ:  # on Lambda, not in a notebook
    main()
