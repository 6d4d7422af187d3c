"""What the local Cloud Run says: the latest lines, oldest first."""

from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime

KEPT_LINES = 20_000


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
