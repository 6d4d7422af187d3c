"""The JSON that a handler is sent, and what its answer means.

Rows name the source of azure-functions-host 4.1037, or of
azure-webjobs-sdk-extensions, that they follow.
"""

import base64
import json
import re
import uuid
from datetime import UTC, datetime

import pytest

from workshop.azure.bindings import Binding
from workshop.azure.ncrontab import Schedule
from workshop.azure.payload import (
    IDENTITY,
    BadPayload,
    HttpRequest,
    http_payload,
    http_response,
    key_identity,
    read_answer,
    timer_payload,
)

ID = "fa4fcd1a-a965-431e-8f10-a15c07b4fe2a"
NOW = datetime(2026, 11, 24, 12, 0, 0, 128_910, UTC)
GUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"


def request(query="", body=b"", kind="application/json", **others):
    """A request; a body has its length and type."""
    about = (
        (("Content-Length", str(len(body))), ("Content-Type", kind))
        if body
        else ()
    )
    asked = {
        "url": "http://localhost:7071/api/hello",
        "method": "POST" if body else "GET",
        "query": query,
        "headers": (("Host", "localhost:7071"), *about),
        "params": {},
        "body": body,
    }
    return HttpRequest(**asked | others)


def sent(asked, binding="req"):
    """(Data of the trigger, Metadata) for a request."""
    document = json.loads(http_payload("hello", binding, asked, ID, NOW))
    assert list(document) == ["Data", "Metadata"]
    assert list(document["Data"]) == [binding]
    return document["Data"][binding], document["Metadata"]


def test_a_whole_document():
    """As a public log of Core Tools has it (host 4.33, May 2024): key for
    key and in its order, with other values. The client sent the headers in
    another order."""
    asked = HttpRequest(
        url="http://localhost:7071/api/SimpleHttpTrigger",
        method="GET",
        query="",
        headers=(
            ("user-agent", "agent/1"),
            ("Accept", "*/*"),
            ("Cache-Control", "no-cache"),
            ("Some-Token", "f7cc"),
            ("Host", "localhost:7071"),
            ("Accept-Encoding", "gzip, deflate, br"),
            ("Connection", "keep-alive"),
        ),
        params={},
        body=b"",
    )
    document = http_payload("SimpleHttpTrigger", "req", asked, ID, NOW)
    start, guid, end = re.split(f"({GUID})", document.decode())
    assert uuid.UUID(guid).version == 4
    assert start + end == (
        '{"Data":{"req":{"Url":"http://localhost:7071/api/SimpleHttpTrigger",'
        '"Method":"GET","Query":{},"Headers":{"Accept":["*/*"],'
        '"Connection":["keep-alive"],"Host":["localhost:7071"],'
        '"User-Agent":["agent/1"],"Accept-Encoding":["gzip, deflate, br"],'
        '"Cache-Control":["no-cache"],"Some-Token":["f7cc"]},"Params":{},'
        '"Identities":[{"AuthenticationType":null,"IsAuthenticated":false,'
        '"Actor":null,"BootstrapContext":null,"Claims":[],"Label":null,'
        '"Name":null,"NameClaimType":'
        '"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name",'
        '"RoleClaimType":'
        '"http://schemas.microsoft.com/ws/2008/06/identity/claims/role"}]}},'
        '"Metadata":{"Query":{},"Headers":{"Accept":"*/*",'
        '"Connection":"keep-alive","Host":"localhost:7071",'
        '"User-Agent":"agent/1","Accept-Encoding":"gzip, deflate, br",'
        '"Cache-Control":"no-cache","Some-Token":"f7cc"},"sys":{'
        '"MethodName":"SimpleHttpTrigger",'
        '"UtcNow":"2026-11-24T12:00:00.12891Z","RandGuid":""}}}'
    )


