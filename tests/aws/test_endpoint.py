"""Who may ask, and what the Invoke API answers."""

import base64
import http.client
import json
import os
from datetime import timedelta

import boto3
import botocore.auth
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
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
        "    return open(event, 'w').write('ran')"
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


@pytest.mark.parametrize(
    "context", [b"{", b"[1]", b'{"a": 1}\r\nX: y', b"\xff", b"[" * 3000]
)
def test_a_client_context_that_is_no_json_object(create, client, context):
    encoded = base64.b64encode(context).decode()
    status, code, message = refusal(
        client.invoke, FunctionName=create(ECHO).name, ClientContext=encoded
    )
    assert (status, code) == (400, "InvalidRequestContentException")
    assert message == "Client context must be a base64-encoded JSON object."


def test_a_client_context_in_any_script(create):
    function = create(
        "def handle(event, request_id, headers):\n"
        "    return json.loads(headers['Lambda-Runtime-Client-Context'])"
    )
    for told in ({"custom": {"n": "€ ü"}}, {"a": "b\r\nc"}):
        encoded = base64.b64encode(json.dumps(told).encode()).decode()
        assert function.invoke(ClientContext=encoded).payload == told
        raw = json.dumps(told, ensure_ascii=False).encode()
        encoded = base64.b64encode(raw).decode()
        assert function.invoke(ClientContext=encoded).payload == told


def test_an_event_that_is_too_deep(create, client):
    status, code, _ = refusal(
        client.invoke, FunctionName=create(ECHO).name, Payload=b"[" * 200_000
    )
    assert (status, code) == (400, "InvalidRequestContentException")


def test_an_unknown_invocation_type(create, client):
    status, code, message = refusal(
        client.invoke,
        FunctionName=create(ECHO).name,
        InvocationType="Later",
    )
    assert (status, code) == (400, "InvalidParameterValueException")
    assert "Later" in message


def signed(cloud, path, key=None, secret=None, region="us-east-1"):
    """The headers of a signed POST of {} to the path."""
    keys = Credentials(
        key or cloud.connection["aws_access_key_id"],
        secret or cloud.connection["aws_secret_access_key"],
    )
    request = AWSRequest("POST", cloud.url + path, data=b"{}")
    SigV4Auth(keys, "lambda", region).add_auth(request)
    return dict(request.headers)


def an_hour_ago(cloud, path, monkeypatch):
    now = botocore.auth.get_current_datetime

    def then():
        return now() - timedelta(hours=1)

    monkeypatch.setattr(botocore.auth, "get_current_datetime", then)
    return signed(cloud, path)


STRANGERS = {
    "unsigned": (
        lambda cloud, path, _: {},
        "MissingAuthenticationTokenException",
    ),
    "signed by halves": (
        lambda cloud, path, _: {"Authorization": "AWS4-HMAC-SHA256 Nothing"},
        "IncompleteSignatureException",
    ),
    "without a date": (
        lambda cloud, path, _: (
            signed(cloud, path) | {"X-Amz-Date": "yesterday"}
        ),
        "IncompleteSignatureException",
    ),
    "another key": (
        lambda cloud, path, _: signed(cloud, path, key="AKIAOTHER"),
        "UnrecognizedClientException",
    ),
    "another token": (
        lambda cloud, path, _: (
            signed(cloud, path) | {"X-Amz-Security-Token": "other"}
        ),
        "UnrecognizedClientException",
    ),
    "another secret": (
        lambda cloud, path, _: signed(cloud, path, secret="guess"),
        "InvalidSignatureException",
    ),
    "another path": (
        lambda cloud, path, _: signed(cloud, path + "x"),
        "InvalidSignatureException",
    ),
    "another body": (
        lambda cloud, path, _: (
            signed(cloud, path) | {"X-Amz-Content-SHA256": "0" * 64}
        ),
        "InvalidSignatureException",
    ),
    "another region": (
        lambda cloud, path, _: signed(cloud, path, region="eu-west-1"),
        "InvalidSignatureException",
    ),
    "an hour ago": (an_hour_ago, "InvalidSignatureException"),
    "another host": (
        lambda cloud, path, _: (
            signed(cloud, path) | {"Host": "evil.example:80"}
        ),
        "AccessDeniedException",
    ),
    "a web page": (
        lambda cloud, path, _: (
            signed(cloud, path) | {"Origin": "http://127.0.0.1"}
        ),
        "AccessDeniedException",
    ),
}
PATHS = [
    "/2015-03-31/functions/",
    "/2015-03-31/functions/f/invocations",
    "/2021-11-15/functions/f/response-streaming-invocations",
]


