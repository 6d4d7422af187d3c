"""Every fault that a bootstrap, a caller or the server itself may have.

After each one the caller has one answer of the right type, the next invoke
works, the log says what happened, and no process, port, folder or control
group is left.
"""

import json
import resource
import socket
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import boto3
import psutil
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import (
    BotoCoreError,
    ConnectionClosedError,
)

from tests.aws.conftest import deploy
from tests.traces import Traces, nothing_left
from workshop.aws import Limits, LocalLambda
from workshop.timeline import Phase

SOAK = Path(__file__).parents[2] / "benchmarks" / "soak.py"
EXITED = "Runtime.ExitError"
TIMED_OUT = "Sandbox.Timedout"
SECOND = {"Timeout": 1}  # what is bound to time out need not take longer

# A function is broken for as long as the file is there that BROKEN names.
BREAKS_IN_INIT = """
def handle(event, request_id, headers):
    return event

if os.path.exists(os.environ["BROKEN"]):
{fault}
"""
BREAKS_IN_INVOKE = """
import socket, subprocess, threading

def connect():
    host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
    return socket.create_connection((host, int(port)))

def begin_response(request_id, framing):
    runtime = connect()
    path = f"{{PATH}}invocation/{{request_id}}/response"
    head = f"POST {{path}} HTTP/1.1\\r\\nHost: x\\r\\n{{framing}}\\r\\n\\r\\n"
    runtime.sendall(head.encode())
    return runtime

def handle(event, request_id, headers):
    if os.path.exists(os.environ["BROKEN"]):
{fault}
    return event
"""


@dataclass(frozen=True)
class Fault:
    """A fault, and what is to come of it."""

    source: str
    error: str = ""  # the caller's errorType; none: it gets its event back
    message: str = ""  # what the errorMessage ends with
    log: tuple[str, ...] = ()  # words in the log, in this order
    settings: dict = field(default_factory=dict)


