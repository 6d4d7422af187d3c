"""How fast is the local Functions host? `python benchmarks/functions_host.py`.

The Azure handler of the workshop, asked directly and through the host; how
fast it starts; and what two small writes cost it. Prints what it finds and
writes functions_host.json beside this file. Takes about a minute.
"""

import asyncio
import http.client
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import median

import psutil
from load import load
from report import run
from turns import interleaved, summary

from workshop.azure import LocalFunctions
from workshop.deploy.package import lay_out
from workshop.ports import free_port
from workshop.repository import FUNCTIONS
from workshop.sandbox import search_path

APP = FUNCTIONS / "azure" / "python"
PATH = "/api/palindromes"
HELLO = b'{"message":"hello, world"}'
REQUEST = (
    f"GET {PATH} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench\r\n"
    "Accept: */*\r\n\r\n"
).encode()
ASKED, CLIENTS, AT_ONCE, STARTS, TRAPPED = 3000, 16, 8000, 20, 40
ROUNDS = 5
# What makes the trap: without it, headers and body are one packet.
ONE_WRITE = "Connection.wbufsize = -1"


@contextmanager
def app() -> Iterator[Path]:
    """The function app as it is deployed, in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        lay_out(APP, Path(folder))
        yield Path(folder)


def raw(port: int) -> Callable[[], bytes]:
    """Asks over one connection that stays open, with nothing in between."""
    connection = socket.create_connection(("127.0.0.1", port))

    def ask() -> bytes:
        connection.sendall(REQUEST)
        received = b""
        while not received.endswith(HELLO):
            received += connection.recv(65_536)
        return received[-len(HELLO) :]

    return ask


def of_http_client(port: int) -> Callable[[], bytes]:
    """Asks as a Python program would, over one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port)

    def ask() -> bytes:
        connection.request("GET", PATH)
        return connection.getresponse().read()

    return ask


def handler_port(host: LocalFunctions) -> int:
    """Where the handler behind a host listens."""
    for child in psutil.Process(host._server.pid).children():
        port = child.environ().get("FUNCTIONS_CUSTOMHANDLER_PORT")
        if port:
            return int(port)
    raise AssertionError("the host has no handler")


def overhead() -> dict[str, object]:
    """One client and many, at the handler and through the host."""
    found: dict[str, object] = {}
    with app() as folder, LocalFunctions(folder) as host:
        port = int(host.url.rpartition(":")[2])
        raw(port)()
        direct = handler_port(host)
        for way, make in (("raw", raw), ("http_client", of_http_client)):
            callers = {"direct": make(direct), "host": make(port)}
            took = interleaved(callers, ASKED, HELLO)
            both = {name: summary(us) for name, us in took.items()}
            added = both["host"]["median_us"] - both["direct"]["median_us"]
            ratio = both["host"]["median_us"] / both["direct"]["median_us"]
            found[way] = both | {"added_us": added, "ratio": round(ratio, 2)}
        rates: dict[str, list[int]] = {"direct": [], "host": []}
        for _ in range(ROUNDS):
            for name, where in (("direct", direct), ("host", port)):
                start = time.perf_counter()
                right = asyncio.run(
                    load(where, REQUEST, HELLO, CLIENTS, AT_ONCE)
                )
                rates[name].append(
                    round(AT_ONCE / (time.perf_counter() - start))
                )
                assert right == AT_ONCE, f"{AT_ONCE - right} lost"
    share = median(rates["host"]) / median(rates["direct"])
    found["at_once"] = {
        "clients": CLIENTS,
        "requests": AT_ONCE,
        "per_s": {name: sorted(rate) for name, rate in rates.items()},
        "share": round(share, 2),
    }
    return found


@contextmanager
def handler(folder: Path) -> Iterator[int]:
    """The handler alone, started as the host starts it; its port."""
    port = free_port()
    process = subprocess.Popen(
        ["python3", "handler.py"],
        cwd=folder,
        env={
            "PATH": f"{search_path()}:{os.environ['PATH']}",
            "FUNCTIONS_CUSTOMHANDLER_PORT": str(port),
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield port
    finally:
        process.kill()
        process.wait()


def first_answer_s(folder: Path) -> float:
    """From the start of the process until the first 200."""
    start = time.perf_counter()
    with handler(folder) as port:
        wait_for(port)
        assert of_http_client(port)() == HELLO
        return time.perf_counter() - start


def wait_for(port: int) -> None:
    while True:
        try:
            with closing(socket.create_connection(("127.0.0.1", port))):
                return
        except ConnectionRefusedError:
            time.sleep(0.0005)


def alone() -> dict[str, object]:
    """The handler by itself: its start, its speed, and the 44 ms trap."""
    with app() as folder:
        starts_ms = [first_answer_s(folder) * 1000 for _ in range(STARTS)]
        rates = []
        with handler(folder) as port:
            wait_for(port)
            ask = raw(port)
            for _ in range(ROUNDS):
                start = time.perf_counter()
                for _ in range(ASKED):
                    ask()
                rates.append(round(ASKED / (time.perf_counter() - start)))
        text = (folder / "handler.py").read_text()
        assert text.count(ONE_WRITE) == 1
        (folder / "handler.py").write_text(text.replace(ONE_WRITE, ""))
        with handler(folder) as port:
            wait_for(port)
            took = interleaved({"two": raw(port)}, TRAPPED, HELLO)
    found = {
        "first_200_ms": {
            "median": round(median(starts_ms), 1),
            "least": round(min(starts_ms), 1),
            "most": round(max(starts_ms), 1),
        },
        "requests_per_s": sorted(rates),
        "two_writes_median_ms": round(median(took["two"]) / 1000, 1),
    }
    return found


PARTS = {"overhead": overhead, "alone": alone}


if __name__ == "__main__":
    run(__file__, __doc__, PARTS)
