"""Clients of AWS that are not ours, against `workshop serve aws`.

boto3 as it comes, the AWS CLI, and two programs that sign requests on their
own: curl and requests-aws4auth.
"""

import base64
import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest

from tests.aws.conftest import ROLE, deploy, zip_of_loop
from tests.conformance import clients
from tests.serving import client_of, serving

ECHO = "def handle(event, request_id, headers): return event"
ACCOUNT = "123456789012"


@pytest.fixture(scope="module")
def exports():
    """What the server says to export."""
    with serving("--quiet") as (_, exports):
        yield exports


@pytest.fixture(scope="module")
def echo(exports):
    """boto3's client, and the name of a function that repeats its event."""
    client = client_of(exports)
    create(client, "echo", ECHO)
    return client


def create(client, name, handle):
    deploy(client, name, handle)
    client.get_waiter("function_active_v2").wait(FunctionName=name)


# boto3 as it comes

WAITING = """
def handle(event, request_id, headers):
    return open(event).read() if event else "at once"
"""


def test_boto3_tries_again_what_is_throttled(exports, tmp_path):
    client = client_of(exports)
    create(client, "waiting", WAITING)
    client.put_function_concurrency(
        FunctionName="waiting", ReservedConcurrentExecutions=1
    )
    gate = tmp_path / "gate"
    os.mkfifo(gate)

    def invoke(event):
        reply = client.invoke(
            FunctionName="waiting", Payload=json.dumps(event)
        )
        attempts = reply["ResponseMetadata"]["RetryAttempts"]
        return json.loads(reply["Payload"].read()), attempts

    statuses = []

    with ThreadPoolExecutor() as threads:
        first = threads.submit(invoke, str(gate))
        # Opens as soon as the function reads, which then waits for us.
        with open(gate, "w") as writer:
            client.meta.events.register(
                "response-received.lambda.Invoke",
                lambda response_dict, **_: (
                    statuses.append(response_dict["status_code"]),
                    writer.close(),
                ),
            )
            answer, attempts = invoke(None)
        assert first.result() == ("", 0)
    assert (answer, attempts) == ("at once", statuses.count(429))
    assert attempts >= 1


def test_boto3_streams_to_its_end(echo):
    reply = echo.invoke_with_response_stream(
        FunctionName="echo", Payload=json.dumps("é" * 9)
    )
    *parts, end = list(reply["EventStream"])
    body = b"".join(part["PayloadChunk"]["Payload"] for part in parts)
    assert json.loads(body) == "é" * 9
    assert "ErrorCode" not in end["InvokeComplete"]


def test_boto3_by_its_environment_alone(exports, monkeypatch):
    for name in os.environ:
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    for name, value in exports.items():
        monkeypatch.setenv(name, value)
    identity = boto3.Session().client("sts").get_caller_identity()
    assert identity["Account"] == ACCOUNT


# The AWS CLI


@pytest.fixture(scope="module")
def aws(exports, tmp_path_factory):
    """Runs the AWS CLI: gives what it says, as JSON where it is that."""
    command, variables = clients.aws_command_line()
    home = tmp_path_factory.mktemp("home")

    def aws(*arguments, check=True):
        done = subprocess.run(
            [*command, *map(str, arguments)],
            env=variables | exports | {"HOME": str(home), "AWS_PAGER": ""},
            capture_output=True,
            text=True,
        )
        if not check:
            return done.returncode, done.stderr
        assert done.returncode == 0, done.stderr
        if done.stdout.startswith(("{", "[")):
            return json.loads(done.stdout)
        return done.stdout.rstrip("\n")

    return aws


def test_cli_from_creation_to_deletion(aws, tmp_path):
    name = ("--function-name", "typed")
    code, event = tmp_path / "code.zip", tmp_path / "event"
    code.write_bytes(zip_of_loop(ECHO))
    event.write_text('{"n": "é"}', "utf-8")
    answer = tmp_path / "answer"

    def invoke():
        said = aws(
            *("lambda", "invoke", *name, "--log-type", "Tail"),
            *("--payload", f"fileb://{event}", answer),
        )
        assert said["StatusCode"] == 200
        assert said["ExecutedVersion"] == "$LATEST"
        assert json.loads(answer.read_text("utf-8")) == {"n": "é"}
        return base64.b64decode(said["LogResult"]).decode()

    made = aws(
        *("lambda", "create-function", *name, "--role", ROLE),
        *("--runtime", "provided.al2023", "--handler", "handler.handler"),
        *("--zip-file", f"fileb://{code}"),
    )
    assert made["FunctionArn"].endswith(":function:typed")
    aws("lambda", "wait", "function-active-v2", *name)
    assert "Memory Size: 128 MB" in invoke()

    changed = aws(
        *("lambda", "update-function-configuration", *name),
        *("--memory-size", "256", "--environment", "Variables={COLOUR=blue}"),
    )
    assert changed["Environment"] == {"Variables": {"COLOUR": "blue"}}
    assert "Memory Size: 256 MB" in invoke()

    aws("lambda", "delete-function", *name)
    status, said = aws("lambda", "get-function", *name, check=False)
    assert status in (254, 255)  # of version 2 and of version 1
    assert "(ResourceNotFoundException)" in said


