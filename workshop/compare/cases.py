"""Whether a function gives the bodies of cases.json, through its endpoint."""

import json
from collections.abc import Callable

from workshop.repository import KERNEL

CASES = KERNEL / "cases.json"
LARGEST = 9999  # a factor; what is larger takes its time at 128 MB


def differing(answer: Callable[[object], bytes]) -> str:
    """The first case that is answered wrongly, and how; "" if none is."""
    for case in json.loads(CASES.read_text(encoding="utf-8")):
        event = case["event"]
        if _is_long(event):
            continue
        came = answer(event)
        if "body" in case:
            right = json.dumps(case["body"], separators=(",", ":")).encode()
            if came != right:
                return _difference(case["name"], right, came)
        elif case["error"]["errorMessage"] not in _told(came):
            right = case["error"]["errorMessage"].encode()
            return _difference(case["name"], right, came)
    return ""


def _is_long(event: object) -> bool:
    if not isinstance(event, dict):
        return False
    factors = [v for v in event.values() if isinstance(v, int)]
    return max(factors, default=0) > LARGEST


def _told(body: bytes) -> str:
    """The message of an error, from Lambda or over HTTP."""
    try:
        told = json.loads(body)
    except ValueError:
        return ""
    if not isinstance(told, dict):
        return ""
    return str(told.get("errorMessage") or told.get("error") or "")


def _difference(name: str, right: bytes, came: bytes) -> str:
    return f"{name}\n  expected {right[:200]!r}\n  came     {came[:200]!r}"
