"""The keys of a function app, made anew in each run, and what they open.

The levels and where a key is looked for follow azure-functions-host 4.1037,
AuthenticationLevelHandler.cs; the header wins over the query.
"""

import secrets
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl

from workshop.azure.connection import Header

HEADER = b"x-functions-key"
PARAMETER = "code"


class Keys:
    """One master key, one for all functions, and one for each function."""

    def __init__(self, functions: Iterable[str]) -> None:
        self.named: Mapping[str, str] = {
            name: secrets.token_urlsafe(40)
            for name in ("master", "default", *functions)
        }

    def level(self, headers: list[Header], query: bytes, function: str) -> str:
        """What the caller of a function may: anonymous, function or admin."""
        key = given(headers, query)
        if not key:
            return "anonymous"
        if _same(key, self.named["master"]):
            return "admin"
        may = (self.named["default"], self.named.get(function, ""))
        if any(_same(key, one) for one in may if one):
            return "function"
        return "anonymous"


def opens(level: str, needed: str) -> bool:
    """Whether a caller of this level may call what needs the other one."""
    order = ("anonymous", "function", "admin")
    return order.index(level) >= order.index(needed)


def given(headers: list[Header], query: bytes) -> str:
    """The key that a request has with it, empty when there is none."""
    for name, value in headers:
        if name == HEADER:
            return value.decode("latin-1")
    if PARAMETER.encode() not in query:
        return ""
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    return next((v for name, v in pairs if name.lower() == PARAMETER), "")


def _same(given_key: str, key: str) -> bool:
    return secrets.compare_digest(given_key.encode(), key.encode())