IN_INIT = {
    "exits": Fault(
        "print('about to fail'); sys.exit(1)",
        EXITED,
        "Runtime exited with error: exit status 1",
        (
            *("about to fail", "exit status 1", "Phase: init\t"),
            *("about to fail", "exit status 1", "Phase: invoke\t"),
            *("START RequestId", "END RequestId", "Status: error\t"),
        ),
    ),
    "asks for an event and exits": Fault(
        "api.request('GET', PATH + 'invocation/next'); os._exit(4)",
        EXITED,
        "Runtime exited with error: exit status 4",
        ("exit status 4", "REPORT", f"Error Type: {EXITED}"),
    ),
    "reports an error and stays": Fault(
        "call('POST', 'init/error', '{\"errorType\": \"Runtime.NoDisk\"}',"
        " {'Lambda-Runtime-Function-Error-Type': 'Runtime.NoDisk'})\n"
        "time.sleep(60)",
        "Runtime.NoDisk",
        log=("Phase: init\tStatus: error", "Phase: invoke\tStatus: error"),
    ),
    "answers before it was asked": Fault(
        "print(respond('1', '2')[0].status); sys.exit(1)",
        EXITED,
        "exit status 1",
        ("[Runtime API] 400 InvalidRequestID", "400", "Phase: invoke"),
    ),
}
TOO_LONG = ("Task timed out after 1.00 seconds", "Status: timeout")
IN_INVOKE = {
    "exits with 0": Fault(
        "os._exit(0)",
        EXITED,
        "Error: Runtime exited without providing a reason",
        ("without providing a reason", f"Status: error\tError Type: {EXITED}"),
    ),
    "exits with 3": Fault(
        "sys.exit(3)",
        EXITED,
        "Error: Runtime exited with error: exit status 3",
        ("exit status 3", f"Status: error\tError Type: {EXITED}"),
    ),
    "segfaults": Fault(
        "os.kill(os.getpid(), signal.SIGSEGV)",
        EXITED,
        "Error: Runtime exited with error: signal: segmentation fault",
        ("segmentation fault", f"Status: error\tError Type: {EXITED}"),
    ),
    "hangs": Fault(
        "time.sleep(60)",
        TIMED_OUT,
        "Error: Task timed out after 1.00 seconds",
        TOO_LONG,
        SECOND,
    ),
    "spins and ignores SIGTERM": Fault(
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True: pass",
        TIMED_OUT,
        log=TOO_LONG,
        settings=SECOND,
    ),
    "forks a child that outlives it": Fault(
        "subprocess.Popen(['sleep', '600'], start_new_session=True)\n"
        "sys.exit(3)",
        EXITED,
        log=("exit status 3", "REPORT"),
    ),
    "answers twice": Fault(
        "respond(request_id, json.dumps(event))\n"
        "print('told', respond(request_id, '2')[0].status)\n"
        "return",
        log=(
            "[Runtime API] 403 InvalidStateTransition",
            "Each event gets one answer",
            "told 403",
        ),
    ),
    "answers another's id first": Fault(
        "print('told', respond('another', '2')[0].status)",
        log=("[Runtime API] 400 InvalidRequestID", "told 400", "REPORT"),
    ),
    "answers only another's id": Fault(
        "respond('another', '2')\nreturn",
        TIMED_OUT,
        log=("[Runtime API] 400 InvalidRequestID", *TOO_LONG),
        settings=SECOND,
    ),
    "answers after the time-out": Fault(
        "time.sleep(1.1)",
        TIMED_OUT,
        log=TOO_LONG,
        settings=SECOND,
    ),
    "answers and never asks again": Fault(
        "respond(request_id, json.dumps(event))\ntime.sleep(60)",
        log=("REPORT", "Task timed out after 1.00 seconds while it owed"),
        settings=SECOND,
    ),
    "answers one byte too much": Fault(
        "reply, _ = respond(request_id, b'x' * (6 * 2**20 + 101))\n"
        "print('told', reply.status)\n"
        "return",
        "Function.ResponseSizeTooLarge",
        "maximum allowed payload size (6291556 bytes).",
        ("[Runtime API] 413 RequestEntityTooLarge", "told 413"),
    ),
    "answers half and hangs": Fault(
        "runtime = begin_response(request_id, 'Content-Length: 99')\n"
        "runtime.sendall(b'half')\n"
        "time.sleep(60)",
        TIMED_OUT,
        log=(*TOO_LONG, "TruncatedHTTPRequest", "4 bytes of it had come"),
        settings=SECOND,
    ),
    "answers half and dies": Fault(
        "runtime = begin_response(request_id, 'Content-Length: 99')\n"
        "runtime.sendall(b'half')\n"
        "os._exit(3)",
        EXITED,
        log=("exit status 3", f"Error Type: {EXITED}"),
    ),
    "answers half and goes on": Fault(
        "with begin_response(request_id, 'Content-Length: 99') as runtime:\n"
        "    runtime.sendall(b'half')\n"
        "return",
        "Runtime.TruncatedResponse",
        "The connection ended before the answer did.",
        ("TruncatedHTTPRequest", "4 bytes of it had come"),
    ),
    "answers half in chunks and goes on": Fault(
        "framing = 'Transfer-Encoding: chunked'\n"
        "with begin_response(request_id, framing) as runtime:\n"
        "    runtime.sendall(b'4\\r\\nhalf\\r\\n')\n"
        "return",
        "Runtime.TruncatedResponse",
        log=("TruncatedHTTPRequest", "4 bytes of it had come"),
    ),
    "sends garbage and goes on": Fault(
        "with connect() as runtime:\n"
        "    runtime.sendall(b'\\0\\xff garbage\\r\\n\\r\\n')\n"
        "    print(runtime.recv(100))",
        log=(
            "[Runtime API] 400 Bad Request: This is not an HTTP/1.1",
            "400 Bad Request",
        ),
    ),
    "sends garbage and hangs": Fault(
        "api.sock.sendall(b'garbage\\r\\n\\r\\n')\ntime.sleep(60)",
        TIMED_OUT,
        log=(
            "[Runtime API] 400 Bad Request: This is not an HTTP/1.1",
            *TOO_LONG,
        ),
        settings=SECOND,
    ),
    "sends a head of over a megabyte": Fault(
        "with connect() as runtime:\n"
        "    runtime.sendall(b'GET /' + b'x' * 2**20)\n"
        "    print(runtime.recv(100))",
        log=("[Runtime API] 431 Request Header", "HTTP/1.1 431", "REPORT"),
    ),
    "opens a thousand connections": Fault(
        "held = [connect() for _ in range(1000)]",
        log=("[Runtime API] 128 connections are open", "REPORT"),
        settings={"Timeout": 20},
    ),
    "fills /tmp with one file": Fault(
        "with open(os.environ['TMPDIR'] + '/full', 'wb') as full:\n"
        "    full.seek(512 * 2**20)\n"  # sparse: it takes no room
        "    full.write(b'x')",
        EXITED,
        "exit status 1",
        ("File too large", "exit status 1"),
    ),
    "fills /tmp with many": Fault(
        "for i in range(100):\n"
        "    path = os.environ['TMPDIR'] + f'/{i}'\n"
        "    with open(path, 'wb') as full: full.truncate(6 * 2**20)\n"
        "time.sleep(60)",
        EXITED,
        "signal: killed",
        ("/tmp has room for 512 MB", "No space left on device", "REPORT"),
        {"Timeout": 20},
    ),
    "takes more memory than it has": Fault(
        "held = b'x' * (400 * 2**20)",
        EXITED,
        "Runtime exited with error: signal: killed",
        ("signal: killed", "Error Type: Runtime.OutOfMemory"),
        {"MemorySize": 128, "Timeout": 20},
    ),
    "has a child that takes too much memory": Fault(
        "taker = 'held = b\"x\" * (400 * 2**20)'\n"
        "subprocess.run([sys.executable, '-c', taker])",
        log=("REPORT",),
        settings={"MemorySize": 128, "Timeout": 20},
    ),
    "writes 20 MB without a line end": Fault(
        "for _ in range(320): os.write(1, b'x' * 65536)\n"
        "os.write(1, b'\\nlast words\\n')",
        log=("xxxx", "last words", "REPORT"),
        settings={"Timeout": 30},
    ),
    "writes what is no UTF-8": Fault(
        "os.write(1, b'caf\\xe9\\nhalf a '); os.write(2, b'line\\n')",
        log=("caf\N{REPLACEMENT CHARACTER}\n", "half a line\n", "REPORT"),
    ),
}
HANGS_IN_INIT = Fault(
    "",
    TIMED_OUT,
    "Error: Task timed out after 1.00 seconds",
    (
        *("Task timed out after 0.50 seconds", "Phase: init\tStatus: timeout"),
        *(
            "Task timed out after 1.00 seconds",
            "Phase: invoke\tStatus: timeout",
        ),
        *("START RequestId", "END RequestId", "Status: timeout"),
    ),
)
LIMITED = """
import resource
def handle(event, request_id, headers):
    names = ["NOFILE", "FSIZE", "CORE"]
    numbers = [getattr(resource, f"RLIMIT_{name}") for name in names]
    return [resource.getrlimit(number)[0] for number in numbers]
"""
ECHO = "def handle(event, request_id, headers): return event"
FLOODS = """
def handle(event, request_id, headers):
    block = (b"x" * 99 + b"\\n") * 656
    for _ in range(event): os.write(1, block)
    return event
"""
WAITS = """
def handle(event, request_id, headers):
    while event and not os.path.exists(event): time.sleep(0.01)
    return os.getpid()
"""
linux_only = pytest.mark.skipif(
    not hasattr(psutil, "RLIMIT_NOFILE"), reason="only Linux limits others"
)
TABLE = {
    **{f"in init: {name}": fault for name, fault in IN_INIT.items()},
    **IN_INVOKE,
}


