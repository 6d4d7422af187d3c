"""A local Functions host that lives as long as who started it."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

from workshop.attached import AttachedServer
from workshop.azure.settings import Settings
from workshop.errors import WorkshopError
from workshop.timeline import Event, Phase


class LocalFunctions(AttachedServer):
    """A local Functions host in a process of its own, for one function app.

    `url` is where it listens, `keys` has the keys of this run: "master",
    "default" for all functions, and one for each function. It ends with
    `close`, with the `with` block, or with this process, however that ends.

    Raises WorkshopError, with the host's own sentence, when the app cannot
    be served. `ready_s` is how long its handler may take until it listens,
    if that is not what host.json says.
    """

    def __init__(self, app: str | Path, ready_s: float | None = None) -> None:
        settings = Settings(
            str(Path(app).absolute()), 0, ready_s, while_stdin=True
        )
        super().__init__("workshop.azure", json.dumps(asdict(settings)))
        told = json.loads("".join(self.introduction() or ["{}"]))
        if "url" not in told:
            self.close()
            raise WorkshopError(
                told.get("error")
                or "The local Functions host did not start; its message "
                "stands above. `workshop doctor` looks for the usual reasons."
            )
        self.url: str = told["url"]
        self.keys: dict[str, str] = told["keys"]

    def log(self) -> list[str]:
        """What it has logged so far, each line as `[Level] message`."""
        lines: list[str] = self._ask("/admin/log")
        return lines

    def timeline(self) -> list[Event]:
        """What the host and its handlers have done so far, oldest first.

        The times are on this machine's monotonic clock, so they compare
        with `time.monotonic()` here.
        """
        return [
            Event(**told | {"phase": Phase(told["phase"])})
            for told in self._ask("/admin/timeline")
        ]

    def _ask(self, path: str) -> Any:
        request = Request(
            self.url + path, headers={"x-functions-key": self.keys["master"]}
        )
        # The host is on this machine: no proxy of the environment has it.
        with build_opener(ProxyHandler({})).open(request) as reply:
            return json.load(reply)
