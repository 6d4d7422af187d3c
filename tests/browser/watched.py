"""A real browser, and a record of whatever it asks of the network."""

import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from workshop.repository import ROOT

SCREENSHOTS = ROOT / "build" / "screenshots"
NAMES = ("chromium", "chromium-browser", "google-chrome")
ON_MACOS = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
HERE = {"127.0.0.1", ""}  # the hosts of this machine, and of a file
THEMES = ("light", "dark")


def executable():
    """The browser of this machine; skips the test where there is none."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None and sys.platform == "darwin" and ON_MACOS.exists():
        found = str(ON_MACOS)
    if found is None:
        pytest.skip("there is no chromium")
    return found


@dataclass
class Window:
    """A window of the browser, and what it asked and complained of."""

    page: object
    foreign: list = field(default_factory=list)  # addresses elsewhere
    complaints: list = field(default_factory=list)  # of the console

    def __post_init__(self):
        context = self.page.context
        context.on("request", lambda request: self.note(request.url))
        context.on("weberror", lambda e: self.complaints.append(str(e.error)))
        context.on("console", self.hear)
        self.page.on("websocket", lambda socket: self.note(socket.url))

    def note(self, url):
        if (urlsplit(url).hostname or "") not in HERE:
            self.foreign.append(url)

    def hear(self, message):
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def keep(self, name, **options):
        """Keep a picture of the page as an artefact of the tests."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        path = SCREENSHOTS / f"{name}.png"
        self.page.screenshot(path=path, animations="disabled", **options)