@pytest.fixture(scope="module")
def traces(cloud):
    return Traces(cloud._server.pid)


@pytest.fixture(autouse=True)
def left_nothing(traces):
    """Looks after each test, when its functions have been deleted."""
    yield
    assert not nothing_left(traces.of_environments)


def breaks(name):
    """The source of a function with the fault of that name."""
    template = BREAKS_IN_INVOKE if name in IN_INVOKE else BREAKS_IN_INIT
    indent = " " * (8 if name in IN_INVOKE else 4)
    return template.format(fault=textwrap.indent(TABLE[name].source, indent))


def create_on(cloud, name, source, **settings):
    """A function on a local Lambda of the test's own."""
    config = Config(retries={"max_attempts": 0}, max_pool_connections=50)
    client = boto3.client("lambda", **cloud.connection, config=config)
    return deploy(client, name, source, MemorySize=1769, **settings)


def check(fault, function, broken, cloud):
    """Invoke a broken function, and twice more when it is mended."""
    broken.touch()
    result = function.invoke({"n": 1})
    broken.unlink()
    if fault.error:
        assert result.error == "Unhandled"
        assert result.payload["errorType"] == fault.error
        assert result.payload.get("errorMessage", "").endswith(fault.message)
    else:
        assert (result.payload, result.error) == ({"n": 1}, None)
    report = result.log.splitlines()[-1]
    assert report.startswith("REPORT")
    failed = fault.error.startswith(("Runtime.", "Sandbox."))
    assert ("Status: " in report) == failed
    for n in (2, 3):
        again = function.invoke({"n": n})
        assert (again.payload, again.error) == ({"n": n}, None)
    missing = nothing_left(lambda: first_missing(fault.log, cloud, function))
    assert not missing, missing


