"""The local Functions host beside what the real one is known to do.

One table for each app. A row says what a client sends, what the handler must
see of it, what the handler answers and what the client must get; and where
that comes from. The real host was not run: a source with [I] is inferred from
.NET's own source, all others were read in the host's, or captured.
"""

import json
import queue
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import IncompleteRead

import pytest

from tests.azure.apps import HTTP, TIMER, ask, host_json
from tests.conformance.functions_stage import (
    PATIENCE_S,
    Answer,
    Play,
    missing,
    read_reply,
    reply,
    request,
    without_ids,
)
from workshop.ports import free_port

# azure-functions-host 4.1037 where nothing else is said.
EXTENSIONS = "HttpRequestExtensions.ToHttpRequestMessage"
SERVICE = "DefaultHttpWorkerService"
FORMATTER = "HttpResponseMessageOutputFormatter of WebApiCompatShim 2.2"
INVOCATION = "FunctionInvocationMiddleware"
BINDING = "HttpBinding.cs"
RESULTS = "HttpScriptInvocationResultExtensions.cs"
OBJECT = "GetRequestAsJObject of HttpRequestExtensions"
KEYS = "AuthenticationLevelHandler, SecretManager.GetAuthorizationLevelAsync"
ROUTES = "WebScriptHostHttpRoutesManager, ASP.NET Core's routing"
PROXY = "hosts since 2025 (pull request 11035), ProxyInvocationRequest"
YARP = "YARP 2.0, HttpForwarder and HttpTransformer.Default"
URI = "[I] Kestrel's and System.Uri's paths, GetRequestUri().AbsolutePath"
CLIENT = "[I] dotnet/runtime, HttpConnection.cs"

VERSION = "X-Azure-Functions-HostVersion: 4.1037.0"
ID = "X-Azure-Functions-InvocationId: ID"
AGENT = "Azure-Functions-Host/4.1037.0"
DONE = reply("200 OK", "Content-Length: 4", body=b"done")
PLAIN_ANSWER = Answer((DONE,))
TYPE = "Content-Type: application/json"
COMPRESSED = bytes.fromhex("1f8b080000000000000301000000ffff")
STUCK = "'Transfer-Encoding: chunked' header can not be used when content"
CALLED = "(Reason='This function was programmatically called via the host APIs"
JSON_TYPE = "Content-Type: application/json; charset=utf-8"
PLAIN = "Content-Type: text/plain; charset=utf-8"


@dataclass(frozen=True)
class Row:
    """One request: what the handler must see, what the client must get.

    Header lines hold whatever the case of their names; `!Name` is a header
    that must not be there. Without `sees` the handler must not be asked.
    """

    name: str
    source: str
    ask: tuple[str, bytes]
    sees: str = ""  # the request line
    headers: tuple[str, ...] = ()  # that the handler sees
    lines: tuple[str, ...] = ()  # that it sees, letter by letter
    body: bytes = b""
    chunked: bool = False
    data: Mapping[str, object] | None = None  # in Data.req of a payload
    told: Mapping[str, object] | None = None  # in its Metadata
    document: str = ""  # the payload itself, its GUID and time left out
    answer: Answer = PLAIN_ANSWER
    gets: str = "200 OK"
    got: tuple[str, ...] = ()  # header lines
    says: bytes = b"done"
    logs: tuple[str, ...] = ()  # parts of lines, in this order
    shut: bool = False  # the client has then sent its last byte
    times: int = 1  # that the handler is asked


def refused(name, source, ask, gets="404 Not Found", **more):
    """A row in which the handler is not asked, and the body is empty."""
    return Row(name, source, ask, **{"gets": gets, "says": b"", **more})


def answered(name, source, *answer, closes=False, **more):
    """A row about what the handler answers to a plain GET."""
    method = more.pop("method", "GET")
    return Row(
        name,
        source,
        request(f"{method} /api/any"),
        f"{method} /api/any HTTP/1.1",
        answer=Answer(answer, closes),
        **more,
    )


def answered_at_any(name, status):
    """A row about a status that has no name."""
    return Row(
        name,
        f"{YARP}; a status is any number",
        request("GET /any"),
        "GET /any HTTP/1.1",
        answer=Answer((reply(f"{status} x", "Content-Length: 0"),)),
        gets=status,
        says=b"",
    )


def trigger(level="anonymous", **more):
    """The bindings of an HTTP function."""
    first = {
        "type": "httpTrigger",
        "direction": "in",
        "name": "req",
        "authLevel": level,
    }
    return first | more, HTTP[1]


# Forwarding, with the routes, the keys and what else belongs to no mode.

