"""The official runtime clients, unmodified, on the local Lambda.

awslambdaric is what AWS runs a managed Python with; lambda_runtime is AWS's
own crate for Rust.
"""

import base64
import hashlib
import itertools
import json
import sys
import urllib.request
from importlib.util import cache_from_source, find_spec
from pathlib import Path

import boto3
import pytest

from tests.aws.conftest import deploy, zip_of
from tests.conformance.clients import rust_program
from workshop.aws import LocalLambda, runtimes
from workshop.aws.placement import Limits
from workshop.deploy.package import package, package_handler
from workshop.repository import FUNCTIONS

MINOR = sys.version_info.minor
HERE = f"python3.{MINOR}"
WRAPPED = {"Variables": {"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/bootstrap"}}
MB_6 = 6 * 1024 * 1024  # bytes, the largest event

managed = pytest.mark.skipif(
    not find_spec("awslambdaric"), reason="awslambdaric is not installed"
)


@pytest.fixture(scope="module")
def cloud():
    # Patient: a warm start stays one on a machine that is busy.
    with LocalLambda(Limits(return_s=1.0)) as cloud:
        yield cloud


@pytest.fixture(scope="module")
def create(cloud):
    """Creates a function, managed Python unless the settings differ."""
    client = boto3.client("lambda", **cloud.connection)
    numbers = itertools.count()

    def create(code, **settings):
        name = f"official-{next(numbers)}"
        if isinstance(code, str):
            code = zip_of({"handler.py": (code, 0o644)})
        function = deploy(client, name, code, **{"Runtime": HERE} | settings)
        client.get_waiter("function_active_v2").wait(FunctionName=name)
        return function

    return create


@managed
def test_the_managed_client_is_compiled_before_it_starts(tmp_path):
    runtimes.prepare(tmp_path / "runtime")
    modules = list((tmp_path / "runtime" / "awslambdaric").glob("*.py"))
    assert modules
    assert all(Path(cache_from_source(path)).exists() for path in modules)


def is_cold(result):
    return "Init Duration: " in result.log


# awslambdaric, which runs a managed Python

COUNTING = """
import os
count = 0

def handler(event, context):
    global count
    count += 1
    if event == "fail":
        raise LookupError("failed as asked")
    if event == "exit":
        os.sys.exit(3)
    if event == "hang":
        while True:
            pass
    return [os.getpid(), count, event]
"""


@managed
def test_python_cold_then_warm(create):
    function = create(COUNTING)
    first, second = function.invoke("a"), function.invoke({"é": [1, None]})
    assert first.error is None
    assert (is_cold(first), is_cold(second)) == (True, False)
    pid = first.payload[0]
    assert first.payload == [pid, 1, "a"]
    assert second.payload == [pid, 2, {"é": [1, None]}]


@managed
def test_python_handler_that_raises(create):
    function = create(COUNTING)
    before = function.invoke()
    failed = function.invoke("fail")
    assert failed.error == "Unhandled"
    assert failed.payload["errorType"] == "LookupError"
    assert failed.payload["errorMessage"] == "failed as asked"
    assert f"REPORT RequestId: {failed.payload['requestId']}" in failed.log
    [frame] = failed.payload["stackTrace"]
    assert "handler.py" in frame
    assert 'raise LookupError("failed as asked")' in frame
    assert "[ERROR] LookupError: failed as asked" in failed.log
    pid = before.payload[0]
    assert function.invoke().payload == [pid, 3, None]


@managed
@pytest.mark.parametrize(
    "event, error_type, message",
    [
        ("exit", "Runtime.ExitError", "Runtime exited with error: exit st"),
        ("hang", "Sandbox.Timedout", "Task timed out after 1.00 seconds"),
    ],
)
def test_python_handler_that_does_not_return(
    create, event, error_type, message
):
    function = create(COUNTING, Timeout=1)
    pid = function.invoke().payload[0]
    ended = function.invoke(event)
    assert ended.error == "Unhandled"
    assert ended.payload["errorType"] == error_type
    assert message in ended.payload["errorMessage"]
    assert ended.payload["errorMessage"] in ended.log
    following = function.invoke()
    assert following.error is None
    assert following.payload[1] == 1
    assert following.payload[0] != pid


