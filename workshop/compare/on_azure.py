"""Function apps on the local Functions host, asked over HTTP.

What each took is read off the host's timeline, as its log lines are. Init is
the handler's alone: from its start until the host finds that it listens,
which it looks for every 25 ms. The real host's own start, most of a cold
start on Azure, is not in it.
"""

import hashlib
import http.client
import json
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from workshop.azure import LocalFunctions
from workshop.closing import Closing
from workshop.compare.cases import check
from workshop.compare.catalogue import Contender
from workshop.compare.measured import Measured
from workshop.compare.workloads import HELLO, Workload
from workshop.deploy.package import lay_out
from workshop.errors import WorkshopError
from workshop.timeline import Event, Phase

PATH = "/api/palindromes"
TIMEOUT_S = 900


class OnAzure(Closing):
    """The contenders as function apps, each with a host of its own."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._apps: dict[str, Path] = {}
        self._hosts: dict[str, LocalFunctions] = {}

    def deploy(self, contender: Contender) -> str:
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
        host["functionTimeout"] = f"00:{TIMEOUT_S // 60}:00"
        (folder / "host.json").write_text(json.dumps(host))
        self._apps[contender.name] = folder
        return _digest(folder)

    def answer(self, contender: Contender, event: object) -> bytes:
        """What the app answers, whatever its status."""
        if contender.name not in self._hosts:
            self._start(contender)
        return self._ask(contender, event)

    def cold(self, contender: Contender, workload: Workload) -> Measured:
        """The first request of an app that is new."""
        self._start(contender)
        return self._measure(contender, workload)

    def warm(self, contender: Contender, workload: Workload) -> Measured:
        """A later one."""
        if contender.name not in self._hosts:
            self._start(contender)
            self._measure(contender, HELLO)
        return self._measure(contender, workload)

    def verify(self, contender: Contender) -> None:
        """Nothing to do: a handler that was replaced shows as it is asked."""

    def _start(self, contender: Contender) -> None:
        old = self._hosts.pop(contender.name, None)
        if old:
            old.close()
        app = self._apps[contender.name]
        self._hosts[contender.name] = LocalFunctions(app)

    def _ask(self, contender: Contender, event: object) -> bytes:
        address = urlsplit(self._hosts[contender.name].url).netloc
        connection = http.client.HTTPConnection(address, timeout=TIMEOUT_S)
        with _told(), closing(connection):
            connection.request("POST", PATH, json.dumps(event))
            return connection.getresponse().read()

    def _measure(self, contender: Contender, workload: Workload) -> Measured:
        check(contender, workload, self._ask(contender, workload.event))
        with _told():
            return measured(self._hosts[contender.name].timeline())

    def close(self) -> None:
        """End what it has started, and wait until it has."""
        for host in self._hosts.values():
            host.close()
        self._stack.close()


def measured(timeline: list[Event]) -> Measured:
    """What the last invocation took, and the start of its handler if it was
    the first of that.
    """
    invoked = [one for one in timeline if one.phase is Phase.INVOKE][-1]
    mine = [one for one in timeline if one.environment == invoked.environment]
    place = mine.index(invoked)
    duration_ms = 1000 * (mine[place + 1].at - invoked.at)
    first = [one.phase for one in mine].index(Phase.INVOKE)
    init_ms = 1000 * (mine[1].at - mine[0].at) if place == first else 0.0
    return Measured(round(duration_ms, 3), round(init_ms, 3))


@contextmanager
def _told() -> Iterator[None]:
    """That a host is gone is the reason to leave its app out."""
    try:
        yield
    except (OSError, http.client.HTTPException) as error:
        raise WorkshopError(
            f"Its host does not answer: {type(error).__name__} {error}"
        ) from error


def _digest(folder: Path) -> str:
    """What names the files of an app."""
    told = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            name = path.relative_to(folder).as_posix().encode()
            content = path.read_bytes()
            told.update(b"%b %d\n%b" % (name, len(content), content))
    return told.hexdigest()
