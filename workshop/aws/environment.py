"""One execution environment: a process, a Runtime API on its own port.

It runs one invocation at a time. Every phase it enters goes onto the
timeline at the moment it begins, and its log lines are read off there.
"""

import asyncio
import resource
import secrets
import shutil
import signal
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from workshop.aws import runtimes
from workshop.aws.function import Function
from workshop.aws.logs import LINE_LIMIT, Logs
from workshop.aws.report import SUPPRESSED, TIMED_OUT, init_report, report
from workshop.aws.response_stream import ResponseStream
from workshop.aws.runtime_api import (
    Answer,
    Call,
    Invocation,
    Reply,
    RuntimeApi,
)
from workshop.aws.runtime_http import RuntimeConnection, RuntimeServer
from workshop.restraint import Restraint, restrain
from workshop.sandbox import Process, holds_more, kill_marked, search_path
from workshop.timeline import FOLLOWING, Event, Phase, Timeline

LOG_TAIL = 4096  # bytes that LogType=Tail returns
CONTINUATION = bytes(range(0x80, 0xC0))  # what no UTF-8 character starts with
EXITED = "Runtime.ExitError"
BAD_ENTRYPOINT = "Runtime.InvalidEntrypoint"
OUT_OF_MEMORY = "Runtime.OutOfMemory"
MB_PER_CPU = 1769  # "Configure Lambda function memory", AWS, read 2026-11
# A runtime that is asked again within this time is not frozen in between,
# so that a busy environment does not pay for it with each invocation.
FREEZE_AFTER_S = 0.01
EXIT_S = 0.5  # that a runtime has for its last words after init/error
# "Lambda quotas", AWS Lambda Developer Guide, read 2026-11: the /tmp folder,
# and the file descriptors of an environment.
TMP_LIMIT = 512 * 1024 * 1024  # bytes
TMP_LOOK_S = 1.0  # how often a folder is looked at while its function runs
LIMITS = {resource.RLIMIT_FSIZE: TMP_LIMIT, resource.RLIMIT_NOFILE: 1024}


@dataclass(frozen=True)
class Surroundings:
    """What an environment gets from the server that runs it."""

    region: str
    credentials: Mapping[str, str]  # the three AWS_ variables of a function
    scratch: Path  # where each environment gets a /tmp of its own
    runtime_folder: Path  # what a managed runtime starts
    timeline: Timeline
    logs: Logs


@dataclass(frozen=True)
class Outcome:
    """What an invocation came to: the caller's answer and the log's end."""

    answer: Answer
    log_tail: bytes


