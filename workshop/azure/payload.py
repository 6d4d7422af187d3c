"""Payload mode: what a handler is sent as JSON, and what its answer means.

The request is {"Data": ..., "Metadata": ...}, POSTed to /<function>; the
answer {"Outputs": ..., "Logs": ..., "ReturnValue": ...}. This module follows
azure-functions-host 4.1037, line by line, and the trigger extensions
(azure-webjobs-sdk-extensions) beneath it; the file is named where it is
followed. It does no input or output.

What the host does with values, and a reader would not guess:

- A string in Metadata is JSON in a JSON string: `?min=10` is `"\\"10\\""`
  (Workers/MessageExtensions/ScriptInvocationContextExtensions.cs). A query
  parameter, route parameter or top-level property of a JSON body each has
  such an entry of its own. Of a repeated parameter Metadata has the last
  value, Data all of them: `1,2`.
- A string that is base64 becomes bytes, in the ReturnValue for a `$return`
  binding and in outputs that are not http, unless their dataType is binary:
  "noon" is three bytes, and so are "true" and "null" (Workers/Http/
  HttpScriptInvocationResultExtensions.cs). The empty string is no bytes, but
  bytes.
- With a `$return` binding the ReturnValue is its value, and what Outputs says
  about it is lost. Without one an object as the ReturnValue is spread: each
  of its members is an output's value (WorkerFunctionInvoker.cs).

What an http output's value means to the client is in http_output.py.

[inferred], read and not run: all of dotnet_json.py, how Kestrel names and
orders headers, and how a response with another content type is refused.
"""

import base64
import hashlib
import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from workshop.azure.bindings import Binding
from workshop.azure.dotnet_json import (
    LOCAL,
    Expando,
    decode,
    encode,
    read,
    to_string,
    with_times,
    write,
)
from workshop.azure.http_output import BadPayload as BadPayload
from workshop.azure.http_output import HttpResponse as HttpResponse
from workshop.azure.http_output import as_text, http_output, member
from workshop.azure.http_output import http_response as http_response
from workshop.azure.ncrontab import Schedule

RETURN = "$return"
DEEPEST = 256  # levels of a handler's answer, FormattingUtilities.cs
SCHEMAS = "http://schemas.microsoft.com/2017/07/functions/claims"
# A ClaimsIdentity with nothing in it: who sent no key.
IDENTITY: Mapping[str, object] = {
    "AuthenticationType": None,
    "IsAuthenticated": False,
    "Actor": None,
    "BootstrapContext": None,
    "Claims": [],
    "Label": None,
    "Name": None,
    "NameClaimType": (
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name"
    ),
    "RoleClaimType": (
        "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"
    ),
}
# The headers that Kestrel knows: it tells them by these names, first, in this
# order, however the client wrote them. [inferred] from ASP.NET Core 8,
# KnownHeaders.cs, and from a capture.
KNOWN_HEADERS = (
    "Accept",
    "Connection",
    "Host",
    "User-Agent",
    "Accept-Charset",
    "Accept-Encoding",
    "Accept-Language",
    "Access-Control-Request-Headers",
    "Access-Control-Request-Method",
    "Alt-Used",
    "Authorization",
    "baggage",
    "Cache-Control",
    "Content-Type",
    "Cookie",
    "Correlation-Context",
    "Date",
    "Expect",
    "From",
    "Grpc-Accept-Encoding",
    "Grpc-Encoding",
    "Grpc-Timeout",
    "If-Match",
    "If-Modified-Since",
    "If-None-Match",
    "If-Range",
    "If-Unmodified-Since",
    "Keep-Alive",
    "Max-Forwards",
    "Origin",
    "Pragma",
    "Proxy-Authorization",
    "Range",
    "Referer",
    "Request-Id",
    "TE",
    "traceparent",
    "tracestate",
    "Transfer-Encoding",
    "Translate",
    "Upgrade",
    "Upgrade-Insecure-Requests",
    "Via",
    "Warning",
    "Content-Length",
)
BASE64 = re.compile(
    "(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"
)


@dataclass(frozen=True)
class HttpRequest:
    """What a client sent."""

    url: str  # scheme://host/path?query, as the client asked
    method: str
    query: str  # as sent, without the question mark
    headers: tuple[tuple[str, str], ...]  # in order, names as sent
    params: Mapping[str, object]  # of the route; None for an optional one
    body: bytes
    identities: tuple[Mapping[str, object], ...] = ()


@dataclass(frozen=True)
class Answer:
    """What a handler's response means."""

    outputs: Mapping[str, object]  # for each output binding that got a value
    logs: tuple[str, ...]
    returned: object = None  # what the function returns: see http_response


def key_identity(level: str, key: str) -> Mapping[str, object]:
    """Who called with a key, of level Function, Admin or System.

    AuthenticationLevelHandler.cs; without a key a caller is nobody, IDENTITY.
    """
    claims = {"authlevel": level.capitalize(), "invoke": "true", "keyid": key}
    return {
        **IDENTITY,
        "AuthenticationType": "WebJobsAuthLevel",
        "IsAuthenticated": True,
        "Claims": [
            {
                "Issuer": "LOCAL AUTHORITY",
                "OriginalIssuer": "LOCAL AUTHORITY",
                "Properties": {},
                "Type": f"{SCHEMAS}/{kind}",
                "Value": value,
                "ValueType": "http://www.w3.org/2001/XMLSchema#string",
            }
            for kind, value in claims.items()
            if value
        ],
    }