@pytest.mark.parametrize("who", STRANGERS)
@pytest.mark.parametrize("path", PATHS)
def test_strangers_are_refused(cloud, who, path, monkeypatch):
    headers_of, code = STRANGERS[who]
    headers = headers_of(cloud, path, monkeypatch)
    connection = http.client.HTTPConnection(cloud.url.removeprefix("http://"))
    connection.request("POST", path, b"{}", headers)
    reply = connection.getresponse()
    assert reply.status == 403
    assert reply.headers["x-amzn-ErrorType"] == code
    assert json.loads(reply.read())["message"]
    connection.close()


BEFORE_THE_BODY = set(STRANGERS) - {"another secret", "another path"}


@pytest.mark.parametrize("who", sorted(BEFORE_THE_BODY))
def test_strangers_are_refused_before_their_body_comes(
    cloud, who, monkeypatch
):
    headers = STRANGERS[who][0](cloud, PATHS[1], monkeypatch)
    connection = http.client.HTTPConnection(cloud.url.removeprefix("http://"))
    connection.putrequest("POST", PATHS[1], skip_host="Host" in headers)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.putheader("Content-Length", "2")
    connection.endheaders()  # and not a byte of the two
    assert connection.getresponse().status == 403
    connection.close()


def test_a_declared_hash_is_held_to_the_body(cloud):
    path = PATHS[1]
    request = AWSRequest("POST", cloud.url + path, data=b"{}")
    request.headers["X-Amz-Content-SHA256"] = "0" * 64
    keys = Credentials(
        cloud.connection["aws_access_key_id"],
        cloud.connection["aws_secret_access_key"],
    )
    SigV4Auth(keys, "lambda", "us-east-1").add_auth(request)
    connection = http.client.HTTPConnection(cloud.url.removeprefix("http://"))
    connection.request("POST", path, b"{}", dict(request.headers))
    reply = connection.getresponse()
    assert reply.status == 403
    assert reply.headers["x-amzn-ErrorType"] == "InvalidSignatureException"
    connection.close()


def test_what_a_signature_covers_may_be_anything(create, client):
    """Names and queries that have to be encoded, and encoded again."""
    name = create(ECHO).name
    arn = f"arn:aws:lambda:us-east-1:123456789012:function:{name}"
    reply = client.invoke(
        FunctionName=arn, Qualifier="$LATEST", Payload='"ü &=%20+"'
    )
    assert reply["Payload"].read().decode() == '"\\u00fc &=%20+"'
    tags = {"a b": "c&d=e", "ü": "x/y~z"}
    client.tag_resource(Resource=arn, Tags=tags)
    assert client.list_tags(Resource=arn)["Tags"] == tags
    client.untag_resource(Resource=arn, TagKeys=["a b", "ü"])
    assert client.list_tags(Resource=arn)["Tags"] == {}


def test_a_version_that_does_not_exist(create, client):
    status, code, message = refusal(
        client.invoke, FunctionName=create(ECHO).name, Qualifier="7"
    )
    assert (status, code) == (404, "ResourceNotFoundException")
    assert "runs $LATEST" in message


def test_credentials_of_another_region(cloud):
    elsewhere = boto3.client(
        "lambda", **cloud.connection | {"region_name": "eu-west-1"}
    )
    status, code, message = refusal(elsewhere.list_functions)
    assert (status, code) == (403, "InvalidSignatureException")
    assert "us-east-1, not eu-west-1" in message
