"""Azurite, Microsoft's own emulator of storage, fetched and run.

It is a program for Node, of 360 MB with all that it names, and is kept in
build/, which git ignores.
"""

import os
import queue
import re
import shutil
import subprocess
import tempfile
import threading
from contextlib import suppress
from pathlib import Path

from workshop.repository import ROOT

VERSION = "3.37.0"
CACHE = ROOT / "build" / "azurite" / VERSION
LISTENS = re.compile(r"listens on (http://127\.0\.0\.1:\d+)")
START_S = 60


class Unavailable(Exception):
    """This machine has no Azurite, for the reason that is given."""


def fetch() -> Path:
    """Azurite's program for blobs, from the cache or with npm."""
    if not (shutil.which("node") and shutil.which("npm")):
        raise Unavailable("Azurite runs on node, which is not here")
    program = CACHE / "node_modules" / ".bin" / "azurite-blob"
    if not program.exists():
        CACHE.parent.mkdir(parents=True, exist_ok=True)
        # Whoever else fetches it now has a folder of their own; the first
        # to have it whole puts it in place.
        with tempfile.TemporaryDirectory(dir=CACHE.parent) as folder:
            _install(Path(folder) / VERSION)
            try:
                os.rename(Path(folder) / VERSION, CACHE)
            except OSError:
                if not program.exists():
                    raise
    return program


def _install(folder: Path) -> None:
    folder.mkdir()
    command = ["npm", "install", "--silent", "--no-audit", "--no-fund"]
    done = subprocess.run(
        [*command, "--prefix", folder, f"azurite@{VERSION}"],
        capture_output=True,
        text=True,
    )
    if done.returncode:
        last = (done.stderr.strip() or "no message").splitlines()[-1]
        raise Unavailable(f"npm cannot fetch azurite {VERSION}: {last}")


class Azurite:
    """An emulator with one storage account, which keeps nothing."""

    def __init__(self, account: str, key: str) -> None:
        program = fetch()
        # Azurite would listen on a port that is written down: any free one.
        command = [program, "--blobHost", "127.0.0.1", "--blobPort", "0"]
        command += ["--inMemoryPersistence", "--disableTelemetry"]
        command += ["--skipApiVersionCheck"]
        self._process = subprocess.Popen(
            command,
            env={
                "PATH": os.environ["PATH"],
                "AZURITE_ACCOUNTS": f"{account}:{key}",
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        lines: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, args=(lines,))
        self._reader.start()
        self.endpoint = f"{self._await(lines)}/{account}"

    def _await(self, lines: "queue.Queue[str | None]") -> str:
        """Where it listens, once it says so."""
        said = ""
        with suppress(queue.Empty):
            while line := lines.get(timeout=START_S):
                said += line
                if found := LISTENS.search(line):
                    return found[1]
        self.close()
        raise RuntimeError(f"Azurite does not start. It says: {said}")

    def _read(self, lines: "queue.Queue[str | None]") -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            lines.put(line)
        lines.put(None)

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
        self._reader.join()
        if self._process.stdout:
            self._process.stdout.close()

    def __enter__(self) -> "Azurite":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
