"""How many instances there are, and which one gets a request.

A request goes to the first instance that has room. Where none has, it waits,
and an instance is started for as many as wait beyond those that are being
started already, up to the most there may be. With nothing to start, it
waits for a while only. An instance without requests is kept for a while.
"""

import asyncio
from collections import deque
from collections.abc import Coroutine

from workshop.container.instance import CannotStart, Instance, Surroundings

DOUBT_S = 0.1  # from a broken response until its instance's end is seen
WAIT = 3.5  # times an average start ("About instance autoscaling")


class NoInstance(Exception):
    """Every instance there may be has as many requests as it may."""


class Service:
    """The instances of one container."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._limits = around.limits
        self._started = 0
        self._starts_s: deque[float] = deque(maxlen=20)  # what they took
        self._starting: set[Instance] = set()
        self._running: list[Instance] = []
        self._ending: set[Instance] = set()
        self._doubtful: set[Instance] = set()
        self._clocks: dict[Instance, asyncio.TimerHandle] = {}
        self._waiting: deque[tuple[asyncio.Future[Instance], str]] = deque()
        self._tasks: set[asyncio.Task[None]] = set()

    async def take(self, request_id: str) -> Instance:
        """An instance for one request, which is to be given back.

        Raises NoInstance, or CannotStart.
        """
        if not self._waiting and (instance := self._with_room()):
            self._begin(instance, request_id)
            return instance
        future: asyncio.Future[Instance]
        future = asyncio.get_running_loop().create_future()
        waiter = future, request_id
        self._waiting.append(waiter)
        self._scale()
        try:
            while True:
                await asyncio.wait([future], timeout=self._pending_s())
                if future.done():
                    return future.result()
                if not self._starting:
                    raise NoInstance
        except asyncio.CancelledError:
            if future.done() and not future.exception():
                self.give_back(future.result())
            raise
        finally:
            if waiter in self._waiting:
                self._waiting.remove(waiter)

    def give_back(self, instance: Instance) -> None:
        """A request is over."""
        instance.end()
        self._hand_out()

    def doubt(self, instance: Instance) -> None:
        """A response of it broke off: it may be at its end.

        Nobody gets it until that is known.
        """
        self._doubtful.add(instance)
        self._spawn(self._see_whether_it_ends(instance))

    async def close(self, grace_s: float) -> None:
        """End every instance."""
        for clock in self._clocks.values():
            clock.cancel()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        running, self._running = self._running, []
        await asyncio.gather(
            *(one.stop("the server ends", grace_s) for one in running),
            *(one.clear() for one in self._ending),
        )

    def _with_room(self) -> Instance | None:
        for instance in self._running:
            has_room = instance.under_way < self._limits.concurrency
            if has_room and instance not in self._doubtful:
                return instance
        return None

    async def _see_whether_it_ends(self, instance: Instance) -> None:
        end = asyncio.ensure_future(instance.wait())
        await asyncio.wait([end], timeout=DOUBT_S)
        end.cancel()
        self._doubtful.discard(instance)
        self._hand_out()

    def _begin(self, instance: Instance, request_id: str) -> None:
        if clock := self._clocks.pop(instance, None):
            clock.cancel()
        instance.begin(request_id)

    def _hand_out(self) -> None:
        """Give instances to who waits; who has nothing to do grows old."""
        while self._waiting and (instance := self._with_room()):
            future, request_id = self._waiting.popleft()
            self._begin(instance, request_id)
            future.set_result(instance)
        for instance in self._running:
            if not instance.under_way and instance not in self._clocks:
                loop = asyncio.get_running_loop()
                self._clocks[instance] = loop.call_later(
                    self._limits.idle_s, self._retire, instance
                )

    def _scale(self) -> None:
        """Start instances for those who wait."""
        room = self._limits.instances - len(self._running)
        wanted = -(-len(self._waiting) // self._limits.concurrency)
        for _ in range(len(self._starting), min(room, wanted)):
            self._started += 1
            instance = Instance(self._around, self._started)
            self._starting.add(instance)
            self._spawn(self._live(instance))

    async def _live(self, instance: Instance) -> None:
        """See an instance through its life, as long as it ends it itself."""
        try:
            await instance.start()
        except CannotStart as error:
            self._around.log.write(f"{instance.name} {error}")
            self._starting.discard(instance)
            self._give_up(error)
            return
        finally:
            self._starting.discard(instance)
        self._starts_s.append(instance.start_took_s)
        self._running.append(instance)
        self._hand_out()
        await instance.wait()
        if instance in self._running:
            self._leave(instance)
            if instance.out_of_memory():
                self._around.log.write(
                    f"{instance.name} has exceeded its memory of "
                    f"{self._limits.memory_mb} MB"
                )
            await instance.clear()
            self._scale()

    def _give_up(self, error: CannotStart) -> None:
        """Nobody has to wait for what will not come."""
        while self._waiting and not (self._starting or self._running):
            self._waiting.popleft()[0].set_exception(error)

    def _retire(self, instance: Instance) -> None:
        self._leave(instance)
        self._ending.add(instance)
        self._spawn(self._stop(instance))

    async def _stop(self, instance: Instance) -> None:
        idle_s, grace_s = self._limits.idle_s, self._limits.stop_s
        await instance.stop(f"idle for {idle_s:g} s", grace_s)
        self._ending.discard(instance)

    def _leave(self, instance: Instance) -> None:
        self._running.remove(instance)
        if clock := self._clocks.pop(instance, None):
            clock.cancel()

    def _pending_s(self) -> float:
        starts_s = self._starts_s or [0.0]
        average_s = sum(starts_s) / len(starts_s)
        return max(self._limits.pending_s, WAIT * average_s)

    def _spawn(self, coroutine: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
