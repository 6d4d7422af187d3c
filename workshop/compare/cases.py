"""What the functions must answer: the bodies of cases.json, to the byte."""

import json
from collections.abc import Callable
from functools import cache
from typing import Any

from workshop.compare.catalogue import Contender
from workshop.compare.workloads import Workload
from workshop.errors import WorkshopError
from workshop.repository import KERNEL

CASES = KERNEL / "cases.json"
SHOWN = 200  # bytes of a body


@cache
def cases() -> list[dict[str, Any]]:
    """The cases that judge the kernel in every language."""
    read: list[dict[str, Any]] = json.loads(CASES.read_text(encoding="utf-8"))
    return read


def judge(contender: Contender, answer: Callable[[object], bytes]) -> None:
    """Ask every case. WorkshopError tells the first one that fails."""
    for case in cases():
        came = answer(case["event"])
        if "body" in case:
            right = encoded(contender, case["body"])
            is_right = came == right
        else:
            right = json.dumps(case["error"]).encode()
            is_right = _is_error(came, case["error"])
        if not is_right:
            raise WorkshopError(
                f"It fails the case {case['name']!r} of {CASES.name}:\n"
                + _difference(right, came)
            )


def check(contender: Contender, workload: Workload, came: bytes) -> None:
    """Raise WorkshopError for a body that is not the one it must be."""
    right = encoded(contender, _body(workload))
    if came != right:
        raise WorkshopError(
            f"It has answered {json.dumps(workload.event)} wrongly:\n"
            + _difference(right, came)
        )


def encoded(contender: Contender, body: object) -> bytes:
    """The bytes that a contender makes of a body."""
    separators = (",", ":") if contender.compact else None
    return json.dumps(body, separators=separators).encode()


@cache
def _body(workload: Workload) -> object:
    """The body of the case that asks the same, whatever its algorithm."""
    event = {k: v for k, v in workload.event.items() if k != "kernel"}
    [body] = [case["body"] for case in cases() if case["event"] == event]
    return body


def _is_error(body: bytes, error: dict[str, str]) -> bool:
    """Whether it tells that error, as Lambda does or over HTTP."""
    try:
        told = json.loads(body)
    except ValueError:
        return False
    if not isinstance(told, dict):
        return False
    return (
        told == {"error": error["errorMessage"]}
        or {key: told.get(key) for key in error} == error
    )


def _difference(right: bytes, came: bytes) -> str:
    return "\n".join(
        f"  {what} {body[:SHOWN].decode(errors='replace')}"
        for what, body in (("expected", right), ("came    ", came))
    )
