"""Function apps on the local Functions host, asked over HTTP.

What each took is read off the host's timeline, as its log lines are.
"""

import http.client
import json
import tempfile
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from workshop.azure import LocalFunctions
from workshop.compare.catalogue import Contender
from workshop.compare.on_lambda import check
from workshop.compare.sample import COLD, WARM, Sample
from workshop.compare.workloads import Workload
from workshop.deploy.package import lay_out
from workshop.timeline import Event, Phase

PATH = "/api/palindromes"
TIMEOUT_S = 900


class OnAzure:
    """The contenders as function apps, each with a host of its own."""

    platform = "azure"

    def __init__(self, kernel: str) -> None:
        self._kernel = kernel
        self._stack = ExitStack()
        self._apps: dict[str, Path] = {}
        self._hosts: dict[str, LocalFunctions] = {}

    def deploy(self, contender: Contender) -> None:
        """Lay its files out in a folder; its variables are app settings."""
        folder = Path(
            self._stack.enter_context(
                tempfile.TemporaryDirectory(prefix="workshop-compare-")
            )
        )
        lay_out(contender.folder, folder)
        settings = {"Values": contender.variables}
        (folder / "local.settings.json").write_text(json.dumps(settings))
        host = json.loads((folder / "host.json").read_text())
        host["functionTimeout"] = "00:15:00"
        (folder / "host.json").write_text(json.dumps(host))
        self._apps[contender.name] = folder

    def answer(self, contender: Contender, event: object) -> bytes:
        """What the app answers, whatever its status."""
        if contender.name not in self._hosts:
            self._start(contender)
        return self._ask(contender, event)

    def cold(self, contender: Contender, workload: Workload) -> Sample:
        """The first request of an app that is new."""
        self._start(contender)
        return self._measure(contender, workload, COLD)

    def warm(self, contender: Contender, workload: Workload) -> Sample:
        """A later one."""
        return self._measure(contender, workload, WARM)

    def _start(self, contender: Contender) -> None:
        old = self._hosts.pop(contender.name, None)
        if old:
            old.close()
        self._hosts[contender.name] = LocalFunctions(
            self._apps[contender.name]
        )

    def _ask(self, contender: Contender, event: object) -> bytes:
        address = urlsplit(self._hosts[contender.name].url).netloc
        connection = http.client.HTTPConnection(address, timeout=TIMEOUT_S)
        try:
            connection.request("POST", PATH, json.dumps(event))
            return connection.getresponse().read()
        finally:
            connection.close()

    def _measure(
        self, contender: Contender, workload: Workload, kind: str
    ) -> Sample:
        event = workload.asked(self._kernel)
        check(contender, event, self._ask(contender, event))
        events = [
            one
            for one in self._hosts[contender.name].timeline()
            if one.environment == "worker 1"
        ]
        last = [one for one in events if one.phase is Phase.INVOKE][-1]
        duration_ms = 1000 * (_next(events, last).at - last.at)
        init_ms = 0.0
        if kind == COLD:
            init = events[0]
            init_ms = 1000 * (_next(events, init).at - init.at)
        return Sample(
            self.platform,
            contender.name,
            workload.name,
            kind,
            round(duration_ms, 3),
            round(init_ms, 3),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for host in self._hosts.values():
            host.close()
        self._stack.close()


def _next(events: list[Event], event: Event) -> Event:
    return events[events.index(event) + 1]
