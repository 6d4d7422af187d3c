"""One instance of the container: its start, its requests, its end.

It is told PORT, and HOST, where it should listen. HOST is the workshop's own:
nothing but this machine may reach an instance here, and in a container
everybody must, through 0.0.0.0. Where this machine has a second address of
its own, instances are reached through that. So one that listens on 127.0.0.1
alone is found out, as on Cloud Run.

It has a processor while it starts, while it has requests and while it is
asked to end. Between requests it is frozen; on Cloud Run, where requests are
billed, it then has next to none ("Billing settings", Google Cloud, read
2026-11).
"""

import asyncio
import contextlib
import os
import signal
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

import psutil

from workshop.console import Console
from workshop.container.image import Image
from workshop.container.log import Log
from workshop.container.settings import Limits
from workshop.leftovers import kill_marked
from workshop.ports import free_port
from workshop.restraint import Restraint, restrain
from workshop.sandbox import Process
from workshop.serving import HOST
from workshop.timeline import Phase, Timeline

CPUS = 1.0  # Cloud Run's default
POLL_S = 0.01  # between two looks whether it listens
HINT_S = 3.0  # from when on it is strange that it does not
FREEZE_AFTER_S = 0.01  # so that one who is asked at once need not thaw

FOLLOWING: Mapping[Phase, frozenset[Phase]] = {
    Phase.INIT: frozenset({Phase.IDLE, Phase.ENDED}),
    Phase.IDLE: frozenset({Phase.INVOKE, Phase.FROZEN, Phase.ENDED}),
    Phase.FROZEN: frozenset({Phase.INVOKE, Phase.IDLE, Phase.ENDED}),
    Phase.INVOKE: frozenset({Phase.INVOKE, Phase.IDLE, Phase.ENDED}),
    Phase.ENDED: frozenset(),
}
"""The life of an instance: one request may join another."""


class CannotStart(Exception):
    """It does not listen, and will not; says why."""


@dataclass(frozen=True)
class Surroundings:
    """What every instance gets from the server."""

    image: Image
    variables: Mapping[str, str]
    mark: str  # by which its processes are found
    limits: Limits
    log: Log
    timeline: Timeline = field(default_factory=Timeline)