def test_cli_function_url(aws, exports, echo):
    told = aws(
        *("lambda", "create-function-url-config"),
        *("--function-name", "echo", "--auth-type", "AWS_IAM"),
    )
    endpoint = exports["AWS_ENDPOINT_URL"]
    assert told["FunctionUrl"].startswith(f"{endpoint}/lambda-url/")
    echo.delete_function_url_config(FunctionName="echo")


def test_cli_logs(aws, echo):
    create(echo, "logged", ECHO)
    reply = echo.invoke(FunctionName="logged")
    request_id = reply["ResponseMetadata"]["RequestId"]
    group = ("--log-group-name", "/aws/lambda/logged")
    [stream] = aws("logs", "describe-log-streams", *group)["logStreams"]
    name = ("--log-stream-name", stream["logStreamName"])
    events = aws("logs", "get-log-events", *group, *name)["events"]
    texts = [event["message"].partition(":")[0] for event in events]
    assert texts[-3:] == [
        "START RequestId",
        "END RequestId",
        "REPORT RequestId",
    ]
    assert request_id in events[-1]["message"]


def test_cli_identity(aws):
    assert aws("sts", "get-caller-identity")["Account"] == ACCOUNT


# Others that sign


@pytest.fixture(scope="module")
def curl(exports):
    """Signs and sends a request: gives the status and the body."""
    program = clients.curl()

    def command(method, url, body, key, secret):
        return [
            *(program, "--silent", "--show-error", "--request", method),
            *("--aws-sigv4", "aws:amz:us-east-1:lambda"),
            *("--user", f"{key}:{secret}", "--write-out", "\n%{http_code}"),
            *("--header", "Content-Type: application/json"),
            *(("--data-binary", body) if body else ()),
            url,
        ]

    return sender(exports, command, {"PATH": os.environ["PATH"]})


AWS4AUTH = """
import sys
import requests
from requests_aws4auth import AWS4Auth

method, url, body, key, secret = sys.argv[1:]
reply = requests.request(
    method, url, data=body.encode(),
    headers={"Content-Type": "application/json"},
    auth=AWS4Auth(key, secret, "us-east-1", "lambda"),
)
print(reply.text)
print(reply.status_code, end="")
"""


@pytest.fixture(scope="module")
def aws4auth(exports):
    """The same with requests-aws4auth."""
    folder = clients.fetched("requests-aws4auth==1.4.0", "--no-deps")

    def command(*arguments):
        return [sys.executable, "-c", AWS4AUTH, *arguments]

    return sender(exports, command, {"PYTHONPATH": str(folder)})


def sender(exports, command, variables):
    def send(method, url, body="", secret=exports["AWS_SECRET_ACCESS_KEY"]):
        if url.startswith("/"):
            url = exports["AWS_ENDPOINT_URL"] + url
        key = exports["AWS_ACCESS_KEY_ID"]
        done = subprocess.run(
            command(method, url, body, key, secret),
            env=variables,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        said, _, status = done.stdout.rpartition("\n")
        return int(status), said

    return send


@pytest.fixture(params=["curl", "aws4auth"])
def send(request):
    """Each of the two."""
    return request.getfixturevalue(request.param)


INVOKE = "/2015-03-31/functions/{}/invocations"
ARN = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:echo"


def test_signed_invoke(send, echo):
    status, said = send("POST", INVOKE.format("echo"), '{"n": "é"}')
    assert (status, json.loads(said)) == (200, {"n": "é"})


@pytest.mark.parametrize("name", [ARN, ARN.replace(":", "%3A")])
def test_signed_path_with_colons(aws4auth, echo, name):
    assert aws4auth("POST", INVOKE.format(name), "[1]") == (200, "[1]")


def test_signed_query(send, echo):
    # In the order in which it is signed: older ones of curl do not sort it.
    path = "/2015-03-31/functions/?FunctionVersion=ALL&MaxItems=5"
    status, said = send("GET", path)
    names = [f["FunctionName"] for f in json.loads(said)["Functions"]]
    assert (status, "echo" in names) == (200, True)


def test_signed_with_a_wrong_secret(send, echo):
    path = INVOKE.format("echo")
    status, said = send("POST", path, "{}", secret="wrong")
    assert status == 403
    assert "signature we calculated does not match" in said


def test_signed_function_url(send, echo):
    url = echo.create_function_url_config(
        FunctionName="echo", AuthType="AWS_IAM"
    )["FunctionUrl"]
    try:
        status, said = send("POST", f"{url}a/b?m=a%20b&n=1", '{"n": "é"}')
        event = json.loads(said)
        assert (status, event["rawPath"]) == (200, "/a/b")
        assert event["queryStringParameters"] == {"m": "a b", "n": "1"}
        assert event["body"] == '{"n": "é"}'
        assert send("GET", url, secret="wrong")[0] == 403
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(url)
    finally:
        echo.delete_function_url_config(FunctionName="echo")
