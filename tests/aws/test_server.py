"""The server as a process: how it starts, what it says, how it ends."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import boto3
import psutil
import pytest

from tests.aws.conftest import deploy
from tests.serving import SERVE, client_of, serving, start_and_leave
from workshop.aws import LocalLambda

# Answers with its process id, and leaves a child that has left its group.
BREEDER = """
import subprocess
def handle(event, request_id, headers):
    child = subprocess.Popen(["sleep", "600"], start_new_session=True)
    return [os.getpid(), child.pid, os.environ["TMPDIR"]]
"""


def invoke_breeder(client):
    """The processes and the folder that one invocation leaves running."""
    deploy(client, "breeder", BREEDER)
    reply = client.invoke(FunctionName="breeder")
    *pids, folder = eval(reply["Payload"].read())
    return [psutil.Process(pid) for pid in pids], Path(folder).parent.parent


def assert_nothing_is_left(processes, folder):
    assert not still_running(processes)
    assert folder.name.startswith("workshop-aws-")
    assert not folder.exists()


def still_running(processes):
    """Those that have not ended in 2 s.

    A process that is killed closes its files a moment before it is gone, so
    the end of its output is not yet its own.
    """
    latest = time.monotonic() + 2
    while left := [process for process in processes if runs(process)]:
        if time.monotonic() > latest:
            break
        time.sleep(0.01)
    return left


def runs(process):
    """Whether a process is there and more than an entry nobody has read."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_what_it_prints_is_all_that_a_client_needs():
    with serving("--credentials", "AKIAEXAMPLE:secret") as (_, exports):
        assert exports["AWS_ACCESS_KEY_ID"] == "AKIAEXAMPLE"
        assert exports["AWS_SECRET_ACCESS_KEY"] == "secret"
        assert client_of(exports).list_functions()["Functions"] == []


def test_credentials_are_new_each_time():
    with serving() as (_, one), serving() as (_, two):
        assert one["AWS_ACCESS_KEY_ID"] != two["AWS_ACCESS_KEY_ID"]
        assert one["AWS_SECRET_ACCESS_KEY"] != two["AWS_SECRET_ACCESS_KEY"]


def test_it_listens_on_loopback_only():
    with serving() as (server, _):
        listening = [
            connection.laddr.ip
            for connection in psutil.Process(server.pid).net_connections()
            if connection.status == psutil.CONN_LISTEN
        ]
        assert listening == ["127.0.0.1"]


def test_functions_logs_are_printed():
    with serving() as (server, exports):
        invoke_breeder(client_of(exports))
        assert server.stdout.readline().startswith("[breeder] START")


def test_whoever_reads_its_log_may_leave():
    sleeps = (
        "def handle(event, *_):\n    if event: time.sleep(60)\n    return 1"
    )
    with serving() as (server, exports):
        function = deploy(client_of(exports), "sleeps", sleeps, Timeout=1)
        assert function.invoke(0).payload == 1
        server.stdout.close()
        for _ in range(2):
            late = function.invoke(1)
            assert late.payload["errorType"] == "Sandbox.Timedout"
            assert function.invoke(0).payload == 1


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_cleanly(end):
    with serving() as (server, exports):
        left = invoke_breeder(client_of(exports))
        server.send_signal(end)
        assert server.wait(timeout=20) == 0
        assert_nothing_is_left(*left)


def test_nothing_outlives_a_killed_server():
    with serving() as (server, exports):
        processes, folder = invoke_breeder(client_of(exports))
        server.kill()
        server.stdout.read()  # ends when the warden has
        assert_nothing_is_left(processes, folder)


def test_a_local_lambda_ends_with_the_process_that_started_it():
    script = (
        "import os, sys; sys.path.insert(0, '.')\n"
        "from tests.aws.test_server import *\n"
        "cloud = LocalLambda()\n"
        "left = invoke_breeder(boto3.client('lambda', **cloud.connection))\n"
        "print([p.pid for p in left[0]], cloud._server.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    pids = [int(pid) for pid in re.findall(r"\d+", done.stdout)]
    assert len(pids) == 3, done.stderr
    left = [psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)]
    assert not still_running(left)


def test_closing_a_local_lambda_leaves_nothing():
    with LocalLambda() as cloud:
        left = invoke_breeder(boto3.client("lambda", **cloud.connection))
    assert_nothing_is_left(*left)


def test_a_port_in_use():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [*SERVE, "aws", "--port", str(port)],
            capture_output=True,
            text=True,
        )
    assert done.returncode == 1
    assert done.stderr == (
        f"workshop: Port {port} is in use. Stop what uses it, or choose "
        "another with --port; --port 0 takes a free one.\n"
    )
    assert done.stdout == ""


def test_credentials_that_are_none():
    done = subprocess.run(
        [*SERVE, "aws", "--credentials", "secret"],
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (
        1,
        "workshop: --credentials takes KEY:SECRET.\n",
    )


def test_no_folder_is_left_by_any_of_these():
    """Other tests run beside this one; their wardens may be at work."""
    latest = time.monotonic() + 5
    while idle := idle_folders():
        assert time.monotonic() < latest, idle
        time.sleep(0.05)


def idle_folders():
    """Folders of local Lambdas that no warden watches over."""
    command_lines = [
        process.info["cmdline"] or []
        for process in psutil.process_iter(["cmdline"])
    ]
    return [
        folder
        for folder in Path(tempfile.gettempdir()).glob("workshop-aws-*")
        if not any(str(folder) in line for line in command_lines)
    ]


def test_a_proxy_of_the_network_is_not_asked():
    script = (
        "import boto3\n"
        "from workshop.aws import LocalLambda\n"
        "with LocalLambda() as cloud:\n"
        "    client = boto3.client('lambda', **cloud.connection)\n"
        "    print(client.list_functions()['Functions'])\n"
    )
    proxy = {"http_proxy": "http://127.0.0.1:9", "no_proxy": "example.org"}
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        env=os.environ | proxy,
    )
    assert done.stdout == "[]\n", done.stderr


def test_who_has_gone_before_it_listens_gets_no_traceback():
    settings = '{"port": 0, "limits": {}, "while_stdin": true}'
    assert start_and_leave("workshop.aws", settings) == (0, "")