class Instance:
    """A sandboxed process that serves many requests at once."""

    def __init__(self, around: Surroundings, number: int) -> None:
        self.name = f"instance {number}"
        self.under_way = 0  # requests
        self.broken_off = 0  # requests that it may be answering still
        self.address = outside(), free_port()
        self.start_took_s = 0.0
        self._around = around
        self._mark = f"{around.mark}.{number}."
        self._console = Console(self._said)
        self._process: Process | None = None
        self._restraint: Restraint | None = None
        self._exit: asyncio.Task[int] | None = None
        self._freezing: asyncio.TimerHandle | None = None
        self._phase: Phase | None = None

    async def start(self) -> None:
        """Start it and wait until it listens. Raises CannotStart.

        What fails is ended, too.
        """
        began = time.monotonic()
        self._enter(Phase.INIT)
        self._say("starting: no instance has room for a request")
        try:
            await self._run()
            await self._until_it_listens(began)
        except BaseException:
            await self.clear()
            raise
        self.start_took_s = time.monotonic() - began
        self._enter(Phase.IDLE)
        self._say(f"listens on PORT={self.address[1]}")
        self._rest()

    def begin(self, request_id: str) -> None:
        """It gets a request, perhaps among others."""
        self._wake()
        self.under_way += 1
        self._enter(Phase.INVOKE, self._at_once(), request_id)

    def end(self) -> None:
        """A request is over."""
        self.under_way -= 1
        if self.under_way:
            self._enter(Phase.INVOKE, self._at_once())
        else:
            self._enter(Phase.IDLE)
            self._rest()

    async def wait(self) -> int:
        """Its exit status, once it has ended, by itself or not."""
        assert self._exit
        return await asyncio.shield(self._exit)

    async def stop(self, why: str, grace_s: float) -> None:
        """SIGTERM; SIGKILL where that has not ended it in time."""
        assert self._process and self._exit
        self._wake()
        self._say(f"{why}: SIGTERM")
        self._enter(Phase.IDLE, "SIGTERM")
        if not self._exit.done():
            os.kill(self._process.pid, signal.SIGTERM)
        await asyncio.wait([self._exit], timeout=grace_s)
        if not self._exit.done():
            self._say(
                f"still runs {grace_s:g} s after SIGTERM: SIGKILL. "
                f"{self._why_it_runs()}"
            )
        await self.clear()

    async def clear(self) -> None:
        """Leave nothing of it."""
        self._wake()
        if self._process and self._exit:
            if self._restraint:  # first: what is frozen could not die
                restraint, self._restraint = self._restraint, None
                await asyncio.to_thread(restraint.close)
            await self._process.kill()
            await asyncio.to_thread(kill_marked, self._mark)
            self._console.close()
            self._enter(Phase.ENDED, exit_words(await self._exit))
        else:
            self._enter(Phase.ENDED, "not started")

    def out_of_memory(self) -> bool:
        """Whether its memory was its end."""
        return bool(self._restraint and self._restraint.out_of_memory())

    def _why_it_runs(self) -> str:
        if not self.broken_off:
            return (
                "What is process 1 in a container must handle SIGTERM itself."
            )
        return (
            f"Requests that were broken off: {self.broken_off}. It may be at "
            f"work on them; Cloud Run would give it "
            f"{Limits.stop_s:g} s to end."
        )

    async def _run(self) -> None:
        around = self._around
        host, port = self.address
        command = around.image.command
        variables = {
            **around.variables,
            **around.image.variables,
            "HOST": host,
            "PORT": str(port),
            "WORKSHOP_MARK": self._mark,
        }
        try:
            self._process = await Process.start(
                command, around.image.folder, variables, self._console.take
            )
        except (OSError, ValueError) as error:
            raise CannotStart(
                f"{command[0]} cannot be run: {error}"
            ) from error
        self._exit = asyncio.create_task(self._process.wait())
        with contextlib.suppress(ProcessLookupError):  # it has ended already
            self._restraint = restrain(
                self._process.pid, around.mark, around.limits.memory_mb
            )
            self._restraint.throttle(CPUS)

    async def _until_it_listens(self, began: float) -> None:
        limit_s = self._around.limits.start_s
        hint_at = began + min(HINT_S, limit_s / 2)
        while not _answers(self.address):
            assert self._exit
            if self._exit.done():
                words = exit_words(self._exit.result())
                raise CannotStart(f"{NOT_LISTENING}: it has ended ({words}).")
            inside = HOST, self.address[1]
            if _answers(inside) and not _answers(self.address):
                raise CannotStart(f"{NOT_LISTENING}. {LOOPBACK}")
            now = time.monotonic()
            if now >= began + limit_s:
                raise CannotStart(f"{NOT_LISTENING} within {limit_s:g} s.")
            if now >= hint_at:
                hint_at = began + limit_s
                self._say(self._where_it_listens())
            await asyncio.sleep(POLL_S)

    def _where_it_listens(self) -> str:
        ports: set[int] = set()
        with contextlib.suppress(psutil.Error):
            assert self._process
            ports = {
                one.laddr.port
                for one in psutil.Process(self._process.pid).net_connections()
                if one.status == psutil.CONN_LISTEN
            }
        found = ", ".join(map(str, sorted(ports))) or "no port"
        return (
            f"does not listen on PORT={self.address[1]} yet; it listens on "
            f"{found}"
        )

    def _rest(self) -> None:
        self._freezing = asyncio.get_running_loop().call_later(
            FREEZE_AFTER_S, self._freeze
        )

    def _freeze(self) -> None:
        if self._restraint and self._exit and not self._exit.done():
            with contextlib.suppress(OSError):
                self._restraint.freeze()
            self._enter(Phase.FROZEN)

    def _wake(self) -> None:
        if self._freezing:
            self._freezing.cancel()
        if self._phase is Phase.FROZEN and self._restraint:
            with contextlib.suppress(OSError):
                self._restraint.thaw()

    def _at_once(self) -> str:
        return f"{self.under_way} at once" if self.under_way > 1 else ""

    def _say(self, sentence: str) -> None:
        self._around.log.write(f"{self.name} {sentence}")

    def _said(self, line: str) -> None:
        self._around.log.write(f"{self.name}: {line}")

    def _enter(
        self, phase: Phase, detail: str = "", request_id: str = ""
    ) -> None:
        if self._phase is Phase.ENDED:
            return  # a request's end may come after that of its instance
        assert self._phase in (None, phase) or phase in FOLLOWING[self._phase]
        self._phase = phase
        self._around.timeline.enter(self.name, phase, request_id, detail)


NOT_LISTENING = (
    "The container failed to start and listen on the port defined by the "
    "PORT environment variable"
)
LOOPBACK = (
    "It listens on 127.0.0.1 alone, where nobody reaches it from outside the "
    "container: it must listen on 0.0.0.0, or here on HOST."
)


def exit_words(status: int) -> str:
    """How a process ended; not every signal has a name."""
    if status >= 0:
        return f"exit {status}"
    named = -status in set(signal.Signals)
    return signal.Signals(-status).name if named else f"signal {-status}"


@cache
def outside() -> str:
    """The address by which an instance is reached: this machine's alone."""
    second = "127.0.0.2"  # Linux has all of 127; macOS, the first one
    with socket.socket() as probe:
        try:
            probe.bind((second, 0))
        except OSError:
            return HOST
    return second


def _answers(address: tuple[str, int]) -> bool:
    with socket.socket() as caller:
        caller.settimeout(1)
        return caller.connect_ex(address) == 0
