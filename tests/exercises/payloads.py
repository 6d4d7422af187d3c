"""A host that sends payloads, byte by byte, to a handler it has started.

The handler is run as it is deployed: `python3 handler.py` in a folder with
the kernel, in a process of its own with a minimal environment and a time
limit. What it is sent is written out here, so that it is judged by something
else than the local host.
"""

import http.client
import json
import shutil
import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from script import Script

from workshop.ports import free_port
from workshop.repository import KERNEL

START_S = 10  # until it listens; right handlers take a tenth of a second
SECONDS = 5  # for an answer; right handlers take some milliseconds
LOOK_S = 0.02  # between two looks whether it listens


@dataclass(frozen=True)
class Answered:
    """What the handler has answered to one payload."""

    status: int | None  # None: no answer at all
    text: str  # its body, or why there is none

    @property
    def document(self) -> dict[str, Any]:
        """The answer document; empty where there is none."""
        try:
            told = json.loads(self.text)
        except ValueError:
            told = None
        return told if isinstance(told, dict) else {}

    @property
    def response(self) -> dict[str, Any]:
        """What the document says under Outputs and res; empty if nothing."""
        outputs = self.document.get("Outputs")
        response = outputs.get("res") if isinstance(outputs, dict) else None
        return response if isinstance(response, dict) else {}

    def __str__(self) -> str:
        text = self.text if len(self.text) <= 300 else self.text[:300] + " ..."
        status = "no answer" if self.status is None else f"HTTP {self.status}"
        return f"{status}: {text}"


class HandlerProcess:
    """A running handler, and one kept-open connection to it."""

    def __init__(self, module: Path) -> None:
        shutil.copy(KERNEL / "palindromes.py", module.parent)
        self.port = free_port()
        self._said = module.parent / "said.txt"
        with self._said.open("wb") as said:
            port = {"FUNCTIONS_CUSTOMHANDLER_PORT": str(self.port)}
            self._script = Script(module, port, said.fileno(), said.fileno())
        self._connection = http.client.HTTPConnection(
            "127.0.0.1", self.port, timeout=SECONDS
        )

    def wait(self) -> str:
        """Wait until it listens; says why if it does not."""
        end = time.monotonic() + START_S
        while time.monotonic() < end:
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port)).close()
                return ""
            if self._script.poll() is not None:
                return f"it ended: {self.last_words()}"
            time.sleep(LOOK_S)
        return f"it did not listen within {START_S} s"

    def send(self, path: str, document: object, *sizes: int) -> Answered:
        """POST a payload, in chunks of these sizes and one with the rest."""
        return self.send_text(path, json.dumps(document), *sizes)

    def send_text(self, path: str, text: str, *sizes: int) -> Answered:
        """POST a text as send does."""
        data, chunks = text.encode(), []
        for size in sizes:
            chunks.append(data[:size])
            data = data[size:]
        try:
            self._connection.request(
                "POST",
                path,
                iter([*chunks, data]),
                {"Content-Type": "application/json; charset=utf-8"},
                encode_chunked=True,
            )
            reply = self._connection.getresponse()
            return Answered(reply.status, reply.read().decode())
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            words = self.last_words() or repr(error)
            return Answered(None, words)

    def last_words(self) -> str:
        """The last line that it has printed."""
        said = [line for line in self.lines() if line.strip(" -")]
        return said[-1].strip() if said else ""

    def lines(self) -> list[str]:
        """All that it has printed."""
        return self._said.read_text(errors="replace").splitlines()

    def close(self) -> None:
        """End it, whatever it does."""
        self._connection.close()
        self._script.end()


def payload(
    method: str = "GET",
    query: dict[str, str] | None = None,
    params: dict[str, str] | None = None,
    body: str | None = None,
) -> dict[str, Any]:
    """What the host sends for an HTTP request."""
    query, params = query or {}, params or {}
    url = "http://localhost:7071/api/x"
    request = {
        "Url": url,
        "Method": method,
        "Query": query,
        "Headers": {"Accept": ["*/*"], "Host": ["localhost:7071"]},
        "Params": params,
        "Identities": [],
    }
    if body is not None:
        request["Body"] = body
    told = {name: json.dumps(text) for name, text in (query | params).items()}
    headers = {"Accept": "*/*", "Host": "localhost:7071"}
    sys = {"MethodName": "x", "UtcNow": "2026-11-24T12:00:00Z"}
    return {
        "Data": {"req": request},
        "Metadata": {**told, "Query": query, "Headers": headers, "sys": sys},
    }


def firing(late: bool = False) -> dict[str, Any]:
    """What the host sends when the timer `clock` fires."""
    clock = {
        "Schedule": {"AdjustForDST": True},
        "ScheduleStatus": None,
        "IsPastDue": late,
    }
    sys = {"MethodName": "tick", "UtcNow": "2026-11-24T12:00:00Z"}
    return {"Data": {"clock": clock}, "Metadata": {"sys": sys}}
