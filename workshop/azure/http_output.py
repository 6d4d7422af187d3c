"""What the client gets: the HTTP response that an http output's value means.

Follows azure-functions-host 4.1037: HttpScriptInvocationResultExtensions.cs
and HttpOutputBindingResponse.cs for an output by name (`res`), HttpBinding.cs
and RawScriptResult.cs for every value, HttpBinding.SetResponse for what the
function returns. What a reader would not guess:

- In an output by name `status` is not read: StatusCode is always set, to null
  if need be, and HttpBinding.cs reads Status only where there is none. In a
  `$return` it is read. The case of these names does not count in either.
- A statusCode that is no whole number is 200 (HttpBinding.TryParseStatusCode).
- An object as the body of an output by name is JSON on many lines, of a
  `$return` JSON on one line; a list in the body of a `$return` is the name of
  its type. The type is text/plain unless the headers say another.
- An object without a body is the body itself, so `{"status": 404}` in a
  `$return` is a 200 with that text.
- A string is read as JSON first: "[1,2]" comes on four lines.
- Bytes have no content type.
- Where no http output has a value the client gets what the function returns,
  as text or JSON, and a 204 if that is nothing (HttpTriggerAttribute.cs of
  azure-webjobs-sdk-extensions says TriggerHandlesReturnValue).

[inferred], read and not run: dotnet_json.py; what ASP.NET Core 8's formatters
and Kestrel make of the values; that no header of the client asks for another
format or charset. `enableContentNegotiation` is not followed. The real host
sends any number as the status; here one that no client takes for the status
of a response is refused, and so are headers about the connection.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from workshop.azure.dotnet_json import (
    Expando,
    encode,
    expando,
    read,
    to_string,
    with_times,
    write,
)

NO_BODY = (204, 205, 304)
# What the server itself says about the connection and the body.
OURS = ("content-length", "transfer-encoding", "connection", "keep-alive")
TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
NOT_IN_A_VALUE = re.compile(r"[^\t\x20-\x7e]")
INTEGER = re.compile(r"[ \t-\r]*([+-]?[0-9]{1,99})[ \t-\r]*")
CHARSET = re.compile(r"(; *charset *= *)(\"?)([^;\"\s]*)(\"?)", re.IGNORECASE)
NULL = "Object reference not set to an instance of an object."


class BadPayload(Exception):
    """What a handler answered is of no use: the host's sentence."""

    def __init__(self, sentence: str, logs: tuple[str, ...] = ()) -> None:
        super().__init__(sentence)
        self.logs = logs  # what had been logged by then


@dataclass(frozen=True)
class HttpResponse:
    """What a client gets."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def member(values: Mapping[str, object], name: str) -> object:
    """The last value under a name without case, as Newtonsoft.Json sets a
    property; None if there is none."""
    found = None
    for key, value in values.items():
        if key.lower() == name.lower():
            found = value
    return found


def as_text(value: object) -> str:
    """What Newtonsoft.Json reads into a string; ValueError if it is none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float):
        raise ValueError("no text")
    return value if isinstance(value, str) else write(value)


def http_output(value: object) -> Expando:
    """The response that the value of an http output by name describes.

    HttpScriptInvocationResultExtensions.GetHttpOutputBindingResponse: an
    object, or a string that is the JSON of one. Raises BadPayload.
    """
    try:
        told = None if value is None else read(to_string(value))
        if not isinstance(told, dict):
            raise ValueError("no object")
        headers = with_times(member(told, "Headers"))
        if not isinstance(headers, dict | None):
            raise ValueError("headers are no object")
        codes = [member(told, name) for name in ("StatusCode", "Status")]
        code, status = (
            None if code is None else as_text(code) for code in codes
        )
    except ValueError as error:
        raise BadPayload(
            "Failed while trying to Deserialize to httpOutputBindingResponse. "
            "Output is not in expected format"
        ) from error
    body = with_times(member(told, "Body"))
    return Expando(
        {
            "StatusCode": code,
            "Status": status,
            "Body": body,
            "Headers": headers,
        }
    )


