"""A command that is run shut in: watched, limited, and gone at its end."""

import asyncio
import contextlib
import functools
import json
import math
import os
import secrets
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

import psutil

from workshop.grading.limits import MB, Limits
from workshop.leftovers import kill_marked, remove
from workshop.repository import ROOT
from workshop.sandbox import Process, holds_more, search_path

ENCLOSURE = Path(__file__).with_name("enclosure.py")
# Whether it is shut in: number 1, with loopback alone, and nothing to write.
PROOF = """
import os, socket
assert os.getpid() == 1, "it sees other processes"
names = [name for _, name in socket.if_nameindex()]
assert names == ["lo"], f"it has the network of {names}"
assert os.statvfs("/").f_flag & os.ST_RDONLY, "it may write to files"
print("closed")
"""
LOOK_S = 0.3  # between two looks at what it takes
END_LIMIT_S = 10.0  # for all that it has started to be gone
LAST_WORDS = 2_000  # bytes kept of what it prints
MOST_THREADS = 1_024  # of the user, above those that are there at first
SOCKETS = Path("/run")  # of services that would do more for it
MARK = "WORKSHOP_GRADE"  # the variable that marks what belongs to a run

Command = Callable[[Path], Sequence[str]]
"""What to run, made of the folder with its files."""


class Means(StrEnum):
    """What shuts a command in."""

    NAMESPACES = "namespaces"  # Linux
    LIMITS = "limits"  # a group of processes with limits, anywhere


@dataclass(frozen=True)
class Place:
    """What is the same for every command of one run of `workshop grade`."""

    folder: Path  # for what they need; nobody else's
    mark: str  # by which whatever they start is found again
    means: Means
    hidden: tuple[Path, ...] = ()  # what they must not see

    def __post_init__(self) -> None:
        """Only a means that there is: another word would close nothing."""
        Means(self.means)

    @property
    def is_closed(self) -> bool:
        """Whether what is run here must be kept from all else."""
        return self.means != Means.LIMITS


@dataclass(frozen=True)
class End:
    """How a command ended."""

    status: int
    output: bytes
    last_words: str  # the end of what it wrote to stderr
    stopped: str = ""  # why it was stopped, if it was
    seconds: float = 0.0


async def run(
    command: Command,
    files: Mapping[str, bytes],
    place: Place,
    limits: Limits,
    begins: bytes = b"",
) -> End:
    """Run a command in a room of its own, with these files.

    Its working directory is the repository, its home is empty, and so is its
    input; its environment has nothing of the user's. What it has started is
    ended with it. With each line that it prints and that begins with
    `begins`, the time that it may take begins anew.
    """
    begun = time.monotonic()
    head, tail = _Head(limits.output_bytes, begins), _Tail(LAST_WORDS)
    with _room(place, files) as room:
        mark = f"{place.mark}-{secrets.token_hex(8)}"
        process = None
        try:
            process = await Process.start(
                [
                    *(sys.executable, "-I", "-S", str(ENCLOSURE)),
                    json.dumps(_plan(place, room, limits)),
                    *command(room / "given"),
                ],
                ROOT,
                _environment(room, mark),
                head.take,
                on_error=tail.take,
            )
            stopped = await _watch(process, place, room, limits, head)
        finally:
            await _end(process, mark)
        status = await process.wait()
    words = tail.content.decode(errors="replace").strip()
    seconds = time.monotonic() - begun
    return End(status, head.content, words, stopped, seconds)


async def why_not_closed(place: Place) -> str:
    """Why this place cannot be closed; "" where it can."""
    if sys.platform != "linux":
        return "only Linux has the means for that"
    end = await run(
        lambda _: (sys.executable, "-I", "-S", "-c", PROOF),
        {},
        replace(place, means=Means.NAMESPACES),
        Limits(),
    )
    if (end.status, end.output) == (0, b"closed\n"):
        return ""
    *_, why = end.last_words.splitlines() or [f"status {end.status}"]
    return why


class _Head:
    """What comes first of an output that may never end."""

    def __init__(self, most: int, begins: bytes) -> None:
        self.content = b""
        self.since = time.monotonic()  # when the last part of it began
        self._most = most
        self._begins = b"\n" + begins if begins else b""
        self._parts = 0

    def take(self, data: bytes) -> None:
        self.content += data[: self._most - len(self.content)]
        if self._begins:
            parts = (b"\n" + self.content).count(self._begins)
            if parts > self._parts:
                self._parts, self.since = parts, time.monotonic()


class _Tail:
    """What comes last of it."""

    def __init__(self, most: int) -> None:
        self.content = b""
        self._most = most

    def take(self, data: bytes) -> None:
        self.content = (self.content + data)[-self._most :]


