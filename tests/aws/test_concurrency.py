"""How many invocations may run at once, and what the others are told."""

import os
import time
from concurrent.futures import ThreadPoolExecutor

import boto3
import psutil
import pytest
from botocore.config import Config

from tests.aws.conftest import NUMBERS, deploy
from tests.aws.test_endpoint import refusal
from workshop.aws import Limits, LocalLambda
from workshop.timeline import Phase

# Runs until the test opens the pipe; None is answered at once.
WAITS = """
def handle(event, request_id, headers):
    if event:
        open(event, "w").close()
    return os.getpid()
"""


@pytest.fixture(scope="module")
def small():
    """A local Lambda of three invocations."""
    with LocalLambda(Limits(concurrency=3)) as cloud:
        yield cloud


@pytest.fixture
def make(small):
    """Creates functions there."""
    config = Config(retries={"max_attempts": 0})
    client = boto3.client("lambda", **small.connection, config=config)
    made = []

    def make():
        function = deploy(client, f"waits-{len(made)}", WAITS, Timeout=60)
        made.append(function.name)
        return function

    yield make
    for name in made:
        client.delete_function(FunctionName=name)


class Busy:
    """Invocations that run until the block ends."""

    def __init__(self, tmp_path, cloud, *functions):
        self.pipes = [tmp_path / str(next(NUMBERS)) for _ in functions]
        self.functions = functions
        self.cloud = cloud
        self.callers = ThreadPoolExecutor(len(functions))

    def __enter__(self):
        invoked = self.invoked()
        self.running = []
        for pipe, function in zip(self.pipes, self.functions, strict=True):
            os.mkfifo(pipe)
            self.running.append(
                self.callers.submit(function.invoke, str(pipe))
            )
        while self.invoked() < invoked + len(self.functions):
            pass
        return self

    def __exit__(self, *_):
        for pipe in self.pipes:
            pipe.read_text()
        results = [running.result() for running in self.running]
        assert all(isinstance(result.payload, int) for result in results)

    def invoked(self):
        phases = [event.phase for event in self.cloud.timeline()]
        return phases.count(Phase.INVOKE)


def reason(function):
    status, code, message = refusal(function.invoke)
    assert (status, code) == (429, "TooManyRequestsException")
    assert message == "Rate Exceeded."
    with pytest.raises(
        function.client.exceptions.TooManyRequestsException
    ) as e:
        function.client.invoke(FunctionName=function.name)
    return e.value.response["Reason"]


def test_one_more_than_may_run_is_refused(make, small, tmp_path):
    one, two = make(), make()
    with Busy(tmp_path, small, one, one, two):
        assert reason(two) == "ConcurrentInvocationLimitExceeded"
    assert two.invoke().error is None


def test_reserved_is_the_most_that_a_function_gets(make, small, tmp_path):
    function = make()
    name = {"FunctionName": function.name}
    function.client.put_function_concurrency(
        **name, ReservedConcurrentExecutions=1
    )
    with Busy(tmp_path, small, function):
        assert reason(function).startswith("ReservedFunctionConcurrent")
    function.client.delete_function_concurrency(**name)
    with Busy(tmp_path, small, function):
        assert function.invoke().error is None


def test_reserved_is_what_no_other_function_gets(make, small, tmp_path):
    mine, other = make(), make()
    mine.client.put_function_concurrency(
        FunctionName=mine.name, ReservedConcurrentExecutions=2
    )
    with Busy(tmp_path, small, other):
        assert reason(other) == "ConcurrentInvocationLimitExceeded"
        assert mine.invoke().error is None


def test_none_reserved_is_a_function_switched_off(make):
    function = make()
    function.client.put_function_concurrency(
        FunctionName=function.name, ReservedConcurrentExecutions=0
    )
    assert reason(function).startswith("ReservedFunctionConcurrent")


def test_an_idle_environment_makes_room_for_another_function(make, small):
    first, *others = [make() for _ in range(4)]
    process = psutil.Process(first.invoke().payload)
    pids = {other.invoke().payload for other in others}
    assert not psutil.wait_procs([process], timeout=10)[1]
    assert {other.invoke().payload for other in others} == pids
    evicted = [e for e in small.timeline() if e.detail == "evicted"]
    assert evicted


def test_boto3_tries_a_throttled_call_again(make, small, tmp_path):
    function = make()
    patient = boto3.client(
        "lambda",
        **small.connection,
        config=Config(retries={"max_attempts": 10, "mode": "standard"}),
    )
    with (
        ThreadPoolExecutor(1) as caller,
        Busy(tmp_path, small, function, function, function),
    ):
        retried = caller.submit(patient.invoke, FunctionName=function.name)
        refusal(function.invoke)
    metadata = retried.result()["ResponseMetadata"]
    assert metadata["HTTPStatusCode"] == 200


def test_a_function_that_was_idle_for_long_still_counts():
    with LocalLambda(Limits(concurrency=1, idle_s=1)) as cloud:
        client = boto3.client("lambda", **cloud.connection)
        one, two = (deploy(client, name, WAITS) for name in ("one", "two"))
        one.invoke()
        while [e.phase for e in cloud.timeline()][-1] is not Phase.ENDED:
            pass
        time.sleep(0.5)  # it is forgotten when all of it has been removed
        for function in (two, one, two):
            function.invoke()
            alive = [Phase.ANSWERED]
            while Phase.ANSWERED in alive:  # nothing has its place till then
                phases = {e.environment: e.phase for e in cloud.timeline()}
                alive = [p for p in phases.values() if p is not Phase.ENDED]
            assert len(alive) == 1
