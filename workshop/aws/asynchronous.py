"""Event invokes: answered at once, run later, tried again on an error."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from workshop.aws.environment import Outcome
from workshop.aws.placement import TooManyRequests

FIRST_WAIT_S = 1  # where there is no room; then twice as long each time,
LONGEST_WAIT_S = 300  # up to 5 minutes (the page named at Limits.retry_s)
LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True)
class EventRules:
    """How often and for how long an event is tried again.

    The defaults are those of PutFunctionEventInvokeConfig in the Lambda API
    reference, read 2026-11.
    """

    retries: int = 2
    age_s: int = 21_600


class Events:
    """The events that have been accepted and are not done yet."""

    def __init__(self, retry_s: float) -> None:
        self._retry_s = retry_s
        self._running: set[asyncio.Task[None]] = set()

    def accept(
        self, invoke: Callable[[], Awaitable[Outcome]], rules: EventRules
    ) -> None:
        """Run an event in the background, by the rules, until it is done."""
        task = asyncio.create_task(self._run(invoke, rules))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    def close(self) -> None:
        """Drop what is not done."""
        for task in self._running:
            task.cancel()

    async def _run(
        self, invoke: Callable[[], Awaitable[Outcome]], rules: EventRules
    ) -> None:
        until = time.monotonic() + rules.age_s
        waits_s = [self._retry_s * 2**n for n in range(rules.retries)]
        no_room_s = FIRST_WAIT_S
        while time.monotonic() < until:
            try:
                outcome = await invoke()
            except TooManyRequests:
                await asyncio.sleep(no_room_s)
                no_room_s = min(2 * no_room_s, LONGEST_WAIT_S)
                continue
            except Exception:  # the function is gone, say
                LOGGER.exception("an event is dropped")
                return
            if not outcome.answer.error_type or not waits_s:
                return
            await asyncio.sleep(waits_s.pop(0))