FORWARDED = [
    Row(
        "the capture of a forwarded request",
        "azure-functions-host pull request 6396, a log of July 2020",
        request(
            "GET /api/SimpleHttpTrigger?name=pgopa", host="localhost:2554"
        ),
        "GET /api/SimpleHttpTrigger?name=pgopa HTTP/1.1",
        ("Host: localhost:2554", VERSION, ID, f"User-Agent: {AGENT}"),
    ),
    Row(
        "the path keeps its prefix and its route",
        f"{SERVICE}.GetPathValue",
        request("GET /api/any/a/b"),
        "GET /api/any/a/b HTTP/1.1",
    ),
    Row(
        "a trailing slash stays",
        f"{SERVICE}.GetPathValue",
        request("GET /api/any/"),
        "GET /api/any/ HTTP/1.1",
    ),
    Row(
        "a space and a letter beyond ASCII in the path",
        URI,
        request("GET /api/any/a%20b/%C3%A9"),
        "GET /api/any/a%20b/%C3%A9 HTTP/1.1",
    ),
    Row(
        "an encoded slash stays encoded",
        URI,
        request("GET /api/any/a%2Fb"),
        "GET /api/any/a%2Fb HTTP/1.1",
    ),
    Row(
        "an encoded letter is decoded",
        URI,
        request("GET /api/any/%41b"),
        "GET /api/any/Ab HTTP/1.1",
    ),
    Row(
        "dots in the path are resolved before it is routed",
        "[I] Kestrel, PathNormalizer.RemoveDotSegments",
        request("GET /api/none/../any/x/./y"),
        "GET /api/any/x/y HTTP/1.1",
    ),
    Row(
        "what is repeated in the query is joined",
        f"{EXTENSIONS}, GetQueryCollectionAsDictionary",
        request("GET /api/any?a=1&a=2&b=3"),
        "GET /api/any?a=1,2&b=3 HTTP/1.1",
    ),
    Row(
        "so is what differs in case, under its first name",
        f"{EXTENSIONS}; the query's names have no case",
        request("GET /api/any?aB=1&x=2&Ab=3"),
        "GET /api/any?aB=1,3&x=2 HTTP/1.1",
    ),
    Row(
        "empty values, and a name alone",
        "[I] QueryHelpers.AddQueryString",
        request("GET /api/any?a=&b&c=1"),
        "GET /api/any?a=&b=&c=1 HTTP/1.1",
    ),
    Row(
        "the query is encoded anew",
        "[I] QueryHelpers.AddQueryString, UrlEncoder.Default",
        request("GET /api/any?q=a+b%2Bc%26d%3D%2Fe:~(%c3%a9)%27"),
        "GET /api/any?q=a%20b%2Bc%26d%3D%2Fe%3A~(%C3%A9)%27 HTTP/1.1",
    ),
    Row(
        "a lone question mark",
        "[I] QueryHelpers.AddQueryString",
        request("GET /api/any?"),
        "GET /api/any HTTP/1.1",
    ),
    Row(
        "the key in the query reaches the handler",
        f"{EXTENSIONS}; it leaves nothing out",
        request("GET /api/keyed?code=KEY(default)"),
        "GET /api/keyed?code=KEY(default) HTTP/1.1",
    ),
    Row(
        "the key in a header does, too",
        EXTENSIONS,
        request("GET /api/keyed", "x-functions-key: KEY(default)"),
        "GET /api/keyed HTTP/1.1",
        ("x-functions-key: KEY(default)",),
    ),
    Row(
        "a body with its length and type",
        EXTENSIONS,
        request(
            "POST /api/any",
            "Content-Length: 7",
            "Content-Type: text/plain; x=y",
            body=b"a\x00\xff\r\n\r\n",
        ),
        "POST /api/any HTTP/1.1",
        (
            "Content-Length: 7",
            "Content-Type: text/plain; x=y",
            "!Transfer-Encoding",
        ),
        body=b"a\x00\xff\r\n\r\n",
    ),
    Row(
        "a type without a body is dropped",
        f"{EXTENSIONS}; [I] a content header has no place without content",
        request("GET /api/any", TYPE, "Content-Length: 0"),
        "GET /api/any HTTP/1.1",
        ("!Content-Type", "!Content-Length", "!Transfer-Encoding"),
    ),
    Row(
        "the other content headers are dropped with a body, too",
        f"{EXTENSIONS}; only length and type are put back",
        request(
            "POST /api/any",
            "Content-Length: 2",
            "Content-Encoding: gzip",
            "Content-Language: en",
            "Last-Modified: never",
            body=b"{}",
        ),
        "POST /api/any HTTP/1.1",
        ("!Content-Encoding", "!Content-Language", "!Last-Modified"),
        body=b"{}",
    ),
    Row(
        "a GET with a body",
        EXTENSIONS,
        request("GET /api/any", "Content-Length: 2", body=b"{}"),
        "GET /api/any HTTP/1.1",
        ("Content-Length: 2",),
        body=b"{}",
    ),
    refused(
        "a body in chunks fails",
        "[I] dotnet/runtime, SocketsHttpHandler.ValidateAndNormalizeRequest:"
        " the header is copied, the content is not",
        request(
            "POST /api/any",
            "Transfer-Encoding: chunked",
            body=b"2\r\n{}\r\n0\r\n\r\n",
        ),
        "500 Internal Server Error",
        logs=(STUCK,),
    ),
    Row(
        "an agent of the client's comes first",
        f"{SERVICE}.AddHeaders",
        request("GET /api/any", "User-Agent: curl/8.5"),
        "GET /api/any HTTP/1.1",
        (f"User-Agent: curl/8.5 {AGENT}",),
    ),
    Row(
        "and so do several",
        f"{SERVICE}.AddHeaders",
        request("GET /api/any", "User-Agent: a/1", "User-Agent: b/2"),
        "GET /api/any HTTP/1.1",
        (f"User-Agent: a/1 b/2 {AGENT}",),
    ),
    Row(
        "who names no host gets the handler's",
        f"{CLIENT}, WriteHostHeader",
        request("GET /api/any", version="1.0", host=""),
        "GET /api/any HTTP/1.1",
        ("Host: 127.0.0.1:PORT",),
    ),
    Row(
        "HTTP/1.0 is told that the connection stays",
        "[I] Kestrel, Http1OutputProducer",
        request("GET /api/any", "Connection: keep-alive", version="1.0"),
        "GET /api/any HTTP/1.1",
        got=("Connection: keep-alive",),
    ),
    Row(
        "a whole URL is its path and its query",
        "[I] Kestrel, OnAbsoluteFormTarget",
        request("GET http://HOST/api/any/x?a=1"),
        "GET /api/any/x?a=1 HTTP/1.1",
    ),
    Row(
        "what a handler sends after its body is no header",
        "[I] dotnet/runtime: TrailingHeaders are another list",
        request("GET /api/any"),
        "GET /api/any HTTP/1.1",
        answer=Answer(
            (
                reply(
                    "200 OK",
                    "Transfer-Encoding: chunked",
                    body=b"4\r\ndone\r\n0\r\nX-Trailer: 1\r\n\r\n",
                ),
            )
        ),
        got=("!X-Trailer",),
    ),
    Row(
        "the client's own tracing headers are kept before the host's",
        f"{SERVICE}.AddHeaders; {CLIENT}",
        request("GET /api/any", "X-Azure-Functions-HostVersion: 0"),
        "GET /api/any HTTP/1.1",
        ("X-Azure-Functions-HostVersion: 0, 4.1037.0",),
    ),
    Row(
        "a header that is repeated becomes one line",
        f"{EXTENSIONS}; {CLIENT}, WriteHeaderCollection",
        request("GET /api/any", "X-Two: 1", "X-Between: 0", "X-Two: 2"),
        "GET /api/any HTTP/1.1",
        ("X-Two: 1, 2", "X-Between: 0"),
    ),
    Row(
        "an unknown header keeps its letters, a known one has its own",
        "[I] Kestrel's HttpHeaders: known names are its constants",
        request("GET /api/any", "x-MiXed: Value", "accept-LANGUAGE: en"),
        "GET /api/any HTTP/1.1",
        lines=("x-MiXed: Value", "Accept-Language: en"),
    ),
    Row(
        "cookies and authorization pass",
        f"{EXTENSIONS}; UseCookies is off",
        request("GET /api/any", "Cookie: a=1; b=2", "Authorization: Bearer x"),
        "GET /api/any HTTP/1.1",
        ("Cookie: a=1; b=2", "Authorization: Bearer x"),
    ),
    Row(
        "HTTP/1.0 arrives as HTTP/1.1",
        "[I] HttpRequestMessage's version is 1.1",
        request("GET /api/any", version="1.0"),
        "GET /api/any HTTP/1.1",
        ("Host: HOST",),
    ),
    Row(
        "Expect: 100-continue is answered and passed on",
        EXTENSIONS,
        request(
            "POST /api/any",
            "Content-Length: 2",
            "Expect: 100-continue",
            body=b"{}",
        ),
        "POST /api/any HTTP/1.1",
        ("Expect: 100-continue",),
        body=b"{}",
    ),
    *(
        Row(
            f"{method} is passed on as it is",
            EXTENSIONS,
            request(f"{method} /api/any", "Content-Length: 1", body=b"x"),
            f"{method} /api/any HTTP/1.1",
            body=b"x",
        )
        for method in ("PUT", "PATCH", "DELETE", "OPTIONS")
    ),
]
ANSWERED = [
    answered(
        "HEAD has the length, and no body",
        FORMATTER,
        reply("200 OK", "Content-Length: 4"),
        method="HEAD",
        got=("Content-Length: 4",),
        says=b"",
    ),
    answered(
        "status, headers and body come as they are",
        FORMATTER,
        reply("201 Created", TYPE, "X-A: b", "Content-Length: 2", body=b"{}"),
        gets="201 Created",
        got=(TYPE, "X-A: b", "Content-Length: 2", "!Transfer-Encoding"),
        says=b"{}",
    ),
    answered(
        "the handler's Server and Date are the only ones",
        f"{FORMATTER}; [I] Kestrel sets them where they are missing",
        reply("200 OK", "Server: mine", "Date: today", "Content-Length: 0"),
        got=("Server: mine", "Date: today"),
        says=b"",
    ),
    answered(
        "a redirect is not followed",
        f"{SERVICE}.CreateHttpClient: AllowAutoRedirect is off",
        reply("302 Found", "Location: /api/other", "Content-Length: 0"),
        gets="302 Found",
        got=("Location: /api/other",),
        says=b"",
    ),
    answered(
        "two cookies are two headers",
        FORMATTER,
        reply(
            "200 OK",
            "Set-Cookie: a=1",
            "Set-Cookie: b=2",
            "Content-Length: 4",
            body=b"done",
        ),
        got=("Set-Cookie: a=1", "Set-Cookie: b=2"),
    ),
    answered(
        "chunks become a length",
        f"{FORMATTER}; the response is read whole",
        reply(
            "200 OK",
            "Transfer-Encoding: chunked",
            body=b"2\r\ndo\r\n2\r\nne\r\n0\r\n\r\n",
        ),
        got=("Content-Length: 4", "!Transfer-Encoding"),
    ),
    answered(
        "HTTP/1.0 without a length",
        f"{FORMATTER}; the response is read whole",
        reply("200 OK", "X-A: b", body=b"done", version="1.0"),
        closes=True,
        got=("Content-Length: 4", "X-A: b"),
    ),
    answered(
        "compressed bytes are not touched",
        f"{SERVICE}.CreateHttpClient: no AutomaticDecompression",
        reply(
            "200 OK",
            "Content-Encoding: gzip",
            "Content-Length: 16",
            body=COMPRESSED,
        ),
        got=("Content-Encoding: gzip", "Content-Length: 16"),
        says=COMPRESSED,
    ),
    answered(
        "204",
        FORMATTER,
        reply("204 No Content"),
        gets="204 No Content",
        says=b"",
    ),
    answered(
        "304",
        FORMATTER,
        reply("304 Not Modified", "ETag: x"),
        gets="304 Not Modified",
        got=("ETag: x",),
        says=b"",
    ),
    answered(
        "100 and 103 before the answer are not passed on",
        "[I] HttpConnection.SendAsync reads past informational responses",
        reply("100 Continue") + reply("103 Early Hints", "Link: x") + DONE,
        got=("!Link",),
    ),
    answered(
        "418",
        FORMATTER,
        reply("418 I'm a teapot", "Content-Length: 4", body=b"done"),
        gets="418 I'm a teapot",
    ),
    answered(
        "a status and a reason that nobody knows",
        f"{FORMATTER}: ReasonPhrase is copied",
        reply("599 Quite Odd", "Content-Length: 4", body=b"done"),
        gets="599 Quite Odd",
    ),
    answered(
        "500 of the handler is no failure of the function",
        SERVICE,
        reply("500 Oh", "Content-Length: 3", body=b"own"),
        gets="500 Oh",
        says=b"own",
        logs=("(Succeeded,",),
    ),
    answered(
        "a connection that is closed instead: three more tries",
        f"{CLIENT} and HttpConnectionPool: MaxConnectionFailureRetries",
        closes=True,
        gets="500 Internal Server Error",
        says=b"",
        logs=("(Failed,",),
        times=4,
    ),
    Row(
        "the same with a body in the request: none, it may have been seen",
        f"{CLIENT}: no retry once a body is under way",
        request("POST /api/any", "Content-Length: 2", body=b"{}"),
        "POST /api/any HTTP/1.1",
        body=b"{}",
        answer=Answer((), True),
        gets="500 Internal Server Error",
        says=b"",
        logs=("(Failed,",),
    ),
    answered(
        "a body that breaks off",
        "DefaultHttpWorkerService sets the exception; ExceptionMiddleware",
        reply("200 OK", "Content-Length: 9", body=b"done"),
        closes=True,
        gets="500 Internal Server Error",
        says=b"",
        logs=("(Failed,",),
    ),
    answered(
        "no HTTP at all",
        "DefaultHttpWorkerService sets the exception; ExceptionMiddleware",
        b"hello\r\n\r\n",
        closes=True,
        gets="500 Internal Server Error",
        says=b"",
        logs=("(Failed,",),
    ),
]
ROUTED = [
    Row(
        "the name is the route where there is none",
        ROUTES,
        request("GET /api/hello"),
        "GET /api/hello HTTP/1.1",
        logs=("Executing 'Functions.hello' " + CALLED, "Executed"),
    ),
    Row(
        "letters have no case in a route",
        ROUTES,
        request("GET /API/Hello"),
        "GET /API/Hello HTTP/1.1",
    ),
    Row(
        "a slash at the end does not count",
        ROUTES,
        request("GET /api/hello/"),
        "GET /api/hello/ HTTP/1.1",
    ),
    refused("a path below a route", ROUTES, request("GET /api/hello/x")),
    refused("no prefix", ROUTES, request("GET /hello")),
    refused("the prefix alone", ROUTES, request("GET /api")),
    refused(
        "a method that is not listed",
        f"{ROUTES}: HttpMethodRouteConstraint",
        request("DELETE /api/hello"),
    ),
    refused("HEAD, not listed", ROUTES, request("HEAD /api/hello")),
    refused("OPTIONS, not listed", ROUTES, request("OPTIONS /api/hello")),
    Row(
        "a constraint that holds, and no optional part",
        ROUTES,
        request("GET /api/items/7"),
        "GET /api/items/7 HTTP/1.1",
    ),
    Row(
        "the optional part",
        ROUTES,
        request("GET /api/items/-7/red"),
        "GET /api/items/-7/red HTTP/1.1",
    ),
    refused(
        "a constraint that does not hold",
        ROUTES,
        request("GET /api/items/seven"),
    ),
    Row(
        "two functions on one path: by GET",
        ROUTES,
        request("GET /api/both"),
        "GET /api/both HTTP/1.1",
        logs=("Executing 'Functions.byget'",),
    ),
    Row(
        "two functions on one path: by POST",
        ROUTES,
        request("POST /api/both"),
        "POST /api/both HTTP/1.1",
        logs=("Executing 'Functions.bypost'",),
    ),
    Row(
        "of two routes the earlier name's has it, not the closer one",
        "azure-functions-host issue 3153",
        request("GET /api/order/exact"),
        "GET /api/order/exact HTTP/1.1",
        logs=("Executing 'Functions.aorder'",),
    ),
    refused(
        "a function that is disabled by an app setting",
        f"{INVOCATION}; AzureWebJobs.off.Disabled",
        request("GET /api/off"),
    ),
    refused(
        "and its own key does not help",
        INVOCATION,
        request("GET /api/off", "x-functions-key: KEY(off)"),
    ),
    Row(
        "the master key reaches it",
        INVOCATION,
        request("GET /api/off", "x-functions-key: KEY(master)"),
        "GET /api/off HTTP/1.1",
    ),
]
WRONG = "401 Unauthorized"
KEYED = [
    refused("no key", KEYS, request("GET /api/keyed"), WRONG),
    refused("a wrong key", KEYS, request("GET /api/keyed?code=x"), WRONG),
    refused("an empty key", KEYS, request("GET /api/keyed?code="), WRONG),
    refused(
        "another function's key",
        KEYS,
        request("GET /api/keyed?code=KEY(hello)"),
        WRONG,
    ),
    refused(
        "a function's key where the master key is wanted",
        "AuthUtility.PrincipalHasAuthLevelClaim",
        request("GET /api/forme", "x-functions-key: KEY(forme)"),
        WRONG,
    ),
    refused(
        "a wrong key in the header, the right one in the query",
        KEYS,
        request("GET /api/keyed?code=KEY(keyed)", "x-functions-key: x"),
        WRONG,
    ),
    Row(
        "the right one in the header, a wrong one in the query",
        KEYS,
        request("GET /api/keyed?code=x", "X-FUNCTIONS-KEY: KEY(keyed)"),
        "GET /api/keyed?code=x HTTP/1.1",
    ),
    Row(
        "CODE is code",
        f"{KEYS}; the query's names have no case",
        request("GET /api/keyed?CODE=KEY(keyed)"),
        "GET /api/keyed?CODE=KEY(keyed) HTTP/1.1",
    ),
    Row(
        "the first of two codes counts",
        KEYS,
        request("GET /api/keyed?code=KEY(keyed)&code=x"),
        "GET /api/keyed?code=KEY(keyed),x HTTP/1.1",
    ),
    Row(
        "the master key opens everything",
        "AuthUtility.PrincipalHasAuthLevelClaim",
        request("GET /api/forme", "x-functions-key: KEY(master)"),
        "GET /api/forme HTTP/1.1",
    ),
    Row(
        "a wrong key does no harm where none is wanted",
        f"{INVOCATION}.RequiresAuthz",
        request("GET /api/hello", "x-functions-key: x"),
        "GET /api/hello HTTP/1.1",
    ),
    refused(
        "the method is looked at before the key",
        ROUTES,
        request("POST /api/keyed"),
    ),
]
MASTER = "x-functions-key: KEY(master)"
HOST = "HostController"
ADMIN = [
    refused("ping", HOST, request("GET /admin/host/ping"), "200 OK"),
    refused("ping by POST", HOST, request("POST /admin/host/ping"), "200 OK"),
    refused(
        "the status without a key",
        f"{HOST}: AdminAuthLevelOrInternal",
        request("GET /admin/host/status"),
        WRONG,
    ),
    refused(
        "the status with a function's key",
        HOST,
        request("GET /admin/host/status?code=KEY(default)"),
        WRONG,
    ),
    refused(
        "the functions without a key",
        "FunctionsController: AdminAuthLevel",
        request("GET /admin/functions"),
        WRONG,
    ),
    refused(
        "a function that is not there",
        "FunctionsController.Invoke",
        request(
            "POST /admin/functions/nobody",
            MASTER,
            TYPE,
            "Content-Length: 2",
            body=b"{}",
        ),
    ),
    refused(
        "an invocation that is not JSON",
        "FunctionsController.Invoke",
        request(
            "POST /admin/functions/tick",
            MASTER,
            TYPE,
            "Content-Length: 1",
            body=b"{",
        ),
        "400 Bad Request",
    ),
    refused(
        "an invocation without a body",
        "FunctionsController.Invoke: [FromBody] is null",
        request(
            "POST /admin/functions/tick", MASTER, TYPE, "Content-Length: 0"
        ),
        "400 Bad Request",
    ),
    refused("an unknown path", HOST, request("GET /admin/nothing", MASTER)),
    refused("favicon.ico", ROUTES, request("GET /favicon.ico")),
]
FALLEN_BACK = [
    Row(
        "two outputs: the payload, in spite of forwarding",
        "FunctionMetadataExtensions.IsHttpInAndOutFunction",
        request("GET /api/more?a=1"),
        "POST /more HTTP/1.1",
        ("Host: 127.0.0.1:PORT", VERSION, ID, JSON_TYPE),
        chunked=True,
        data={"Method": "GET", "Query": {"a": "1"}},
        answer=Answer(
            (
                reply(
                    "200 OK",
                    TYPE,
                    "Content-Length: 32",
                    body=b'{"Outputs":{"res":{"body":"x"}}}',
                ),
            )
        ),
        says=b"x",
    ),
    Row(
        "no output: the payload, and 200 with what it returns",
        "FunctionMetadataExtensions.IsHttpInAndOutFunction",
        request("GET /api/alone"),
        "POST /alone HTTP/1.1",
        chunked=True,
        data={"Method": "GET"},
        answer=Answer(
            (
                reply(
                    "200 OK",
                    TYPE,
                    "Content-Length: 19",
                    body=b'{"ReturnValue":"x"}',
                ),
            )
        ),
        says=b"x",
        got=(PLAIN,),
    ),
]
FORWARDING = [
    *FORWARDED,
    *ANSWERED,
    *ROUTED,
    *KEYED,
    *ADMIN,
    *FALLEN_BACK,
    Row(
        "a client that has sent its last byte is answered",
        "ours: to Kestrel it is gone (dotnet/aspnetcore issues 13188, 24462)",
        request("GET /api/any"),
        "GET /api/any HTTP/1.1",
        shut=True,
    ),
]

