"""What the client gets for the value of an http output.

Each row names the host's source that it follows, of azure-functions-host
4.1037; a row with a test of the host's own names that.
"""

import pytest

from workshop.azure.dotnet_json import Expando
from workshop.azure.http_output import (
    BadPayload,
    http_output,
    http_response,
)

TEXT = ("Content-Type", "text/plain; charset=utf-8")
JSON = ("Content-Type", "application/json; charset=utf-8")

# The value of an output by name: what the client gets.
BY_NAME = [
    # HttpScriptInvocationResultExtensionsTests.cs
    ({"body": "hello"}, 200, [TEXT], b"hello"),
    ({"statusCode": "204"}, 204, [TEXT], b""),
    ({}, 200, [TEXT], b""),
    ('{"body": "hello", "statusCode":"300"}', 300, [TEXT], b"hello"),
    (
        {
            "body": "foobar",
            "statusCode": "301",
            "headers": {"header1": "header1Value", "header2": "2"},
        },
        301,
        [TEXT, ("header1", "header1Value"), ("header2", "2")],
        b"foobar",
    ),
    # HttpOutputBindingResponse.cs: StatusCode is a string; names in any case
    ({"StatusCode": 201, "BODY": "x"}, 201, [TEXT], b"x"),
    ({"statusCode": 201, "STATUSCODE": 202}, 202, [TEXT], b""),
    ({"statusCode": " +201 ", "body": "x"}, 201, [TEXT], b"x"),
    # HttpBinding.TryParseStatusCode: 200 for what is no integer
    ({"statusCode": 201.0, "body": "x"}, 200, [TEXT], b"x"),
    ({"statusCode": "created", "body": "x"}, 200, [TEXT], b"x"),
    ({"statusCode": "99999999999", "body": "x"}, 200, [TEXT], b"x"),
    ({"statusCode": True, "body": "x"}, 200, [TEXT], b"x"),
    ({"statusCode": None, "body": "x"}, 200, [TEXT], b"x"),
    # GetHttpOutputBindingResponse sets StatusCode always: no Status is read
    ({"status": 404, "body": "x"}, 200, [TEXT], b"x"),
    ({"statusCode": 201, "status": 404, "body": "x"}, 201, [TEXT], b"x"),
    # RawScriptResult.WriteResponseBodyAsync: ToString of what is no text
    ({"body": None}, 200, [TEXT], b""),
    ({"body": 5}, 200, [TEXT], b"5"),
    ({"body": 2.0}, 200, [TEXT], b"2"),
    ({"body": True}, 200, [TEXT], b"True"),
    ({"body": {"a": [1]}}, 200, [TEXT], b'{\n  "a": [\n    1\n  ]\n}'),
    ({"body": [1, 2]}, 200, [TEXT], b"[\n  1,\n  2\n]"),
    ({"body": {}}, 200, [TEXT], b"{}"),
    ({"body": '{"a":1}'}, 200, [TEXT], b'{"a":1}'),
    ({"body": "noon"}, 200, [TEXT], b"noon"),  # no base64 here
    ({"body": "2026-11-24T12:00:00Z"}, 200, [TEXT], b"11/24/2026 12:00:00"),
    # RawScriptResultTests.HandlesStringContent_WithHeader
    (
        {"body": '{ "a": 1 }', "headers": {"content-type": JSON[1][:16]}},
        200,
        [JSON],
        b'{ "a": 1 }',
    ),
    (
        {"body": "ü", "headers": {"Content-Type": "text/html;charset=latin1"}},
        200,
        [("Content-Type", "text/html;charset=utf-8")],
        "ü".encode(),
    ),
    (
        {"body": "ü", "headers": {"Content-Type": "text/a; charset=UTF-16"}},
        200,
        [("Content-Type", "text/a; charset=UTF-16")],
        b"\xfc\x00",
    ),
    ({"body": "x", "headers": {"Content-Type": ""}}, 200, [TEXT], b"x"),
    # RawScriptResult.ExecuteResultAsync: the first of two headers counts
    (
        {"body": "", "headers": {"X-A": 1, "x-a": 2, "X-B": True, "X-C": []}},
        200,
        [TEXT, ("X-A", "1"), ("X-B", "True"), ("X-C", "[]")],
        b"",
    ),
    ({"body": "x", "headers": None}, 200, [TEXT], b"x"),
    # This host's own: the server says these itself
    (
        {"body": "x", "headers": {"Content-Length": "9", "Connection": "x"}},
        200,
        [TEXT],
        b"x",
    ),
    ({"statusCode": 304, "body": "lost"}, 304, [TEXT], b""),
]


@pytest.mark.parametrize(("value", "status", "headers", "body"), BY_NAME)
def test_an_output_by_name(value, status, headers, body):
    response = http_response(http_output(value))
    assert (response.status, response.body) == (status, body)
    assert response.headers == tuple(headers)


def test_outputs_without_the_output():
    """GetHttpOutputBindingResponse: an ExpandoObject without members."""
    response = http_response(Expando())
    assert (response.status, response.body) == (200, b"{}")
    assert response.headers == (TEXT,)


