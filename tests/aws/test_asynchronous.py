"""Event invokes: accepted at once, run later, tried again on an error."""

import json
import os
import time

import boto3
import pytest
from botocore.config import Config

from tests.aws.conftest import deploy
from tests.aws.test_endpoint import ECHO, refusal
from workshop.aws import Limits, LocalLambda

RETRY_S = 0.2
# Says its request id into a pipe, then fails.
FAILS = """
import time

def handle(event, request_id, headers):
    with open(event["pipe"], "w") as pipe:
        print(request_id, time.monotonic(), file=pipe)
    if event["how"] == "exit":
        os._exit(1)
    respond_error(request_id, "ValueError", "no good")
"""


@pytest.fixture(scope="module")
def hasty():
    """A local Lambda that tries again after a moment: its boto3 client."""
    with LocalLambda(Limits(retry_s=RETRY_S, concurrency=2)) as cloud:
        config = Config(retries={"max_attempts": 0})
        yield boto3.client("lambda", **cloud.connection, config=config)


def send(client, name, event):
    reply = client.invoke(
        FunctionName=name, InvocationType="Event", Payload=json.dumps(event)
    )
    assert reply["StatusCode"] == 202
    assert reply["Payload"].read() == b""
    return reply["ResponseMetadata"]["RequestId"]


@pytest.mark.parametrize("how", ["error", "exit"])
def test_an_event_that_fails_is_tried_twice_more(hasty, tmp_path, how):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    deploy(hasty, how, FAILS, Timeout=30)
    request_id = send(hasty, how, {"pipe": str(pipe), "how": how})
    tries = []
    for _ in range(3):
        told, at = pipe.read_text().split()
        assert told == request_id  # the same each time
        tries.append(float(at))
    assert tries[1] - tries[0] >= RETRY_S
    assert tries[2] - tries[1] >= 2 * RETRY_S
    # A fourth try would open the pipe, too.
    descriptor = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    time.sleep(8 * RETRY_S)
    assert os.read(descriptor, 100) == b""
    os.close(descriptor)


def test_the_number_of_retries_can_be_set(hasty, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    deploy(hasty, "once", FAILS, Timeout=30)
    hasty.put_function_event_invoke_config(
        FunctionName="once", MaximumRetryAttempts=0
    )
    send(hasty, "once", {"pipe": str(pipe), "how": "error"})
    assert pipe.read_text()
    descriptor = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    time.sleep(3 * RETRY_S)
    assert os.read(descriptor, 100) == b""
    os.close(descriptor)


def test_an_event_that_finds_no_room_waits_for_it(hasty, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    deploy(
        hasty,
        "queue",
        "def handle(event, request_id, headers):\n"
        "    open(event, 'w').write('x')\n"
        "    return 1",
        Timeout=30,
    )
    for _ in range(4):  # two run, and wait for a reader; two wait for them
        send(hasty, "queue", str(pipe))
    read = ""
    with open(pipe) as reader:
        while len(read) < 4:
            read += reader.read(1)
    assert read == "xxxx"


def test_a_destination_is_refused_with_what_happens_instead(create, client):
    name = create(ECHO).name
    arn = "arn:aws:sqs:us-east-1:123456789012:failed"
    status, _, message = refusal(
        client.put_function_event_invoke_config,
        FunctionName=name,
        DestinationConfig={"OnFailure": {"Destination": arn}},
    )
    assert status == 501
    assert "DestinationConfig" in message
    status, _, message = refusal(
        client.update_function_configuration,
        FunctionName=name,
        DeadLetterConfig={"TargetArn": arn},
    )
    assert status == 501
    assert "DeadLetterConfig" in message
