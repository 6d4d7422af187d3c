"""One handler process: its start, its readiness, its life on the timeline.

What it is told and how it is asked whether it is ready follows
azure-functions-host 4.1037: HttpWorkerProcess.cs, WorkerProcess.cs and
DefaultHttpWorkerService.cs.
"""

import asyncio
import errno
import signal
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from workshop.azure.command_line import command_line
from workshop.azure.connection import (
    HOST,
    Connections,
    HandlerFailed,
    NotListening,
)
from workshop.azure.host_json import CustomHandler
from workshop.azure.log import Log
from workshop.console import Console
from workshop.leftovers import kill_marked
from workshop.ports import free_port
from workshop.sandbox import Process
from workshop.timeline import Phase, Timeline

POLL_S = 0.025  # between two looks whether it listens
PING = b"GET / HTTP/1.1\r\nHost: %b\r\n\r\n"

FOLLOWING: Mapping[Phase, frozenset[Phase]] = {
    Phase.INIT: frozenset({Phase.IDLE, Phase.ENDED}),
    Phase.IDLE: frozenset({Phase.INVOKE, Phase.ENDED}),
    Phase.INVOKE: frozenset({Phase.INVOKE, Phase.IDLE, Phase.ENDED}),
    Phase.ENDED: frozenset(),
}
"""The life of a handler: no freeze, and one request may join another."""


class CannotStart(Exception):
    """The process could not be started; says why."""


@dataclass(frozen=True)
class Surroundings:
    """What every handler process of a host gets from it."""

    folder: Path  # the function app's root
    handler: CustomHandler
    variables: Mapping[str, str]  # the host's own, which a handler inherits
    log: Log
    timeline: Timeline