class Environment:
    """A sandboxed process that serves one function's invocations.

    `on_idle` is called each time it is back from an invocation, `on_break`
    once if a fault ends it, `on_end` when nothing of it is left.

    Its /tmp is the folder that TMPDIR names, and has room for TMP_LIMIT. On
    AWS it is a disk of that size, and what is too much fails with "No space
    left on device". Here one file cannot grow beyond that ("File too
    large"; Linux only), and when all together do, the runtime is killed. A
    file counts with its length.
    """

    def __init__(
        self,
        function: Function,
        around: Surroundings,
        on_idle: Callable[["Environment"], None],
        on_break: Callable[[], None],
        on_end: Callable[["Environment"], None],
    ) -> None:
        self.function = function
        self.id = secrets.token_hex(16)
        self.init_suppressed = False
        self._broken = False  # ended by a fault, not by the platform's choice
        self._around = around
        self._on_idle = on_idle
        self._on_break = on_break
        self._on_end = on_end
        self._api = RuntimeApi()
        self._server = RuntimeServer(self._receive, self._begin, self._log)
        self._process: Process | None = None
        self._restraint: Restraint | None = None
        self._freezing: asyncio.TimerHandle | None = None
        self._frozen = False
        self._exit: asyncio.Task[None] | None = None
        self._filling: asyncio.Task[None] | None = None
        self._overdue: asyncio.TimerHandle | None = None
        self._ending: asyncio.Task[None] | None = None
        self._waiting_call: RuntimeConnection | None = None
        self._request_id = ""
        self._deadline = 0.0  # of the invocation, in seconds since 1970
        self._last_words = _exit_message(0)
        # Init or the open invocation; resolved by the runtime or its exit.
        self._pending: asyncio.Future[Outcome | None] | None = None
        self._stream: ResponseStream | None = None
        self._history: deque[Event] = deque(maxlen=16)
        self._peak_mb = 0
        self._temporary = around.scratch / self.id
        self._log_stream = f"{datetime.now(UTC):%Y/%m/%d}/[$LATEST]{self.id}"
        self._tail = b""
        self._half_line = b""

    @property
    def phase(self) -> Phase:
        """What it is doing now."""
        return self._history[-1].phase

    @property
    def since(self) -> float:
        """When that began, in seconds on the monotonic clock."""
        return self._history[-1].at

    async def init(
        self, request_id: str, limit_s: float, suppressed: bool = False
    ) -> Outcome | None:
        """Start the runtime for a request and wait for its first `next`.

        None when it is ready, otherwise what went wrong. A suppressed init
        is part of the invocation, and its failure the request's outcome.
        """
        self._request_id = request_id
        self.init_suppressed = suppressed
        self._enter(Phase.INIT, SUPPRESSED if suppressed else "")
        self._pending = asyncio.get_running_loop().create_future()
        address = await self._server.start()
        try:
            self._process = await self._start(address)
        except runtimes.CannotStart as error:
            self._log(error.remedy)
            outcome = self._fail(BAD_ENTRYPOINT, str(error))
            await self.end(BAD_ENTRYPOINT)
            return outcome
        mark = self._around.credentials["AWS_SESSION_TOKEN"]
        self._restraint = restrain(
            self._process.pid, mark, self.function.memory_mb
        )
        self._exit = asyncio.create_task(self._watch(self._process))
        self._filling = asyncio.create_task(self._watch_tmp())
        failure = await self._settle(self._pending, limit_s)
        if failure:
            await asyncio.wait([self._exit], timeout=EXIT_S)
            await self.end()
        return failure

    async def invoke(
        self, invocation: Invocation, stream: ResponseStream | None = None
    ) -> Outcome:
        """Hand over one event; returns its answer, or that time ran out.

        A response that the runtime streams goes into the stream, if there is
        one, and the answer's payload is then empty.
        """
        self._request_id = invocation.request_id
        if self.phase is Phase.ENDED:  # it was ready, and has exited since
            self._log_start()
            return self._fail(EXITED, self._last_words)
        self._stream = stream
        self._pending = asyncio.get_running_loop().create_future()
        self._deadline = invocation.deadline_ms / 1000
        self._thaw()
        self._enter(Phase.INVOKE)
        self._log_start()
        event = self._api.invoke(invocation)
        assert self._waiting_call
        self._waiting_call.send(event)
        outcome = await self._settle(self._pending, self._left_s())
        assert outcome
        return outcome

    async def end(self, why: str = "shutdown") -> None:
        """End the process with all it has forked, and close its port.

        Without a warning, as on AWS where no extension is registered: the
        Shutdown phase then has 0 ms ("Understanding the Lambda execution
        environment life cycle", AWS Lambda Developer Guide, read 2026-11).
        """
        await asyncio.shield(self._begin_end(why))

    def _begin_end(self, why: str) -> asyncio.Task[None]:
        if self.phase is not Phase.ENDED:
            self._enter(Phase.ENDED, why)
        if not self._ending:
            self._ending = asyncio.create_task(self._clean_up())
        return self._ending

    async def _clean_up(self) -> None:
        for clock in (self._overdue, self._filling):
            if clock:
                clock.cancel()
        self._server.close()
        self._thaw()
        if self._process:
            process, self._process = self._process, None
            await process.kill()
            await asyncio.to_thread(kill_marked, self.id)
        if self._restraint:
            restraint, self._restraint = self._restraint, None
            await asyncio.to_thread(restraint.close)
        await asyncio.to_thread(
            shutil.rmtree, self._temporary, ignore_errors=True
        )
        self._on_end(self)

    async def _settle(
        self, pending: asyncio.Future[Outcome | None], limit_s: float
    ) -> Outcome | None:
        await asyncio.wait([pending], timeout=limit_s)
        if pending.done():
            return pending.result()
        if self.phase is Phase.INVOKE:
            limit_s = self.function.timeout_s
        outcome = self._fail(TIMED_OUT, _timed_out(limit_s))
        await self.end(TIMED_OUT)
        return outcome

    # The runtime speaks, or exits

    def _receive(
        self, connection: RuntimeConnection, call: Call
    ) -> Reply | None:
        reply = self._api.receive(call)
        if reply is None:
            self._wait_in_next(connection)
        elif self._api.answer and self.phase in (Phase.INIT, Phase.INVOKE):
            over = Phase.ANSWERED
            if self.phase is Phase.INIT:
                over = Phase.ENDED
                self._break()
            self._enter(over, self._api.answer.error_type)
            self._resolve(self._conclude(self._api.answer))
            if over is Phase.ANSWERED:
                self._overdue = asyncio.get_running_loop().call_later(
                    self._left_s(), self._stay_away
                )
        return reply

    def _begin(self, call: Call) -> ResponseStream | None:
        """Where the parts of a response go that has begun to stream."""
        owed = self.phase is Phase.INVOKE and self._api.accepts(call)
        if not owed or not self._stream:
            return None
        self._stream.begin(call.headers.get("content-type", ""))
        return self._stream

    def _wait_in_next(self, connection: RuntimeConnection) -> None:
        self._waiting_call = connection
        before = self.phase
        if before in (Phase.IDLE, Phase.FROZEN):
            return
        if self._overdue:
            self._overdue.cancel()
        self._enter(Phase.IDLE)
        self._freezing = asyncio.get_running_loop().call_later(
            FREEZE_AFTER_S, self._freeze
        )
        if before is Phase.INIT:
            if self._restraint:
                self._restraint.throttle(self.function.memory_mb / MB_PER_CPU)
            self._resolve(None)
        elif before is Phase.ANSWERED:
            self._on_idle(self)

    def _freeze(self) -> None:
        if self.phase is Phase.IDLE and self._restraint:
            self._frozen = True
            self._restraint.freeze()
            self._enter(Phase.FROZEN)

    def _thaw(self) -> None:
        if self._freezing:
            self._freezing.cancel()
        if self._frozen and self._restraint:
            self._restraint.thaw()
        self._frozen = False

    async def _watch(self, process: Process) -> None:
        status = await process.wait()
        if self.phase is not Phase.ENDED:
            self._break()
        self._last_words = _exit_message(status)
        if self.phase in (Phase.INIT, Phase.INVOKE):
            self._resolve(self._fail(EXITED, self._last_words))
        elif self.phase is not Phase.ENDED:
            self._log(f"{self._last_words} while it owed no answer.")
        await self.end(EXITED)

    async def _watch_tmp(self) -> None:
        while self.phase is not Phase.ENDED:
            await asyncio.sleep(TMP_LOOK_S)
            if self.phase is not Phase.FROZEN and await asyncio.to_thread(
                holds_more, self._temporary, TMP_LIMIT
            ):
                self._log(
                    f"/tmp has room for {TMP_LIMIT // 1024**2} MB and holds "
                    "more, so the runtime is killed. On AWS it is told: No "
                    "space left on device."
                )
                if self._process:
                    self._process.stop()
                return

    def _stay_away(self) -> None:
        """It has answered, and is not back in `next` when its time is up."""
        self._break()
        message = _timed_out(self.function.timeout_s)
        self._log(f"{message} while it owed no answer.")
        self._begin_end(TIMED_OUT)

    def _left_s(self) -> float:
        return max(self._deadline - time.time(), 0)

    def _break(self) -> None:
        if not self._broken:
            self._broken = True
            self._on_break()

    def _resolve(self, outcome: Outcome | None) -> None:
        if self._pending and not self._pending.done():
            self._pending.set_result(outcome)

    def _fail(self, error_type: str, message: str) -> Outcome:
        """The platform's own verdict on the open request."""
        self._break()
        if self.phase is not Phase.ENDED:
            self._enter(Phase.ENDED, error_type)
        text = f"RequestId: {self._request_id} Error: {message}"
        if self._process:
            self._process.drain()
        self._log(f"{text}\n{error_type}")
        return self._conclude(Answer.error(error_type, text))

    def _conclude(self, answer: Answer) -> Outcome:
        """Write END and REPORT; the outcome has what the log ends with."""
        if self._process:
            self._process.drain()
            # 0 when it has exited: what was seen before then still counts
            self._peak_mb = max(self._peak_mb, self._process.peak_memory_mb())
        error_type = answer.error_type
        exited = error_type == EXITED and self.phase is Phase.ENDED
        if exited and self._restraint and self._restraint.out_of_memory():
            error_type, self._peak_mb = OUT_OF_MEMORY, self.function.memory_mb
        if self._history[-2].phase is Phase.INIT:
            self._log(init_report(self._history, error_type))
            if not self.init_suppressed:
                return Outcome(answer, self._tail)
            self._log_start()
        self._log(f"END RequestId: {self._request_id}")
        self._log(
            report(
                self._history,
                self._request_id,
                self.function.memory_mb,
                self._peak_mb,
                error_type,
            ).line()
        )
        # From the start of a character, of which a cut may have left half.
        tail, self._tail = self._tail.lstrip(CONTINUATION), b""
        return Outcome(answer, tail)

    # Its process

    async def _start(self, address: str) -> Process:
        function = self.function
        command = runtimes.command(function, self._around.runtime_folder)
        if different := runtimes.note(function):
            self._log(different)
        self._temporary.mkdir()
        try:
            return await Process.start(
                command,
                function.task_root,
                self._variables(address) | {"TMPDIR": str(self._temporary)},
                self._print,
                LIMITS,
            )
        except OSError as error:
            program = Path(command[0])
            raise runtimes.why_not(error, program, function) from error

    def _variables(self, address: str) -> dict[str, str]:
        """The environment of a function, and nothing of the learner's.

        "Defined runtime environment variables", AWS Lambda Developer Guide,
        read 2026-08.
        """
        function, region = self.function, self._around.region
        return {
            "PATH": search_path(),
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            **function.variables,
            **self._around.credentials,
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
            "AWS_LAMBDA_LOG_STREAM_NAME": self._log_stream,
            "AWS_LAMBDA_RUNTIME_API": address,
            "LAMBDA_TASK_ROOT": str(function.task_root),
            "LAMBDA_RUNTIME_DIR": str(self._around.runtime_folder),
            "_HANDLER": function.handler,
            **runtimes.variables(function, self._around.runtime_folder),
        }

    # Its record

    def _enter(self, phase: Phase, detail: str = "") -> None:
        assert not self._history or phase in FOLLOWING[self.phase], phase
        if phase is Phase.IDLE:
            self._request_id = ""
        self._history.append(
            self._around.timeline.enter(
                self.id, phase, self._request_id, detail
            )
        )

    def _print(self, data: bytes) -> None:
        *lines, rest = (self._half_line + data).split(b"\n")
        if len(rest) > LINE_LIMIT:
            lines, rest = [*lines, rest], b""
        self._half_line = rest
        self._log(*(line.decode("utf-8", "replace") for line in lines))

    def _log_start(self) -> None:
        self._log(f"START RequestId: {self._request_id} Version: $LATEST")

    def _log(self, *lines: str) -> None:
        if lines:
            added = "\n".join([*lines, ""]).encode()
            self._tail = (self._tail + added)[-LOG_TAIL:]
            self._around.logs.write(
                self.function.name, self._log_stream, lines
            )


def _timed_out(limit_s: float) -> str:
    return f"Task timed out after {limit_s:.2f} seconds"


def _exit_message(status: int) -> str:
    """How a runtime ended, in the official emulator's words."""
    if status < 0:
        name = (signal.strsignal(-status) or f"signal {-status}").lower()
        return f"Runtime exited with error: signal: {name}"
    if status:
        return f"Runtime exited with error: exit status {status}"
    return "Runtime exited without providing a reason"