@pytest.mark.parametrize(
    ("query", "in_data", "in_metadata", "own"),
    [
        # HttpRequestExtensions.GetQueryCollectionAsDictionary; in Metadata
        # HttpTriggerAttributeBindingProvider.GetRequestBindingData
        ("min=10", {"min": "10"}, {"min": "10"}, {"min": '"10"'}),
        ("a=1&a=2", {"a": "1,2"}, {"a": "2"}, {"a": '"2"'}),
        ("a=1&A=2", {"a": "1,2"}, {"a": "2"}, {"a": '"2"'}),
        (
            "a=x+y%26&b",
            {"a": "x y&", "b": ""},
            ...,
            {"a": '"x y&"', "b": '""'},
        ),
        ('q="', {"q": '"'}, {"q": '"'}, {"q": '"\\""'}),
        ("code=key", {"code": "key"}, {"code": "key"}, {}),
        ("Code=key&x=1", {"Code": "key", "x": "1"}, ..., {"x": '"1"'}),
        # ScriptInvocationContextExtensions: a trigger's value is in Data
        ("myTrigger=1", {"myTrigger": "1"}, {"myTrigger": "1"}, {}),
        ("REQ=1", {"REQ": "1"}, {"REQ": "1"}, {}),
    ],
)
def test_the_query(query, in_data, in_metadata, own):
    data, metadata = sent(request(query))
    assert data["Query"] == in_data
    assert metadata["Query"] == (
        in_data if in_metadata is ... else in_metadata
    )
    assert own == {
        name: value
        for name, value in metadata.items()
        if name not in ("Query", "Headers", "sys")
    }


def test_headers_are_lists_in_data_and_text_in_metadata():
    headers = (("X-A", "1"), ("accept", "a/b"), ("x-a", "2"), ("HOST", "h"))
    data, metadata = sent(request(headers=headers))
    assert list(data["Headers"].items()) == [
        ("Accept", ["a/b"]),
        ("Host", ["h"]),
        ("X-A", ["1", "2"]),
    ]
    assert metadata["Headers"] == {"Accept": "a/b", "Host": "h", "X-A": "1,2"}


@pytest.mark.parametrize(
    ("body", "kind", "told"),
    [
        # HttpRequestExtensions.GetRequestAsJObject
        (b'{"min": 10}', "application/json", '{"min": 10}'),
        ("ü".encode(), "text/plain", "ü"),
        (b"\xff", "text/plain", "\ufffd"),
        (b"\xef\xbb\xbfa", "", "a"),
        # Utility.IsMediaTypeOctetOrMultipart
        (b"\xff", "application/octet-stream", "/w=="),
        (b"a", "Application/Octet-Stream; x=y", "YQ=="),
        (b"a", "multipart/form-data; boundary=b", "YQ=="),
    ],
)
def test_the_body(body, kind, told):
    data, _ = sent(request(body=body, kind=kind))
    assert data["Body"] == told


@pytest.mark.parametrize(
    "headers",
    [
        (),
        (("Transfer-Encoding", "chunked"),),
        (("Content-Length", "0"),),
        (("Content-Length", "-5"),),
    ],
)
def test_a_body_without_a_length_is_not_passed_on(headers):
    data, metadata = sent(request(body=b'{"a": 1}', headers=headers))
    assert "Body" not in data
    assert "a" not in metadata


@pytest.mark.parametrize(
    ("body", "own"),
    [
        # Utility.ApplyBindingData of azure-webjobs-sdk-extensions
        ('{"min": 10, "max": "99"}', {"min": '"10"', "max": '"99"'}),
        ('{"a": true, "b": 1.0}', {"a": '"True"', "b": '"1"'}),
        ('{"a": null, "b": [1], "c": {"d": [1]}}', {"c": {"d": [1]}}),
        ('{"a": "2026-11-24T12:00:00Z"}', {"a": '"11/24/2026 12:00:00"'}),
        (' {"a": 1}\n', {"a": '"1"'}),
        ('[{"a": 1}]', {}),
        ('{"a": 1', {}),
        ('{"a": }', {}),
        ('{"a": ' + "[" * 70 + "]" * 70 + "}", {}),
        ("a=1", {}),
        # SystemBindingData.AddToBindingData
        ('{"Sys": 1}', {"Sys": '"1"', "$sys": ...}),
        # GetRequestBindingData: what is there is not replaced
        ('{"query": 1}', {"query": '"1"'}),
        ('{"headers": {"a": 1}}', {"headers": {"a": 1}}),
    ],
)
def test_the_top_level_of_a_body_is_metadata(body, own):
    _, metadata = sent(request(body=body.encode(), kind="any/thing"))
    told = {k: v for k, v in metadata.items() if k not in ("Query", "Headers")}
    assert (
        told.pop("$sys" if "$sys" in own else "sys")["MethodName"] == "hello"
    )
    assert told == {k: v for k, v in own.items() if v is not ...}
    assert ("Query" in metadata) == ("query" not in own)
    assert ("Headers" in metadata) == ("headers" not in own)


