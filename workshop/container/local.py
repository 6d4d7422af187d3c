"""A local Cloud Run that lives as long as who started it."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, build_opener

from workshop.attached import AttachedServer
from workshop.container.settings import Limits, Settings
from workshop.errors import WorkshopError
from workshop.timeline import Event, Phase


class LocalCloudRun(AttachedServer):
    """A local Cloud Run in a process of its own, for one container.

    `LocalCloudRun("functions", "functions/container/Dockerfile")` takes what
    `docker build functions -f functions/container/Dockerfile` takes; without
    a Dockerfile, the one of the folder. `url` is where it listens. It ends
    with `close`, with the `with` block, or with this process, however that
    ends.

    Raises WorkshopError when there is no such image.
    """

    def __init__(
        self,
        context: str | Path,
        dockerfile: str | Path = "",
        limits: Limits | None = None,
    ) -> None:
        settings = Settings(
            str(Path(context).absolute()),
            str(Path(dockerfile).absolute()) if dockerfile else "",
            0,
            limits or Limits(),
            while_stdin=True,
        )
        super().__init__("workshop.container", json.dumps(asdict(settings)))
        told = json.loads("".join(self.introduction() or ["{}"]))
        if "url" not in told:
            self.close()
            raise WorkshopError(
                told.get("error")
                or "The local Cloud Run did not start; its message stands "
                "above. `workshop doctor` looks for the usual reasons."
            )
        self.url: str = told["url"]
        self._token: str = told["token"]

    def log(self) -> list[str]:
        """What it has logged so far, and what its instances have printed."""
        lines: list[str] = self._ask()["log"]
        return lines

    def timeline(self) -> list[Event]:
        """What its instances have done so far, oldest first.

        The times are on this machine's monotonic clock, so they compare
        with `time.monotonic()` here.
        """
        return [
            Event(**told | {"phase": Phase(told["phase"])})
            for told in self._ask()["timeline"]
        ]

    def _ask(self) -> Any:
        # It is on this machine: no proxy of the environment has it.
        opener = build_opener(ProxyHandler({}))
        with opener.open(f"{self.url}/{self._token}") as reply:
            return json.load(reply)
