"""One invocation of a function, from its trigger to its end.

What its time limit does and what is logged about it follows
azure-functions-host 4.1037 (WebScriptHostExceptionHandler.cs) and the
WebJobs SDK below it.
"""

import asyncio
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from workshop.azure.connection import HandlerFailed, Reply, Whole
from workshop.azure.dispatcher import Dispatcher, ShutDown
from workshop.azure.function_json import Function
from workshop.azure.http_message import EMPTY, Response
from workshop.azure.log import Log
from workshop.azure.payload import BadPayload
from workshop.azure.worker import Worker

OVER_HTTP = "This function was programmatically called via the host APIs."
FAILED = Response(500, [EMPTY])
NOT_RUNNING = Response(
    503,
    [
        (b"Content-Type", b"text/plain; charset=utf-8"),
        (b"Content-Length", b"29"),
    ],
    b"Function host is not running.",
)


@dataclass(frozen=True, slots=True)
class Mode:
    """How a function's handler is asked, and what its reply means."""

    method: bytes
    # The request's head and its body, of the invocation's id and the
    # handler's port.
    encode: Callable[[str, int], tuple[bytes, bytes]]
    # The response, or None where the host waits on for ever.
    decode: Callable[[Reply], Response | None]


class Invocation:
    """One run of a function: its id, its handler process, its log lines."""

    def __init__(
        self,
        function: Function,
        reason: str,
        log: Log,
        limit_s: float | None,
    ) -> None:
        self.id = str(uuid.uuid4())
        self.limit_s = limit_s
        self._what = f"'Functions.{function.name}'"
        self._log = log
        self._began = time.monotonic()
        self._worker: Worker | None = None
        self.is_over = False
        log.information(
            f"Executing {self._what} (Reason='{reason}', Id={self.id})"
        )

    def begin(self, worker: Worker) -> None:
        """The handler gets it."""
        self._worker = worker
        worker.begin(self.id)

    def succeed(self) -> None:
        """The handler has answered."""
        self._log.information(self._end("Succeeded"))

    def fail(self, why: str) -> None:
        """It came to nothing."""
        self._log.error(f"{self._end('Failed')}\n{why}")

    def time_out(self, dispatcher: Dispatcher) -> None:
        """It took too long; the whole handler process goes with it."""
        self._log.error(
            f"Timeout value of {_span(self.limit_s or 0)} exceeded by "
            f"function {self._what} (Id: '{self.id}'). Initiating "
            "cancellation."
        )
        if self._worker:
            dispatcher.time_out(self._worker, self.id)
        self._log.error(self._end("Failed"))

    def _end(self, how: str) -> str:
        self.is_over = True
        if self._worker:
            self._worker.end()
        took_ms = round((time.monotonic() - self._began) * 1000)
        return (
            f"Executed {self._what} ({how}, Id={self.id}, "
            f"Duration={took_ms}ms)"
        )


class Invoker:
    """Invokes functions, each at once if the handler is ready."""

    def __init__(
        self, dispatcher: Dispatcher, log: Log, limit_s: float | None
    ) -> None:
        self.dispatcher = dispatcher
        self.log = log
        self.limit_s = limit_s
        self._waiting: set[asyncio.Task[None]] = set()

    def invocation(self, function: Function, reason: str) -> Invocation:
        """An invocation that begins now."""
        return Invocation(function, reason, self.log, self.limit_s)

    def invoke(
        self,
        function: Function,
        reason: str,
        mode: Mode,
        done: Callable[[Response], None],
    ) -> None:
        """Ask the handler; `done` gets the response, once, whatever happens.

        Not a coroutine: where the handler is ready, the request is on its way
        when this returns.
        """
        run = _Run(self.invocation(function, reason), mode, self, done)
        worker = self.dispatcher.ready_worker
        if worker:
            run.ask(worker)
            return
        task = asyncio.create_task(run.wait_and_ask())
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)


class _Run:
    """An invocation with a mode, on its way through callbacks."""

    def __init__(
        self,
        invocation: Invocation,
        mode: Mode,
        invoker: Invoker,
        done: Callable[[Response], None],
    ) -> None:
        self._invocation = invocation
        self._mode = mode
        self._dispatcher = invoker.dispatcher
        self._done = done
        self._overdue: asyncio.TimerHandle | None = None
        if invocation.limit_s is not None:
            self._overdue = asyncio.get_running_loop().call_later(
                invocation.limit_s, self._time_out
            )

    async def wait_and_ask(self) -> None:
        """Ask the handler when it is ready."""
        try:
            worker = await self._dispatcher.worker()
        except ShutDown:
            self._fail("The host has shut down.", NOT_RUNNING)
        else:
            self.ask(worker)

    def ask(self, worker: Worker) -> None:
        """Send the request to the handler."""
        if self._invocation.is_over:
            return
        self._invocation.begin(worker)
        connections = worker.connections
        try:
            request = self._mode.encode(self._invocation.id, connections.port)
            connections.send(self._mode.method, *request, Whole(self._take))
        except Exception as error:  # of any kind: a client waits
            self._fail(_why(error))

    def _take(self, reply: Reply | HandlerFailed) -> None:
        if self._invocation.is_over:
            return
        if isinstance(reply, HandlerFailed):
            self._fail(str(reply))
            return
        try:
            response = self._mode.decode(reply)
        except Exception as error:  # of any kind: a client waits
            self._fail(_why(error))
            return
        if response:
            self._invocation.succeed()
            self._finish(response)

    def _time_out(self) -> None:
        self._invocation.time_out(self._dispatcher)
        self._finish(FAILED)

    def _fail(self, why: str, response: Response = FAILED) -> None:
        if not self._invocation.is_over:
            self._invocation.fail(why)
            self._finish(response)

    def _finish(self, response: Response) -> None:
        if self._overdue:
            self._overdue.cancel()
        self._done(response)


def _why(error: Exception) -> str:
    """What the log says of an error; one of ours is a sentence already."""
    if isinstance(error, HandlerFailed | BadPayload):
        return str(error)
    return f"{type(error).__name__} : {error}"


def _span(seconds: float) -> str:
    """A time span as .NET writes it."""
    whole = int(seconds)
    text = f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"
    rest = round((seconds - whole) * 10_000_000)
    return f"{text}.{rest:07}" if rest else text