def test_route_before_query_before_body():
    """GetRequestBindingData: the later takes the place of the earlier."""
    data, metadata = sent(
        request(
            "b=query&C=query",
            body=b'{"a": "body", "b": "body", "c": "body", "d": "body"}',
            params={"C": "route", "D": None, "n": 5},
        )
    )
    assert data["Params"] == {"C": "route", "D": None, "n": 5}
    told = {k: v for k, v in metadata.items() if isinstance(v, str)}
    assert told == {
        "a": '"body"',
        "b": '"query"',
        "c": '"route"',
        "n": '"5"',
    }


def test_identities():
    """AuthenticationLevelHandler.cs; Claim and ClaimsIdentity of .NET."""
    data, _ = sent(request())
    assert data["Identities"] == [IDENTITY]
    caller = key_identity("function", "default")
    data, _ = sent(request(identities=(caller,)))
    assert data["Identities"][0]["AuthenticationType"] == "WebJobsAuthLevel"
    assert data["Identities"][0]["IsAuthenticated"] is True
    assert [
        (claim["Type"].rpartition("/")[2], claim["Value"])
        for claim in data["Identities"][0]["Claims"]
    ] == [("authlevel", "Function"), ("invoke", "true"), ("keyid", "default")]


def test_one_invocation_has_one_guid():
    def guid(invocation_id):
        document = http_payload("f", "req", request(), invocation_id, NOW)
        return json.loads(document)["Metadata"]["sys"]["RandGuid"]

    assert guid(ID) == guid(ID) != ID
    assert guid(ID) != guid(str(uuid.uuid4()))


def test_a_timer_within_a_minute_has_no_status():
    """As a comment in a public handler has it (host 4.24, September 2023)."""
    document = timer_payload(
        "azure", "timer", Schedule.parse("*/15 * * * * *"), None, NOW
    )
    start, _, end = re.split(f"({GUID})", document.decode())
    assert start + end == (
        '{"Data":{"timer":{"Schedule":{"AdjustForDST":true},'
        '"ScheduleStatus":null,"IsPastDue":false}},'
        '"Metadata":{"sys":{"MethodName":"azure",'
        '"UtcNow":"2026-11-24T12:00:00.12891Z","RandGuid":""}}}'
    )


NEVER = "0001-01-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("schedule", "last", "due", "status"),
    [
        # TimerListener.cs, ScheduleStatus.cs
        ("0 */5 * * * *", None, None, (NEVER, "2026-11-24T12:00:00+00:00")),
        (
            "0 */5 * * * *",
            datetime(2026, 11, 24, 11, 55, 0, 5000),
            None,
            ("2026-11-24T11:55:00.005+00:00", "2026-11-24T12:00:00+00:00"),
        ),
        (
            "0 */5 * * * *",
            None,
            datetime(2026, 11, 24, 12, 5),
            (NEVER, "2026-11-24T12:05:00+00:00"),
        ),
        (
            "00:30:00",
            datetime(2026, 11, 24, 11, 30),
            None,
            ("2026-11-24T11:30:00+00:00", "2026-11-24T12:00:00+00:00"),
        ),
    ],
)
def test_a_timer_with_a_status(schedule, last, due, status):
    parsed = Schedule.parse(schedule)
    document = json.loads(
        timer_payload("f", "t", parsed, last, NOW, due, True)
    )
    before, following = status
    assert document["Data"] == {
        "t": {
            "Schedule": {"AdjustForDST": "*" in schedule},
            "ScheduleStatus": {
                "Last": before,
                "Next": following,
                "LastUpdated": before,
            },
            "IsPastDue": True,
        }
    }


def out(name, kind="http", **properties):
    return Binding(name, kind, "out", properties)


RES = [out("res")]
RETURN = [out("$return")]
QUEUE = [out("q", "queue")]
NOON = base64.b64decode("noon")