# Proxying, with no prefix.

PROXIED = [
    Row(
        "the path and the query as they are",
        YARP,
        request("GET /any/x?a=1&a=2&A=3&b&c=d+e"),
        "GET /any/x?a=1&a=2&A=3&b&c=d+e HTTP/1.1",
    ),
    Row(
        "the host's headers",
        f"{PROXY}; DefaultHttpProxyService",
        request("GET /any", "User-Agent: curl/8.5"),
        "GET /any HTTP/1.1",
        (VERSION, ID, "x-ms-invocation-id: ID", "User-Agent: curl/8.5"),
    ),
    Row(
        "the host's own name, and whom the client asked",
        f"{YARP}: Host is removed, X-Forwarded-* are set",
        request("GET /any", host="example.org"),
        "GET /any HTTP/1.1",
        (
            "Host: 127.0.0.1:PORT",
            "X-Forwarded-Host: example.org",
            "X-Forwarded-Proto: http",
            "X-Forwarded-For: 127.0.0.1",
        ),
    ),
    Row(
        "whatever the client says of that",
        f"{YARP}: ForwardedTransformActions.Set",
        request(
            "GET /any",
            "X-Forwarded-For: 10.0.0.1",
            "X-Forwarded-Proto: https",
            "X-Forwarded-Host: elsewhere",
            "X-Forwarded-Prefix: /x",
        ),
        "GET /any HTTP/1.1",
        (
            "X-Forwarded-For: 127.0.0.1",
            "X-Forwarded-Proto: http",
            "X-Forwarded-Host: HOST",
            "!X-Forwarded-Prefix",
        ),
    ),
    Row(
        "a whole URL is its path and its query",
        "[I] Kestrel, OnAbsoluteFormTarget",
        request("GET http://HOST/any/x?a=1"),
        "GET /any/x?a=1 HTTP/1.1",
    ),
    Row(
        "what a client sends after its body is no header",
        "[I] Kestrel: trailers are a feature of their own",
        request(
            "POST /any",
            "Transfer-Encoding: chunked",
            body=b"1\r\nx\r\n0\r\nX-Trailer: 1\r\n\r\n",
        ),
        "POST /any HTTP/1.1",
        ("!X-Trailer",),
        body=b"x",
        chunked=True,
    ),
    *(
        answered_at_any(f"the status {status}", status)
        for status in ("600", "999")
    ),
    Row(
        "304, with the length of what is not sent",
        YARP,
        request("GET /any"),
        "GET /any HTTP/1.1",
        answer=Answer((reply("304 Not Modified", "Content-Length: 4"),)),
        gets="304 Not Modified",
        says=b"",
        logs=("(Succeeded,",),
    ),
    Row(
        "a client cannot say what the host says",
        f"{PROXY}: its headers are overridden",
        request(
            "GET /any",
            "X-Azure-Functions-HostVersion: 0",
            "X-Azure-Functions-InvocationId: 0",
        ),
        "GET /any HTTP/1.1",
        (VERSION, ID),
    ),
    Row(
        "but for one",
        "DefaultHttpProxyService: TryAdd",
        request("GET /any", "x-ms-invocation-id: mine"),
        "GET /any HTTP/1.1",
        ("x-ms-invocation-id: mine",),
    ),
    Row(
        "a body in chunks stays so",
        YARP,
        request(
            "POST /any",
            "Transfer-Encoding: chunked",
            TYPE,
            body=b"3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n",
        ),
        "POST /any HTTP/1.1",
        ("Transfer-Encoding: chunked", "!Content-Length", TYPE),
        body=b"abcd",
        chunked=True,
    ),
    Row(
        "a body with a length, its type and its encoding",
        YARP,
        request(
            "PUT /any",
            "Content-Length: 2",
            TYPE,
            "Content-Encoding: br",
            body=b"{}",
        ),
        "PUT /any HTTP/1.1",
        (
            "Content-Length: 2",
            TYPE,
            "Content-Encoding: br",
            "!Transfer-Encoding",
        ),
        body=b"{}",
    ),
    Row(
        "a type without a body stays",
        f"{YARP}: EmptyHttpContent",
        request("GET /any", TYPE),
        "GET /any HTTP/1.1",
        (TYPE,),
    ),
    Row(
        "what belongs to the connection stays behind",
        f"{YARP}: RequestUtilities.ShouldSkipRequestHeader",
        request(
            "GET /any",
            "Connection: keep-alive",
            "Keep-Alive: timeout=5",
            "TE: trailers",
            "Proxy-Authorization: x",
            "X-Other: y",
        ),
        "GET /any HTTP/1.1",
        (
            "!Connection",
            "!Keep-Alive",
            "!TE",
            "!Proxy-Authorization",
            "X-Other: y",
        ),
    ),
    Row(
        "a header that is repeated becomes one line",
        f"{YARP}; {CLIENT}, WriteHeaderCollection",
        request("GET /any", "X-Two: 1", "X-Two: 2"),
        "GET /any HTTP/1.1",
        ("X-Two: 1, 2",),
    ),
    Row(
        "an agent that is repeated, with a space",
        f"{CLIENT}, WriteHeaderCollection; ProductInfoHeaderParser",
        request("GET /any", "User-Agent: a/1", "User-Agent: b/2"),
        "GET /any HTTP/1.1",
        ("User-Agent: a/1 b/2",),
    ),
    Row(
        "a length stays a length",
        YARP,
        request("GET /any"),
        "GET /any HTTP/1.1",
        got=("Content-Length: 4", "!Transfer-Encoding"),
    ),
    Row(
        "a chunk arrives before the handler has ended",
        f"{YARP}: DisableBuffering",
        request("GET /any"),
        "GET /any HTTP/1.1",
        answer=Answer(
            (
                reply(
                    "200 OK",
                    "Transfer-Encoding: chunked",
                    body=b"5\r\nfirst\r\n",
                ),
                b"6\r\nsecond\r\n",
                b"0\r\n\r\n",
            )
        ),
        got=("Transfer-Encoding: chunked",),
        says=b"firstsecond",
    ),
    Row(
        "HTTP/1.0 without a length",
        YARP,
        request("GET /any"),
        "GET /any HTTP/1.1",
        answer=Answer((reply("200 OK", body=b"done", version="1.0"),), True),
        got=("!Content-Length",),
    ),
    Row(
        "a redirect and its cookies",
        f"{YARP}; DefaultHttpProxyService: AllowAutoRedirect is off",
        request("GET /any"),
        "GET /any HTTP/1.1",
        answer=Answer(
            (
                reply(
                    "302 Found",
                    "Location: /x",
                    "Set-Cookie: a=1",
                    "Set-Cookie: b=2",
                    "Content-Length: 0",
                ),
            )
        ),
        gets="302 Found",
        got=("Location: /x", "Set-Cookie: a=1", "Set-Cookie: b=2"),
        says=b"",
    ),
    Row(
        "204",
        YARP,
        request("GET /any"),
        "GET /any HTTP/1.1",
        answer=Answer((reply("204 No Content"),)),
        gets="204 No Content",
        got=("!Transfer-Encoding",),
        says=b"",
    ),
    Row(
        "HEAD",
        YARP,
        request("HEAD /any"),
        "HEAD /any HTTP/1.1",
        answer=Answer((reply("200 OK", "Content-Length: 4"),)),
        got=("Content-Length: 4",),
        says=b"",
    ),
    Row(
        "compressed bytes are not touched",
        YARP,
        request("GET /any", "Accept-Encoding: gzip"),
        "GET /any HTTP/1.1",
        ("Accept-Encoding: gzip",),
        answer=Answer(
            (
                reply(
                    "200 OK",
                    "Content-Encoding: gzip",
                    "Content-Length: 16",
                    body=COMPRESSED,
                ),
            )
        ),
        got=("Content-Encoding: gzip",),
        says=COMPRESSED,
    ),
    Row(
        "the key in the query reaches the handler",
        YARP,
        request("GET /keyed?code=KEY(keyed)"),
        "GET /keyed?code=KEY(keyed) HTTP/1.1",
    ),
    refused(
        "the home page that is switched off",
        "HomepageMiddleware, AzureWebJobsDisableHomepage",
        request("GET /"),
        "204 No Content",
    ),
    refused("the prefix that is gone", ROUTES, request("GET /api/any")),
]

