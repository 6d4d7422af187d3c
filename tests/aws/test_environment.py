"""One environment: what its runtime may do, and what the caller then gets.

The messages are those of the official emulator of aws-sam-cli 1.170.
"""

import json
import math
import re

import boto3
import pytest

from tests.aws.conftest import deploy, zip_of
from workshop.aws import LocalLambda

ENVIRONMENT = "def handle(event, *_): return dict(os.environ)"
ECHO = "def handle(event, request_id, headers): return event"


def test_it_answers_and_says_what_it_took(create):
    function = create(
        "def handle(event, request_id, headers):\n"
        "    print('working')\n"
        "    return {'got': event}"
    )
    cold = function.invoke({"n": 1})
    warm = function.invoke({"n": 2})
    assert cold.payload == {"got": {"n": 1}}
    assert warm.payload == {"got": {"n": 2}}
    assert cold.error is None
    start, said, end, report = warm.log.splitlines()
    request_id = start.split()[2]
    assert start == f"START RequestId: {request_id} Version: $LATEST"
    assert said == "working"
    assert end == f"END RequestId: {request_id}"
    assert re.fullmatch(
        rf"REPORT RequestId: {request_id}\tDuration: [\d.]+ ms\t"
        r"Billed Duration: \d+ ms\tMemory Size: 128 MB\t"
        r"Max Memory Used: [1-9]\d* MB\t",
        report,
    )
    assert "Init Duration: " in cold.log
    assert "Init Duration: " not in warm.log


def test_billed_duration_is_duration_and_init_rounded_up(create):
    log = create(ECHO).invoke(1).log
    took = {
        name: float(value)
        for name, value in re.findall(r"(\w+ ?\w*): ([\d.]+) ms", log)
    }
    told = round(took["Duration"] + took["Init Duration"], 2)
    assert took["Billed Duration"] == math.ceil(told)


