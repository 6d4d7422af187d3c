"""The keys of a function app, made anew in each run, and what they open.

The levels and where a key is looked for follow azure-functions-host 4.1037,
AuthenticationLevelHandler.cs; the header wins over the query.
"""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from workshop.azure.connection import Header

HEADER = b"x-functions-key"
PARAMETER = "code"


@dataclass(frozen=True)
class Caller:
    """What a caller may, and the name of the key that says so."""

    level: str  # anonymous, function or admin
    key: str = ""

    def may(self, level: str) -> bool:
        """Whether it may call what needs this level.

        Only the very level opens, or the master key: nobody can have the
        levels user and system here (AuthUtility.cs).
        """
        return level == "anonymous" or self.level in (level, "admin")


NOBODY = Caller("anonymous")


class Keys:
    """One master key, one for all functions, and one for each function."""

    def __init__(self, functions: Iterable[str]) -> None:
        self.named: Mapping[str, str] = {
            name: secrets.token_urlsafe(40)
            for name in ("master", "default", *functions)
        }

    def caller(
        self, headers: list[Header], query: bytes, function: str = ""
    ) -> Caller:
        """Who calls a function, or the host itself."""
        key = given(headers, query)
        if key:
            # A function's own first key is named "default", as the app's is.
            for name, level, told in (
                ("master", "admin", "master"),
                ("default", "function", "default"),
                (function, "function", "default"),
            ):
                if name in self.named and _same(key, self.named[name]):
                    return Caller(level, told)
        return NOBODY


def given(headers: list[Header], query: bytes) -> str:
    """The key that a request has with it, empty when there is none."""
    for name, value in headers:
        if name == HEADER:
            return value.decode("latin-1")
    if not query:
        return ""
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    return next((v for name, v in pairs if name.lower() == PARAMETER), "")


def _same(given_key: str, key: str) -> bool:
    return secrets.compare_digest(given_key.encode(), key.encode())