def http_payload(
    function: str,
    binding: str,
    request: HttpRequest,
    invocation_id: str,
    now: datetime,
) -> bytes:
    """What the handler is sent for a request: HttpRequestExtensions.cs.

    The binding is the trigger's name. `now` is UTC, also if it is naive.
    """
    headers = _headers(request.headers)
    joined = {name: ",".join(values) for name, values in headers.items()}
    query = _grouped(parse_qsl(request.query, keep_blank_values=True))
    last = {name: values[-1] for name, values in query.items()}
    kind = joined.get("Content-Type", "")
    # A body without a length, a chunked one, is not passed on.
    has_body = _length(joined) > 0
    text = decode(request.body) if has_body else ""
    data: dict[str, object] = {
        "Url": request.url,
        "Method": request.method,
        "Query": {name: ",".join(values) for name, values in query.items()},
        "Headers": headers,
        "Params": dict(request.params),
        "Identities": list(request.identities or (IDENTITY,)),
    }
    if has_body:
        data["Body"] = request.body if _is_binary(kind) else text
    told = _Metadata()
    for name, value in _properties(text).items():
        told.put(name, value)
    for name, value in last.items():
        if name.lower() != "code":  # a key
            told.put(name, value)
    for name, value in request.params.items():
        told.put(name, None if value is None else to_string(value))
    if "query" not in told:
        told.put("Query", last)
    if "headers" not in told:
        told.put("Headers", joined)
    told.put(binding, None)  # the request itself, which Data has
    return _document(
        function, binding, data, dict(told.values()), invocation_id, now
    )


def _length(headers: Mapping[str, str]) -> int:
    """The Content-Length; 0 if there is none."""
    length = headers.get("Content-Length", "")
    return int(length) if re.fullmatch("[0-9]+", length) else 0


def timer_payload(
    function: str,
    binding: str,
    schedule: Schedule,
    last: datetime | None,
    now: datetime,
    due: datetime | None = None,
    is_past_due: bool = False,
) -> bytes:
    """What the handler is sent when a timer fires: TimerInfo.cs.

    `last` is when it fired before, `due` the moment of its schedule that this
    firing is for, or the next one if it is for none; all are UTC, also if
    naive. The status is from before this firing (TimerListener.cs).
    """
    if due is None:
        due = schedule.after(last) if last else now.replace(microsecond=0)
    before = _local(last or datetime.min)
    status = {"Last": before, "Next": _local(due), "LastUpdated": before}
    data = {
        "Schedule": {"AdjustForDST": schedule.adjusts_for_dst},
        "ScheduleStatus": status if schedule.monitored else None,
        "IsPastDue": is_past_due,
    }
    invocation = f"{function} {now}"
    return _document(function, binding, data, {}, invocation, now)


def _local(time: datetime) -> datetime:
    return time.replace(tzinfo=LOCAL)


def _document(
    function: str,
    binding: str,
    data: Mapping[str, object],
    told: Mapping[str, object],
    invocation: str,
    now: datetime,
) -> bytes:
    """Data and Metadata: ScriptInvocationContextExtensions.cs."""
    sys = {
        "MethodName": function,
        "UtcNow": now.replace(tzinfo=UTC),
        "RandGuid": _guid(invocation),
    }
    taken = any(name.lower() == "sys" for name in told)
    metadata = {
        name: write(value) if isinstance(value, str) else value
        for name, value in told.items()
        if value is not None and not name.lower().endswith("trigger")
    }
    metadata["$sys" if taken else "sys"] = sys
    document = {"Data": {binding: data}, "Metadata": metadata}
    return encode(write(document))


def _guid(invocation: str) -> str:
    """A GUID of its own, and the same one for the same invocation."""
    digest = hashlib.sha256(invocation.encode()).digest()
    return str(uuid.UUID(bytes=digest[:16], version=4))


class _Metadata:
    """Values by names without case; the first spelling of one is kept."""

    def __init__(self) -> None:
        self._values: dict[str, tuple[str, object]] = {}

    def put(self, name: str, value: object) -> None:
        """Set a name's value, in the place of one before."""
        spelling, _ = self._values.get(name.lower(), (name, None))
        self._values[name.lower()] = spelling, value

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def values(self) -> Iterable[tuple[str, object]]:
        """The names, as they were first spelled, and their values."""
        return self._values.values()


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """All values of each name without case, by its first spelling."""
    groups: dict[str, tuple[str, list[str]]] = {}
    for name, value in pairs:
        groups.setdefault(name.lower(), (name, []))[1].append(value)
    return dict(groups.values())


