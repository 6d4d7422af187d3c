# rejected by test_the_local_lambda_serves_it: whatever its type
import http.client
import importlib
import json
import os
import sys
import time
import traceback

API = "/2018-06-01/runtime"
connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])


def call(method, path, body=None, headers={}):
    connection.request(method, API + path, body, headers)
    reply = connection.getresponse()
    content = reply.read()
    if reply.status // 100 != 2:
        raise RuntimeError(reply.status)
    return reply.headers, content


class Context:
    def __init__(self, headers):
        self.aws_request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        self.invoked_function_arn = headers["Lambda-Runtime-Invoked-Function-Arn"]
        self.deadline_ms = int(headers["Lambda-Runtime-Deadline-Ms"])

    def get_remaining_time_in_millis(self):
        return int(self.deadline_ms - time.time() * 1000)


def report(path, error, echo={}):
    body = {
        "errorMessage": str(error),
        "errorType": type(error).__name__,
        "stackTrace": traceback.format_tb(error.__traceback__),
    }
    kind = {"Lambda-Runtime-Function-Error-Type": type(error).__name__}
    call("POST", path, json.dumps(body), kind | echo)


def main():
    sys.stdout.reconfigure(line_buffering=True)
    try:
        module, name = os.environ["_HANDLER"].rsplit(".", 1)
        handler = getattr(importlib.import_module(module), name)
    except Exception as error:
        report("/init/error", error)
        sys.exit(1)
    while True:
        headers, event = call("GET", "/invocation/next")
        path = "/invocation/" + headers["Lambda-Runtime-Aws-Request-Id"]
        os.environ["_X_AMZN_TRACE_ID"] = headers["Lambda-Runtime-Trace-Id"]
        attempt = headers["Lambda-Runtime-Invocation-Id"]
        echo = {"Lambda-Runtime-Invocation-Id": attempt} if attempt else {}
        try:
            result = json.dumps(handler(json.loads(event), Context(headers)))
        except ValueError as error:
            result = json.dumps({"error": str(error)})
            call("POST", path + "/response", result, echo)
        except Exception as error:
            report(path + "/error", error, echo)
        else:
            call("POST", path + "/response", result, echo)


main()
