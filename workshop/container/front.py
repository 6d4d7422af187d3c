"""The door of the local Cloud Run: a request comes in, a response goes out.

The statuses are Cloud Run's ("Troubleshoot Cloud Run issues"): 429 when no
instance is to be had, 503 when one does not start or breaks off, 504 when
the response takes too long.
"""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from dataclasses import asdict

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from workshop.container.exchange import (
    BadRequest,
    ConnectionFailed,
    Exchange,
    headers_of,
    request_of,
)
from workshop.container.instance import CannotStart, Surroundings
from workshop.container.service import NoInstance, Service

TOO_MANY = 429, "Rate exceeded."
UNAVAILABLE = 503, "Service Unavailable"
TOO_LATE = 504, "upstream request timeout"


def front(around: Surroundings, service: Service, token: str) -> ASGIApp:
    """The application; who knows the token may read log and timeline."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == f"/{token}":
            told = {
                "log": around.log.lines(),
                "timeline": [asdict(event) for event in around.timeline],
            }
            await _reply(send, 200, json.dumps(told))
            return
        call = _Call(around, service, scope, receive, send)
        await call.run()

    return app


class _Call:
    """One request, from its first byte to its last."""

    def __init__(
        self,
        around: Surroundings,
        service: Service,
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        self._around = around
        self._service = service
        self._scope = scope
        self._receive = receive
        self._send = send
        self._id = secrets.token_hex(16)
        self._status = 0  # once the response has begun
        self._exchange: Exchange | None = None
        self._leaving: asyncio.Task[None] | None = None
        self._has_left = False

    async def run(self) -> None:
        """Answer it, whatever happens, and log it."""
        try:
            async with asyncio.timeout(self._around.limits.request_s):
                await self._pass_on()
        except NoInstance:
            why = "there was no available instance"
            await self._refuse(*TOO_MANY, why)
        except CannotStart:
            await self._refuse(*UNAVAILABLE, "no instance started")
        except ConnectionFailed as error:
            why = f"the response broke: {error}"
            await self._refuse(
                *UNAVAILABLE, "the client has left" if self._has_left else why
            )
        except TimeoutError:
            await self._refuse(*TOO_LATE, "it took too long")
        except BadRequest as error:
            await self._refuse(400, "Bad Request", str(error))
        else:
            self._log(self._status)

    async def _pass_on(self) -> None:
        request = request_of(
            self._scope["method"],
            _target(self._scope),
            self._scope["headers"],
            [
                (b"X-Forwarded-For", self._scope["client"][0].encode()),
                (b"X-Forwarded-Proto", self._scope["scheme"].encode()),
                (b"X-Cloud-Trace-Context", f"{self._id}/1;o=0".encode()),
            ],
        )
        instance = await self._service.take(self._id)
        try:
            exchange = self._exchange = await Exchange.begin(
                instance.address, request, self._body()
            )
            try:
                head = await exchange.head()
                self._status = head.status_code
                await self._send(_start(self._status, headers_of(head)))
                async for part in exchange.parts():
                    await self._send(_part(part, more=True))
            finally:
                await exchange.close()
                if self._leaving:
                    self._leaving.cancel()
            await self._send(_part(b"", more=False))
        except asyncio.CancelledError:  # too late, or the server ends
            instance.broken_off += 1
            raise
        except ConnectionFailed:
            if not self._has_left:
                self._service.doubt(instance)
            raise
        finally:
            self._service.give_back(instance)

    async def _body(self) -> AsyncIterator[bytes]:
        """The client's body as it comes."""
        more = True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                self._leave()
                return
            yield message.get("body", b"")
            more = message.get("more_body", False)
        self._leaving = asyncio.create_task(self._until_it_leaves())

    async def _until_it_leaves(self) -> None:
        await self._receive()  # nothing else can come now
        self._leave()

    def _leave(self) -> None:
        assert self._exchange
        self._has_left = True
        self._exchange.break_off()

    async def _refuse(self, status: int, text: str, why: str) -> None:
        self._log(self._status or status, why)
        if not self._status:
            await _reply(self._send, status, text)
        # One that has begun and gets no end, uvicorn breaks off.

    def _log(self, status: int, why: str = "") -> None:
        target = _target(self._scope).decode("latin-1")
        line = f"{self._scope['method']} {target} {status}"
        self._around.log.write(f"{line}: {why}" if why else line)


def _target(scope: Scope) -> bytes:
    path: bytes = scope["raw_path"]
    query: bytes = scope["query_string"]
    return path + b"?" + query if query else path


async def _reply(send: Send, status: int, text: str) -> None:
    body = text.encode()
    length = str(len(body)).encode()
    await send(_start(status, [(b"content-length", length)]))
    await send(_part(body, more=False))


def _start(status: int, headers: list[tuple[bytes, bytes]]) -> Message:
    return {
        "type": "http.response.start",
        "status": status,
        "headers": headers,
    }


def _part(body: bytes, *, more: bool) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": more}
