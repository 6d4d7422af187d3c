# accepted: invocations are iterated over, each is its own context
import http.client
import json
import os
import sys
import time
import traceback
from dataclasses import dataclass


@dataclass
class Invocation:
    aws_request_id: str
    deadline_ms: int
    invoked_function_arn: str
    trace: str
    attempt: str | None
    event: bytes

    def get_remaining_time_in_millis(self):
        return max(0, self.deadline_ms - time.time_ns() // 1_000_000)


class Runtime:
    def __init__(self):
        address = os.environ["AWS_LAMBDA_RUNTIME_API"]
        self.http = http.client.HTTPConnection(address)

    def __iter__(self):
        return self

    def __next__(self):
        self.http.request("GET", "/2018-06-01/runtime/invocation/next")
        with self.reply() as reply:
            get = lambda name: reply.getheader("lambda-runtime-" + name)
            return Invocation(
                get("aws-request-id"),
                int(get("deadline-ms")),
                get("invoked-function-arn"),
                get("trace-id"),
                get("invocation-id"),
                reply.read(),
            )

    def reply(self):
        reply = self.http.getresponse()
        if reply.status >= 300:
            raise SystemExit(f"Lambda says {reply.status}: {reply.read()}")
        return reply

    def post(self, path, value, headers):
        path = "/2018-06-01/runtime/" + path
        self.http.request("POST", path, value, headers)
        self.reply().read()

    def fail(self, path, error, headers):
        kind = type(error).__name__
        lines = traceback.format_tb(error.__traceback__)
        value = dict(errorMessage=str(error), errorType=kind, stackTrace=lines)
        headers = {**headers, "Lambda-Runtime-Function-Error-Type": kind}
        self.post(path, json.dumps(value), headers)


def main():
    runtime = Runtime()
    try:
        module, _, name = os.environ["_HANDLER"].rpartition(".")
        handler = getattr(__import__(module), name)
    except Exception as error:
        runtime.fail("init/error", error, {})
        return 1
    for invocation in runtime:
        serve(runtime, handler, invocation)


def serve(runtime, handler, invocation):
    os.environ["_X_AMZN_TRACE_ID"] = invocation.trace
    headers = {"Content-Type": "application/json"}
    if invocation.attempt is not None:
        headers["Lambda-Runtime-Invocation-Id"] = invocation.attempt
    path = "invocation/" + invocation.aws_request_id
    try:
        value = handler(json.loads(invocation.event), invocation)
        value = json.dumps(value, ensure_ascii=False).encode()
    except Exception as error:
        runtime.fail(path + "/error", error, headers)
    else:
        runtime.post(path + "/response", value, headers)


if __name__ == "__main__":
    sys.stdout = open(1, "w", buffering=1)
    sys.exit(main())
