"""One invocation of a function, from a trigger to its end.

Which mode it goes by, what its time limit does and what is logged about it
follows azure-functions-host 4.1037 (DefaultHttpWorkerService.cs,
WebScriptHostExceptionHandler.cs) and the WebJobs SDK below it.
"""

import asyncio
import contextlib
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime

from workshop.azure import payload
from workshop.azure.connection import HandlerFailed
from workshop.azure.dispatcher import Dispatcher
from workshop.azure.forwarding import forward
from workshop.azure.function_json import Function
from workshop.azure.host_json import HostSettings
from workshop.azure.http_message import (
    AGENT,
    Request,
    Response,
    head,
    tracing,
)
from workshop.azure.log import Log
from workshop.azure.proxying import chunk, proxy
from workshop.azure.worker import Worker

OVER_HTTP = "This function was programmatically called via the host APIs."
FAILED = Response(500)


class Failed(Exception):
    """The invocation has failed, and that is logged."""


class Invoker:
    """Invokes functions: over HTTP, or as another trigger wants it."""

    def __init__(
        self, settings: HostSettings, dispatcher: Dispatcher, log: Log
    ) -> None:
        self._settings = settings
        self._dispatcher = dispatcher
        self._log = log

    async def over_http(
        self, function: Function, request: Request
    ) -> Response:
        """The response to an HTTP request; 500 when that fails.

        A streamed response's invocation ends when its last part is read.
        Raises ShutDown when the host gives up.
        """
        handler = self._settings.handler
        if function.direct and handler.proxying:
            return await self._stream(function, request)
        mode = forward if function.direct and handler.forwarding else None
        try:
            async with self._invocation(function, OVER_HTTP) as (worker, name):
                if mode:
                    return await mode(worker.connections, request, name)
                return await self._ask(worker, function, request, name)
        except Failed:
            return FAILED

    async def by_payload(
        self,
        function: Function,
        reason: str,
        content: Callable[[str, datetime], bytes],
    ) -> None:
        """Invoke a function of another trigger; what fails is logged.

        The content is made of the invocation's id and the moment.
        """
        with contextlib.suppress(Failed):
            async with self._invocation(function, reason) as (worker, name):
                body = content(name, datetime.now(UTC))
                await self._send(worker, function, name, body)

    async def _ask(
        self, worker: Worker, function: Function, request: Request, name: str
    ) -> Response:
        """Payload mode: the request as JSON, the response out of JSON."""
        sent = payload.HttpRequest(
            url=request.scheme_and_host + request.target.decode("latin-1"),
            method=request.method,
            query=request.query.decode("latin-1"),
            headers=tuple(
                (name.decode("latin-1").title(), value.decode("latin-1"))
                for name, value in request.headers
            ),
            params=request.params,
            body=await request.body() if request.has_length else b"",
            identities=request.identities,
        )
        body = payload.http_payload(
            function.name, function.trigger.name, sent, name, datetime.now(UTC)
        )
        answer = await self._send(worker, function, name, body)
        values = [
            answer.outputs[binding.name]
            for binding in function.outputs
            if binding.is_a("http") and binding.name in answer.outputs
        ]
        value = values[0] if values else None
        made = payload.http_response(value, answer.returned)
        headers = [
            (key.encode("latin-1"), value.encode("latin-1"))
            for key, value in made.headers
        ]
        headers.append((b"Content-Length", b"%d" % len(made.body)))
        return Response(made.status, headers, made.body)

    async def _send(
        self, worker: Worker, function: Function, name: str, body: bytes
    ) -> payload.Answer:
        """POST a payload to the handler; what it answers."""
        host = f"127.0.0.1:{worker.connections.port}".encode()
        headers = [
            (b"Host", host),
            *tracing(name),
            (b"User-Agent", AGENT.encode()),
            (b"Transfer-Encoding", b"chunked"),
            (b"Content-Type", b"application/json; charset=utf-8"),
        ]
        start = b"POST /%b HTTP/1.1" % function.name.encode()
        framed = chunk(body) + b"0\r\n\r\n"
        reply = await worker.connections.send(
            b"POST", head(start, headers), framed
        )
        content = await reply.body()
        if not 200 <= reply.status < 300:
            raise HandlerFailed(
                "Response status code does not indicate success: "
                f"{reply.status} ({reply.reason.decode('latin-1')})."
            )
        kinds = [v for n, v in reply.headers if n.lower() == b"content-type"]
        kind = kinds[0].decode("latin-1") if kinds else ""
        try:
            answer = payload.read_answer(kind, content, function.outputs)
        except payload.BadPayload as error:
            self._log_all(error.logs)
            raise
        if answer is None:
            self._log.warning(
                f"The handler answered {function.name} with null or nothing. "
                "The host waits on, until functionTimeout."
            )
            await asyncio.Future()
            raise AssertionError
        self._log_all(answer.logs)
        return answer

    def _log_all(self, lines: Iterable[str]) -> None:
        for line in lines:
            self._log.information(line)

    async def _stream(self, function: Function, request: Request) -> Response:
        """Proxying: the head of the response now, its body as it comes."""
        lifetime = contextlib.AsyncExitStack()
        try:
            worker, name = await lifetime.enter_async_context(
                self._invocation(function, OVER_HTTP)
            )
            async with lifetime:
                response = await proxy(worker.connections, request, name)
                rest = lifetime.pop_all()
        except Failed:
            return FAILED

        async def parts() -> AsyncIterator[bytes]:
            async with rest:
                assert response.parts
                async for part in response.parts:
                    yield part

        return replace(response, parts=parts())

    @contextlib.asynccontextmanager
    async def _invocation(
        self, function: Function, reason: str
    ) -> AsyncIterator[tuple[Worker, str]]:
        """A ready handler and the invocation's id, within the time limit.

        Raises Failed, and has logged why, when what is done in it fails.
        """
        name = str(uuid.uuid4())
        what = f"'Functions.{function.name}'"
        self._log.information(
            f"Executing {what} (Reason='{reason}', Id={name})"
        )
        began = time.monotonic()
        limit_s = self._settings.function_timeout_s
        worker: Worker | None = None
        try:
            async with asyncio.timeout(limit_s):
                worker = await self._dispatcher.worker()
                with worker.invoked(name):
                    yield worker, name
        except (HandlerFailed, payload.BadPayload) as error:
            self._log_end(what, name, began, f"Failed\n{error}")
            raise Failed from error
        except TimeoutError as error:
            self._log.error(
                f"Timeout value of {_span(limit_s)} exceeded by function "
                f"{what} (Id: '{name}'). Initiating cancellation."
            )
            if worker:
                self._dispatcher.time_out(worker, name)
            self._log_end(what, name, began, "Failed")
            raise Failed from error
        self._log_end(what, name, began, "Succeeded")

    def _log_end(self, what: str, name: str, began: float, how: str) -> None:
        word, _, why = how.partition("\n")
        took_ms = round((time.monotonic() - began) * 1000)
        line = f"Executed {what} ({word}, Id={name}, Duration={took_ms}ms)"
        if word == "Succeeded":
            self._log.information(line)
        else:
            self._log.error(f"{line}\n{why}".rstrip())


def _span(seconds: float | None) -> str:
    """A time span as .NET writes it."""
    whole = int(seconds or 0)
    text = f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"
    rest = (seconds or 0) - whole
    return text + (f".{round(rest * 10_000_000):07}" if rest else "")
