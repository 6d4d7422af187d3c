"""The life of an environment: frozen, reaped, broken and started again."""

import time
from itertools import pairwise
from pathlib import Path

import boto3
import psutil
import pytest

from tests.aws.conftest import deploy
from workshop.aws import Limits, LocalLambda
from workshop.timeline import FOLLOWING, Phase

COUNTS = """
import threading
count = 0

def go_on():
    global count
    while True:
        count += 1
        time.sleep(0)

threading.Thread(target=go_on, daemon=True).start()

def handle(event, request_id, headers):
    return {"pid": os.getpid(), "count": count}
"""
BREAKS = """
def handle(event, request_id, headers):
    if event == "exit":
        os._exit(3)
    if event == "hang":
        time.sleep(60)
    return os.getpid()
"""
TAKES_MEMORY = """
def handle(event, request_id, headers):
    held = bytearray(event * 1024 * 1024)
    return len(held)
"""


def cpu_s(process):
    """CPU time that the process has used so far, in seconds."""
    times = process.cpu_times()
    return times.user + times.system


def test_between_invocations_nothing_of_it_runs(create):
    function = create(COUNTS, MemorySize=1769)
    first = function.invoke().payload
    process = psutil.Process(first["pid"])
    time.sleep(0.1)  # well past the moment of the freeze
    before = cpu_s(process)
    time.sleep(0.5)
    assert cpu_s(process) - before <= 0.02
    second = function.invoke().payload
    assert second["pid"] == first["pid"]
    assert second["count"] > first["count"]


def test_an_environment_that_is_idle_for_long_is_ended():
    with LocalLambda(Limits(idle_s=0.2)) as cloud:
        client = boto3.client("lambda", **cloud.connection)
        deploy(client, "idle", BREAKS)
        pid = int(client.invoke(FunctionName="idle")["Payload"].read())
        if psutil.pid_exists(pid):
            assert not psutil.wait_procs([psutil.Process(pid)], timeout=10)[1]
        again = int(client.invoke(FunctionName="idle")["Payload"].read())
        assert again != pid


@pytest.mark.parametrize("fault", ["exit", "hang"])
def test_after_a_fault_the_next_init_is_suppressed(create, fault):
    function = create(BREAKS, Timeout=1)
    assert "Init Duration" in function.invoke().log
    assert function.invoke(fault).error == "Unhandled"
    again = function.invoke()
    assert again.error is None
    assert "Init Duration" not in again.log
    assert "Init Duration" not in function.invoke().log


MARKS = """
import tempfile

def handle(event, request_id, headers):
    path = tempfile.gettempdir() + "/marks"
    with open(path, "a") as file:
        file.write("x")
    if event == "exit":
        os._exit(1)
    if event == "hang":
        time.sleep(60)
    return [os.stat(path).st_size, tempfile.gettempdir()]
"""


@pytest.mark.parametrize("fault", ["exit", "hang"])
def test_what_is_in_tmp_outlives_a_fault(create, client, fault):
    function = create(MARKS, Timeout=1)
    assert function.invoke().payload[0] == 1
    assert function.invoke(fault).error
    size, folder = function.invoke().payload
    assert size == 3
    # It does not outlive its environments, nor the function.
    client.update_function_configuration(
        FunctionName=function.name, MemorySize=256
    )
    assert function.invoke().payload[0] == 1
    latest = time.monotonic() + 5
    while Path(folder).exists():
        assert time.monotonic() < latest
        time.sleep(0.01)


def test_what_takes_more_memory_than_it_has_is_killed(create):
    function = create(TAKES_MEMORY, MemorySize=128, Timeout=20)
    assert function.invoke(20).payload == 20 * 1024 * 1024
    killed = function.invoke(400)
    assert killed.payload["errorType"] == "Runtime.ExitError"
    assert killed.payload["errorMessage"].endswith(
        "Runtime exited with error: signal: killed"
    )
    report = killed.log.splitlines()[-1]
    assert "Max Memory Used: 128 MB" in report
    assert "Status: error\tError Type: Runtime.OutOfMemory" in report
    assert function.invoke(20).payload == 20 * 1024 * 1024


def test_the_timeline_tells_every_phase_in_its_order(create, cloud):
    function = create(BREAKS)
    start = time.monotonic()

    def lived():
        after = [event for event in cloud.timeline() if event.at >= start]
        # The environment of an earlier test may end only now.
        mine = next(e.environment for e in after if e.phase is Phase.INIT)
        return [event for event in after if event.environment == mine]

    def until_frozen():
        latest = time.monotonic() + 5
        while lived()[-1].phase is not Phase.FROZEN:
            assert time.monotonic() < latest
            time.sleep(0.01)

    pid = function.invoke().payload
    until_frozen()
    assert function.invoke().payload == pid
    until_frozen()
    function.invoke("exit")
    assert [event.phase for event in lived()] == [
        *(Phase.INIT, Phase.IDLE),
        *(Phase.INVOKE, Phase.ANSWERED, Phase.IDLE, Phase.FROZEN),
        *(Phase.INVOKE, Phase.ANSWERED, Phase.IDLE, Phase.FROZEN),
        *(Phase.INVOKE, Phase.ENDED),
    ]
    last = lived()[-1]
    assert last.detail == "Runtime.ExitError"
    assert last.at <= time.monotonic()
    for event, following in pairwise(lived()):
        assert following.phase in FOLLOWING[event.phase]
        assert following.at >= event.at