def http_response(value: object, returned: object = None) -> HttpResponse:
    """The client's response.

    The value is the http output binding's, None if it got none; what the
    function returned then counts. Raises BadPayload, and the client gets 500.
    """
    if value is None:
        return _of_return_value(returned)
    if isinstance(value, str):
        value = _as_json(value)
    told = value
    if isinstance(value, dict) and not isinstance(value, Expando):
        told = expando(value)
    if isinstance(told, dict) and (body := _find(told, "body")):
        headers = _find(told, "headers")
        mapping = headers[0] if headers else None
        return _raw(
            _status(told),
            body[0],
            mapping if isinstance(mapping, dict) else {},
        )
    return _raw(200, value, {})


def _as_json(text: str) -> object:
    """The value of a JSON text, or the text itself."""
    if not text.strip():
        return None
    try:
        return with_times(read(text))
    except ValueError:
        return text


def _find(values: Mapping[str, object], name: str) -> tuple[object] | None:
    """The value under a name, or else the first under it without case.

    IDictionaryExtensions.TryGetValue; None if there is none.
    """
    if name in values:
        return (values[name],)
    for key, value in values.items():
        if key.lower() == name.lower():
            return (value,)
    return None


def _status(told: Mapping[str, object]) -> int:
    """HttpBinding.TryParseStatusCode: a number or its text, else 200."""
    found = _find(told, "statusCode") or _find(told, "status") or (None,)
    status = found[0]
    if isinstance(status, str):
        number = INTEGER.fullmatch(status)
        in_range = number and -(2**31) <= int(number[1]) < 2**31
        status = int(number[1]) if number and in_range else 200
    elif not isinstance(status, int) or isinstance(status, bool):
        status = 200
    if not 200 <= status <= 999:
        raise BadPayload(f"{status} is no status of a response.")
    return status


def _raw(
    status: int, content: object, headers: Mapping[str, object]
) -> HttpResponse:
    """RawScriptResult.ExecuteResultAsync."""
    kind = ""
    sent: dict[str, tuple[str, str]] = {}
    for name, value in headers.items():
        lower = name.lower()
        if lower == "content-type" and value is None:
            raise BadPayload("content-type header cannot be null")
        if value is None and lower not in sent:
            raise BadPayload(NULL)
        if lower == "content-type":
            kind = _value(to_string(value))
        elif lower not in OURS and lower not in sent:  # the first one counts
            sent[lower] = _name(name), _value(to_string(value))
    if isinstance(content, bytes):
        body = content
    else:
        kind, body = _of_text(_text(content), kind or "text/plain")
    types = (("Content-Type", kind),) if kind else ()
    return HttpResponse(
        status,
        (*types, *sent.values()),
        b"" if status in NO_BODY else body,
    )


def _text(content: object) -> str:
    if isinstance(content, Expando):
        return write(content)
    return "" if content is None else to_string(content)


def _of_text(text: str, kind: str) -> tuple[str, bytes]:
    """A text's content type, with its charset, and its bytes.

    StringOutputFormatter: UTF-16 where it is asked for, else UTF-8.
    """
    charset = CHARSET.search(kind)
    if charset and charset[3].lower() == "utf-16":
        return kind, encode(text, "utf-16-le")
    if charset is None:
        return f"{kind}; charset=utf-8", encode(text)
    if charset[3].lower() == "utf-8":
        return kind, encode(text)
    return CHARSET.sub(r"\1\2utf-8\4", kind, count=1), encode(text)


def _name(name: str) -> str:
    if not TOKEN.fullmatch(name):
        wrong = next((c for c in name if not TOKEN.fullmatch(c)), "\0")
        raise BadPayload(_bad_header(wrong))
    return name


def _value(value: str) -> str:
    if wrong := NOT_IN_A_VALUE.search(value):
        raise BadPayload(_bad_header(wrong[0]))
    return value


def _bad_header(wrong: str) -> str:
    """Kestrel's sentence, [inferred]."""
    code = f"0x{ord(wrong):04X}"
    return f"Invalid non-ASCII or control character in header: {code}"


def _of_return_value(returned: object) -> HttpResponse:
    """What the http trigger itself does with a return value.

    HttpBinding.SetResponse makes an ObjectResult of it.
    """
    if returned is None:
        return HttpResponse(204, (), b"")
    if isinstance(returned, str):
        kind, body = _of_text(returned, "text/plain")
    else:
        kind, body = _of_text(write(returned), "application/json")
    return HttpResponse(200, (("Content-Type", kind),), body)
