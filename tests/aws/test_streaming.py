"""InvokeWithResponseStream: a response that comes part by part."""

import base64
import json
import os
import time

import psutil
import pytest
from botocore.exceptions import ClientError

from workshop.timeline import Phase

# A handle that streams the parts in its event, by hand: http.client sends an
# iterable body in chunks, and trailers only by hand.
STREAMS = """
import base64
api.auto_open = 1

def chunk(part):
    return b"%x\\r\\n%b\\r\\n" % (len(part), part)

def handle(event, request_id, headers):
    api.putrequest("POST", PATH + f"invocation/{request_id}/response")
    api.putheader("Lambda-Runtime-Function-Response-Mode", "streaming")
    api.putheader("Content-Type", event.get("type", "text/plain"))
    api.putheader("Transfer-Encoding", "chunked")
    if "error" in event:
        api.putheader(
            "Trailer",
            "Lambda-Runtime-Function-Error-Type, "
            "Lambda-Runtime-Function-Error-Body",
        )
    api.endheaders()
    pipe = None
    for part in event["parts"]:
        api.send(chunk(part.encode("latin-1")))
        if "pipe" in event:
            pipe = pipe or open(event["pipe"], "rb", buffering=0)
            pipe.read(1)  # when the test has had the part
    if event.get("dies"):
        os._exit(3)
    for _ in range(event.get("megabytes", 0)):
        api.send(chunk(b"x" * 1024 * 1024))
    api.send(b"0\\r\\n")
    if "error" in event:
        body = base64.b64encode(json.dumps(event["error"]).encode()).decode()
        api.send(
            b"Lambda-Runtime-Function-Error-Type: Oops\\r\\n"
            + f"Lambda-Runtime-Function-Error-Body: {body}\\r\\n".encode()
        )
    api.send(b"\\r\\n")
    reply = api.getresponse()
    print("told", reply.status, reply.read().decode())
"""
ECHO = "def handle(event, request_id, headers): return event"


def stream(client, function, event, **options):
    """(the parts, what the last message says) of a streamed invocation."""
    reply = client.invoke_with_response_stream(
        FunctionName=function.name, Payload=json.dumps(event), **options
    )
    messages = list(reply["EventStream"])
    parts = [m["PayloadChunk"]["Payload"] for m in messages[:-1]]
    return parts, messages[-1]["InvokeComplete"]


def phases_since(cloud, start):
    """What the environments have done that were started since."""
    after = [event for event in cloud.timeline() if event.at > start]
    begun = {e.environment for e in after if e.phase is Phase.INIT}
    return [e.phase for e in after if e.environment in begun]