@managed
@pytest.mark.parametrize(
    "source, name, error_type, message",
    [
        (
            "import nothing",
            "handler.handler",
            "Runtime.ImportModuleError",
            "Unable to import module 'handler': No module named 'nothing'",
        ),
        (
            "",
            "elsewhere.handler",
            "Runtime.ImportModuleError",
            "Unable to import module 'elsewhere': No module named 'elsewhere'",
        ),
        (
            "",
            "handler.missing",
            "Runtime.HandlerNotFound",
            "Handler 'missing' missing on module 'handler'",
        ),
        (
            "def handler(:",
            "handler.handler",
            "Runtime.UserCodeSyntaxError",
            "Syntax error in module 'handler': ",
        ),
        (
            "",
            "handler",
            "Runtime.MalformedHandlerName",
            "Bad handler 'handler': ",
        ),
        ("1 / 0", "handler.handler", "ZeroDivisionError", "division by zero"),
    ],
    ids=["import", "module", "handler", "syntax", "name", "exception"],
)
def test_python_init_that_fails(create, source, name, error_type, message):
    function = create(source, Handler=name)
    for _ in range(2):  # it is tried again each time
        failed = function.invoke()
        assert failed.error == "Unhandled"
        assert failed.payload["errorType"] == error_type
        assert failed.payload["errorMessage"].startswith(message)
        assert f"[ERROR] {error_type}: {message}" in failed.log
        assert "INIT_REPORT" in failed.log


@managed
def test_python_result_that_is_no_json(create):
    function = create("def handler(event, context): return {1, 2}")
    failed = function.invoke()
    assert failed.error == "Unhandled"
    assert failed.payload["errorType"] == "Runtime.MarshalError"
    assert failed.payload["errorMessage"] == (
        "Unable to marshal response: "
        "Object of type set is not JSON serializable"
    )


@managed
def test_python_log(create):
    function = create(
        "import logging, sys\n"
        "def handler(event, context):\n"
        "    print('printed', event)\n"
        "    print('to stderr', file=sys.stderr)\n"
        "    logging.warning('logged %s', event)\n"
        "    return context.aws_request_id\n"
    )
    done = function.invoke("ñ")
    lines = done.log.splitlines()
    start = lines.index(f"START RequestId: {done.payload} Version: $LATEST")
    end = lines.index(f"END RequestId: {done.payload}")
    printed, to_stderr, logged = lines[start + 1 : end]
    assert (printed, to_stderr) == ("printed ñ", "to stderr")
    level, _, request_id, message = logged.split("\t")
    assert (level, request_id, message) == (
        "[WARNING]",
        done.payload,
        "logged ñ",
    )


CONTEXT = """
import os

def handler(event, context):
    client = context.client_context
    return {
        **vars(context),
        "left": context.get_remaining_time_in_millis(),
        "client_context": client and [client.custom, client.client.app_title],
        "identity": [
            context.identity.cognito_identity_id,
            context.identity.cognito_identity_pool_id,
        ],
        "trace": os.environ["_X_AMZN_TRACE_ID"],
        "runtime": os.environ["AWS_EXECUTION_ENV"],
        "folder": os.getcwd() == os.environ["LAMBDA_TASK_ROOT"],
    }
"""


@managed
def test_python_context(create):
    function = create(CONTEXT, MemorySize=640, Timeout=7)
    client_context = {
        "custom": {"lesson": "é"},
        "client": {"app_title": "workshop"},
    }
    done = function.invoke(
        ClientContext=base64.b64encode(
            json.dumps(client_context).encode()
        ).decode()
    )
    assert done.error is None, done.payload
    context = done.payload
    assert context["client_context"] == [{"lesson": "é"}, "workshop"]
    assert context["identity"] == [None, None]
    assert context["function_name"] == function.name
    assert context["function_version"] == "$LATEST"
    assert context["memory_limit_in_mb"] == "640"
    assert context["invoked_function_arn"].endswith(
        f":function:{function.name}"
    )
    assert context["log_group_name"] == f"/aws/lambda/{function.name}"
    assert "/[$LATEST]" in context["log_stream_name"]
    assert f"REPORT RequestId: {context['aws_request_id']}" in done.log
    assert 0 < context["left"] <= 7000
    assert context["trace"].startswith("Root=1-")
    assert context["runtime"] == f"AWS_Lambda_{HERE}"
    assert context["folder"]
    assert function.invoke().payload["client_context"] is None


