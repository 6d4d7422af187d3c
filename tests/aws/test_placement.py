"""Which environment an invocation gets."""

import os
from concurrent.futures import ThreadPoolExecutor

import psutil

from tests.aws.conftest import deploy, zip_of_loop

PID = "def handle(event, request_id, headers): return os.getpid()"

# Each of the two holds the other up until both run at once.
MEET = """
def handle(event, request_id, headers):
    with open(event["pipe"], event["mode"]):
        return os.getpid()
"""


def test_one_caller_after_another_gets_the_same_environment(create):
    function = create(PID)
    assert len({function.invoke().payload for _ in range(20)}) == 1


def test_a_second_concurrent_invoke_gets_a_second_environment(
    create, tmp_path
):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    function = create(MEET, Timeout=30)
    with ThreadPoolExecutor(2) as callers:
        events = [{"pipe": str(pipe), "mode": mode} for mode in "rw"]
        pids = {r.payload for r in callers.map(function.invoke, events)}
    assert len(pids) == 2


def test_a_change_of_code_or_settings_starts_anew(create, client):
    function = create(PID)
    first = function.invoke().payload
    client.update_function_configuration(
        FunctionName=function.name, MemorySize=512
    )
    second = function.invoke()
    client.update_function_code(
        FunctionName=function.name, ZipFile=zip_of_loop(PID + "  # new")
    )
    third = function.invoke()
    assert len({first, second.payload, third.payload}) == 3
    assert "Memory Size: 512 MB" in second.log
    gone = [first, second.payload]
    psutil.wait_procs(
        [psutil.Process(pid) for pid in gone if psutil.pid_exists(pid)],
        timeout=10,
    )
    assert not any(psutil.pid_exists(pid) for pid in gone)
    assert psutil.pid_exists(third.payload)


def test_a_deleted_function_leaves_no_environment(create, client):
    function = create(PID)
    process = psutil.Process(function.invoke().payload)
    client.delete_function(FunctionName=function.name)
    assert not psutil.wait_procs([process], timeout=10)[1]
    deploy(client, function.name, PID)
    assert function.invoke().payload != process.pid