@pytest.mark.parametrize(
    "value",
    [
        "SomeBlah",  # HttpScriptInvocationResultExtensionsTests.cs
        "",
        "null",
        None,
        5,
        True,
        [],
        [{"body": "x"}],
        {"statusCode": {}},
        {"status": []},
        {"headers": "x"},
        {"headers": []},
        {"headers": 0},
        '{"body": "x"} rest',
    ],
)
def test_what_is_no_http_output(value):
    with pytest.raises(BadPayload) as raised:
        http_output(value)
    assert str(raised.value) == (
        "Failed while trying to Deserialize to httpOutputBindingResponse. "
        "Output is not in expected format"
    )


# The value of a $return, or of a member of a ReturnValue that is spread.
RETURNED = [
    # HttpBindingTests.ParseResponseObject_ReturnsExpectedResult
    (
        {
            "body": "Test Body",
            "headers": {"content-type": "text/plain"},
            "status": 202,
        },
        202,
        [TEXT],
        b"Test Body",
    ),
    (
        {"Body": "Test Body", "StatusCode": "202", "Status": "404"},
        202,
        [TEXT],
        b"Test Body",
    ),
    ({"body": None, "status": 202}, 202, [TEXT], b""),
    # HttpBindingTests.TryParseStatusCode_ReturnsExpectedResult
    ({"body": "", "statusCode": "invalid"}, 200, [TEXT], b""),
    ({"body": "", "statusCode": None, "status": 404}, 200, [TEXT], b""),
    ({"body": "", "code": 202}, 200, [TEXT], b""),
    ({"body": "", "status": 202.0}, 200, [TEXT], b""),
    ({"body": "", "status": True}, 200, [TEXT], b""),
    # HttpBinding.ParseResponseObject: no body, no response object
    ({"status": 404}, 200, [TEXT], b'{\n  "status": 404\n}'),
    ({"body": "x", "headers": "y"}, 200, [TEXT], b"x"),
    # HttpBinding.CreateResult makes an ExpandoObject of a JObject
    ({"body": {"a": [1]}}, 200, [TEXT], b'{"a":[1]}'),
    (
        {"body": [1]},
        200,
        [TEXT],
        b"System.Collections.Generic.List`1[System.Object]",
    ),
    (
        {"body": "", "headers": {"X-A": {"b": 1}}},
        200,
        [TEXT, ("X-A", "System.Dynamic.ExpandoObject")],
        b"",
    ),
    # HttpBinding.CreateResult reads a string as JSON
    ("hello", 200, [TEXT], b"hello"),
    ('{"body": "x", "statusCode": 201}', 201, [TEXT], b"x"),
    ("[1,2]", 200, [TEXT], b"[\n  1,\n  2\n]"),
    ("1.50", 200, [TEXT], b"1.5"),
    ('"quoted"', 200, [TEXT], b"quoted"),
    ("", 200, [TEXT], b""),
    (5, 200, [TEXT], b"5"),
    (False, 200, [TEXT], b"False"),
    # Formatters/ByteArrayOutputFormatter.cs sets no content type
    (b"\x9e\x8a\x27", 200, [], b"\x9e\x8a\x27"),
]


@pytest.mark.parametrize(("value", "status", "headers", "body"), RETURNED)
def test_a_return_binding(value, status, headers, body):
    response = http_response(value)
    assert (response.status, response.body) == (status, body)
    assert response.headers == tuple(headers)


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        # RawScriptResult.ExecuteResultAsync
        (
            {"headers": {"Content-Type": None}},
            "content-type header cannot be null",
        ),
        ({"headers": {"X-A": None}}, "Object reference not set"),
        # Kestrel
        ({"headers": {"X-A": "ü"}}, "character in header: 0x00FC"),
        ({"headers": {"X-A": "b\r\nX-C: d"}}, "in header: 0x000D"),
        ({"headers": {"X-A": {"b": 1}}}, "in header: 0x000A"),
        ({"headers": {"X A": "b"}}, "in header: 0x0020"),
        ({"headers": {"": "b"}}, "in header: 0x0000"),
        ({"headers": {"content-type": "a\nb"}}, "in header: 0x000A"),
        # This host's own
        ({"statusCode": 100}, "100 is no status"),
        ({"statusCode": "-1"}, "-1 is no status"),
        ({"statusCode": 1000}, "1000 is no status"),
    ],
)
def test_a_response_that_cannot_be_sent(value, sentence):
    with pytest.raises(BadPayload, match=sentence):
        http_response(http_output(value))


@pytest.mark.parametrize(
    ("returned", "status", "headers", "body"),
    [
        (None, 204, [], b""),
        ("hello", 200, [TEXT], b"hello"),
        ('{"a": 1}', 200, [TEXT], b'{"a": 1}'),
        ({"body": "x", "a": [1.0]}, 200, [JSON], b'{"body":"x","a":[1.0]}'),
        (5, 200, [JSON], b"5"),
        (b"\x9e\x8a\x27", 200, [JSON], b'"noon"'),
    ],
)
def test_without_an_http_output_the_return_value(
    returned, status, headers, body
):
    """HttpBinding.SetResponse, and ASP.NET Core's ObjectResult."""
    response = http_response(None, returned)
    assert (response.status, response.body) == (status, body)
    assert response.headers == tuple(headers)


def test_an_http_output_goes_before_the_return_value():
    assert http_response("output", "returned").body == b"output"
