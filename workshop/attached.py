"""A server in a process of its own that lives as long as who started it.

The two hold a pipe: when this process ends, however it does, the server
reads the end of its input, and ends.
"""

import subprocess
import sys
from types import TracebackType
from typing import Self


class AttachedServer:
    """A server of the workshop, `python -m MODULE SETTINGS`.

    It ends with `close`, with the `with` block, or with this process.
    """

    def __init__(self, module: str, settings: str) -> None:
        self._server = subprocess.Popen(
            [sys.executable, "-m", module, settings],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # an interrupted cell is not its end
        )

    def introduction(self) -> list[str] | None:
        """What it prints up to an empty line; None if it ends before."""
        assert self._server.stdout
        lines: list[str] = []
        for line in self._server.stdout:
            if line == "\n":
                return lines
            lines.append(line.rstrip("\n"))
        self.close()
        return None

    def close(self) -> None:
        """End it, and wait until nothing of it is left."""
        if self._server.stdin:
            self._server.stdin.close()
        self._server.wait()
        if self._server.stdout:
            self._server.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