class Worker:
    """One process of the handler, and the connections to it."""

    def __init__(self, around: Surroundings, name: str) -> None:
        self.id = str(uuid.uuid4())
        self.name = name
        self.connections = Connections(around.handler.port or free_port())
        self.program = around.handler.executable
        self.pid = 0  # once it is started
        self.last_words: list[str] = []
        self._around = around
        self._process: Process | None = None
        self._out = Console(around.log.information)
        self._err = Console(self._complain)
        self._under_way = 0
        self._phase: Phase | None = None

    async def start(self) -> None:
        """Start the process. Raises CannotStart where that fails."""
        around, handler = self._around, self._around.handler
        variables = {**around.variables, **self._variables()}
        command = command_line(
            handler,
            variables,
            lambda name: around.log.debug(
                f"Environment variable:%{name}% is not set"
            ),
        )
        around.log.debug(
            f"Starting worker process with FileName:{command[0]} "
            f"WorkingDirectory:{handler.working_directory} "
            f"Arguments:{' '.join(command[1:])}"
        )
        self._enter(Phase.INIT)
        try:
            self._process = await Process.start(
                command,
                handler.working_directory,
                variables,
                self._out.take,
                on_error=self._err.take,
            )
        except (OSError, ValueError) as error:
            around.log.error(
                "Failed to start Worker Channel. Process fileName: "
                f"{command[0]}"
            )
            raise CannotStart(_why_not(error, command[0], around)) from error
        self.pid = self._process.pid
        around.log.debug(f"{command[0]} process with Id={self.pid} started")

    async def wait(self) -> int:
        """Its exit status, once it has ended and all is logged it said."""
        assert self._process
        status = await self._process.wait()
        self._drain()
        self._enter(Phase.ENDED, exit_words(status))
        self._around.log.debug(
            f"Process {self.pid} has exited with code {exit_code(status)}."
        )
        return status

    async def until_ready(self, limit_s: float) -> bool:
        """Ask for `/` until there is an answer; whether one came in time.

        Any answer will do, 404 and 500 too, and so does one that is no HTTP.
        Only the time between the questions counts: a handler that takes the
        connection and never answers is waited for without a limit.
        """
        url = f"http://{HOST}:{self.connections.port}/"
        host = f"{HOST}:{self.connections.port}".encode()
        waited_s = 0.0
        while True:
            try:
                await self.connections.ask(b"GET", PING % host)
            except NotListening as error:
                self._around.log.debug(
                    "Waiting for HttpWorker to be initialized. Request to: "
                    f"{url} failing with exception message: {error}"
                )
                if waited_s >= limit_s:
                    return False
                asked = time.monotonic()
                await asyncio.sleep(POLL_S)
                waited_s += time.monotonic() - asked
                continue
            except HandlerFailed:
                pass  # it is there, whatever it said
            self._around.log.debug("HttpWorker is Initialized.")
            self._enter(Phase.IDLE)
            return True

    def begin(self, invocation_id: str) -> None:
        """It has an invocation, among others."""
        self._under_way += 1
        self._enter(Phase.INVOKE, self._at_once(), invocation_id)

    def end(self) -> None:
        """An invocation is over."""
        self._under_way -= 1
        if self._under_way:
            self._enter(Phase.INVOKE, self._at_once())
        else:
            self._enter(Phase.IDLE)

    async def kill(self, why: str) -> None:
        """End it at once, with whatever it has forked: no last words."""
        self._enter(Phase.ENDED, why)
        self.connections.close()
        if self._process:
            await self._process.kill()
            self._drain()
            await asyncio.to_thread(kill_marked, self.id)

    def _at_once(self) -> str:
        return f"{self._under_way} at once" if self._under_way > 1 else ""

    def _enter(
        self, phase: Phase, detail: str = "", request_id: str = ""
    ) -> None:
        if self._phase is Phase.ENDED:
            return  # an invocation's end may come after that of its process
        assert self._phase is None or phase in FOLLOWING[self._phase], phase
        self._phase = phase
        self._around.timeline.enter(self.name, phase, request_id, detail)

    def _variables(self) -> dict[str, str]:
        port = str(self.connections.port)
        return {
            "FUNCTIONS_HTTPWORKER_PORT": port,
            "FUNCTIONS_HTTPWORKER_ID": self.id,
            "FUNCTIONS_CUSTOMHANDLER_PORT": port,
            "FUNCTIONS_CUSTOMHANDLER_WORKER_ID": self.id,
            "FUNCTIONS_APP_ROOT_PATH": str(self._around.folder),
        }

    def _complain(self, line: str) -> None:
        """Log a line of stderr: an error, unless it speaks of a warning."""
        if "warn" in line.lower():
            self._around.log.warning(line)
        else:
            self._around.log.error(line)
            self.last_words = [*self.last_words[-2:], line]

    def _drain(self) -> None:
        if self._process:
            self._process.drain()
        self._out.close()
        self._err.close()


def exit_code(status: int) -> int:
    """The code that .NET gives to an exit: 128 and its number for a signal."""
    return status if status >= 0 else 128 - status


def exit_words(status: int) -> str:
    """How a process ended; not every signal has a name."""
    if status >= 0:
        return f"exit {status}"
    named = -status in set(signal.Signals)
    return signal.Signals(-status).name if named else f"signal {-status}"


def _why_not(error: Exception, program: str, around: Surroundings) -> str:
    """A sentence for the learner: what to do about it."""
    number = getattr(error, "errno", None)
    if not around.handler.working_directory.is_dir():
        return (
            f"There is no folder {around.handler.working_directory}: "
            "workingDirectory in host.json is relative to the app."
        )
    if number == errno.EACCES:
        return f"{program} may not be executed: chmod +x {program}"
    if number == errno.ENOEXEC:
        return (
            f"{program} is no program of this machine: a script's first line "
            "says what runs it, such as #!/usr/bin/env python3"
        )
    crate = around.folder / "Cargo.toml"
    if number == errno.ENOENT and crate.exists():
        return (
            f"{program} is not there: run cargo build --release in "
            f"{around.folder}, and copy the program from target/release to "
            f"{around.folder / program}."
        )
    if number == errno.ENOENT and Path(program).is_absolute():
        return (
            f"{program} or what its first line names is not there. A Windows "
            "line ending there has the same effect."
        )
    if number == errno.ENOENT:
        return (
            f"{program} is neither a file of {around.folder} nor a program "
            "on the PATH: look at defaultExecutablePath in host.json."
        )
    return str(error)