def test_the_environment_of_a_function(create):
    function = create(
        ENVIRONMENT,
        MemorySize=256,
        Environment={"Variables": {"COLOUR": "blue"}},
    )
    seen = function.invoke().payload
    assert seen["COLOUR"] == "blue"
    assert seen["_HANDLER"] == "handler.handler"
    assert seen["AWS_LAMBDA_FUNCTION_NAME"] == function.name
    assert seen["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256"
    assert seen["AWS_LAMBDA_FUNCTION_VERSION"] == "$LATEST"
    assert seen["AWS_REGION"] == seen["AWS_DEFAULT_REGION"] == "us-east-1"
    assert seen["LAMBDA_TASK_ROOT"] == seen["PWD"]
    assert not {"HOME", "VIRTUAL_ENV", "PYTHONPATH", "USER"} & set(seen)


def test_nothing_of_the_learners_own_reaches_a_function(monkeypatch):
    own = {
        "AWS_ACCESS_KEY_ID": "AKIAOWN",
        "AWS_SECRET_ACCESS_KEY": "own-secret",
        "AWS_SESSION_TOKEN": "own-token",
        "AWS_PROFILE": "own-profile",
        "AZURE_CLIENT_SECRET": "own-azure",
        "HOME": "/own/home",
        "SOMETHING": "own-something",
    }
    with monkeypatch.context() as here:
        for name, value in own.items():
            here.setenv(name, value)
        cloud = LocalLambda()
    with cloud:
        client = boto3.client("lambda", **cloud.connection)
        function = deploy(client, "f", ENVIRONMENT)
        seen = function.invoke().payload
    assert not set(own.values()) & set(seen.values())
    assert not {"AWS_PROFILE", "AZURE_CLIENT_SECRET", "HOME"} & set(seen)
    # Its own credentials are those of the session, and lead back here.
    assert seen["AWS_ENDPOINT_URL"] == cloud.url
    assert seen["AWS_ACCESS_KEY_ID"] == cloud.connection["aws_access_key_id"]


def test_a_trace_id_is_handed_on(create, client):
    function = create(
        "def handle(event, request_id, headers):\n"
        "    return headers['Lambda-Runtime-Trace-Id']"
    )
    told = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1"

    def trace(request, **_):
        request.headers["X-Amzn-Trace-Id"] = told

    client.meta.events.register_first("before-sign.lambda.Invoke", trace)
    try:
        assert function.invoke().payload == told
    finally:
        client.meta.events.unregister("before-sign.lambda.Invoke", trace)


def test_the_headers_of_an_event(create):
    function = create(
        "def handle(event, request_id, headers):\n"
        "    return {k.lower(): v for k, v in headers.items()}"
    )
    headers = function.invoke(ClientContext="eyJhIjogMX0=").payload
    assert headers["lambda-runtime-client-context"] == '{"a": 1}'
    assert headers["lambda-runtime-invoked-function-arn"] == (
        f"arn:aws:lambda:us-east-1:123456789012:function:{function.name}"
    )
    assert headers["lambda-runtime-trace-id"].startswith("Root=1-")
    assert headers["lambda-runtime-deadline-ms"].isdecimal()
    assert headers["lambda-runtime-invocation-id"]


@pytest.mark.parametrize("size", [1, 2049, 100_000, 6_000_000])
def test_events_and_responses_of_every_size(create, size):
    assert create(ECHO, Timeout=30).invoke("x" * size).payload == "x" * size


def test_an_error_of_the_handler(create):
    function = create(
        "def handle(event, request_id, headers):\n"
        "    respond_error(request_id, 'ValueError', 'no good')"
    )
    for _ in range(2):  # and the environment lives on
        result = function.invoke()
        assert result.error == "Unhandled"
        assert result.payload == {
            "errorType": "ValueError",
            "errorMessage": "no good",
        }


def test_a_runtime_that_reports_its_init_error(create):
    function = create(
        "call('POST', 'init/error',"
        ' \'{"errorType": "Runtime.ImportError", "errorMessage": "x"}\','
        " {'Lambda-Runtime-Function-Error-Type': 'Runtime.ImportError'})\n"
        "sys.exit(1)"
    )
    result = function.invoke()
    assert result.error == "Unhandled"
    assert result.payload == {
        "errorType": "Runtime.ImportError",
        "errorMessage": "x",
    }


def test_a_runtime_that_dies_between_two_invocations(create):
    function = create(
        "import threading\n"
        "def handle(event, request_id, headers):\n"
        "    if event:\n"
        "        respond(request_id, '1')\n"
        "        os._exit(7)\n"
        "    return 2"
    )
    assert function.invoke(1).payload == 1
    assert function.invoke(0).payload == 2


BAD_ENTRYPOINTS = {
    "none": (
        {"other": ("", 0o644)},
        "Couldn't find valid bootstrap(s): "
        "[/var/task/bootstrap /opt/bootstrap]",
        "no file named bootstrap",
    ),
    "not executable": (
        {"bootstrap": ("#!/bin/sh\n", 0o644)},
        "fork/exec /var/task/bootstrap: permission denied",
        "lacks the execute bit",
    ),
    "Windows line end": (
        {"bootstrap": ("#!/bin/sh\r\nexit\r\n", 0o755)},
        "fork/exec /var/task/bootstrap: no such file or directory",
        "Save the file with LF line endings",
    ),
    "no program": (
        {"bootstrap": ("hello", 0o755)},
        "fork/exec /var/task/bootstrap: exec format error",
        "needs a first line that names a program",
    ),
}


@pytest.mark.parametrize("fault", BAD_ENTRYPOINTS)
def test_a_bootstrap_that_does_not_start(create, fault):
    files, message, remedy = BAD_ENTRYPOINTS[fault]
    result = create(zip_of(files)).invoke()
    assert result.error == "Unhandled"
    assert result.payload["errorType"] == "Runtime.InvalidEntrypoint"
    assert result.payload["errorMessage"].endswith(f"Error: {message}")
    assert remedy in result.log


def test_last_words_need_no_line_end(create):
    function = create(
        "def handle(event, request_id, headers):\n"
        "    os.write(2, b'last words')\n"
        "    if event: os._exit(3)\n"
        "    return 1"
    )
    assert "\nlast words\nEND" in function.invoke(0).log
    assert "\nlast words\nRequestId: " in function.invoke(1).log


def test_the_log_tail_is_the_last_four_kilobytes(create):
    function = create(
        "def handle(event, request_id, headers):\n"
        "    print('x' * 100_000)\n"
        "    return 1"
    )
    log = function.invoke().log
    assert len(log) == 4096
    assert "REPORT RequestId" in log


def test_the_code_cannot_be_changed_but_tmp_can_be_written(create):
    function = create(
        "def handle(event, request_id, headers):\n"
        "    open(os.environ['TMPDIR'] + '/note', 'w').write('x')\n"
        "    return oct(os.stat('.').st_mode & 0o777)"
    )
    assert json.loads(json.dumps(function.invoke().payload)) == "0o555"
