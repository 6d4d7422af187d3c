"""The host's HTTP side: which function a request is for, and who may call it.

A function in forwarding or payload mode is answered by way of `answer`, with
no more in between than it needs (see front.py). The ASGI application has the
rest: functions in proxying mode, the home page, /admin.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from workshop.azure import payload_mode
from workshop.azure.connection import Header, Stream
from workshop.azure.forwarding import forwarding
from workshop.azure.function_json import Function
from workshop.azure.host_json import HostSettings
from workshop.azure.http_message import (
    EMPTY,
    ClientGone,
    Request,
    Response,
    TooLarge,
    canonical,
    end_to_end,
)
from workshop.azure.invocation import OVER_HTTP, Invoker
from workshop.azure.keys import Keys
from workshop.azure.payload import key_identity
from workshop.azure.proxying import TOO_LARGE, proxy
from workshop.azure.routes import Route

NOT_FOUND = Response(404, [EMPTY])
UNAUTHORIZED = Response(401, [EMPTY])


@dataclass(frozen=True)
class Match:
    """The function that a request is for."""

    function: Function
    params: Mapping[str, object]  # what its route makes of the path
    is_proxied: bool


class Host:
    """The functions by their routes; `others` answers what is none."""

    def __init__(
        self,
        functions: Iterable[Function],
        settings: HostSettings,
        keys: Keys,
        invoker: Invoker,
        body_limit: int,
        others: ASGIApp,
        is_built_in: Callable[[str, str], bool],
    ) -> None:
        # Asked in their order: the first that matches gets the request.
        self._routes = [
            (Route(settings.template(one.route)), one)
            for one in functions
            if one.is_http
        ]
        # The same few paths are asked for again and again.
        self.find = lru_cache(1024)(self._search)
        self.body_limit = body_limit  # bytes
        self._handler = settings.handler
        self._keys = keys
        self._invoker = invoker
        self._others = others
        self._is_built_in = is_built_in

    def _search(self, method: str, path: bytes) -> Match | None:
        """The function for a method and a path, if there is one."""
        text = path.decode("latin-1")
        # What MVC has cannot be taken over by a function
        # (WebJobsApplicationBuilderExtension.cs).
        if self._is_built_in(method, text):
            return None
        for route, function in self._routes:
            if function.methods and method not in function.methods:
                continue
            params = route.match(text)
            if params is not None:
                proxied = function.direct and self._handler.proxying
                return Match(function, params, proxied)
        return None

    def admit(
        self,
        match: Match,
        method: str,
        scheme: str,
        path: bytes,
        query: bytes,
        headers: list[Header],
        written: tuple[bytes, ...] = (),
    ) -> Request | Response:
        """The request, before its body; or the response that refuses it."""
        function = match.function
        caller = self._keys.caller(headers, query, function.name)
        if not caller.may(function.level):
            return UNAUTHORIZED
        if function.disabled and not caller.may("admin"):
            return NOT_FOUND
        identities: tuple[Mapping[str, object], ...] = ()
        if caller.key:
            identities = (key_identity(caller.level, caller.key),)
        request = Request(
            method,
            scheme,
            path,
            query,
            headers,
            match.params,
            identities,
            written,
        )
        length = request.header(b"content-length")
        if length and int(length) > self.body_limit:
            return TOO_LARGE
        return request

    def answer(
        self,
        function: Function,
        request: Request,
        done: Callable[[Response], None],
    ) -> None:
        """Invoke the function; `done` gets the response, once."""
        if function.direct and self._handler.forwarding:
            mode = forwarding(request)
        else:
            log = self._invoker.log
            mode = payload_mode.over_http(function, request, log)
        self._invoker.invoke(function, OVER_HTTP, mode, done)

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Answer a request for a proxied function, or for none."""
        path = canonical(scope["raw_path"])
        match = self.find(scope["method"], path)
        if match is None or not match.is_proxied:
            await self._others(scope, receive, send)
            return
        request = self.admit(
            match,
            scope["method"],
            scope["scheme"],
            path,
            scope["query_string"],
            scope["headers"],
        )
        if isinstance(request, Response):
            await _send(request, send)
            return
        body = _body(receive, self.body_limit)
        has_begun = False

        async def pass_on(stream: Stream) -> None:
            nonlocal has_begun
            has_begun = True
            await _stream(stream, receive, send)

        response = await proxy(
            self._invoker, match.function, request, body, pass_on
        )
        if response and not has_begun:  # it just breaks off otherwise
            await _send(response, send)


async def _body(receive: Receive, limit: int) -> AsyncIterator[bytes]:
    """The parts of a request's body.

    Raises TooLarge beyond the limit, ClientGone where it breaks off.
    """
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        part = message.get("body", b"")
        more = message.get("more_body", False)
        size += len(part)
        if size > limit:
            raise TooLarge
        if part:
            yield part


async def _send(response: Response, send: Send) -> None:
    await send(_start(response.status, response.headers))
    await send(_part(response.body, more=False))


async def _stream(stream: Stream, receive: Receive, send: Send) -> None:
    """Send a reply as it comes. Raises ClientGone when the client leaves."""
    headers = end_to_end(stream.headers)
    if stream.status == 304:  # uvicorn would want a body of that length
        headers = [h for h in headers if h[0].lower() != b"content-length"]
    gone = asyncio.create_task(_until_gone(receive, stream))
    try:
        await send(_start(stream.status, headers))
        async for part in stream.parts():
            await send(_part(part, more=True))
        await send(_part(b"", more=False))
    finally:
        gone.cancel()


def _start(status: int, headers: list[Header]) -> dict[str, Any]:
    return {
        "type": "http.response.start",
        "status": status,
        "headers": headers,
    }


def _part(part: bytes, more: bool) -> dict[str, Any]:
    return {"type": "http.response.body", "body": part, "more_body": more}


async def _until_gone(receive: Receive, stream: Stream) -> None:
    """Wait until the client has left; then nobody wants the reply."""
    if stream.upload:  # until then it is the one that receives
        await asyncio.wait([stream.upload])
    while (await receive())["type"] != "http.disconnect":
        pass
    stream.stop(ClientGone())
