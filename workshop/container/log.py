"""What the local Cloud Run says: the latest lines, oldest first."""

from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime

KEPT_LINES = 20_000
LINE_LIMIT = 65_536  # bytes; what is longer becomes several lines


class Log:
    """The latest lines; the echo gets each, with its moment in UTC."""

    def __init__(self, echo: Callable[[str], None] | None) -> None:
        self._echo = echo
        self._lines: deque[str] = deque(maxlen=KEPT_LINES)

    def write(self, line: str) -> None:
        """Take a line."""
        self._lines.append(line)
        if self._echo:
            now = datetime.now(UTC).isoformat(timespec="milliseconds")
            try:
                self._echo(f"{now.removesuffix('+00:00')} {line}")
            except OSError:  # whoever read it is gone
                self._echo = None

    def lines(self) -> list[str]:
        """Every line that is kept, without its moment."""
        return list(self._lines)


class Console:
    """The output of an instance, on its way into the log by lines."""

    def __init__(self, name: str, log: Log) -> None:
        self._name = name
        self._log = log
        self._rest = b""

    def take(self, data: bytes) -> None:
        """Log the lines that are whole now."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > LINE_LIMIT:
            lines, self._rest = [*lines, self._rest], b""
        for line in lines:
            text = line.decode("utf-8", "replace").rstrip("\r")
            self._log.write(f"{self._name}: {text}")

    def close(self) -> None:
        """Log what has no end of line."""
        if self._rest:
            self.take(b"\n")