# The payload, with a prefix of its own.

NAME_CLAIM = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name"
ROLE_CLAIM = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"
IDENTITY = (
    '{"AuthenticationType":null,"IsAuthenticated":false,"Actor":null,'
    '"BootstrapContext":null,"Claims":[],"Label":null,"Name":null,'
    f'"NameClaimType":"{NAME_CLAIM}","RoleClaimType":"{ROLE_CLAIM}"' + "}"
)
CAPTURE = (
    '{"Data":{"req":{"Url":"http://localhost:7071/v1/api/SimpleHttpTrigger",'
    '"Method":"GET","Query":{},"Headers":{"Accept":["*/*"],'
    '"Connection":["keep-alive"],"Host":["localhost:7071"],'
    '"User-Agent":["agent/1"],"Accept-Encoding":["gzip, deflate, br"],'
    '"Cache-Control":["no-cache"],"Some-Token":["f7cc"]},"Params":{},'
    f'"Identities":[{IDENTITY}]}}}},'
    '"Metadata":{"Query":{},"Headers":{"Accept":"*/*",'
    '"Connection":"keep-alive","Host":"localhost:7071",'
    '"User-Agent":"agent/1","Accept-Encoding":"gzip, deflate, br",'
    '"Cache-Control":"no-cache","Some-Token":"f7cc"},"sys":{'
    '"MethodName":"SimpleHttpTrigger","UtcNow":"NOW","RandGuid":"ID"}}}'
)


