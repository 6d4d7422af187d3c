"""Keeps one handler process running, as the host's dispatcher does.

When it starts one again, when it gives up and how long an invocation waits
follows azure-functions-host 4.1037: HttpFunctionInvocationDispatcher.cs,
WorkerProcess.cs and WorkerFunctionInvoker.cs.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from workshop.azure.worker import (
    CannotStart,
    Surroundings,
    Worker,
    exit_code,
    exit_words,
)

MOST_ERRORS = 3  # the third shuts the host down
ONCE_MORE = 200  # the exit status that asks for a restart


class ShutDown(Exception):
    """The host has given up; nothing is invoked any more."""


@dataclass(frozen=True)
class Limits:
    """How patient the host is with its handler, in seconds."""

    ready_s: float = 30.0  # until it listens
    forgotten_s: float = 30 * 60  # without an error, until none counts

    @property
    def first_s(self) -> float:
        """How long an invocation waits for a handler that is ready."""
        return (MOST_ERRORS + 1) * self.ready_s


class Dispatcher:
    """Starts the handler, hands it out, and starts it again.

    `on_shut_down` is called once, when it has given up.
    """

    def __init__(
        self,
        around: Surroundings,
        limits: Limits,
        on_shut_down: Callable[[], None],
    ) -> None:
        self._around = around
        self._log = around.log
        self._limits = limits
        self._on_shut_down = on_shut_down
        self._worker: Worker | None = None
        self._started = 0  # processes so far
        self._errors: list[float] = []  # when
        self._ready = asyncio.Event()
        self._is_shut_down = False
        self._running: asyncio.Task[None] | None = None
        self._ending: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Start the handler; returns at once."""
        self._started += 1
        self._ready.clear()
        self._worker = Worker(self._around, f"worker {self._started}")
        self._running = asyncio.create_task(self._run(self._worker))

    @property
    def ready_worker(self) -> Worker | None:
        """The handler, if it is ready now."""
        ready = self._ready.is_set() and not self._is_shut_down
        return self._worker if ready else None

    async def worker(self) -> Worker:
        """The handler, when it is ready.

        Raises ShutDown if the host gives up meanwhile, which it does when
        an invocation has waited too long.
        """
        if not self._ready.is_set():
            try:
                async with asyncio.timeout(self._limits.first_s):
                    await self._ready.wait()
            except TimeoutError:
                self._log.error(
                    "Final functionDispatcher state: Initializing. "
                    "Initialization timed out and host is shutting down"
                )
                self.shut_down("never ready")
        if self._is_shut_down or not self._worker:
            raise ShutDown
        return self._worker

    def time_out(self, worker: Worker, invocation_id: str) -> None:
        """An invocation took too long: its process goes, with all others."""
        self._log.warning(
            "A function timeout has occurred. Restarting worker process "
            f"executing invocationId '{invocation_id}'."
        )
        if worker is self._worker and not self._is_shut_down:
            self._replace(worker, "function timeout")
        self._log.warning("Restart of language worker process(es) completed.")

    def shut_down(self, why: str) -> None:
        """Give up: no handler runs from here on."""
        if self._is_shut_down:
            return
        self._is_shut_down = True
        if self._worker:
            self._end(self._worker, why)
        self._ready.set()  # who waits is told
        self._on_shut_down()

    async def close(self) -> None:
        """Stop for good, and wait until nothing of it is left."""
        self.shut_down("host stopped")
        if self._ending:
            await asyncio.wait(self._ending)

    async def _run(self, worker: Worker) -> None:
        """One process, from its start until it is known how it ended."""
        if self._ending:  # what goes may hold the port that this one gets
            await asyncio.wait(self._ending)
        self._log.debug("Initiating Worker Process start up")
        try:
            await worker.start()
        except CannotStart as error:
            # The host only logs; it is the first request that waits.
            self._log.warning(str(error))
            return
        exited = asyncio.create_task(worker.wait())
        ready = asyncio.create_task(worker.until_ready(self._limits.ready_s))
        try:
            if await self._becomes_ready(worker, exited, ready):
                self._log.debug(
                    f"Adding http worker channel. workerId:{worker.id}"
                )
                self._log.information(
                    "Worker process started and initialized."
                )
                self._ready.set()
                self._restarts(worker, await exited)
        finally:
            exited.cancel()
            ready.cancel()

    async def _becomes_ready(
        self,
        worker: Worker,
        exited: "asyncio.Task[int]",
        ready: "asyncio.Task[bool]",
    ) -> bool:
        """Whether it is ready; if not, what follows has been done."""
        await asyncio.wait([exited, ready], return_when="FIRST_COMPLETED")
        if not ready.done() and self._restarts(worker, exited.result()):
            return False
        if await ready:  # one that has exited with 0 is asked as well
            return True
        self._log.error(
            f"Failed to start http worker process. workerId:{worker.id}\n"
            "System.TimeoutException : Initializing HttpWorker timed out."
        )
        self._count_an_error()
        self._replace(worker, "not ready in time")
        return False

    def _restarts(self, worker: Worker, status: int) -> bool:
        """What the host does about an exit; whether that is a restart."""
        if status == 0:
            return False
        if status == ONCE_MORE:
            self._log.information(
                "Language Worker Process exited and needs to be restarted."
            )
        else:
            code = exit_code(status)
            words = ",".join(worker.last_words)
            self._log.error(
                f"Language Worker Process exited. Pid={worker.pid}.\n"
                f"{worker.program} exited with code {code} (0x{code:X})."
                + (f" {words}" if words else "")
            )
            self._count_an_error()
        self._replace(worker, exit_words(status))
        return True

    def _count_an_error(self) -> None:
        now = time.monotonic()
        if self._errors and now - self._errors[-1] > self._limits.forgotten_s:
            self._errors.clear()
        self._errors.append(now)

    def _replace(self, worker: Worker, why: str) -> None:
        """End a process, and start another unless there were too many."""
        self._ready.clear()
        if len(self._errors) < MOST_ERRORS:
            self._end(worker, why)
            self._log.debug("Restarting http invoker channel")
            self.start()
        else:
            self._log.error(
                "Exceeded http worker restart retry count. Shutting down "
                "Functions Host"
            )
            self.shut_down(why)

    def _end(self, worker: Worker, why: str) -> None:
        if self._running and self._running is not asyncio.current_task():
            self._running.cancel()
        task = asyncio.create_task(worker.kill(why))
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)