def _headers(sent: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """The headers as the host tells them: known ones first, by their names."""
    groups = _grouped(sent)
    by_name = {name.lower(): values for name, values in groups.items()}
    known = {name.lower(): name for name in KNOWN_HEADERS}
    first = {
        name: by_name[lower]
        for lower, name in known.items()
        if lower in by_name
    }
    others = {
        name: values
        for name, values in groups.items()
        if name.lower() not in known
    }
    return first | others


def _is_binary(kind: str) -> bool:
    """Utility.IsMediaTypeOctetOrMultipart."""
    media_type = kind.partition(";")[0].strip().lower()
    return (
        media_type == "application/octet-stream" or "multipart/" in media_type
    )


def _properties(body: str) -> dict[str, object]:
    """The top level of a JSON body, values as text but objects: Utility.cs.

    Arrays and null are left out; a body that is no JSON object has none.
    """
    if not (body.strip().startswith("{") and body.strip().endswith("}")):
        return {}
    try:
        value = with_times(read(body))
    except ValueError:
        return {}
    assert isinstance(value, dict)
    return {
        name: inner if isinstance(inner, dict) else to_string(inner)
        for name, inner in value.items()
        if inner is not None and not isinstance(inner, list)
    }


def read_answer(
    content_type: str, body: bytes, output_bindings: Sequence[Binding]
) -> Answer | None:
    """What a handler's response with a status of success means.

    None if its body is null or empty: the host then waits on, until
    functionTimeout (DefaultHttpWorkerService.ProcessDefaultInvocation-
    Request). Raises BadPayload. Only application/json and text/json are read;
    no content type counts as application/octet-stream (HttpContent-
    Extensions.ReadAsAsync of Microsoft.AspNet.WebApi.Client 5.2, [inferred]).
    """
    if not body:
        return None
    try:
        result = _result(content_type, body)
    except ValueError as error:
        raise BadPayload(_invalid(content_type, body)) from error
    if result is None:
        return None
    outputs, logs, returned = result
    try:
        return _bind(outputs, logs, returned, output_bindings)
    except BadPayload as error:
        raise BadPayload(str(error), logs) from error


def _result(
    content_type: str, body: bytes
) -> tuple[dict[str, object] | None, tuple[str, ...], object] | None:
    """Outputs, Logs and ReturnValue; None for null. ValueError if neither."""
    media_type, _, parameters = content_type.partition(";")
    if media_type.strip().lower() not in ("application/json", "text/json"):
        raise ValueError("no JSON by its type")
    wide = re.search('charset *= *"?utf-16', parameters, re.IGNORECASE)
    text = body.decode("utf-16" if wide else "utf-8-sig")
    if not text.strip():
        return None
    result = read(text, DEEPEST, rest_allowed=True)
    if result is None:
        return None
    if not isinstance(result, dict):
        raise ValueError("no object")
    outputs = member(result, "Outputs")
    if not isinstance(outputs, dict | None):
        raise ValueError("Outputs is no object")
    logs = member(result, "Logs")
    if not isinstance(logs, list | None):
        raise ValueError("Logs is no list")
    return (
        outputs,
        tuple(map(_line, logs or ())),
        member(result, "ReturnValue"),
    )


def _line(log: object) -> str:
    return "[null]" if log is None else as_text(log)


def _invalid(content_type: str, body: bytes) -> str:
    """DefaultHttpWorkerService.GetHttpScriptInvocationResult.

    Of the response's head only the content type is told.
    """
    head = f"  Content-Type: {content_type}\n" if content_type else ""
    content = "" if _is_binary(content_type) else decode(body)
    return (
        "Invalid HttpResponseMessage:\n"
        f"StatusCode: 200, Headers:\n{{\n{head}}}"
        + (f"\n {content}" if content else "")
    )


def _bind(
    outputs: dict[str, object] | None,
    logs: tuple[str, ...],
    return_value: object,
    bindings: Sequence[Binding],
) -> Answer:
    """HttpScriptInvocationResultExtensions.ToScriptInvocationResult, then
    WorkerFunctionInvoker.BindOutputsAsync."""
    values: dict[str, object] = {}
    for binding in bindings:
        values[binding.name] = _output(binding, outputs)
    returns = [binding for binding in bindings if binding.name == RETURN]
    returned = with_times(return_value)
    if returns:
        returned = _converted(returns[0], returned)
        values[RETURN] = returned  # whatever Outputs said
    elif isinstance(returned, dict):
        values |= returned
    names = [binding.name for binding in bindings]
    return Answer(
        {name: values[name] for name in names if values[name] is not None},
        logs,
        returned,
    )


def _output(binding: Binding, outputs: dict[str, object] | None) -> object:
    if outputs is None:
        return None
    if binding.type == "http" and binding.name != RETURN:
        if binding.name not in outputs:
            return Expando()  # the client gets {}
        return http_output(with_times(outputs[binding.name]))
    return _converted(binding, with_times(outputs.get(binding.name)))


def _converted(binding: Binding, value: object) -> object:
    """The base64 trap, GetBindingValue."""
    kind = binding.get("dataType")
    if not isinstance(value, str) or str(kind).lower() == "binary":
        return value
    text = re.sub("[ \t\r\n]", "", value)
    return base64.b64decode(text) if BASE64.fullmatch(text) else value
