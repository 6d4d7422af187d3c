"""Call a learner's functions that calculate money, in a process of its own.

As in calls.py, with decimals: the calls may write `D("0.1")` for one, and
what comes back says whether a number is exact. Lines of a bill are told as
lists. This file is both sides.
"""

import sys
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))  # the child sees no folder

from calls import Outcome, ask, serve

MOST_QUESTIONS = 1000  # a search that looks at every number need not end
PROGRAM = [sys.executable, "-I", "-S", __file__]
LINE = ("what", "quantity", "usd")


def charge(module: Path, *calls: str) -> list[Outcome]:
    """Evaluate calls such as `rounded(D("1.2"), D(1), D(1))`, in order.

    The value of an outcome is {"is": ...}, with a Decimal or an int as
    {"exact": its digits}, and a line of a bill as the list of its fields.
    """
    told = [f"told(lambda: {call})" for call in calls]
    outcomes = ask(module, *told, program=PROGRAM)
    return [
        replace(outcome, call=call)
        for outcome, call in zip(outcomes, calls, strict=False)
    ]


def shown(value: object) -> str:
    """A value as a person reads it."""
    if _is_line(value):
        what, quantity, usd = (getattr(value, name) for name in LINE)
        return f"{what}: {shown(quantity)} for {shown(usd)} USD"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(shown, value))}]"
    if isinstance(value, Decimal):
        return f"{value:f}"
    return f"{value!r}, a float" if isinstance(value, float) else repr(value)


def _is_line(value: object) -> bool:
    return all(hasattr(value, name) for name in LINE)


# The child


class TooMany(Exception):
    """The module has asked for more months than anybody needs."""


class Told(dict[str, object]):
    """A value as JSON can have it, which a person reads as it was."""

    def __init__(self, value: object) -> None:
        super().__init__({"is": _as_json(value)})
        self.value = value

    def __repr__(self) -> str:
        return shown(self.value)


def _as_json(value: Any) -> object:
    if isinstance(value, Decimal) or type(value) is int:
        return {"exact": str(value)}
    if _is_line(value):
        return [_as_json(getattr(value, name)) for name in LINE]
    if isinstance(value, list | tuple):
        return [_as_json(one) for one in value]
    return value if isinstance(value, str | None) else shown(value)


def questions(
    search: Callable[..., object],
    first: Callable[[int], Decimal],
    second: Callable[[int], Decimal],
    *most: int,
) -> int:
    """How many times a search asks for the month that it asks for most."""
    asked: list[int] = []

    def counted(requests: int) -> Decimal:
        asked.append(requests)
        if len(asked) > MOST_QUESTIONS:
            raise TooMany(f"over {MOST_QUESTIONS:,} questions")
        return first(requests)

    search(counted, second, *most)
    return len(asked)


if __name__ == "__main__":
    serve(
        lambda names, _: names.update(
            D=Decimal, told=lambda call: Told(call()), questions=questions
        )
    )
