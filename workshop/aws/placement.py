"""Where an invocation runs: a warm environment, a cold one, or none.

Every function has its own environments. The one that was used last is used
first, so that the others can grow old and go.
"""

import asyncio
import contextlib
import secrets
import time
import uuid
from collections import deque
from dataclasses import dataclass, field

from workshop.aws.environment import (
    TIMED_OUT,
    Environment,
    Outcome,
    Surroundings,
)
from workshop.aws.function import Function
from workshop.aws.runtime_api import Invocation
from workshop.timeline import Phase

INIT_LIMIT_S = 10.0  # "Understanding the Lambda execution environment", 2026
CONCURRENCY = 100  # environments at once; AWS gives a new account about 10

# A caller on AWS is a network away: by the time its next request arrives,
# the runtime that has just answered is back in `next`. Here it may not be
# yet, and a cold start in its place would tell an untruth.
RETURN_S = 0.05


class TooManyRequests(Exception):
    """Every environment that may run is busy."""


@dataclass(frozen=True)
class Request:
    """An event as its caller sent it."""

    payload: bytes
    client_context: str = ""
    trace_id: str = ""
    id: str = field(default_factory=lambda: str(uuid.uuid4()))


class Pool:
    """The environments of one revision of a function."""

    def __init__(self, function: Function, return_s: float) -> None:
        self.function = function
        self._return_s = return_s
        self.retired = False
        self.running: set[Environment] = set()
        self._idle: list[Environment] = []
        self._waiters: deque[asyncio.Future[Environment]] = deque()
        self._ending: set[asyncio.Task[None]] = set()

    async def take(self) -> Environment | None:
        """A warm environment, or None when a cold start is due."""
        if self._idle:
            return self._idle.pop()
        answered = sum(e.phase is Phase.ANSWERED for e in self.running)
        if answered <= len(self._waiters):
            return None
        waiter: asyncio.Future[Environment] = (
            asyncio.get_running_loop().create_future()
        )
        self._waiters.append(waiter)
        await asyncio.wait([waiter], timeout=self._return_s)
        if waiter.done():
            return waiter.result()
        self._waiters.remove(waiter)
        return None

    def give_back(self, environment: Environment) -> None:
        """An environment is back from an invocation."""
        if self.retired:
            task = asyncio.create_task(environment.end("retired"))
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)
        elif self._waiters:
            self._waiters.popleft().set_result(environment)
        else:
            self._idle.append(environment)

    def forget(self, environment: Environment) -> None:
        """An environment has ended."""
        self.running.discard(environment)
        with contextlib.suppress(ValueError):
            self._idle.remove(environment)

    def retire(self) -> None:
        """End the idle ones now, each busy one when it is back."""
        self.retired = True
        idle, self._idle = self._idle, []
        for environment in idle:
            self.give_back(environment)


class Placement:
    """All environments of the server; `invoke` picks or starts one."""

    def __init__(
        self,
        around: Surroundings,
        init_limit_s: float = INIT_LIMIT_S,
        return_s: float = RETURN_S,
        concurrency: int = CONCURRENCY,
    ) -> None:
        self._around = around
        self._init_limit_s = init_limit_s
        self._return_s = return_s
        self._concurrency = concurrency
        self._current: dict[str, Pool] = {}
        self._pools: list[Pool] = []  # current ones and retired ones

    async def invoke(self, function: Function, request: Request) -> Outcome:
        """Run one request to its outcome.

        Raises TooManyRequests when every environment that may run is busy.
        """
        pool = self._pool(function)
        environment = await pool.take()
        if environment is None:
            started = await self._cold(pool, request)
            if isinstance(started, Outcome):
                return started
            environment = started
        return await environment.invoke(_invocation(function, request))

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
        pool = Pool(function, self._return_s)
        self._current[function.name] = pool
        self._pools = [p for p in self._pools if p.running] + [pool]
        return pool

    async def _cold(
        self, pool: Pool, request: Request
    ) -> Environment | Outcome:
        """A new environment, or what the request comes to without one.

        An init that outlasts its limit is tried once more under the
        function's own time-out, as on AWS.
        """
        outcome = await self._start(pool, request, self._init_limit_s)
        if isinstance(outcome, Outcome) and (
            outcome.answer.error_type == TIMED_OUT
        ):
            timeout_s = pool.function.timeout_s
            outcome = await self._start(pool, request, timeout_s)
        return outcome

    async def _start(
        self, pool: Pool, request: Request, limit_s: float
    ) -> Environment | Outcome:
        if sum(len(p.running) for p in self._pools) >= self._concurrency:
            raise TooManyRequests
        environment = Environment(
            pool.function, self._around, pool.give_back, pool.forget
        )
        pool.running.add(environment)
        failure = await environment.init(request.id, limit_s)
        return failure or environment


def _invocation(function: Function, request: Request) -> Invocation:
    now = time.time()
    trace_id = request.trace_id or (
        f"Root=1-{int(now):08x}-{secrets.token_hex(12)};"
        f"Parent={secrets.token_hex(8)};Sampled=0"
    )
    return Invocation(
        request.id,
        request.payload,
        round((now + function.timeout_s) * 1000),
        function.arn,
        trace_id,
        str(uuid.uuid4()),
        request.client_context,
    )
