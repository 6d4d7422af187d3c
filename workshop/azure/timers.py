"""Fires the functions of timer triggers when their time has come.

The real host keeps its schedule in a storage account, so that one of many
instances fires it, and a firing that was missed is made up for. Here is one
host, and it forgets.
"""

import asyncio
from collections.abc import Coroutine, Iterable
from datetime import UTC, datetime, timedelta

from workshop.azure import payload
from workshop.azure.function_json import Function
from workshop.azure.invocation import OVER_HTTP, Invoker
from workshop.azure.log import Log
from workshop.azure.ncrontab import Schedule
from workshop.azure.payload_mode import by_trigger

AT_STARTUP = "Timer fired at startup"
LONGEST_S = 3600.0  # of one sleep: who sleeps for months wakes up late


class Timers:
    """The timers of an app: each waits for its next moment, fires, waits."""

    def __init__(
        self, functions: Iterable[Function], invoker: Invoker, log: Log
    ) -> None:
        self._invoker = invoker
        self._log = log
        self._functions = {one.name: one for one in functions}
        self._schedules: dict[str, Schedule] = {}
        self._last: dict[str, datetime] = {}  # when each fired
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begin to wait; a schedule that is none is logged, and left out."""
        for function in self._functions.values():
            if not function.trigger.is_a("timerTrigger"):
                continue
            try:
                schedule = Schedule.parse(function.schedule)
            except ValueError as error:
                self._log.error(
                    f"The '{function.name}' function is in error: {error}"
                )
                continue
            self._schedules[function.name] = schedule
            if function.disabled:
                continue  # it still runs for an administrator
            self._spawn(self._keep_firing(function, schedule))
            if function.trigger.get("runOnStartup") is True:
                self._spawn(self._fire(function, AT_STARTUP))

    def run(self, name: str, text: str) -> None:
        """Fire a timer now, for an administrator; returns at once.

        What text they give with it, no timer reads. A function of another
        trigger cannot be run with a text: its invocation fails.
        """
        function = self._functions[name]
        if name in self._schedules:
            self._spawn(self._fire(function, OVER_HTTP))
            return
        why = (
            f"Exception binding parameter '{function.trigger.name}'. An "
            "HttpRequest is required"
            if function.is_http
            else "Its schedule is in error."
        )
        self._invoker.invocation(function, OVER_HTTP).fail(why)

    def close(self) -> None:
        """Fire nothing more."""
        for task in self._tasks:
            task.cancel()

    async def _keep_firing(
        self, function: Function, schedule: Schedule
    ) -> None:
        while True:
            now = _now()
            due = schedule.after(now)
            while (left := due - _now()) > timedelta():
                longest = min(left.total_seconds(), LONGEST_S)
                await asyncio.sleep(longest)
            reason = f"Timer fired at {due:%Y-%m-%dT%H:%M:%S}.0000000+00:00"
            await self._fire(function, reason, due)

    async def _fire(
        self, function: Function, reason: str, due: datetime | None = None
    ) -> None:
        schedule = self._schedules[function.name]
        fired = _now()
        last, self._last[function.name] = self._last.get(function.name), fired

        def content(invocation_id: str) -> bytes:
            return payload.timer_payload(
                function.name,
                function.trigger.name,
                schedule,
                last,
                datetime.now(UTC),
                due,
            )

        over = asyncio.Event()
        mode = by_trigger(function, content, self._log)
        self._invoker.invoke(function, reason, mode, lambda _: over.set())
        await over.wait()

    def _spawn(self, coroutine: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _now() -> datetime:
    """This moment in UTC, without saying so, as schedules want it."""
    return datetime.now(UTC).replace(tzinfo=None)