def sent(name, source, ask, data, told=None, **more):
    """A row about what of a request is in the payload."""
    return Row(
        name,
        source,
        ask,
        "POST /SimpleHttpTrigger HTTP/1.1",
        chunked=True,
        data=data,
        told=told,
        answer=Answer((payload_of({"res": {"body": "done"}}),)),
        **more,
    )


def payload_of(outputs=None, returned=None, logs=(), kind=TYPE):
    """What a handler answers in payload mode."""
    document = {"Outputs": outputs, "Logs": list(logs)}
    document["ReturnValue"] = returned
    body = json.dumps(document).encode()
    headers = [kind] if kind else []
    return reply("200 OK", *headers, f"Content-Length: {len(body)}", body=body)


def meant(name, source, outputs=None, function="", returned=None, **more):
    """A row about what the handler's payload means to the client."""
    answer = more.pop("answer", None) or payload_of(
        outputs, returned, more.pop("lines_of_log", ())
    )
    if isinstance(answer, bytes):
        answer = Answer((answer,))
    function = function or "SimpleHttpTrigger"
    return Row(
        name,
        source,
        request(f"GET /v1/api/{function}"),
        f"POST /{function} HTTP/1.1",
        chunked=True,
        data={},
        answer=answer,
        **more,
    )


def claim(kind, value):
    schemas = "http://schemas.microsoft.com/2017/07/functions/claims"
    return {
        "Issuer": "LOCAL AUTHORITY",
        "OriginalIssuer": "LOCAL AUTHORITY",
        "Properties": {},
        "Type": f"{schemas}/{kind}",
        "Value": value,
        "ValueType": "http://www.w3.org/2001/XMLSchema#string",
    }


def identity(level, key):
    """Who called with a key."""
    claims = [
        claim("authlevel", level),
        claim("invoke", "true"),
        claim("keyid", key),
    ]
    return json.loads(IDENTITY) | {
        "AuthenticationType": "WebJobsAuthLevel",
        "IsAuthenticated": True,
        "Claims": claims,
    }


def text(value, kind="text/plain"):
    """A body of text, with its length and type."""
    return (
        "POST /v1/api/SimpleHttpTrigger",
        f"Content-Type: {kind}",
        f"Content-Length: {len(value)}",
    )


