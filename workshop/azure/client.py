"""A client of a local Functions host: asks, fires timers, reads the log."""

import http.client
import time
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from urllib.parse import urlsplit

from workshop.azure.local import LocalFunctions

PATIENCE_S = 30.0  # for what takes milliseconds on an idle machine
LOOK_S = 0.02  # between two looks into the log


@dataclass(frozen=True)
class Received:
    """What the client got."""

    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes


class Client:
    """Talks to one host, over a connection for each request."""

    def __init__(self, host: LocalFunctions) -> None:
        self._host = host

    def ask(
        self,
        path: str,
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Received:
        """What comes of a GET, or of a POST if there is a body."""
        address = urlsplit(self._host.url).netloc
        connection = http.client.HTTPConnection(address, timeout=PATIENCE_S)
        method = "GET" if body is None else "POST"
        with closing(connection):
            connection.request(method, path, body, dict(headers or {}))
            reply = connection.getresponse()
            return Received(
                reply.status, lower(reply.headers.items()), reply.read()
            )

    def fire(self, timer: str) -> int:
        """Fire a timer now, and wait until its function has run.

        Returns the status of the admin endpoint: 202, or 404 where there is
        no such function.
        """
        ran = f"Executed 'Functions.{timer}' "
        before = len(self._lines(ran))
        key = {"x-functions-key": self._host.keys["master"]}
        status = self.ask(f"/admin/functions/{timer}", "{}", key).status
        if status == 202:
            self.logged(ran, before)
        return status

    def logged(self, words: str, skip: int = 0) -> str:
        """The first line of the log with these words, waited for.

        So many of them as are to be skipped are passed over.
        """
        patience = time.monotonic() + PATIENCE_S
        while len(found := self._lines(words)) <= skip:
            if time.monotonic() > patience:
                raise TimeoutError(f"the log has no {words!r}")
            time.sleep(LOOK_S)
        return found[skip]

    def log(self) -> list[str]:
        """What the host has logged so far."""
        return self._host.log()

    def _lines(self, words: str) -> list[str]:
        return [line for line in self.log() if words in line]


def lower(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Headers by their names in lower case."""
    return {name.lower(): value for name, value in headers}
