"""The official Lambda emulator (RIE), fetched and run.

It comes in the wheel of aws-sam-cli, as a static Linux program. It judges
what a runtime is told and what the caller then gets, and nothing else: it
runs one environment, answers every caller 200 or 502, and knows no function
error, no limits and no log.
"""

import http.client
import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import zipfile
from contextlib import suppress
from pathlib import Path

import psutil

from tests.conformance.situation import BOOTSTRAP, Stage
from workshop.ports import free_port
from workshop.repository import ROOT

VERSION = "1.170.0"  # of aws-sam-cli, released 2026-10
CACHE = ROOT / "build" / "rie" / VERSION
MACHINES = {
    "x86_64": "x86_64",
    "amd64": "x86_64",
    "aarch64": "arm64",
    "arm64": "arm64",
}
INVOKE = "/2015-03-31/functions/function/invocations"
START_S = 10


class Unavailable(Exception):
    """This machine has no emulator, for the reason that is given."""


def fetch() -> Path:
    """The emulator's program, from the cache or with pip.

    Raises Unavailable where it does not run or cannot be fetched.
    """
    machine = MACHINES.get(platform.machine().lower())
    if sys.platform != "linux" or machine is None:
        raise Unavailable(
            "the official emulator is a program for Linux on x86_64 or "
            f"arm64, and this is {platform.system()} on {platform.machine()}"
        )
    name = f"aws-lambda-rie-{machine}"
    program = CACHE / name
    if not program.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        # Whoever else fetches it now has a folder of their own, and puts
        # the same file in the same place.
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            unpacked = _unpack(_download(Path(folder)), name, Path(folder))
            os.replace(unpacked, program)
    return program


def _download(folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--no-deps"]
    command += ["--quiet", "--disable-pip-version-check", "--dest", folder]
    done = subprocess.run(
        [*command, f"aws-sam-cli=={VERSION}"], capture_output=True, text=True
    )
    if done.returncode:
        last = (done.stderr.strip() or "no message").splitlines()[-1]
        raise Unavailable(f"pip cannot fetch aws-sam-cli {VERSION}: {last}")
    return next(folder.glob("*.whl"))


def _unpack(wheel: Path, name: str, folder: Path) -> Path:
    unpacked = folder / name
    with (
        zipfile.ZipFile(wheel) as archive,
        archive.open(f"samcli/local/rapid/{name}") as source,
        unpacked.open("wb") as target,
    ):
        shutil.copyfileobj(source, target)
    unpacked.chmod(0o755)
    return unpacked


class Emulator:
    """One emulator at `port`, with a bootstrap that it has not started yet.

    It works in the bootstrap's folder, and logs into it.
    """

    def __init__(self, bootstrap: Path, variables: dict[str, str]) -> None:
        program = fetch()
        self.port, api = free_port(), free_port()
        self._log = bootstrap.with_name("rie.log")
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [
                    program,
                    # Both by name: it would listen on every interface.
                    "--runtime-interface-emulator-address",
                    f"127.0.0.1:{self.port}",
                    "--runtime-api-address",
                    f"127.0.0.1:{api}",
                    bootstrap,
                ],
                cwd=bootstrap.parent,
                env={"PATH": os.environ["PATH"], **variables},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        for port in (self.port, api):
            self._await(port)

    def close(self) -> None:
        """End it with all that it has started."""
        started = psutil.Process(self._process.pid).children(recursive=True)
        for process in (*started, self._process):
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self._process.wait()

    def _await(self, port: int) -> None:
        """It says nothing when it listens, so try until it does."""
        until = time.monotonic() + START_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                return
            except ConnectionRefusedError:
                if time.monotonic() > until or self._process.poll():
                    raise RuntimeError(self._log.read_text()) from None
                time.sleep(0.005)


class RieStage(Stage):
    """One emulator, with a bootstrap that takes orders."""

    def __init__(self, folder: Path, timeout_s: int) -> None:
        super().__init__(folder)
        bootstrap = folder / "bootstrap"
        bootstrap.write_text(BOOTSTRAP)
        bootstrap.chmod(0o755)
        time_limit = {"AWS_LAMBDA_FUNCTION_TIMEOUT": str(timeout_s)}
        self._emulator = Emulator(bootstrap, time_limit | self.variables)

    def answer_to(self, event: bytes, context: str) -> bytes:
        caller = http.client.HTTPConnection("127.0.0.1", self._emulator.port)
        headers = {"X-Amz-Client-Context": context} if context else {}
        caller.request("POST", INVOKE, event, headers)
        payload = caller.getresponse().read()
        caller.close()
        return payload

    def close(self) -> None:
        self._emulator.close()
        super().close()
