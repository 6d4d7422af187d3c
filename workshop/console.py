"""What a process prints, by lines."""

from collections.abc import Callable

LINE_LIMIT = 65_536  # bytes; what is longer becomes several lines


class Console:
    """An output of a process, on its way into a log by lines."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._rest = b""

    def take(self, data: bytes) -> None:
        """Log the lines that are whole now."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > LINE_LIMIT:
            lines, self._rest = [*lines, self._rest], b""
        for line in lines:
            self._write(line.decode("utf-8", "replace").rstrip("\r"))

    def close(self) -> None:
        """Log what has no end of line."""
        if self._rest:
            self.take(b"\n")