# The bindings and the answer: the values that the bindings get.
ANSWERS = [
    # HttpScriptInvocationResult.cs: names in any case, others ignored
    (QUEUE, {"outputs": {"q": "a"}, "more": 1}, {"q": "a"}),
    (QUEUE, {"OUTPUTS": {"q": "a b"}}, {"q": "a b"}),
    (QUEUE, {"Outputs": {"Q": "a b"}}, {}),  # an output's name has its case
    (QUEUE, {"Outputs": {"other": 1}}, {}),
    (QUEUE, {"Outputs": {"q": None}}, {}),
    (QUEUE, {"Outputs": None, "Logs": None, "ReturnValue": None}, {}),
    (QUEUE, {}, {}),
    (QUEUE, {"key1": "value1"}, {}),  # DefaultHttpWorkerServiceTests.cs
    # GetBindingValue: base64
    (QUEUE, {"Outputs": {"q": "noon"}}, {"q": NOON}),
    (QUEUE, {"Outputs": {"q": "no on\n"}}, {"q": NOON}),
    (QUEUE, {"Outputs": {"q": ""}}, {"q": b""}),
    (QUEUE, {"Outputs": {"q": "YQ=="}}, {"q": b"a"}),
    (QUEUE, {"Outputs": {"q": "YWI="}}, {"q": b"ab"}),
    (QUEUE, {"Outputs": {"q": "Y==="}}, {"q": "Y==="}),
    (QUEUE, {"Outputs": {"q": "YQ=a"}}, {"q": "YQ=a"}),
    (QUEUE, {"Outputs": {"q": "noön"}}, {"q": "noön"}),
    (QUEUE, {"Outputs": {"q": "rotor"}}, {"q": "rotor"}),
    (QUEUE, {"Outputs": {"q": 5}}, {"q": 5}),
    (QUEUE, {"Outputs": {"q": {"a": "noon"}}}, {"q": {"a": "noon"}}),
    ([out("q", "queue", dataType="binary")], ..., {"q": "noon"}),
    ([out("q", "queue", DATATYPE="Binary")], ..., {"q": "noon"}),
    ([out("q", "queue", dataType="string")], ..., {"q": NOON}),
    # WorkerFunctionInvoker.HandleReturnParameter
    (RETURN, {"ReturnValue": "noon"}, {"$return": NOON}),
    (RETURN, {"ReturnValue": "hello"}, {"$return": "hello"}),
    (RETURN, {"ReturnValue": {"a": "noon"}}, {"$return": {"a": "noon"}}),
    (RETURN, {"Outputs": {"$return": "hello"}}, {}),
    (RETURN, {"Outputs": {"$return": 1}, "ReturnValue": 2}, {"$return": 2}),
    (
        [*RETURN, *QUEUE],
        {"ReturnValue": {"q": "spread?"}},
        {"$return": {"q": "spread?"}},
    ),
    # WorkerFunctionInvoker.HandleOutputDictionary
    (QUEUE, {"ReturnValue": {"q": "noon", "x": 1}}, {"q": "noon"}),
    (QUEUE, {"Outputs": {"q": 1}, "ReturnValue": {"q": 2}}, {"q": 2}),
    (QUEUE, {"Outputs": {"q": 1}, "ReturnValue": {"q": None}}, {}),
    (QUEUE, {"ReturnValue": ["q"]}, {}),
]


def answered(bindings, answer, kind="application/json"):
    content = answer if isinstance(answer, bytes) else json.dumps(answer)
    body = content if isinstance(content, bytes) else content.encode()
    return read_answer(kind, body, bindings)


@pytest.mark.parametrize(("bindings", "answer", "outputs"), ANSWERS)
def test_what_the_bindings_get(bindings, answer, outputs):
    if answer is ...:
        answer = {"Outputs": {"q": "noon"}}
    assert answered(bindings, answer).outputs == outputs


@pytest.mark.parametrize(
    ("bindings", "answer", "status", "body"),
    [
        (RES, {"Outputs": {"res": {"body": "hi"}}}, 200, b"hi"),
        (RES, {"Outputs": {"res": {"body": "noon"}}}, 200, b"noon"),
        # HttpWorkerTestUtilities.GetHttpScriptInvocationResultWithJsonRes
        (
            RES,
            {"Outputs": {"res": {"statusCode": "201", "body": "my world"}}},
            201,
            b"my world",
        ),
        (RES, {"Outputs": {}}, 200, b"{}"),
        (RES, {"Outputs": {"Res": {"body": "hi"}}}, 200, b"{}"),
        (RES, {}, 204, b""),
        (RES, {"ReturnValue": "hi there"}, 200, b"hi there"),
        (RES, {"ReturnValue": "noon"}, 200, b"noon"),
        (RES, {"ReturnValue": [1, 2]}, 200, b"[1,2]"),
        (RES, {"Outputs": {}, "ReturnValue": "hi"}, 200, b"{}"),
        # A spread object is no HttpOutputBindingResponse: status counts
        (
            RES,
            {"ReturnValue": {"res": {"status": 404, "body": "gone"}}},
            404,
            b"gone",
        ),
        (RETURN, {"ReturnValue": "noon"}, 200, NOON),
        (RETURN, {"ReturnValue": "level"}, 200, b"level"),
        (RETURN, {"ReturnValue": {"body": "x", "status": 404}}, 404, b"x"),
        (RETURN, {"ReturnValue": '{"body": "x"}'}, 200, b"x"),
        (RETURN, {"Outputs": {"$return": {"body": "x"}}}, 204, b""),
        (
            [out("$return", dataType="binary")],
            {"ReturnValue": "noon"},
            ...,
            ...,
        ),
        # No http output: an HttpTrigger answers with what is returned
        (QUEUE, {"ReturnValue": {"q": 1}}, 200, b'{"q":1}'),
        (QUEUE, {"Outputs": {"q": 1}}, 204, b""),
    ],
)
def test_what_the_client_gets(bindings, answer, status, body):
    read = answered(bindings, answer)
    values = [
        read.outputs[binding.name]
        for binding in bindings
        if binding.type == "http" and binding.name in read.outputs
    ]
    response = http_response(values[0] if values else None, read.returned)
    wanted = (200, b"noon") if status is ... else (status, body)
    assert (response.status, response.body) == wanted


