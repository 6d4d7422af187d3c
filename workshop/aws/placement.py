"""Where an invocation runs: a warm environment, a cold one, or none.

Every function has its own environments. The one that was used last is used
first, so that the others can grow old and go.
"""

import asyncio
import secrets
import shutil
import time
import uuid
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from workshop.aws.environment import Environment, Outcome, Surroundings
from workshop.aws.function import Function
from workshop.aws.response_stream import ResponseStream
from workshop.aws.runtime_api import Answer, Invocation
from workshop.timeline import Phase, Timeline


@dataclass(frozen=True)
class Limits:
    """What an environment may take, and how many invocations there may be.

    Times in seconds. `return_s`: a caller on AWS is a network away; by the
    time its next request arrives, the runtime that has just answered is back
    in `next`. Here it may not be yet, and a cold start in its place would
    tell an untruth, so an invocation waits this long for it.
    """

    init_s: float = 10.0  # "Lambda execution environment", AWS, read 2026-11
    return_s: float = 0.25
    idle_s: float = 300.0  # AWS names no time; minutes, by all reports
    concurrency: int = 100  # AWS: 1,000 a region; a new account has about 10
    # From an Event's failure to its retry; from there to the second, twice
    # as long ("How Lambda handles errors and retries with asynchronous
    # invocation", AWS, read 2026-11).
    retry_s: float = 60.0


class TooManyRequests(Exception):
    """As many invocations run as may; says in AWS's word which limit it is."""


ACCOUNT_LIMIT = "ConcurrentInvocationLimitExceeded"
RESERVED_LIMIT = "ReservedFunctionConcurrentInvocationLimitExceeded"


@dataclass(frozen=True)
class Request:
    """An event as its caller sent it."""

    payload: bytes
    client_context: str = ""
    trace_id: str = ""
    wants_log: bool = True  # the end of its log, beside its answer
    id: str = field(default_factory=lambda: str(uuid.uuid4()))


class Pool:
    """The environments of one revision of a function."""

    def __init__(self, function: Function, limits: Limits) -> None:
        self.function = function
        self._limits = limits
        self.retired = False
        self.running: set[Environment] = set()
        # In the order of their return, each with the clock of its end.
        self._idle: dict[Environment, asyncio.TimerHandle] = {}
        self._broken: deque[Environment] = deque()
        self._waiters: deque[asyncio.Future[Environment | None]] = deque()
        self._ending: set[asyncio.Task[None]] = set()

    def take_idle(self) -> Environment | None:
        """A warm environment that is idle, if there is one."""
        if not self._idle:
            return None
        environment, clock = self._idle.popitem()
        clock.cancel()
        return environment

    async def take(self) -> Environment | None:
        """A warm environment, or None when a cold start is due.

        Where none is idle, one that has just answered may be back in time.
        """
        if environment := self.take_idle():
            return environment
        answered = sum(e.phase is Phase.ANSWERED for e in self.running)
        if answered <= len(self._waiters):
            return None
        waiter: asyncio.Future[Environment | None] = (
            asyncio.get_running_loop().create_future()
        )
        self._waiters.append(waiter)
        await asyncio.wait([waiter], timeout=self._limits.return_s)
        if waiter.done():
            return waiter.result()
        self._waiters.remove(waiter)
        return None

    def give_back(self, environment: Environment) -> None:
        """An environment is back from an invocation."""
        if self.retired:
            self._end(environment, "retired")
        elif self._waiters:
            self._waiters.popleft().set_result(environment)
        else:
            self._idle[environment] = asyncio.get_running_loop().call_later(
                self._limits.idle_s, self._end, environment, "idle for long"
            )

    def take_note(self, broken: Environment) -> None:
        """A fault has ended an environment, or is about to."""
        self._broken.append(broken)

    def forget(self, environment: Environment) -> None:
        """An environment has ended; whoever waits for it need not any more."""
        self.running.discard(environment)
        answered = sum(e.phase is Phase.ANSWERED for e in self.running)
        while len(self._waiters) > answered:
            self._waiters.popleft().set_result(None)
        if clock := self._idle.pop(environment, None):
            clock.cancel()
        if self.retired:
            self._drop_broken()

    def take_broken(self) -> Environment | None:
        """A broken environment in whose place another is to be started."""
        return self._broken.popleft() if self._broken else None

    def oldest_idle(self) -> Environment | None:
        """The idle environment that has waited longest."""
        return next(iter(self._idle), None)

    def evict(self, environment: Environment) -> None:
        """End an idle environment to make room."""
        self._end(environment, "evicted")

    def retire(self) -> None:
        """End the idle ones now, each busy one when it is back."""
        self.retired = True
        for environment in tuple(self._idle):
            self._end(environment, "retired")
        self._drop_broken()

    def _drop_broken(self) -> None:
        """Nobody will be started in their places."""
        while broken := self.take_broken():
            shutil.rmtree(broken.tmp, ignore_errors=True)

    def _end(self, environment: Environment, why: str) -> None:
        if clock := self._idle.pop(environment, None):
            clock.cancel()
        task = asyncio.create_task(environment.end(why))
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)