INVALID = "Invalid HttpResponseMessage:"
BAD_OUTPUT = "Failed while trying to Deserialize to httpOutputBindingResponse."
FAILED = {"gets": "500 Internal Server Error", "says": b""}
SENT = [
    sent(
        "what a client sends after its body is no header",
        "[I] Kestrel: trailers are a feature of their own",
        request(
            "POST /v1/api/SimpleHttpTrigger",
            "Transfer-Encoding: chunked",
            body=b"1\r\nx\r\n0\r\nX-Trailer: 1\r\n\r\n",
        ),
        {"Headers": {"Host": ["HOST"], "Transfer-Encoding": ["chunked"]}},
    ),
    Row(
        "the capture of a payload, whole",
        "a public log of Core Tools, host 4.33, May 2024, with other values",
        request(
            "GET /v1/api/SimpleHttpTrigger",
            "Cache-Control: no-cache",
            "Some-Token: f7cc",
            "User-Agent: agent/1",
            "Accept: */*",
            "Accept-Encoding: gzip, deflate, br",
            "Connection: keep-alive",
            host="localhost:7071",
        ),
        "POST /SimpleHttpTrigger HTTP/1.1",
        (
            "Host: 127.0.0.1:PORT",
            VERSION,
            ID,
            f"User-Agent: {AGENT}",
            JSON_TYPE,
            "Transfer-Encoding: chunked",
            "!Content-Length",
            "!Some-Token",
        ),
        chunked=True,
        document=CAPTURE,
        answer=Answer((payload_of({"res": {"body": "done"}}),)),
    ),
    sent(
        "a repeated parameter",
        f"{OBJECT}; HttpTriggerAttributeBindingProvider",
        request("GET /v1/api/SimpleHttpTrigger?a=1&a=2&code=x"),
        {"Query": {"a": "1,2", "code": "x"}},
        {"a": '"2"', "Query": {"a": "2", "code": "x"}, "code": None},
    ),
    sent(
        "a text body",
        OBJECT,
        request(*text(b"h\xc3\xa9"), body=b"h\xc3\xa9"),
        {"Method": "POST", "Body": "h\u00e9"},
    ),
    sent(
        "a JSON body is text, and its members are metadata",
        f"{OBJECT}; Utility.cs",
        request(*text(b'{"n": 1}', "application/json"), body=b'{"n": 1}'),
        {"Body": '{"n": 1}'},
        {"n": '"1"'},
    ),
    sent(
        "a binary body is base64",
        OBJECT,
        request(
            *text(b"\x00\xff", "application/octet-stream"), body=b"\x00\xff"
        ),
        {"Body": "AP8="},
    ),
    sent(
        "a multipart body is base64",
        OBJECT,
        request(
            *text(b"--x--", "multipart/form-data; boundary=x"), body=b"--x--"
        ),
        {"Body": "LS14LS0="},
    ),
    sent(
        "no body",
        OBJECT,
        request("POST /v1/api/SimpleHttpTrigger", "Content-Length: 0"),
        {"Body": None},
    ),
    sent(
        "a body in chunks is dropped",
        f"{OBJECT}: only with a ContentLength",
        request(
            "POST /v1/api/SimpleHttpTrigger",
            "Transfer-Encoding: chunked",
            body=b"2\r\n{}\r\n0\r\n\r\n",
        ),
        {"Body": None},
    ),
    sent(
        "the letters of an unknown header",
        "[I] Kestrel's HttpHeaders keeps them",
        request("GET /v1/api/SimpleHttpTrigger", "x-MiXed: Value"),
        {"Headers": {"x-MiXed": ["Value"], "Host": ["HOST"]}},
    ),
    Row(
        "the parameters of a route",
        f"{OBJECT}; {INVOCATION}.PopulateRouteData",
        request("GET /v1/api/parts/7"),
        "POST /parts HTTP/1.1",
        chunked=True,
        data={"Params": {"id": "7", "rest": None}},
        told={"id": '"7"', "rest": None},
        answer=Answer((payload_of({"res": {"body": "done"}}),)),
    ),
    *(
        Row(
            f"the identity of {name}",
            KEYS,
            request("GET /v1/api/keyed", f"x-functions-key: KEY({name})"),
            "POST /keyed HTTP/1.1",
            chunked=True,
            data={"Identities": [identity(level, key)]},
            answer=Answer((payload_of({"res": {"body": "done"}}),)),
        )
        for name, level, key in (
            ("master", "Admin", "master"),
            ("default", "Function", "default"),
            ("keyed", "Function", "default"),
        )
    ),
]
MEANT = [
    meant(
        "a status as text, headers, a text",
        f"{RESULTS}; {BINDING}",
        {
            "res": {
                "statusCode": "201",
                "headers": {"X-A": "b"},
                "body": "done",
            }
        },
        gets="201 Created",
        got=(PLAIN, "X-A: b", "Content-Length: 4"),
    ),
    meant(
        "a status as a number",
        f"{BINDING}, TryParseStatusCode",
        {"res": {"statusCode": 418, "body": "done"}},
        gets="418 I'm a teapot",
    ),
    meant(
        "`status` is not read in an output by name",
        RESULTS,
        {"res": {"status": 404, "body": "done"}},
    ),
    meant(
        "an object is JSON on many lines",
        "RawScriptResult.cs",
        {"res": {"body": {"a": 1}, "headers": {"content-type": "a/b"}}},
        got=("Content-Type: a/b; charset=utf-8",),
        says=b'{\n  "a": 1\n}',
    ),
    meant(
        "an output that is the text of an object",
        RESULTS,
        {"res": json.dumps({"statusCode": "202", "body": "done"})},
        gets="202 Accepted",
    ),
    meant(
        "an output that is no object",
        RESULTS,
        {"res": "hello"},
        logs=(BAD_OUTPUT,),
        **FAILED,
    ),
    meant(
        "204 has no body",
        "RawScriptResult.cs",
        {"res": {"statusCode": 204, "body": ""}},
        gets="204 No Content",
        says=b"",
    ),
    meant(
        "$return: a text",
        BINDING,
        function="returns",
        returned="a text!",
        got=(PLAIN,),
        says=b"a text!",
    ),
    meant(
        "$return: what is base64 by accident becomes bytes",
        f"{RESULTS}, GetBindingValue",
        function="returns",
        returned="noon",
        got=("!Content-Type",),
        says=b"\x9e\x8a\x27",
    ),
    meant(
        "$return: an object with a status and a body",
        BINDING,
        function="returns",
        returned={"status": 202, "body": "done"},
        gets="202 Accepted",
    ),
    meant(
        "Logs are in the log",
        f"{SERVICE}.ProcessLogsFromHttpResponse",
        {"res": {"body": "done"}},
        lines_of_log=("one", "two"),
        logs=("[Information] one", "[Information] two", "(Succeeded,"),
    ),
    meant(
        "a handler's 404 is a failure",
        f"{SERVICE}: EnsureSuccessStatusCode",
        answer=reply("404 Not Found", TYPE, "Content-Length: 2", body=b"{}"),
        logs=(
            "Response status code does not indicate success: 404 (Not Found).",
        ),
        **FAILED,
    ),
    meant(
        "a connection that is closed instead",
        f"{CLIENT}: no retry once a body is under way",
        answer=Answer((), True),
        logs=("(Failed,",),
        **FAILED,
    ),
    meant(
        "bad JSON",
        f"{SERVICE}.GetHttpScriptInvocationResult",
        answer=reply("200 OK", TYPE, "Content-Length: 1", body=b"{"),
        logs=(INVALID,),
        **FAILED,
    ),
    meant(
        "another content type",
        f"{SERVICE}.GetHttpScriptInvocationResult; issue 6462",
        answer=payload_of({"res": {}}, kind="Content-Type: text/plain"),
        logs=(INVALID,),
        **FAILED,
    ),
    meant(
        "no content type",
        f"[I] {SERVICE}.GetHttpScriptInvocationResult, ReadAsAsync",
        answer=payload_of({"res": {}}, kind=""),
        logs=(INVALID,),
        **FAILED,
    ),
    meant(
        "an answer in chunks",
        SERVICE,
        answer=reply(
            "200 OK",
            TYPE,
            "Transfer-Encoding: chunked",
            body=b'5\r\n{"Out\r\n1b\r\nputs":{"res":{"body":"x"}}}\r\n0\r\n\r\n',
        ),
        says=b"x",
    ),
]
PAYLOAD = [*SENT, *MEANT]

# Routes in host.json, and the profile that has one.