def first_missing(words, cloud, function):
    """What does not stand in the log, or not after what is before it."""
    text, at = written(cloud, function), 0
    for word in words:
        at = text.find(word, at)
        if at < 0:
            return f"{word!r} in {text[-4000:]}"
        at += len(word)
    return ""


def written(cloud, function):
    """All that the function's log has, read as from CloudWatch."""
    logs = boto3.client("logs", **cloud.connection)
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=f"/aws/lambda/{function.name}"
    )
    return "".join(e["message"] + "\n" for p in pages for e in p["events"])


def invoking(cloud):
    """How many environments have an event and owe an answer."""
    latest = {event.environment: event.phase for event in cloud.timeline()}
    return sum(phase is Phase.INVOKE for phase in latest.values())


@pytest.mark.parametrize("name", TABLE)
def test_a_fault(name, cloud, create, tmp_path):
    fault, broken = TABLE[name], tmp_path / "broken"
    function = create(
        breaks(name),
        **{
            "MemorySize": 1769,
            "Timeout": 3,
            "Environment": {"Variables": {"BROKEN": str(broken)}},
            **fault.settings,
        },
    )
    check(fault, function, broken, cloud)


def test_hanging_in_init(tmp_path):
    broken = tmp_path / "broken"
    with LocalLambda(Limits(init_s=0.5)) as cloud:
        traces = Traces(cloud._server.pid)
        function = create_on(
            cloud,
            "hangs",
            BREAKS_IN_INIT.format(fault="    time.sleep(60)"),
            Timeout=1,
            Environment={"Variables": {"BROKEN": str(broken)}},
        )
        check(HANGS_IN_INIT, function, broken, cloud)
        function.client.delete_function(FunctionName="hangs")
        assert not nothing_left(traces.of_environments)


def test_writing_100_megabytes_of_log(cloud, create):
    """Meanwhile others are served, and the server does not keep it all."""
    flood = create(FLOODS, MemorySize=1769, Timeout=60)
    other = create(ECHO, MemorySize=1769)
    server = psutil.Process(cloud._server.pid)
    before = server.memory_info().rss
    served = 0
    with ThreadPoolExecutor(1) as caller:
        flooded = caller.submit(flood.invoke, 1600)
        while not flooded.done():
            assert other.invoke(served).payload == served
            served += not flooded.done()
    assert served > 0
    assert flooded.result().payload == 1600
    assert "REPORT" in flooded.result().log
    assert server.memory_info().rss - before < 64 * 2**20
    assert flood.invoke(0).payload == 0
    logs = boto3.client("logs", **cloud.connection)
    logs.delete_log_group(logGroupName=f"/aws/lambda/{flood.name}")


