"""Functions' log lines, on their way to where boto3's `logs` client reads.

An invocation writes lines that are read seldom or never, so they wait here
until the logs API is called. What waits is bounded: the oldest lines go.
"""

import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable

# CloudWatch takes 1 MB an event ("CloudWatch Logs quotas", read 2026-11);
# LINE_LIMIT is shorter, so that one line does not push all others out.
LINE_LIMIT = 262_144  # bytes
KEPT_LINES = 50_000
KEPT_BYTES = 16 * 1024 * 1024
Line = tuple[int, str, str, str]  # ms since 1970, group, stream, message


class Logs:
    """The lines that have been written and not been read yet."""

    def __init__(self, echo: Callable[[str], None] | None = None) -> None:
        self._echo = echo
        self._lines: deque[Line] = deque()
        self._bytes = 0

    def write(self, function: str, stream: str, lines: Iterable[str]) -> None:
        """Take lines of a function; `stream` names its environment's log."""
        now = round(time.time() * 1000)
        group = f"/aws/lambda/{function}"
        for line in lines:
            self._lines.append((now, group, stream, line))
            self._bytes += len(line)
            if self._echo:
                try:
                    self._echo(f"[{function}] {line}")
                except OSError:  # whoever read it is gone
                    self._echo = None
        while len(self._lines) > KEPT_LINES or self._bytes > KEPT_BYTES:
            self._bytes -= len(self._lines.popleft()[3])

    def take(self) -> dict[tuple[str, str], list[dict[str, object]]]:
        """Every line, as events in the API's form, by group and stream."""
        events = defaultdict(list)
        while self._lines:
            at, group, stream, message = self._lines.popleft()
            events[group, stream].append({"timestamp": at, "message": message})
        self._bytes = 0
        return events