def test_the_parts_come_as_they_are_sent(create, client, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    function = create(STREAMS, Timeout=30)
    event = {"parts": ["one", "two"], "pipe": str(pipe)}
    reply = client.invoke_with_response_stream(
        FunctionName=function.name, Payload=json.dumps(event)
    )
    assert reply["ExecutedVersion"] == "$LATEST"
    assert reply["ResponseStreamContentType"] == (
        "application/vnd.amazon.eventstream"
    )
    messages = iter(reply["EventStream"])
    with open(pipe, "wb", buffering=0) as go_on:
        for expected in (b"one", b"two"):
            # The runtime sends no further part before it is told to.
            assert next(messages)["PayloadChunk"]["Payload"] == expected
            go_on.write(b"x")
    assert next(messages) == {"InvokeComplete": {}}


def test_the_end_has_the_log_that_was_asked_for(create, client):
    function = create(STREAMS)
    _, end = stream(client, function, {"parts": ["a"]}, LogType="Tail")
    log = base64.b64decode(end["LogResult"]).decode()
    assert log.startswith("START RequestId: ")
    assert "REPORT RequestId: " in log
    assert "told" not in log  # 202 comes after the end of the invocation


def test_an_error_midstream_comes_in_the_trailers(create, client):
    function = create(STREAMS)
    error = {"errorType": "Oops", "errorMessage": "half way"}
    parts, end = stream(client, function, {"parts": ["a"], "error": error})
    assert parts == [b"a"]
    assert end["ErrorCode"] == "Oops"
    assert json.loads(end["ErrorDetails"]) == error


def test_a_runtime_that_dies_midstream(create, client):
    function = create(STREAMS)
    parts, end = stream(client, function, {"parts": ["a", "b"], "dies": True})
    assert b"".join(parts) == b"ab"
    assert end["ErrorCode"] == "Runtime.ExitError"
    assert "exit status 3" in end["ErrorDetails"]
    assert stream(client, function, {"parts": ["c"]})[0] == [b"c"]


def test_a_stream_may_be_larger_than_a_response(create, client):
    function = create(STREAMS, Timeout=30)
    parts, end = stream(client, function, {"parts": [], "megabytes": 8})
    assert sum(map(len, parts)) == 8 * 1024 * 1024
    assert "ErrorCode" not in end


def test_a_caller_that_takes_its_time_holds_the_runtime_up(
    create, client, cloud
):
    function = create(STREAMS, Timeout=60)
    server = psutil.Process(cloud._server.pid)
    start = time.monotonic()
    before = server.memory_info().rss
    reply = client.invoke_with_response_stream(
        FunctionName=function.name,
        Payload=json.dumps({"parts": [], "megabytes": 60}),
    )
    messages = iter(reply["EventStream"])
    size = len(next(messages)["PayloadChunk"]["Payload"])
    time.sleep(1)  # in which all of it could have come
    assert Phase.ANSWERED not in phases_since(cloud, start)
    assert server.memory_info().rss - before < 30 * 1024 * 1024
    for message in messages:
        size += len(message.get("PayloadChunk", {}).get("Payload", b""))
    assert size == 60 * 1024 * 1024
    assert Phase.ANSWERED in phases_since(cloud, start)


def test_who_leaves_does_not_hold_it_up(create, client, cloud):
    function = create(STREAMS, Timeout=60)
    start = time.monotonic()
    reply = client.invoke_with_response_stream(
        FunctionName=function.name,
        Payload=json.dumps({"parts": [], "megabytes": 60}),
    )
    next(iter(reply["EventStream"]))
    reply["EventStream"].close()
    while Phase.ANSWERED not in phases_since(cloud, start):
        assert Phase.ENDED not in phases_since(cloud, start)


def test_a_function_that_does_not_stream(create, client):
    function = create(ECHO)
    assert stream(client, function, "whole") == ([b'"whole"'], {})


def test_an_error_of_a_function_that_does_not_stream(create, client):
    function = create(
        "def handle(event, request_id, headers):\n"
        "    respond_error(request_id, 'ValueError', 'no good')"
    )
    parts, end = stream(client, function, 1)
    assert parts == []
    assert end["ErrorCode"] == "ValueError"
    assert json.loads(end["ErrorDetails"])["errorMessage"] == "no good"


def test_a_plain_invoke_of_a_function_that_streams(create):
    function = create(STREAMS)
    assert function.invoke({"parts": ["[1,", "2]"]}).payload == [1, 2]
    result = function.invoke({"parts": [], "megabytes": 7})
    assert result.payload["errorType"] == "Function.ResponseSizeTooLarge"


def test_a_dry_run(create, client):
    reply = client.invoke_with_response_stream(
        FunctionName=create(ECHO).name, InvocationType="DryRun"
    )
    assert reply["StatusCode"] == 204


def test_a_stream_that_is_throttled(create, client):
    function = create(ECHO)
    client.put_function_concurrency(
        FunctionName=function.name, ReservedConcurrentExecutions=0
    )
    with pytest.raises(ClientError) as caught:
        stream(client, function, 1)
    assert caught.value.response["Error"]["Code"] == "TooManyRequestsException"


def test_a_caller_that_leaves_in_the_middle(create, client, cloud, tmp_path):
    start = time.monotonic()
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    function = create(STREAMS, Timeout=30)
    event = {"parts": ["one", "two"], "pipe": str(pipe)}
    reply = client.invoke_with_response_stream(
        FunctionName=function.name, Payload=json.dumps(event)
    )
    messages = iter(reply["EventStream"])
    assert next(messages)["PayloadChunk"]["Payload"] == b"one"
    reply["EventStream"].close()
    pipe.write_bytes(b"xx")
    # The same environment has gone on to its end, and serves the next.
    while Phase.ANSWERED not in phases_since(cloud, start):
        assert Phase.ENDED not in phases_since(cloud, start)
    log = function.invoke({"parts": ["1"]}).log
    assert "Init Duration" not in log
