"""The host's HTTP side: finds the function of a request, and who may call it.

An ASGI application without a framework: this is the way that every request
goes, and the handler behind it answers in a tenth of a millisecond.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from workshop.azure.dispatcher import ShutDown
from workshop.azure.function_json import Function
from workshop.azure.http_message import Request, Response
from workshop.azure.invocation import Failed, Invoker
from workshop.azure.keys import Caller, Keys
from workshop.azure.payload import key_identity
from workshop.azure.routes import Route

NOT_FOUND = Response(404)
UNAUTHORIZED = Response(401)
TOO_LARGE = Response(413)
NOT_RUNNING = Response(
    503,
    [(b"Content-Type", b"text/plain; charset=utf-8")],
    b"Function host is not running.",
)


class TooLarge(Exception):
    """The body is longer than the host takes."""


class Host:
    """Answers for the functions; the rest is for the other application."""

    def __init__(
        self,
        functions: Iterable[Function],
        route_prefix: str,
        keys: Keys,
        invoker: Invoker,
        body_limit: int,
        others: ASGIApp,
    ) -> None:
        # Asked in their order: the first that matches gets the request.
        self._routes = [
            (Route(template(route_prefix, one.route)), one)
            for one in functions
            if one.is_http
        ]
        self._keys = keys
        self._invoker = invoker
        self._body_limit = body_limit
        self._others = others

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Answer one request, as ASGI wants it."""
        found = self._find(
            scope["method"], scope["raw_path"].decode("latin-1")
        )
        if found is None:
            await self._others(scope, receive, send)
            return
        function, params = found
        try:
            response = await self._answer(function, params, scope, receive)
        except ShutDown:
            response = NOT_RUNNING
        except TooLarge:
            response = TOO_LARGE
        if response.parts:
            await _stream(response, receive, send)
        else:
            await _send(response, send)

    def _find(
        self, method: str, path: str
    ) -> tuple[Function, dict[str, object]] | None:
        for route, function in self._routes:
            if function.methods and method not in function.methods:
                continue
            params = route.match(path)
            if params is not None:
                return function, params
        return None

    async def _answer(
        self,
        function: Function,
        params: dict[str, object],
        scope: Scope,
        receive: Receive,
    ) -> Response:
        headers, query = scope["headers"], scope["query_string"]
        caller = self._keys.caller(headers, query, function.name)
        if not caller.may(function.level):
            return UNAUTHORIZED
        if function.disabled and not caller.may("admin"):
            return NOT_FOUND
        length, is_chunked, host = 0, False, b""
        for name, value in headers:
            if name == b"content-length":
                length = int(value)
            elif name == b"transfer-encoding":
                is_chunked = b"chunked" in value.lower()
            elif name == b"host":
                host = value
        if length > self._body_limit:
            raise TooLarge
        request = Request(
            scope["method"],
            f"{scope['scheme']}://{host.decode('latin-1')}",
            scope["raw_path"],
            query,
            headers,
            params,
            length > 0,
            is_chunked,
            _body(receive, self._body_limit),
            identities(caller),
        )
        return await self._invoker.over_http(function, request)


def template(route_prefix: str, route: str) -> str:
    """The whole template of a route, without slashes around it."""
    parts = (route_prefix.strip("/"), route.strip("/"))
    return "/".join(part for part in parts if part)


def identities(caller: Caller) -> tuple[Mapping[str, object], ...]:
    """Who a handler in payload mode is told is calling; none for nobody."""
    if not caller.key:
        return ()
    return (key_identity(caller.level, caller.key),)


async def _body(receive: Receive, limit: int) -> AsyncIterator[bytes]:
    """The parts of a request's body. Raises TooLarge beyond the limit."""
    size, more = 0, True
    while more:
        message = await receive()
        part = message.get("body", b"")
        more = message.get("more_body", False)
        size += len(part)
        if size > limit:
            raise TooLarge
        if part:
            yield part


async def _send(response: Response, send: Send) -> None:
    await send(
        {
            "type": "http.response.start",
            "status": response.status,
            "headers": response.headers,
        }
    )
    await send(_part(response.body, more=False))


async def _stream(response: Response, receive: Receive, send: Send) -> None:
    """Send the parts as they come, until the client goes away."""
    assert response.parts
    await send(
        {
            "type": "http.response.start",
            "status": response.status,
            "headers": response.headers,
        }
    )
    gone = asyncio.create_task(_until_gone(receive, response.abandon))
    try:
        with contextlib.suppress(Failed):  # then the body just breaks off
            async for part in response.parts:
                await send(_part(part, more=True))
            await send(_part(b"", more=False))
    finally:
        gone.cancel()


def _part(part: bytes, more: bool) -> dict[str, Any]:
    return {"type": "http.response.body", "body": part, "more_body": more}


async def _until_gone(receive: Receive, then: Callable[[], None]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    then()