@pytest.mark.parametrize("body", [b"", b"null", b" \n", b"\xef\xbb\xbfnull"])
def test_nothing_is_waited_on(body):
    assert answered(RES, body) is None


def test_an_empty_body_of_any_type_is_nothing():
    assert read_answer("text/html", b"", RES) is None
    assert read_answer("", b"", RES) is None


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", '{"Logs": ["ü"]}'.encode()),
        ("Application/JSON; charset=utf-8", '{"Logs": ["ü"]}'.encode()),
        ("text/json", b'{"Logs": ["\\u00fc"]}'),
        ("text/json;charset=nothing", '{"Logs": ["ü"]}'.encode()),
        (
            'application/json; charset="UTF-16"',
            '{"Logs": ["ü"]}'.encode("utf-16"),
        ),
        ("application/json", b'\xef\xbb\xbf{"Logs": ["\xc3\xbc"]} rest'),
    ],
)
def test_content_types(kind, body):
    """MediaTypeFormatterCollection.FindReader, JsonMediaTypeFormatter."""
    assert read_answer(kind, body, RES).logs == ("ü",)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        # DefaultHttpWorkerServiceTests.cs: OkResponse_InvalidBody,
        # InvalidMediaType
        ("application/json", b"Hello World"),
        ("text/plain", b"TestMessage"),
        ("", b"{}"),
        ("application/problem+json", b"{}"),
        ("application/json", b"{"),
        ("application/json", b"[]"),
        ("application/json", b'"text"'),
        ("application/json", b"5"),
        ("application/json", b'{"Logs": "\xff"}'),
        ("application/json", b'{"Outputs": "text"}'),
        ("application/json", b'{"Outputs": []}'),
        ("application/json", b'{"Outputs": false}'),
        ("application/json", b'{"Logs": "text"}'),
        ("application/json", b'{"Logs": {}}'),
        ("application/json", b'{"Logs": [{}]}'),
        ("application/json", b'{"a": ' + b"[" * 256 + b"]" * 256 + b"}"),
        ("application/json", b"[" * 100_000),
    ],
)
def test_an_invalid_response(kind, body):
    """DefaultHttpWorkerService.GetHttpScriptInvocationResult."""
    with pytest.raises(BadPayload) as raised:
        read_answer(kind, body, RES)
    sentence = str(raised.value)
    assert sentence.startswith("Invalid HttpResponseMessage:\nStatusCode: 200")
    assert f"Content-Type: {kind}" in sentence or not kind
    assert sentence.endswith(f"\n {body.decode(errors='replace')}")


def test_bytes_are_not_printed():
    """GetHttpContentAsString: no content of octets or parts."""
    with pytest.raises(BadPayload) as raised:
        read_answer("application/octet-stream", b"secret", RES)
    assert "secret" not in str(raised.value)


def test_logs():
    """ProcessLogsFromHttpResponse; a List<string> takes scalars, too."""
    answer = answered(RES, {"Logs": ["a {b}", 5, True, None, "noon", 2.0]})
    assert answer.logs == ("a {b}", "5", "true", "[null]", "noon", "2.0")


def test_logs_come_before_a_bad_output():
    """ProcessDefaultInvocationRequest logs first, converts then."""
    with pytest.raises(BadPayload, match="Failed while trying") as raised:
        answered(RES, {"Logs": ["one"], "Outputs": {"res": "text"}})
    assert raised.value.logs == ("one",)