@contextlib.contextmanager
def _room(place: Place, files: Mapping[str, bytes]) -> Iterator[Path]:
    """A folder with the files in `given`, and a `room` to write in."""
    folder = Path(tempfile.mkdtemp(dir=place.folder)).resolve()
    try:
        (folder / "room").mkdir()
        (folder / "given").mkdir()
        for name, content in files.items():
            (folder / "given" / name).write_bytes(content)
        if not place.is_closed:
            for name in ("home", "tmp"):
                (folder / "room" / name).mkdir()
        yield folder
    finally:
        remove(folder)


def _plan(place: Place, room: Path, limits: Limits) -> dict[str, object]:
    """What the enclosure is told."""
    hidden = _hidden(place)
    needed = {ROOT, Path(sys.prefix), Path(sys.base_prefix), room}
    needed |= {Path(path) for path in sys.path if os.path.isdir(path)}
    shown = {path.resolve() for path in needed}
    return {
        "closed": place.is_closed,
        "room": str(room / "room"),
        "room_bytes": limits.disk_mb * MB,
        "folders": ["home", "tmp"],
        "hidden": sorted(map(str, hidden)),
        "shown": sorted(
            str(path)
            for path in shown
            if any(path.is_relative_to(cover) for cover in hidden)
        ),
        "limits": {
            "RLIMIT_CORE": 0,
            "RLIMIT_CPU": math.ceil(limits.seconds) + 1,
            "RLIMIT_FSIZE": limits.disk_mb * MB,
            "RLIMIT_NOFILE": limits.open_files,
            "RLIMIT_NPROC": _threads_at_first() + MOST_THREADS,
        },
    }


def _hidden(place: Place) -> set[Path]:
    """What is covered: where credentials, sockets and other answers are."""
    folders = {Path.home(), Path("/tmp"), Path(tempfile.gettempdir()), SOCKETS}
    found = {path.resolve() for path in {*folders, *place.hidden}}
    return {path for path in found if path.is_dir()} - {Path("/")}


@functools.cache
def _threads_at_first() -> int:
    """How many the user runs: the system counts them all together."""
    me = psutil.Process().uids().real
    total = 0
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.uids().real == me:
                total += process.num_threads()
    return total


def _environment(room: Path, mark: str) -> dict[str, str]:
    return {
        MARK: mark,
        "HOME": str(room / "room" / "home"),
        "TMPDIR": str(room / "room" / "tmp"),
        "PATH": search_path(),
        "LANG": "C.UTF-8",
        "NO_PROXY": "*",
        "PYTHONDONTWRITEBYTECODE": "1",
        # As for `workshop check`: the plugins are for other tests.
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }


async def _watch(
    process: Process, place: Place, room: Path, limits: Limits, head: _Head
) -> str:
    """Wait for its end; why it must be stopped before, or ""."""
    ended = asyncio.ensure_future(process.wait())
    try:
        while not (await asyncio.wait({ended}, timeout=LOOK_S))[0]:
            if time.monotonic() > head.since + limits.seconds:
                return (
                    f"it took over {limits.seconds:g} s. Is there a loop "
                    "that never ends?"
                )
            why = _takes_too_much(_family(process.pid), limits)
            if why:
                return why
            if not place.is_closed and holds_more(
                room / "room", limits.disk_mb * MB
            ):
                return f"its files take over {limits.disk_mb} MB"
    finally:
        ended.cancel()
    return ""


def _takes_too_much(family: list[psutil.Process], limits: Limits) -> str:
    if len(family) > limits.processes:
        return f"it runs over {limits.processes} processes at once"
    total = 0
    for process in family:
        with contextlib.suppress(psutil.Error):
            total += process.memory_info().rss
    if total > limits.memory_mb * MB:
        return f"it takes over {limits.memory_mb} MB of memory"
    return ""


def _family(pid: int) -> list[psutil.Process]:
    """All that the enclosure has started, the first one first."""
    try:
        found: list[psutil.Process] = psutil.Process(pid).children(True)
    except psutil.Error:
        return []
    return found


async def _end(process: Process | None, mark: str) -> None:
    """End all that was started, and wait until it is gone.

    First the command itself: it takes its namespace with it or, where there
    is none, the enclosure ends what it has adopted. One that was cancelled
    while it started is no process here, and may have left its command.
    """
    if process:
        for first in _family(process.pid)[:1]:
            with contextlib.suppress(psutil.Error):
                first.kill()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), END_LIMIT_S)
        await process.kill()
    kill_marked(mark)
