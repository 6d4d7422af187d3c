"""A server in a process of its own that lives as long as who started it.

The two hold a pipe: when this process ends, however it does, the server
reads the end of its input, and ends.
"""

import os
import subprocess
import sys

from workshop.closing import Closing


class AttachedServer(Closing):
    """A server of the workshop, `python -m MODULE SETTINGS`.

    It ends with `close`, with the `with` block, or with this process.
    """

    def __init__(self, module: str, settings: str) -> None:
        _go_round_proxies()
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


def _go_round_proxies() -> None:
    """No proxy of a company's network leads to this machine."""
    for name in ("no_proxy", "NO_PROXY"):
        hosts = os.environ.get(name, "").split(",")
        if "127.0.0.1" not in hosts:
            os.environ[name] = ",".join([*filter(None, hosts), "127.0.0.1"])