HANDLER_ROUTES = "hosts since 2025, HttpWorkerFunctionProvider.cs"
IN_HOST_JSON = [
    Row(
        "the default level of host.json",
        HANDLER_ROUTES,
        request("PATCH /api/open/x"),
        "PATCH /api/open/x HTTP/1.1",
        logs=("Executing 'Functions.http-handler1'",),
    ),
    refused(
        "a level of its own", HANDLER_ROUTES, request("GET /api/closed"), WRONG
    ),
    Row(
        "and the key for it",
        HANDLER_ROUTES,
        request("GET /api/closed?code=KEY(default)"),
        "GET /api/closed?code=KEY(default) HTTP/1.1",
        logs=("Executing 'Functions.http-handler2'",),
    ),
    Row(
        "a path that two routes match is the first's",
        "azure-functions-host issue 3153",
        request("GET /api/open/closed"),
        "GET /api/open/closed HTTP/1.1",
        logs=("Executing 'Functions.http-handler1'",),
    ),
]
PROFILE = [
    refused("a key by default", HANDLER_ROUTES, request("GET /mcp"), WRONG),
    Row(
        "everything is the handler's, proxied, without a prefix",
        HANDLER_ROUTES,
        request("POST /mcp/x?code=KEY(default)", "Content-Length: 0"),
        "POST /mcp/x?code=KEY(default) HTTP/1.1",
        ("x-ms-invocation-id: ID",),
    ),
    Row(
        "so is the home page",
        "HomepageMiddleware: only where no function answers",
        request("GET /?code=KEY(default)"),
        "GET /?code=KEY(default) HTTP/1.1",
    ),
    refused(
        "ping is the host's all the same",
        "WebJobsApplicationBuilderExtension: MVC's routes are matched first",
        request("GET /admin/host/ping"),
        "200 OK",
    ),
    refused(
        "the status, too",
        "WebJobsApplicationBuilderExtension: MVC's routes are matched first",
        request("GET /admin/host/status?code=KEY(default)"),
        WRONG,
    ),
]

ROWS = {
    "forwarding": FORWARDING,
    "proxying": PROXIED,
    "payload": PAYLOAD,
    "routes": IN_HOST_JSON,
    "profile": PROFILE,
}


@pytest.fixture(scope="module")
def secrets():
    """What a learner may have in the environment, and a handler must not."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_SECRET_ACCESS_KEY", "learner's")
        patch.setenv("AZURE_CLIENT_SECRET", "learner's")
        patch.setenv("FUNCTIONS_LEARNERS", "learner's")
        yield


@pytest.fixture(scope="module")
def apps(secrets, tmp_path_factory):
    """Each app that was asked for, until the end."""
    started = {}

    def app(name):
        if name not in started:
            started[name] = Play(tmp_path_factory.mktemp(name), **APPS[name]())
        return started[name]

    yield app
    for play in started.values():
        play.close()


def forwarding_app():
    description = {
        "defaultExecutablePath": "python3",
        "arguments": [
            "handler.py",
            "two words",
            "%STAGE%",
            "<%NOT_SET%>",
            "%FUNCTIONS_CUSTOMHANDLER_PORT%",
        ],
        "defaultWorkerPath": "a path.py",
        "workerArguments": ['"one', 'argument"', "--last"],
    }
    return {
        "variables": {"AzureWebJobs.off.Disabled": "1", "MY_SETTING": "mine"},
        "host": {
            "version": "2.0",
            "customHandler": {
                "description": description,
                "enableForwardingHttpRequest": True,
            },
        },
        "functions": {
            "alone": trigger()[:1],
            "any": trigger(route="any/{*rest}"),
            "aorder": trigger(route="order/{x}"),
            "border": trigger(route="order/exact"),
            "byget": trigger(route="both", methods=["get"]),
            "bypost": trigger(route="both", methods=["post"]),
            "forme": trigger("admin"),
            "hello": HTTP,
            "items": trigger(route="items/{id:int}/{name?}"),
            "keyed": trigger("function", methods=["get"]),
            "more": (
                *trigger(),
                {"type": "http", "direction": "out", "name": "second"},
            ),
            "off": trigger(),
            "SimpleHttpTrigger": trigger("anonymous", methods=["get"]),
            "tick": (TIMER,),
        },
    }


def proxying_app():
    host = host_json(
        "../handler.py", enableProxyingHttpRequest=True, port=free_port()
    )
    description = host["customHandler"]["description"]
    description["workingDirectory"] = "any"
    return {
        "variables": {"AzureWebJobsDisableHomepage": "true"},
        "host": host | {"extensions": {"http": {"routePrefix": ""}}},
        "functions": {
            "any": trigger(route="any/{*rest}"),
            "keyed": trigger("function"),
        },
    }


def payload_app():
    prefix = {"http": {"routePrefix": "v1/api"}}
    returns = {"type": "http", "direction": "out", "name": "$return"}
    return {
        "host": host_json("handler.py") | {"extensions": prefix},
        "functions": {
            "SimpleHttpTrigger": HTTP,
            "keyed": trigger("function"),
            "parts": trigger(route="parts/{id}/{rest?}"),
            "returns": (trigger()[0], returns),
        },
    }


def routes_app():
    http = {
        "defaultAuthorizationLevel": "anonymous",
        "routes": [
            {"route": "open/{x}"},
            {"route": "closed", "authorizationLevel": "function"},
            {"route": "open/closed"},
        ],
    }
    host = host_json("handler.py", enableForwardingHttpRequest=True, http=http)
    return {"host": host, "functions": {"": ()}}


def profile_app():
    host = host_json("handler.py")
    host["configurationProfile"] = "mcp-custom-handler"
    return {"host": host, "functions": {"": ()}}


APPS = {
    "forwarding": forwarding_app,
    "proxying": proxying_app,
    "payload": payload_app,
    "routes": routes_app,
    "profile": profile_app,
}


@pytest.mark.parametrize(
    ("app", "row"),
    [
        pytest.param(app, row, id=f"{app}: {row.name}")
        for app, rows in ROWS.items()
        for row in rows
    ],
)
def test_the_host(app, row, apps):
    play = apps(app)
    before = len(play.host.log()) if row.logs else 0
    head, body = row.ask
    sent = play.filled(head).encode("latin-1") + body
    seen, got = play.ask(sent, row.answer, row.shut)
    wrong = []
    times = row.times if row.sees else 0
    if len(seen) != times:
        lines = [message.start for message in seen]
        wrong.append(f"the handler was asked {lines}, not {times} times")
    for message in seen if row.sees else ():
        wrong += difference(play, row, message)
    if got.start != row.gets:
        wrong.append(f"the client got {got.start}, not {row.gets}")
    if got.body != row.says:
        wrong.append(f"the client got the body {got.body!r}, not {row.says!r}")
    wrong += [f"to the client {line}" for line in missing(row.got, got)]
    if row.logs:
        wrong += unlogged(row.logs, play.host.log()[before:])
    assert not wrong, "\n".join([f"({row.source})", *wrong])


def difference(play, row, seen):
    """What the handler saw and should not have, in words."""
    wrong = []
    line = play.filled(row.sees)
    if seen.start != line:
        wrong.append(f"the handler saw {seen.start}, not {line}")
    expected = [play.filled(line) for line in row.headers]
    wrong += [f"to the handler {line}" for line in missing(expected, seen)]
    lines = seen.head.splitlines()
    wrong += [f"no line {line!r}" for line in row.lines if line not in lines]
    if seen.chunked != row.chunked:
        wrong.append(f"the body came {'' if seen.chunked else 'not '}chunked")
    if row.document:
        found = without_ids(seen.body.decode())
        found = re.sub('(?<="UtcNow":")[^"]*', "NOW", found)
        wrong += [f"{found}\nnot\n{row.document}"] * (found != row.document)
    elif row.data is not None:
        document = json.loads(seen.body)
        wrong += lacking(play, row.data, document["Data"]["req"])
        wrong += lacking(play, row.told or {}, document["Metadata"])
    elif seen.body != row.body:
        wrong.append(f"the handler saw the body {seen.body!r}")
    return wrong


def lacking(play, expected, found):
    """Members that are not as expected; None is for one that is not there."""
    expected = json.loads(play.filled(json.dumps(expected)))
    return [
        f"{name} is {found.get(name)!r}, not {value!r}"
        for name, value in expected.items()
        if found.get(name) != value
    ]


def unlogged(parts, lines):
    """Which parts no line has, each after the one before."""
    rest = iter(lines)
    return [
        f"not logged: {part}\n" + "\n".join(lines)
        for part in parts
        if not any(part in line for line in rest)
    ]


# What is no request and its reply.


def test_a_body_reaches_a_proxied_handler_as_it_comes(apps):
    """YARP, StreamCopyHttpContent."""
    play = apps("proxying")
    play.stage.answer = Answer((DONE,))
    play.stage.arrived.clear()
    head, _ = request("POST /any", "Transfer-Encoding: chunked")
    with play.connect() as client:
        client.sendall(play.filled(head).encode() + b"3\r\nabc\r\n")
        assert play.stage.arrived.wait(PATIENCE_S)
        client.sendall(b"1\r\nd\r\n0\r\n\r\n")
        got = read_reply(client, "POST", play.stage.answer, play.stage)
    assert got.body == b"done"
    assert play.stage.seen.queue[-1].body == b"abcd"


@pytest.mark.parametrize(
    ("app", "path"), [("forwarding", "/api/any"), ("proxying", "/any")]
)
def test_a_client_that_waits_is_told_to_go_on(app, path, apps):
    """RFC 9110, 10.1.1; [I] Kestrel tells it when the body is read."""
    play = apps(app)
    play.stage.answer = Answer((DONE,))
    head, _ = request(
        f"POST {path}", "Content-Length: 2", "Expect: 100-continue"
    )
    with play.connect() as client:
        client.sendall(play.filled(head).encode())
        told = client.recv(1000)
        assert told.startswith(b"HTTP/1.1 100 Continue")
        assert told.endswith(b"\r\n\r\n")
        client.sendall(b"{}")
        got = read_reply(client, "POST", play.stage.answer, play.stage)
    assert (got.start, got.body) == ("200 OK", b"done")


@pytest.mark.parametrize(
    ("beginning", "error"),
    [
        (reply("200 OK", "Content-Length: 9", body=b"do"), IncompleteRead),
        (
            reply("200 OK", "Transfer-Encoding: chunked", body=b"2\r\ndo\r\n"),
            IncompleteRead,
        ),
    ],
)
def test_a_proxied_body_that_breaks_off(beginning, error, apps):
    """YARP, HandleResponseBodyErrorAsync: the client's connection is reset;
    the invocation has failed."""
    play = apps("proxying")
    before = len(play.host.log())
    head, _ = request("GET /any")
    answer = play.stage.answer = Answer((beginning,), closes=True)
    with play.connect() as client:
        client.sendall(play.filled(head).encode())
        with pytest.raises(error):
            read_reply(client, "GET", answer, play.stage)
    assert unlogged(("(Failed,",), play.host.log()[before:]) == []


def test_what_the_handler_inherits(apps):
    """HttpWorkerProcess.CreateWorkerProcess; the rest is the host's own."""
    play = apps("forwarding")
    told = play.told()
    variables = told["variables"]
    port = variables["FUNCTIONS_CUSTOMHANDLER_PORT"]
    worker = variables["FUNCTIONS_CUSTOMHANDLER_WORKER_ID"]
    assert without_ids(worker) == "ID"
    assert {
        name: value
        for name, value in variables.items()
        if name.startswith("FUNCTIONS_")
    } == {
        "FUNCTIONS_APP_ROOT_PATH": str(play.folder),
        "FUNCTIONS_CUSTOMHANDLER_PORT": port,
        "FUNCTIONS_CUSTOMHANDLER_WORKER_ID": worker,
        "FUNCTIONS_HTTPWORKER_ID": worker,
        "FUNCTIONS_HTTPWORKER_PORT": port,
        "FUNCTIONS_WORKER_RUNTIME": "custom",
    }
    assert variables["MY_SETTING"] == "mine"
    assert variables["AzureWebJobs.off.Disabled"] == "1"
    assert "learner's" not in variables.values()
    assert told["folder"] == str(play.folder)


