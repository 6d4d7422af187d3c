"""Who may ask, and what the Invoke API answers."""

import http.client
import json
import os

import pytest
from botocore.exceptions import ClientError

ECHO = "def handle(event, request_id, headers): return event"


def refusal(call, *args, **kwargs):
    """(HTTP status, code, message) of the error that a call raises."""
    with pytest.raises(ClientError) as caught:
        call(*args, **kwargs)
    reply = caught.value.response
    return (
        reply["ResponseMetadata"]["HTTPStatusCode"],
        reply["Error"]["Code"],
        reply["Error"]["Message"],
    )


def test_invoke_says_which_version_ran(create, client):
    function = create(ECHO)
    reply = client.invoke(FunctionName=function.name, Payload=b"1")
    assert reply["StatusCode"] == 200
    assert reply["ExecutedVersion"] == "$LATEST"
    assert "LogResult" not in reply
    assert reply["ResponseMetadata"]["RequestId"]


def test_an_event_invoke_is_accepted_and_then_run(create, client, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    function = create(
        "def handle(event, request_id, headers):\n"
        "    open(event, 'w').write('ran')"
    )
    reply = client.invoke(
        FunctionName=function.name,
        InvocationType="Event",
        Payload=json.dumps(str(pipe)),
    )
    assert reply["StatusCode"] == 202
    assert pipe.read_text() == "ran"


def test_a_dry_run_runs_nothing(create, client):
    function = create("sys.exit(1)")
    reply = client.invoke(FunctionName=function.name, InvocationType="DryRun")
    assert reply["StatusCode"] == 204


def test_invoke_by_arn(create, client):
    function = create(ECHO)
    arn = client.get_function(FunctionName=function.name)["Configuration"][
        "FunctionArn"
    ]
    reply = client.invoke(FunctionName=arn, Payload=b"7")
    assert reply["Payload"].read() == b"7"


def test_an_empty_event_is_an_empty_object(create, client):
    function = create(ECHO)
    reply = client.invoke(FunctionName=function.name)
    assert reply["Payload"].read() == b"{}"


def test_an_unknown_function(client):
    assert refusal(client.invoke, FunctionName="nobody") == (
        404,
        "ResourceNotFoundException",
        "Function not found: "
        "arn:aws:lambda:us-east-1:123456789012:function:nobody",
    )


def test_an_event_that_is_not_json(create, client):
    function = create(ECHO)
    status, code, message = refusal(
        client.invoke, FunctionName=function.name, Payload=b"{min: 10}"
    )
    assert (status, code) == (400, "InvalidRequestContentException")
    assert message.startswith("Could not parse request body into json")
    assert "line 1 column 2" in message


@pytest.mark.parametrize(
    ("kind", "limit"), [("RequestResponse", 6 * 2**20), ("Event", 2**20)]
)
def test_an_event_that_is_too_large(create, client, kind, limit):
    function = create(ECHO)
    assert refusal(
        client.invoke,
        FunctionName=function.name,
        InvocationType=kind,
        Payload=b'"' + b"x" * (limit - 1) + b'"',
    ) == (
        413,
        "RequestTooLargeException",
        f"Request must be smaller than {limit} bytes for the "
        "InvokeFunction operation",
    )
    assert function.invoke("still here").payload == "still here"


def test_an_unknown_invocation_type(create, client):
    status, code, message = refusal(
        client.invoke,
        FunctionName=create(ECHO).name,
        InvocationType="Later",
    )
    assert (status, code) == (400, "InvalidParameterValueException")
    assert "Later" in message


STRANGERS = {
    "unsigned": ({}, "MissingAuthenticationTokenException"),
    "another key": (
        {
            "Authorization": "AWS4-HMAC-SHA256 Credential=AKIAOTHER/20260101/"
            "us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=0"
        },
        "UnrecognizedClientException",
    ),
    "another host": ({"Host": "evil.example"}, "AccessDeniedException"),
    "a web page": ({"Origin": "http://127.0.0.1"}, "AccessDeniedException"),
}


@pytest.mark.parametrize("who", STRANGERS)
@pytest.mark.parametrize(
    "path", ["/2015-03-31/functions/", "/2015-03-31/functions/f/invocations"]
)
def test_strangers_are_refused(cloud, who, path):
    headers, code = STRANGERS[who]
    connection = http.client.HTTPConnection(cloud.url.removeprefix("http://"))
    connection.request("POST", path, b"{}", headers)
    reply = connection.getresponse()
    assert reply.status == 403
    assert reply.headers["x-amzn-ErrorType"] == code
    assert json.loads(reply.read())["message"]
    connection.close()
