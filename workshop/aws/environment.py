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
from typing import cast

from workshop.aws import runtimes
from workshop.aws.function import Function
from workshop.aws.logs import LINE_LIMIT, Logs
from workshop.aws.report import (
    SUPPRESSED,
    TIMED_OUT,
    init_report,
    recorded,
    report,
)
from workshop.aws.response_stream import ResponseStream
from workshop.aws.runtime_api import (
    Answer,
    Call,
    Invocation,
    Reply,
    RuntimeApi,
)
from workshop.aws.runtime_http import RuntimeConnection, RuntimeServer
from workshop.leftovers import kill_marked
from workshop.restraint import Restraint, restrain
from workshop.sandbox import Process, holds_more, search_path
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
    url: str  # of the endpoint, for what a function calls in its turn
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

    `tmp` is its /tmp, the folder that TMPDIR names. It is not removed after a
    fault, when whatever is started in place of this one inherits it, as on
    AWS ("Understanding the Lambda execution environment life cycle", AWS
    Lambda Developer Guide, read 2026-11). It has room for TMP_LIMIT. On
    AWS it is a disk of that size, and what is too much fails with "No space
    left on device". Here one file cannot grow beyond that ("File too
    large"; Linux only), and when all together do, the runtime is killed. A
    file counts with its length.
    """

    def __init__(
        self,
        function: Function,
        around: Surroundings,
        tmp: Path,
        on_idle: Callable[["Environment"], None],
        on_break: Callable[["Environment"], None],
        on_end: Callable[["Environment"], None],
    ) -> None:
        self.function = function
        self.id = secrets.token_hex(16)
        self.tmp = tmp
        self.tmp_is_full = False
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
        self._frozen = False
        self._freezing: asyncio.TimerHandle | None = None
        self._overdue: asyncio.TimerHandle | None = None
        self._looking: asyncio.Task[None] | None = None
        self._exit: asyncio.Task[None] | None = None
        self._ending: asyncio.Task[None] | None = None
        self._waiting_call: RuntimeConnection | None = None
        self._request_id = ""
        self._limit_s = 0.0  # for what it is doing
        self._last_words = _exit_message(0)
        # Who waits for the init or for the open invocation.
        self._done: Callable[[Outcome | None], None] | None = None
        self._stream: ResponseStream | None = None
        self._wants_log = True
        self._history: deque[Event] = deque(maxlen=16)
        self._peak_mb = 0
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
        ready = asyncio.get_running_loop().create_future()
        self._expect(ready.set_result, limit_s, limit_s)
        self._exit = asyncio.create_task(self._watch(self._process))
        failure: Outcome | None = await ready
        if failure:
            await asyncio.wait([self._exit], timeout=EXIT_S)
            await self.end()
        return failure

    def invoke(
        self,
        invocation: Invocation,
        done: Callable[[Outcome], None],
        stream: ResponseStream | None = None,
        wants_log: bool = True,
    ) -> None:
        """Hand over one event; `done` gets what comes of it, once.

        A response that the runtime streams goes into the stream, if there is
        one, and the answer's payload is then empty. An answer whose caller
        wants no log need not wait until the log has been written. Not a
        coroutine: every turn of the event loop that it saves is saved in
        every invocation.
        """
        self._request_id = invocation.request_id
        if self.phase is Phase.ENDED:  # it was ready, and has exited since
            self._log_start()
            done(self._fail(EXITED, self._last_words))
            return
        self._stream = stream
        self._wants_log = wants_log
        left_s = invocation.deadline_ms / 1000 - time.time()
        self._expect(
            cast(Callable[[Outcome | None], None], done),
            self.function.timeout_s,
            max(left_s, 0),
        )
        self._thaw()
        event = self._api.invoke(invocation)
        assert self._waiting_call
        self._enter(Phase.INVOKE)
        self._waiting_call.send(event)
        self._log_start()  # before anything that it prints can be read

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
        for waiting in (self._overdue, self._looking):
            if waiting:
                waiting.cancel()
        self._server.close()
        self._thaw()
        if self._process:
            process, self._process = self._process, None
            await process.kill()
            self._drain()
            await asyncio.to_thread(kill_marked, self.id)
        if self._restraint:
            restraint, self._restraint = self._restraint, None
            await asyncio.to_thread(restraint.close)
        if not self._broken:
            await asyncio.to_thread(
                shutil.rmtree, self.tmp, ignore_errors=True
            )
        self._on_end(self)

    def _expect(
        self,
        done: Callable[[Outcome | None], None],
        limit_s: float,
        left_s: float,
    ) -> None:
        """Begin what has a time limit, of which so much is left."""
        self._done = done
        self._limit_s = limit_s
        self._overdue = asyncio.get_running_loop().call_later(
            left_s, self._time_out
        )
        if not self._looking:
            self._looking = asyncio.create_task(self._watch_tmp())

    def _time_out(self) -> None:
        """It has not been back in `next` when its time was up."""
        message = f"Task timed out after {self._limit_s:.2f} seconds"
        if self.phase is Phase.ANSWERED:
            self._break()
            self._log(f"{message} while it owed no answer.")
            self._begin_end(TIMED_OUT)
        else:
            outcome = self._fail(TIMED_OUT, message)
            ending = self._begin_end(TIMED_OUT)
            ending.add_done_callback(lambda _: self._resolve(outcome))

    # The runtime speaks, or exits

    def _receive(
        self, connection: RuntimeConnection, call: Call
    ) -> Reply | None:
        reply = self._api.receive(call)
        if reply and reply.lesson:
            self._log(f"[Runtime API] {reply.lesson}")
        if reply is None:
            self._wait_in_next(connection)
        elif self._api.answer and self.phase in (Phase.INIT, Phase.INVOKE):
            over = Phase.ANSWERED
            if self.phase is Phase.INIT:
                over = Phase.ENDED
                self._break()
            # To understand the answer is not the function's time.
            came = max(call.came, self.since)
            self._enter(over, self._api.answer.error_type, came)
            if not self._wants_log:
                self._resolve(Outcome(self._api.answer, b""))
            self._resolve(self._conclude(self._api.answer))
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
        if before in (Phase.IDLE, Phase.FROZEN, Phase.ENDED):
            return
        if self._overdue:
            self._overdue.cancel()
        self._enter(Phase.IDLE)
        if before is Phase.INIT:  # its first event is waiting already
            if self._restraint:
                self._restraint.throttle(self.function.memory_mb / MB_PER_CPU)
            self._resolve(None)
        else:
            self._freezing = asyncio.get_running_loop().call_later(
                FREEZE_AFTER_S, self._freeze
            )
            self._on_idle(self)

    def _freeze(self) -> None:
        if self.phase is Phase.IDLE and self._restraint:
            self._frozen = True
            self._restraint.freeze()
            self._enter(Phase.FROZEN)
            if self._looking:
                self._looking.cancel()
                self._looking = None

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
        while not self.tmp_is_full:
            await asyncio.sleep(TMP_LOOK_S)
            self.tmp_is_full = await asyncio.to_thread(
                holds_more, self.tmp, TMP_LIMIT
            )
        self._log(
            f"/tmp has room for {TMP_LIMIT // 1024**2} MB and holds more, so "
            "the runtime is killed. On AWS it is told: No space left on "
            "device."
        )
        if self._process:
            self._process.stop()

    def _break(self) -> None:
        if not self._broken:
            self._broken = True
            self._on_break(self)

    def _resolve(self, outcome: Outcome | None) -> None:
        done, self._done = self._done, None
        if done:
            done(outcome)

    def _fail(self, error_type: str, message: str) -> Outcome:
        """The platform's own verdict on the open request."""
        self._break()
        if self.phase is not Phase.ENDED:
            self._enter(Phase.ENDED, error_type)
        text = f"RequestId: {self._request_id} Error: {message}"
        self._drain()
        self._log(f"{text}\n{error_type}")
        return self._conclude(Answer.error(error_type, text))

    def _conclude(self, answer: Answer) -> Outcome:
        """Write END and REPORT; the outcome has what the log ends with."""
        self._drain()
        if self._process:
            # 0 when it has exited: what was seen before then still counts
            self._peak_mb = max(self._peak_mb, self._process.peak_memory_mb())
        error_type = answer.error_type
        exited = error_type == EXITED and self.phase is Phase.ENDED
        if exited and self._restraint and self._restraint.out_of_memory():
            error_type, self._peak_mb = OUT_OF_MEMORY, self.function.memory_mb
        if self._history[-2].phase is Phase.INIT:
            error_type = recorded(error_type)
            self._log(init_report(self._history, error_type))
            if not self.init_suppressed:
                return Outcome(answer, self._tail)
            self._log_start()
        self._log(
            f"END RequestId: {self._request_id}",
            report(
                self._history,
                self._request_id,
                self.function.memory_mb,
                self._peak_mb,
                error_type,
                self.function.timeout_s,
            ).line(),
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
        self.tmp.mkdir(exist_ok=True)
        try:
            return await Process.start(
                command,
                function.task_root,
                self._variables(address) | {"TMPDIR": str(self.tmp)},
                self._print,
                LIMITS,
            )
        except OSError as error:
            if error.errno not in runtimes.REFUSALS:
                raise  # this machine's fault
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
            "AWS_ENDPOINT_URL": self._around.url,  # and not the real AWS
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

    def _enter(self, phase: Phase, detail: str = "", at: float = 0.0) -> None:
        assert not self._history or phase in FOLLOWING[self.phase], phase
        if phase is Phase.IDLE:
            self._request_id = ""
        self._history.append(
            self._around.timeline.enter(
                self.id, phase, self._request_id, detail, at
            )
        )

    def _print(self, data: bytes) -> None:
        *lines, rest = (self._half_line + data).split(b"\n")
        if len(rest) > LINE_LIMIT:
            lines, rest = [*lines, rest], b""
        self._half_line = rest
        self._log(*(_as_text(line) for line in lines))

    def _drain(self) -> None:
        """Log all that has been printed, up to the last word."""
        if self._process:
            self._process.drain()
        if self._half_line:
            self._print(b"\n")

    def _log_start(self) -> None:
        self._log(f"START RequestId: {self._request_id} Version: $LATEST")

    def _log(self, *lines: str) -> None:
        if lines:
            added = "\n".join([*lines, ""]).encode()
            self._tail = (self._tail + added)[-LOG_TAIL:]
            self._around.logs.write(
                self.function.name, self._log_stream, lines
            )


def _as_text(line: bytes) -> str:
    """A line of output; awslambdaric parts those of an error with CR."""
    return line.decode("utf-8", "replace").rstrip("\r").replace("\r", "\n")


def _exit_message(status: int) -> str:
    """How a runtime ended, in the official emulator's words."""
    if status < 0:
        name = (signal.strsignal(-status) or f"signal {-status}").lower()
        return f"Runtime exited with error: signal: {name}"
    if status:
        return f"Runtime exited with error: exit status {status}"
    return "Runtime exited without providing a reason"