def test_the_command_line(apps):
    """DefaultWorkerProcessFactory.GetArguments and SanitizeExpandedArgument;
    of its parts only the worker's path is quoted."""
    play = apps("forwarding")
    assert play.told()["arguments"] == [
        "two",
        "words",
        str(play.stage.port),
        "<>",
        play.filled("PORT"),
        "a path.py",
        "one argument",
        "--last",
    ]
    assert "[Debug] Environment variable:%NOT_SET% is not set" in (
        play.host.log()
    )


def test_the_working_directory_and_the_port_of_host_json(apps):
    """HttpWorkerOptionsSetup; `port` is in hosts since 2025."""
    play = apps("proxying")
    written = json.loads((play.folder / "host.json").read_text())
    assert play.told()["folder"] == str(play.folder / "any")
    assert play.filled("PORT") == str(written["customHandler"]["port"])


@pytest.mark.parametrize(
    ("app", "routes"),
    [
        (
            "forwarding",
            [
                "'api/alone' [all] to 'alone'",
                "'api/any/{*rest}' [all] to 'any'",
                "'api/order/{x}' [all] to 'aorder'",
                "'api/order/exact' [all] to 'border'",
                "'api/both' [get] to 'byget'",
                "'api/both' [post] to 'bypost'",
                "'api/forme' [all] to 'forme'",
                "'api/hello' [get,post] to 'hello'",
                "'api/items/{id:int}/{name?}' [all] to 'items'",
                "'api/keyed' [get] to 'keyed'",
                "'api/more' [all] to 'more'",
                "'api/off' [all] to 'off'",
                "'api/SimpleHttpTrigger' [get] to 'SimpleHttpTrigger'",
            ],
        ),
        (
            "proxying",
            ["'/any/{*rest}' [all] to 'any'", "'/keyed' [all] to 'keyed'"],
        ),
    ],
)
def test_the_log_of_a_start(app, routes, apps):
    """WebScriptHostHttpRoutesManager.LogRouteMap; HttpFunctionInvocation-
    Dispatcher."""
    lines = apps(app).host.log()
    mapped = [f"Mapped function route {route}" for route in routes]
    started = [
        "[Information] "
        + "\n".join(["Initializing function HTTP routes", *mapped]),
        "[Information] Worker process started and initialized.",
    ]
    assert unlogged(started, lines) == []


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_home_page(method, apps):
    """HomepageMiddleware: for any method."""
    status, headers, body = ask(apps("forwarding").host.url, "/", method)
    assert status == 200
    assert headers.get_content_type() == "text/html"
    assert b"Your Functions host is up and running" in body


def test_the_status_and_the_functions(apps):
    """HostController.GetHostStatus; FunctionsController.List."""
    host = apps("forwarding").host
    key = {"x-functions-key": host.keys["master"]}
    status, _, body = ask(host.url, "/admin/host/status", headers=key)
    assert (status, json.loads(body)["state"]) == (200, "Running")
    status, _, body = ask(host.url, "/admin/functions", headers=key)
    urls = {f["name"]: f["invoke_url_template"] for f in json.loads(body)}
    assert urls["hello"] == f"{host.url}/api/hello"
    assert set(forwarding_app()["functions"]) == set(urls)


def test_a_timer_that_is_started_by_hand(apps):
    """FunctionsController.Invoke; the handler gets the payload."""
    play = apps("forwarding")
    play.stage.answer = Answer((payload_of(),))
    seen = play.stage.seen = queue.Queue()
    status, _, _ = ask(
        play.host.url,
        "/admin/functions/tick",
        "POST",
        b"{}",
        {
            "x-functions-key": play.host.keys["master"],
            "Content-Type": "application/json",
        },
    )
    assert status == 202
    message = seen.get(timeout=PATIENCE_S)
    assert message.start == "POST /tick HTTP/1.1"
    assert json.loads(message.body)["Data"]["clock"]["IsPastDue"] is False