def test_callers_that_leave(tmp_path, capfd):
    """One in the middle of its event, one before it has the answer."""
    go = tmp_path / "go"
    with LocalLambda() as cloud:
        function = create_on(cloud, "waits", WAITS, Timeout=30)
        pid = function.invoke("").payload
        with calling(cloud, function, json.dumps(str(go))[:-2]):
            pass
        with calling(cloud, function, json.dumps(str(go))):
            assert not nothing_left(lambda: not invoking(cloud))
        go.touch()
        assert not nothing_left(lambda: invoking(cloud))
        assert function.invoke("").payload == pid
        assert written(cloud, function).count("REPORT") == 3
    assert capfd.readouterr().err == ""


def calling(cloud, function, body):
    """A connection on which an event, or the start of one, has been sent."""
    url = f"{cloud.url}/2015-03-31/functions/{function.name}/invocations"
    whole = body if body.endswith('"') else body + 'x"'
    request = AWSRequest("POST", url, data=whole.encode())
    keys = Credentials(
        cloud.connection["aws_access_key_id"],
        cloud.connection["aws_secret_access_key"],
    )
    SigV4Auth(keys, "lambda", "us-east-1").add_auth(request)
    address = urlsplit(url)
    lines = [
        f"POST {address.path} HTTP/1.1",
        f"Host: {address.netloc}",
        f"Content-Length: {len(whole)}",
        *(f"{name}: {value}" for name, value in request.headers.items()),
    ]
    caller = socket.create_connection((address.hostname, address.port))
    caller.sendall("\r\n".join([*lines, "", body]).encode())
    return caller


@linux_only
def test_a_shell_that_allows_few_files():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    try:
        cloud = LocalLambda()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    with cloud:
        server = psutil.Process(cloud._server.pid)
        assert server.rlimit(psutil.RLIMIT_NOFILE)[0] > 256
        function = create_on(cloud, "limited", LIMITED)
        assert function.invoke().payload == [1024, 512 * 2**20, 0]


@linux_only
def test_a_server_out_of_file_descriptors(cloud, create):
    function = create(ECHO)
    server = psutil.Process(cloud._server.pid)
    limits = server.rlimit(psutil.RLIMIT_NOFILE)
    server.rlimit(psutil.RLIMIT_NOFILE, (4, limits[1]))
    try:
        refused = function.invoke()
    finally:
        server.rlimit(psutil.RLIMIT_NOFILE, limits)
    assert refused.payload["errorType"] == "Sandbox.Failure"
    assert function.invoke(1).payload == 1


def test_a_server_that_is_killed_during_50_invokes():
    cloud = LocalLambda()
    function = create_on(cloud, "waits", WAITS, Timeout=60)
    traces = Traces(cloud._server.pid)

    def invoke(_):
        try:
            return function.invoke("never").payload
        except (BotoCoreError, OSError) as error:
            return type(error)

    with ThreadPoolExecutor(50) as callers:
        answers = callers.map(invoke, range(50))
        left = nothing_left(lambda: invoking(cloud) < 50, within_s=60)
        ports, running = traces.ports(), traces.of_environments()
        cloud._server.kill()
        assert not left
        assert len(ports) == 51
        assert len(running) >= 50 * 3  # processes, ports, folders
        assert set(answers) <= {ConnectionClosedError, ConnectionError}
    cloud._server.stdout.read()  # ends when the warden has
    cloud.close()
    assert not nothing_left(lambda: traces.of_server(ports))


def test_a_small_soak(tmp_path):
    """`make soak` does it with 20,000 invokes."""
    result = tmp_path / "soak.json"
    done = subprocess.run(
        [
            *(sys.executable, SOAK, "--invokes", "400", "--seed", "1"),
            *("--output", result),
        ],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(result.read_text())
    assert told["answered_once"] == told["invokes"] == 400
    assert told["faulty"] > 0
