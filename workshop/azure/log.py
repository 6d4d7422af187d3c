"""What the host logs: each line with its level and its moment.

A line is printed as the host's own log files have it (azure-functions-host
4.1037, FileLogger.cs): `2026-11-24T12:00:00.000 [Information] ...`, in UTC.
"""

from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum

KEPT_LINES = 20_000
KEPT_BYTES = 16_000_000  # of all lines


class Level(StrEnum):
    """How grave a line is, in the host's words."""

    DEBUG = "Debug"
    INFORMATION = "Information"
    WARNING = "Warning"
    ERROR = "Error"


class Log:
    """The latest lines, oldest first; the echo gets each as it is written."""

    def __init__(self, echo: Callable[[Level, str], None] | None) -> None:
        self._echo = echo
        self._lines: deque[str] = deque()
        self._size = 0  # bytes

    def write(self, level: Level, message: str) -> None:
        """Take a line, or several in one message.

        What no encoding can hold, half of a surrogate pair, becomes a `?`.
        """
        written = f"[{level}] {message}".encode("utf-8", "replace")
        line = written[:KEPT_BYTES].decode("utf-8", "ignore")
        self._keep(line)
        if self._echo:
            now = datetime.now(UTC).isoformat(timespec="milliseconds")
            try:
                self._echo(level, f"{now.removesuffix('+00:00')} {line}")
            except OSError:  # whoever read it is gone
                self._echo = None

    def _keep(self, line: str) -> None:
        self._lines.append(line)
        self._size += len(line.encode())
        while self._size > KEPT_BYTES or len(self._lines) > KEPT_LINES:
            self._size -= len(self._lines.popleft().encode())

    def debug(self, message: str) -> None:
        """Write what only those want to know who look for it."""
        self.write(Level.DEBUG, message)

    def information(self, message: str) -> None:
        """Write what the host tells in passing."""
        self.write(Level.INFORMATION, message)

    def warning(self, message: str) -> None:
        """Write what may well be a mistake."""
        self.write(Level.WARNING, message)

    def error(self, message: str) -> None:
        """Write what has gone wrong."""
        self.write(Level.ERROR, message)

    def lines(self) -> list[str]:
        """Every line that is kept, as `[Level] message`, without its time."""
        return list(self._lines)
