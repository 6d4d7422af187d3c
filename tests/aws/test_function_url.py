"""Function URLs: plain HTTP in front of a function."""

import base64
import http.client
import json
import time
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.aws.test_endpoint import ECHO
from tests.aws.test_streaming import STREAMS, phases_since
from workshop.timeline import Phase

ANSWERS = (
    "def handle(event, request_id, headers): return json.loads(event['body'])"
)
PRELUDE = "application/vnd.awslambda.http-integration-response"


@pytest.fixture
def publish(create, client):
    """Creates a function with a URL, public unless told otherwise."""

    def publish(handle, public=True, **settings):
        function = create(handle, Timeout=30)
        name = {"FunctionName": function.name}
        settings = {"AuthType": "NONE"} | settings
        made = client.create_function_url_config(**name, **settings)
        if public:
            everybody = name | {"Principal": "*"}
            client.add_permission(
                **everybody,
                StatementId="url",
                Action="lambda:InvokeFunctionUrl",
                FunctionUrlAuthType="NONE",
            )
            client.add_permission(
                **everybody,
                StatementId="invoke",
                Action="lambda:InvokeFunction",
                InvokedViaFunctionUrl=True,
            )
        return function, made["FunctionUrl"]

    return publish


def ask(url, method="GET", body=None, headers=None):
    """(status, headers, body) of a plain HTTP request."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    connection.request(method, target, body, headers or {})
    reply = connection.getresponse()
    content = reply.read()
    connection.close()
    return reply.status, reply.headers, content


def answer(url, result):
    """What the URL answers if the function returns the result."""
    kind = {"Content-Type": "application/json"}
    return ask(url, "POST", json.dumps(result), kind)


def test_the_event_of_a_request(publish, cloud):
    _, url = publish(ECHO)
    assert url.startswith(f"{cloud.url}/lambda-url/")
    headers = {"User-Agent": "me/1", "Cookie": "a=1; b=2", "X-Twice": "1"}
    _, _, body = ask(f"{url}a%20b/c?x=1&x=2&y=%26&z", headers=headers)
    event = json.loads(body)
    assert event["version"] == "2.0"
    assert event["routeKey"] == "$default"
    assert event["rawPath"] == "/a b/c"
    assert event["rawQueryString"] == "x=1&x=2&y=%26&z"
    assert event["queryStringParameters"] == {"x": "1,2", "y": "&", "z": ""}
    assert event["cookies"] == ["a=1", "b=2"]
    assert event["headers"]["x-twice"] == "1"
    assert event["headers"]["x-forwarded-proto"] == "http"
    assert "cookie" not in event["headers"]
    assert event["isBase64Encoded"] is False
    assert "body" not in event
    context = event["requestContext"]
    assert context["http"] == {
        "method": "GET",
        "path": "/a b/c",
        "protocol": "HTTP/1.1",
        "sourceIp": "127.0.0.1",
        "userAgent": "me/1",
    }
    assert context["apiId"] == context["domainPrefix"] == url.split("/")[-2]
    assert context["stage"] == "$default"
    assert isinstance(context["timeEpoch"], int)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH"])
def test_every_method_reaches_the_function(publish, method):
    _, url = publish(ECHO)
    event = json.loads(ask(url, method)[2])
    assert event["requestContext"]["http"]["method"] == method
    assert event["rawPath"] == "/"


def test_text_comes_as_text_and_bytes_as_base64(publish):
    _, url = publish(ECHO)
    for kind, body, coded in (
        ("application/json", b'{"\xc3\xbc": 1}', False),
        ("text/plain; charset=utf-8", b"a=b", False),
        ("application/octet-stream", b"\x00\xff", True),
        ("text/plain", b"\xff", True),
    ):
        event = json.loads(ask(url, "POST", body, {"Content-Type": kind})[2])
        expected = base64.b64encode(body) if coded else body
        assert event["isBase64Encoded"] is coded
        assert event["body"] == expected.decode()


def test_a_result_with_a_status_says_all_of_the_response(publish):
    _, url = publish(ANSWERS)
    status, headers, body = answer(
        url,
        {
            "statusCode": 201,
            "headers": {"X-Made": "yes", "Content-Type": "text/plain"},
            "cookies": ["a=1", "b=2; HttpOnly"],
            "body": "ü",
        },
    )
    assert (status, body) == (201, "ü".encode())
    assert headers["X-Made"] == "yes"
    assert headers["Content-Type"] == "text/plain"
    assert headers.get_all("Set-Cookie") == ["a=1", "b=2; HttpOnly"]
    coded = base64.b64encode(b"\x00\xff").decode()
    _, headers, body = answer(
        url, {"statusCode": 200, "body": coded, "isBase64Encoded": True}
    )
    assert body == b"\x00\xff"
    assert headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("result", ["text", 7, [1], {"n": 1}])
def test_a_result_without_a_status_is_the_body(publish, result):
    _, url = publish(ANSWERS)
    status, headers, body = answer(url, result)
    assert status == 200
    assert headers["Content-Type"] == "application/json"
    assert json.loads(body) == result


@pytest.mark.parametrize(
    "result",
    [
        {"statusCode": "many"},
        {"statusCode": 42},
        {"statusCode": 200, "body": {"not": "text"}},
        {"statusCode": 200, "body": "%", "isBase64Encoded": True},
        {"statusCode": 200, "headers": ["a"]},
        {"statusCode": 100},
        {"statusCode": 200, "headers": {"X-A": "b\r\nX-C: d"}},
        {"statusCode": 200, "headers": {"X-A": "€"}},
        {"statusCode": 200, "headers": {"bad name": "x"}},
        {"statusCode": 200, "cookies": 5},
        {"statusCode": 200, "cookies": ["a=b\r\nX-C: d"]},
    ],
)
def test_a_result_that_is_no_response_is_a_bad_gateway(publish, result):
    _, url = publish(ANSWERS)
    assert answer(url, result)[::2] == (502, b"Internal Server Error")


def test_what_has_no_body_is_sent_without(publish):
    _, url = publish(ANSWERS)
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc)
    kind = {"Content-Type": "application/json"}
    for result, status, content in (
        ({"statusCode": 204, "body": "lost"}, 204, b""),
        (
            {
                "statusCode": 200,
                "body": "kept",
                "headers": {"Transfer-Encoding": "chunked"},
            },
            200,
            b"kept",
        ),
        ({"statusCode": 200, "body": "next"}, 200, b"next"),
    ):
        connection.request("POST", parts.path, json.dumps(result), kind)
        reply = connection.getresponse()
        assert (reply.status, reply.read()) == (status, content)
    connection.close()


def test_an_error_of_the_function_is_a_bad_gateway(publish):
    function, url = publish(
        "def handle(event, request_id, headers):\n"
        "    respond_error(request_id, 'ValueError', 'secret')"
    )
    assert ask(url)[::2] == (502, b"Internal Server Error")
    assert function.invoke().payload["errorMessage"] == "secret"


def test_a_throttled_url(publish, client):
    function, url = publish(ECHO)
    client.put_function_concurrency(
        FunctionName=function.name, ReservedConcurrentExecutions=0
    )
    status, _, body = ask(url)
    assert status == 429
    assert json.loads(body)["Reason"].startswith("ReservedFunction")


def test_iam_wants_a_signature(publish, cloud):
    _, url = publish(ECHO, public=False, AuthType="AWS_IAM")
    assert ask(url)[0] == 403
    for secret, status in (
        (cloud.connection["aws_secret_access_key"], 200),
        ("guess", 403),
    ):
        keys = Credentials(cloud.connection["aws_access_key_id"], secret)
        request = AWSRequest("POST", f"{url}a/b?c=d", data=b"{}")
        SigV4Auth(keys, "lambda", "us-east-1").add_auth(request)
        reply = ask(request.url, "POST", b"{}", dict(request.headers))
        assert reply[0] == status


def test_a_public_url_needs_two_permissions(publish, client):
    function, url = publish(ECHO)
    assert ask(url)[0] == 200
    client.remove_permission(FunctionName=function.name, StatementId="invoke")
    status, _, body = ask(url)
    assert status == 403
    assert "InvokedViaFunctionUrl" in json.loads(body)["Message"]


def test_whom_a_condition_shuts_out_is_not_let_in(publish, client):
    function, url = publish(ECHO, public=False)
    for action, sid in (
        ({"Action": "lambda:InvokeFunctionUrl"}, "url"),
        ({"Action": "lambda:InvokeFunction"}, "invoke"),
    ):
        told = (
            {"FunctionUrlAuthType": "NONE"}
            if sid == "url"
            else {"InvokedViaFunctionUrl": True}
        )
        client.add_permission(
            FunctionName=function.name,
            StatementId=sid,
            Principal="*",
            PrincipalOrgID="o-abcdefghij",
            **action,
            **told,
        )
    assert ask(url)[0] == 403


def test_web_pages_and_foreign_names_are_refused(publish):
    _, url = publish(ECHO)
    assert ask(url, headers={"Origin": "http://evil.example"})[0] == 403
    assert ask(url, headers={"Host": "evil.example:80"})[0] == 403


def test_the_url_is_told_again_and_can_be_taken_away(publish, client):
    function, url = publish(ECHO)
    name = {"FunctionName": function.name}
    assert client.get_function_url_config(**name)["FunctionUrl"] == url
    client.delete_function_url_config(**name)
    assert ask(url)[0] == 404


def test_a_stream_with_a_prelude(publish):
    _, url = publish(
        STREAMS.replace(
            "def handle(event, request_id, headers):",
            "def handle(event, request_id, headers):\n"
            "    event = json.loads(event['body'])",
        ),
        InvokeMode="RESPONSE_STREAM",
    )
    head = json.dumps(
        {"statusCode": 201, "headers": {"X-A": "b"}, "cookies": ["c=d"]}
    )
    parts = [head[:7], head[7:] + "\0" * 5, "\0" * 3 + "one", "two"]
    status, headers, body = answer(url, {"parts": parts, "type": PRELUDE})
    assert (status, body) == (201, b"onetwo")
    assert headers["X-A"] == "b"
    assert headers["Set-Cookie"] == "c=d"
    status, headers, body = answer(url, {"parts": ["a", "b"]})
    assert (status, body) == (200, b"ab")
    assert headers["Content-Type"].startswith("text/plain")
    for bad in (["{"], ["{" + "\0" * 8]):
        assert answer(url, {"parts": bad, "type": PRELUDE})[0] == 502


def test_a_bad_prelude_does_not_hold_the_function_up(publish, cloud):
    start = time.monotonic()
    _, url = publish(
        STREAMS.replace(
            "def handle(event, request_id, headers):",
            "def handle(event, request_id, headers):\n"
            "    event = json.loads(event['body'])",
        ),
        InvokeMode="RESPONSE_STREAM",
    )
    event = {"parts": ["{" + "\0" * 8], "type": PRELUDE, "megabytes": 8}
    assert answer(url, event)[0] == 502
    while Phase.ANSWERED not in phases_since(cloud, start):
        assert Phase.ENDED not in phases_since(cloud, start)
    endless = {"parts": ["x" * 70_000], "type": PRELUDE}
    assert answer(url, endless)[0] == 502


def test_what_does_not_stream_behind_a_url_that_does(publish):
    _, url = publish(ANSWERS, InvokeMode="RESPONSE_STREAM")
    assert answer(url, [1])[::2] == (200, b"[1]")