@managed
def test_python_events_of_every_size(create):
    function = create(
        "def handler(event, context): return event", MemorySize=3538
    )
    sizes = (1, 2_000, 70_000, 1_000_003, MB_6)
    events = [7, *("x" * (size - 2) for size in sizes[1:]), "é世😀\0\\"]
    for size, event in itertools.zip_longest(sizes, events):
        assert size is None or len(json.dumps(event)) == size
        done = function.invoke(event)
        assert done.error is None
        assert done.payload == event


@managed
def test_python_event_as_bytes_of_utf_8(create):
    function = create(
        "import hashlib\n"
        "def handler(event, context):\n"
        "    return hashlib.sha256(event.encode()).hexdigest()\n"
    )
    text = "é世😀" * 10_000
    reply = function.client.invoke(
        FunctionName=function.name,
        Payload=json.dumps(text, ensure_ascii=False).encode(),
    )
    digest = hashlib.sha256(text.encode()).hexdigest()
    assert json.loads(reply["Payload"].read()) == digest


@managed
def test_python_result_that_is_too_large(create):
    function = create(
        "def handler(event, context): return 'x' * event", MemorySize=1769
    )
    large = function.invoke(MB_6 + 100)
    assert large.error == "Unhandled"
    assert large.payload["errorType"] == "Function.ResponseSizeTooLarge"
    assert function.invoke(3).payload == "xxx"


@managed
def test_python_has_boto3_which_calls_the_cloud_it_is_told(cloud, create):
    function = create(
        "import boto3\n"
        "def handler(event, context):\n"
        "    caller = boto3.client('sts').get_caller_identity()\n"
        "    return [boto3.__version__, caller['Account']]\n",
        Environment={"Variables": {"AWS_ENDPOINT_URL": cloud.url}},
        MemorySize=1769,
        Timeout=20,
    )
    done = function.invoke()
    assert done.payload == [boto3.__version__, "123456789012"]


@managed
def test_python_of_another_version_is_the_learners_own(create):
    other = f"python3.{13 if MINOR != 13 else 12}"
    function = create(
        "import os, sys\n"
        "def handler(event, context):\n"
        "    named = os.environ['AWS_EXECUTION_ENV']\n"
        "    return [sys.version_info.minor, named]\n",
        Runtime=other,
    )
    done = function.invoke()
    assert done.payload == [MINOR, f"AWS_Lambda_{other}"]
    assert (
        f"The local Lambda runs {other} on your own Python 3.{MINOR}."
        in done.log
    )


# One zip in both places

OURS = pytest.param({"Runtime": "provided.al2023"}, id="provided")
REPLACED = pytest.param({"Environment": WRAPPED}, id="wrapper", marks=managed)
THEIRS = pytest.param({}, id="awslambdaric", marks=managed)


@pytest.mark.parametrize("settings", [OURS, REPLACED, THEIRS])
def test_one_zip_gives_the_same_answer_everywhere(create, settings):
    function = create(package(FUNCTIONS / "aws" / "python"), **settings)
    good = function.invoke({"min": 10, "max": 99})
    assert good.payload["largest"] == {"value": 9009, "factors": [[91, 99]]}
    bad = function.invoke({"min": 99, "max": 10})
    assert bad.error == "Unhandled"
    assert bad.payload["errorType"] == "InvalidRange"


@pytest.mark.parametrize(
    "settings, program, client",
    [
        pytest.param(*OURS.values, "loop.py", False, id="provided"),
        pytest.param(
            *REPLACED.values, "loop.py", False, id="wrapper", marks=managed
        ),
        pytest.param(
            *THEIRS.values,
            "bootstrap.py",
            True,
            id="awslambdaric",
            marks=managed,
        ),
    ],
)
def test_whose_loop_runs(create, settings, program, client):
    function = create(
        package_handler(
            "import sys\n"
            "def handler(event, context):\n"
            "    name = sys.argv[0].rpartition('/')[2]\n"
            "    return [name, 'awslambdaric' in sys.modules]\n"
        ),
        **settings,
    )
    assert function.invoke().payload == [program, client]


# lambda_runtime, the crate


@pytest.fixture(scope="module")
def rust(create):
    """Creates a function of rust/src/main.rs."""
    code = zip_of({"bootstrap": (rust_program().read_bytes(), 0o755)})

    def rust(**settings):
        return create(code, Runtime="provided.al2023", **settings)

    return rust


