"""What happened when, in every execution environment: one record for all.

An environment is in exactly one phase at a time, so the whole history is a
list of moments at which one began. Log lines, charts, tests and benchmarks
read this list; nothing is measured a second time elsewhere.
"""

import time
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Phase(StrEnum):
    """What an execution environment is doing."""

    INIT = "init"  # the process starts and runs up to its first `next`
    IDLE = "idle"  # it waits in `next` for an event
    FROZEN = "frozen"  # it still waits, and no process of it runs
    INVOKE = "invoke"  # it has an event and owes an answer
    ANSWERED = "answered"  # the caller has the answer; `next` has not come
    ENDED = "ended"  # the process and all its children are gone


FOLLOWING: Mapping[Phase, frozenset[Phase]] = {
    Phase.INIT: frozenset({Phase.IDLE, Phase.ENDED}),
    Phase.IDLE: frozenset({Phase.FROZEN, Phase.INVOKE, Phase.ENDED}),
    Phase.FROZEN: frozenset({Phase.INVOKE, Phase.ENDED}),
    Phase.INVOKE: frozenset({Phase.ANSWERED, Phase.ENDED}),
    Phase.ANSWERED: frozenset({Phase.IDLE, Phase.ENDED}),
    Phase.ENDED: frozenset(),
}
"""The life cycle: which phases may come after each one."""


@dataclass(frozen=True, slots=True)
class Event:
    """The moment at which an environment entered a phase."""

    environment: str
    phase: Phase
    at: float  # seconds on the monotonic clock
    request_id: str = ""
    detail: str = ""  # why, where the phase alone does not say


class Timeline:
    """The latest events of all environments, oldest first."""

    def __init__(self, keep: int = 100_000) -> None:
        self._events: deque[Event] = deque(maxlen=keep)

    def enter(
        self,
        environment: str,
        phase: Phase,
        request_id: str = "",
        detail: str = "",
        at: float = 0.0,
    ) -> Event:
        """Record that the environment enters the phase, now or a moment ago.

        `at` is that moment, on the monotonic clock, where it has been taken.
        """
        at = at or time.monotonic()
        event = Event(environment, phase, at, request_id, detail)
        self._events.append(event)
        return event

    def __iter__(self) -> Iterator[Event]:
        return iter(tuple(self._events))
