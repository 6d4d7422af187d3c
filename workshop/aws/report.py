"""The lines that Lambda writes into a function's log, from the timeline."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from workshop.timeline import Event, Phase

SUPPRESSED = "suppressed"  # an init inside an invocation: the detail of INIT

TIMED_OUT = "Sandbox.Timedout"
PLATFORM_ERRORS = ("Sandbox.", "Runtime.")
# What an error type is recorded as, if it has this form anywhere in it; the
# emulator's rule (internal/lambda/fatalerror/fatalerror.go, read 2026-11).
RECORDED = re.compile(r"(Sandbox|Runtime|Function)\.[A-Z][a-zA-Z]+")


def recorded(error_type: str) -> str:
    """What Lambda records of the error type that ended an init."""
    if RECORDED.search(error_type):
        return error_type
    if error_type.startswith("Function."):
        return "Function.Unknown"
    return "Runtime.Unknown"


def _status(error_type: str) -> list[str]:
    if error_type == TIMED_OUT:
        return ["Status: timeout"]
    return ["Status: error", f"Error Type: {error_type}"]


@dataclass(frozen=True)
class Report:
    """What one invocation took. Times in ms, memory in MB."""

    request_id: str
    duration_ms: float
    memory_mb: int
    max_memory_mb: int
    init_ms: float | None = None  # only for the first of an environment
    error_type: str = ""

    @property
    def billed_ms(self) -> int:
        """Duration and init as told, rounded up together to a whole ms.

        Init is billed for every runtime since 2025-08-01 ("AWS Lambda
        standardizes billing for INIT Phase", AWS Compute Blog, 2025-04-29).
        """
        told_ms = round(self.duration_ms, 2) + round(self.init_ms or 0, 2)
        return math.ceil(round(told_ms, 2))  # 0.1 + 0.2 is above 0.3

    def line(self) -> str:
        """The REPORT line, fields parted by tabs as in CloudWatch."""
        fields = [
            f"REPORT RequestId: {self.request_id}",
            f"Duration: {self.duration_ms:.2f} ms",
            f"Billed Duration: {self.billed_ms} ms",
            f"Memory Size: {self.memory_mb} MB",
            f"Max Memory Used: {self.max_memory_mb} MB",
        ]
        if self.init_ms is not None:
            fields.append(f"Init Duration: {self.init_ms:.2f} ms")
        if self.error_type.startswith(PLATFORM_ERRORS):
            fields += _status(self.error_type)
        return "\t".join([*fields, ""])


def init_report(history: Iterable[Event], error_type: str) -> str:
    """The line about an init that failed, from its environment's history.

    "Understanding the Lambda execution environment life cycle", AWS Lambda
    Developer Guide, read 2026-11.
    """
    begun, ended = tuple(history)[-2:]
    took_ms = (ended.at - begun.at) * 1000
    phase = "invoke" if begun.detail == SUPPRESSED else "init"
    fields = [f"INIT_REPORT Init Duration: {took_ms:.2f} ms"]
    fields += [f"Phase: {phase}", *_status(error_type)]
    return "\t".join(fields)


def report(
    history: Iterable[Event],
    request_id: str,
    memory_mb: int,
    max_memory_mb: int,
    error_type: str = "",
    timeout_s: float = math.inf,
) -> Report:
    """The report of one invocation, from its environment's history.

    The request that started the environment waited for its init, so the
    INIT event carries its id and its report has an Init Duration. A
    suppressed init is part of the duration instead ("Understanding the
    Lambda execution environment life cycle", AWS Lambda Developer Guide,
    read 2026-11); so is one that failed, which is all its request took. What
    is timed out has taken its time limit, as AWS tells it, however long the
    kill took.
    """
    init_ms, duration_ms = None, 0.0
    for event, following in pairwise(history):
        if event.request_id != request_id:
            continue
        took_ms = (following.at - event.at) * 1000
        if event.phase is Phase.INVOKE or (
            event.phase is Phase.INIT
            and (event.detail == SUPPRESSED or following.phase is Phase.ENDED)
        ):
            duration_ms += took_ms
        elif event.phase is Phase.INIT:
            init_ms = took_ms
    return Report(
        request_id,
        min(duration_ms, timeout_s * 1000),
        memory_mb,
        max_memory_mb,
        init_ms,
        error_type,
    )
