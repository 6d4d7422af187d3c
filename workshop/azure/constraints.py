"""What a route's parameter may be: the `int` of {id:int}.

From "Routing in ASP.NET Core", route constraints, read 2026-11. They are to
tell two routes apart, not to check input: a value that does not fit is a 404.
"""

import re
from collections.abc import Callable

Constraint = Callable[[str], bool]
INTEGER = re.compile(r"\s*[+-]?[0-9]{1,40}\s*")
NUMBER = re.compile(
    r"\s*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?\s*"
)
_HYPHENED = r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}"
GUID = re.compile(
    rf"[0-9a-f]{{32}}|{_HYPHENED}|\{{{_HYPHENED}\}}|\({_HYPHENED}\)",
    re.IGNORECASE,
)
LETTERS = re.compile("[a-z]*", re.IGNORECASE)


def constraint(text: str) -> Constraint | None:
    """The constraint that is written so; None for an unknown one.

    ValueError where its arguments are none of its own.
    """
    name, bracket, rest = text.partition("(")
    argument = rest.removesuffix(")")
    if not bracket:
        return PLAIN.get(name.lower())
    if name.lower() == "regex":
        return _regex(argument)
    limits = [_integer(text, part) for part in argument.split(",")]
    known = WITH_LIMITS.get((name.lower(), len(limits)))
    return known(*limits) if known else None


def _integer(text: str, part: str) -> int:
    if not INTEGER.fullmatch(part):
        raise ValueError(f"The constraint '{text}' takes whole numbers.")
    return int(part)


def _regex(pattern: str) -> Constraint:
    try:
        compiled = re.compile(pattern, re.IGNORECASE)
    except re.error as error:
        raise ValueError(
            f"The constraint 'regex({pattern})' is no pattern: {error}."
        ) from error
    return lambda value: compiled.search(value) is not None


def _whole(low: float, high: float) -> Constraint:
    """A whole number between the two, both included."""
    return lambda value: bool(
        INTEGER.fullmatch(value) and low <= int(value) <= high
    )


def _length(low: float, high: float) -> Constraint:
    return lambda value: low <= len(value) <= high


LARGEST = 2**63 - 1  # of a .NET long
PLAIN: dict[str, Constraint] = {
    "int": _whole(-(2**31), 2**31 - 1),
    "long": _whole(-(2**63), LARGEST),
    "bool": lambda value: value.strip().lower() in ("true", "false"),
    "guid": lambda value: bool(GUID.fullmatch(value.strip())),
    "alpha": lambda value: bool(LETTERS.fullmatch(value)),
    "decimal": lambda value: bool(NUMBER.fullmatch(value)),
    "double": lambda value: bool(NUMBER.fullmatch(value)),
    "float": lambda value: bool(NUMBER.fullmatch(value)),
    "required": lambda value: bool(value),
}
WITH_LIMITS: dict[tuple[str, int], Callable[..., Constraint]] = {
    ("length", 1): lambda n: _length(n, n),
    ("length", 2): _length,
    ("minlength", 1): lambda n: _length(n, LARGEST),
    ("maxlength", 1): lambda n: _length(0, n),
    ("min", 1): lambda n: _whole(n, LARGEST),
    ("max", 1): lambda n: _whole(-(2**63), n),
    ("range", 2): _whole,
}