class Placement:
    """All environments of the server; `invoke` picks or starts one.

    `reserved` tells the concurrency that is reserved, by function: the most
    that the function may use, and what no other one gets.
    """

    def __init__(
        self,
        around: Surroundings,
        limits: Limits,
        reserved: Callable[[], Mapping[str, int]],
    ) -> None:
        self._around = around
        self._limits = limits
        self._reserved = reserved
        self._in_flight: Counter[str] = Counter()  # invocations, by function
        self._placing: set[asyncio.Task[None]] = set()
        self._current: dict[str, Pool] = {}
        self._pools: list[Pool] = []  # current ones and retired ones

    @property
    def timeline(self) -> Timeline:
        """What every environment has done."""
        return self._around.timeline

    def start(
        self,
        function: Function,
        request: Request,
        done: Callable[[Outcome], None],
        stream: ResponseStream | None = None,
    ) -> None:
        """Run one request; `done` gets its outcome, once.

        The stream gets what is streamed. In a warm environment it has begun
        when this returns. Raises TooManyRequests when as many run as may.
        """
        self._count(function.name)

        def over(outcome: Outcome) -> None:
            self._in_flight[function.name] -= 1
            done(outcome)

        pool = self._pool(function)
        environment = pool.take_idle()
        if environment:
            invocation = _invocation(function, request, time.time())
            environment.invoke(invocation, over, stream, request.wants_log)
            return
        task = asyncio.create_task(self._place(pool, request, over, stream))
        self._placing.add(task)
        task.add_done_callback(self._placing.discard)

    async def invoke(
        self,
        function: Function,
        request: Request,
        stream: ResponseStream | None = None,
    ) -> Outcome:
        """Run one request to its outcome: `start`, and wait."""
        outcome: asyncio.Future[Outcome] = (
            asyncio.get_running_loop().create_future()
        )

        def done(found: Outcome) -> None:
            if not outcome.done():  # its caller is still there
                outcome.set_result(found)

        self.start(function, request, done, stream)
        return await outcome

    async def _place(
        self,
        pool: Pool,
        request: Request,
        done: Callable[[Outcome], None],
        stream: ResponseStream | None,
    ) -> None:
        """Wait for an environment that is on its way back, or start one."""
        since = time.time()
        environment = await pool.take()
        if environment is None:
            try:
                started = await self._cold(pool, request)
            except Exception as error:  # of this machine: the caller waits
                message = f"{type(error).__name__}: {error}"
                answer = Answer.error("Sandbox.Failure", message)
                started = Outcome(answer, b"")
            if isinstance(started, Outcome):
                done(started)
                return
            environment = started
            if not environment.init_suppressed:
                since = time.time()
        invocation = _invocation(pool.function, request, since)
        environment.invoke(invocation, done, stream, request.wants_log)

    def _count(self, name: str) -> None:
        """Count an invocation in; TooManyRequests if it may not run."""
        reserved = self._reserved()
        if name in reserved:
            if self._in_flight[name] >= reserved[name]:
                raise TooManyRequests(RESERVED_LIMIT)
        else:
            others = sum(
                running
                for other, running in self._in_flight.items()
                if other not in reserved
            )
            if others >= self._limits.concurrency - sum(reserved.values()):
                raise TooManyRequests(ACCOUNT_LIMIT)
        self._in_flight[name] += 1

    def retire(self, function_name: str) -> None:
        """A function has changed or is gone: its environments end.

        Those that are busy answer first.
        """
        pool = self._current.pop(function_name, None)
        if pool:
            pool.retire()

    async def close(self) -> None:
        """End every environment, busy or not."""
        running = [e for pool in self._pools for e in pool.running]
        await asyncio.gather(*(e.end() for e in running))

    def _pool(self, function: Function) -> Pool:
        pool = self._current.get(function.name)
        if pool and pool.function.revision == function.revision:
            return pool
        self.retire(function.name)
        pool = Pool(function, self._limits)
        self._current[function.name] = pool
        self._pools = [p for p in self._pools if p.running or not p.retired]
        self._pools.append(pool)
        return pool

    async def _cold(
        self, pool: Pool, request: Request
    ) -> Environment | Outcome:
        """A new environment, or what the request comes to without one.

        Where one has broken before, its init is suppressed, as on AWS: a
        part of the invocation, under the function's own time-out. So is the
        second try of an init that fails or outlasts its limit.
        """
        broken = pool.take_broken()
        if not broken:
            outcome = await self._start(pool, request)
            if isinstance(outcome, Environment):
                return outcome
            broken = pool.take_broken()
        return await self._start(pool, request, broken, suppressed=True)

    async def _start(
        self,
        pool: Pool,
        request: Request,
        broken: Environment | None = None,
        suppressed: bool = False,
    ) -> Environment | Outcome:
        """A new environment, in the place of the broken one if there is one.

        It inherits a /tmp that is not full.
        """
        if (
            sum(len(p.running) for p in self._pools)
            >= self._limits.concurrency
        ):
            self._make_room()
        environment = Environment(
            pool.function,
            self._around,
            self._tmp_after(broken),
            pool.give_back,
            pool.take_note,
            pool.forget,
        )
        pool.running.add(environment)
        if pool not in self._pools:  # retired meanwhile
            self._pools.append(pool)
        limit_s: float = self._limits.init_s
        if suppressed:
            limit_s = pool.function.timeout_s
        try:
            failure = await environment.init(request.id, limit_s, suppressed)
        except Exception:  # out of descriptors, say: nothing of it may stay
            await environment.end("fault")
            raise
        return failure or environment

    def _tmp_after(self, broken: Environment | None) -> Path:
        """The /tmp of an environment that is started in another's place."""
        if broken and not broken.tmp_is_full:
            return broken.tmp
        if broken:
            shutil.rmtree(broken.tmp, ignore_errors=True)
        return self._around.scratch / secrets.token_hex(8)

    def _make_room(self) -> None:
        """End the environment that has been idle for longest."""
        idle = [
            (oldest.since, pool, oldest)
            for pool in self._pools
            if (oldest := pool.oldest_idle())
        ]
        if idle:
            _, pool, oldest = min(idle, key=lambda found: found[0])
            pool.evict(oldest)


def _invocation(
    function: Function, request: Request, since: float
) -> Invocation:
    trace_id = request.trace_id or (
        f"Root=1-{int(since):08x}-{secrets.token_hex(12)};"
        f"Parent={secrets.token_hex(8)};Sampled=0"
    )
    return Invocation(
        request.id,
        request.payload,
        int((since + function.timeout_s) * 1000),
        function.arn,
        trace_id,
        str(uuid.uuid4()),
        request.client_context,
    )