def test_rust_cold_then_warm(rust):
    function = rust()
    first, second = function.invoke({"n": "é"}), function.invoke([1, None])
    assert (is_cold(first), is_cold(second)) == (True, False)
    pid = first.payload["process"]
    assert first.payload == {"event": {"n": "é"}, "process": pid}
    assert second.payload == {"event": [1, None], "process": pid}


def test_rust_context_and_log(rust):
    function = rust(MemorySize=256)
    told = {"custom": {"lesson": "é"}}
    done = function.invoke(
        {"do": "context"},
        ClientContext=base64.b64encode(json.dumps(told).encode()).decode(),
    )
    context = done.payload
    assert f"REPORT RequestId: {context['request_id']}" in done.log
    assert f"answered {context['request_id']}\n" in done.log
    assert context["arn"].endswith(f":function:{function.name}")
    assert context["trace_id"].startswith("Root=1-")
    assert context["client"]["custom"] == told["custom"]
    assert context["memory"] == 256
    assert "/[$LATEST]" in context["log_stream"]


@pytest.mark.parametrize(
    "wish, message",
    [
        ("fail", "failed as asked"),
        ("panic", "Lambda panicked: panicked as asked"),
    ],
)
def test_rust_error_and_the_same_process_goes_on(rust, wish, message):
    function = rust()
    pid = function.invoke().payload["process"]
    failed = function.invoke({"do": wish})
    assert failed.error == "Unhandled"
    assert failed.payload["errorMessage"] == message
    assert failed.payload["errorType"]
    assert function.invoke().payload["process"] == pid


@pytest.mark.parametrize(
    "wish, error_type",
    [("exit", "Runtime.ExitError"), ("sleep", "Sandbox.Timedout")],
)
def test_rust_end_and_another_process_goes_on(rust, wish, error_type):
    function = rust(Timeout=1)
    pid = function.invoke().payload["process"]
    ended = function.invoke({"do": wish})
    assert ended.error == "Unhandled"
    assert ended.payload["errorType"] == error_type
    following = function.invoke()
    assert following.error is None
    assert following.payload["process"] != pid


def test_rust_init_that_fails(rust):
    failed = rust(Environment={"Variables": {"INIT": "panic"}}).invoke()
    assert failed.error == "Unhandled"
    assert failed.payload["errorType"] == "Runtime.ExitError"
    assert "exit status 101" in failed.payload["errorMessage"]
    assert "panicked in init as asked" in failed.log


def test_rust_event_of_6_mb(rust):
    function = rust(MemorySize=3538)
    event = "x" * (MB_6 - 100)
    assert function.invoke(event).payload["event"] == event


def test_rust_response_that_streams(rust):
    function = rust()
    reply = function.client.invoke_with_response_stream(
        FunctionName=function.name,
        Payload=json.dumps({"do": "stream"}),
        LogType="Tail",
    )
    *chunks, end = list(reply["EventStream"])
    content = b"".join(c["PayloadChunk"]["Payload"] for c in chunks)
    prelude, body = content.split(b"\0" * 8)
    assert json.loads(prelude)["headers"] == {"content-type": "text/plain"}
    assert body == b"one two three"
    assert len(chunks) > 1
    log = base64.b64decode(end["InvokeComplete"]["LogResult"]).decode()
    assert "ErrorCode" not in end["InvokeComplete"]
    assert "REPORT RequestId: " in log


def test_rust_handler_that_fails_before_it_streams(rust):
    function = rust()
    reply = function.client.invoke_with_response_stream(
        FunctionName=function.name, Payload=json.dumps({"do": "fail"})
    )
    [end] = list(reply["EventStream"])
    details = json.loads(end["InvokeComplete"]["ErrorDetails"])
    assert details["errorMessage"] == "failed as asked"


def test_rust_stream_behind_a_function_url(rust):
    function = rust()
    url = function.client.create_function_url_config(
        FunctionName=function.name,
        AuthType="NONE",
        InvokeMode="RESPONSE_STREAM",
    )["FunctionUrl"]
    everybody = {"FunctionName": function.name, "Principal": "*"}
    function.client.add_permission(
        **everybody,
        StatementId="url",
        Action="lambda:InvokeFunctionUrl",
        FunctionUrlAuthType="NONE",
    )
    function.client.add_permission(
        **everybody,
        StatementId="function",
        Action="lambda:InvokeFunction",
        InvokedViaFunctionUrl=True,
    )
    with urllib.request.urlopen(f"{url}stream") as reply:
        assert reply.headers["Content-Type"] == "text/plain"
        assert reply.read() == b"one two three"
