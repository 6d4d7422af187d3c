"""A child process kept apart: its own group, a minimal environment, an end.

Nothing of the learner's environment reaches a child but what is handed to
it. Whatever it forks dies with it: the processes of its group first, then
those that left the group but still carry its mark in their environment.
"""

import asyncio
import contextlib
import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path

import psutil

READ_SIZE = 65_536  # bytes


def search_path() -> str:
    """A PATH on which `python3` is the interpreter below any virtualenv."""
    python = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
    return f"{python.parent}:/usr/local/bin:/usr/bin:/bin"


class Process:
    """A running child. `wait` for its end; `kill` ends it and its group."""

    def __init__(
        self,
        child: asyncio.subprocess.Process,
        output: int,
        on_output: Callable[[bytes], None],
    ) -> None:
        self._child = child
        self._output = output
        self._on_output = on_output
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(output, self.drain)

    @classmethod
    async def start(
        cls,
        command: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        on_output: Callable[[bytes], None],
    ) -> "Process":
        """Start the command in its own process group.

        What it prints, on stdout or stderr, is handed to `on_output` as it
        comes. Raises OSError when the command cannot be started.
        """
        output, child_end = os.pipe()
        os.set_blocking(output, False)
        try:
            child = await asyncio.create_subprocess_exec(
                *command,
                cwd=folder,
                env=dict(environment),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=child_end,
                stderr=child_end,
                start_new_session=True,
            )
        except OSError:
            os.close(output)
            raise
        finally:
            os.close(child_end)
        return cls(child, output, on_output)

    def drain(self) -> None:
        """Take what the child has printed so far, without waiting."""
        while self._output >= 0:
            try:
                data = os.read(self._output, READ_SIZE)
            except BlockingIOError:
                return
            if not data:
                self._close_output()
                return
            self._on_output(data)
            if len(data) < READ_SIZE:
                return

    async def wait(self) -> int:
        """The exit status; a signal's number, negative, if one ended it."""
        return await self._child.wait()

    def peak_memory_mb(self) -> int:
        """The most memory the child itself has held at once, in MB."""
        with contextlib.suppress(OSError, ValueError):
            status = Path(f"/proc/{self._child.pid}/status").read_text()
            for line in status.splitlines():
                if line.startswith("VmHWM:"):
                    return -(-int(line.split()[1]) // 1024)
        with contextlib.suppress(psutil.Error):
            resident: int = psutil.Process(self._child.pid).memory_info().rss
            return -(-resident // 1024**2)
        return 0

    async def kill(self) -> None:
        """End the child and its process group, and wait until it is gone."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._child.pid, signal.SIGKILL)
        await self._child.wait()
        self.drain()
        self._close_output()

    def _close_output(self) -> None:
        if self._output >= 0:
            self._loop.remove_reader(self._output)
            os.close(self._output)
            self._output = -1


def kill_marked(mark: str) -> None:
    """Kill every process whose environment carries the mark in a value.

    Looks again until a look finds none, since one of them may have forked
    while it was being killed.
    """
    while marked := [p for p in psutil.process_iter() if _carries(p, mark)]:
        for process in marked:
            with contextlib.suppress(psutil.Error):
                process.kill()
        time.sleep(0.005)  # not wait(): an orphan may stay a zombie for long


def _carries(process: psutil.Process, mark: str) -> bool:
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        return any(mark in v for v in process.environ().values())
    except (psutil.Error, OSError):
        return False


def make_removable(folder: str | Path) -> None:
    """Lift the write protection of a folder's folders, so that it can go."""
    for path, _, _ in os.walk(folder):
        with contextlib.suppress(OSError):
            os.chmod(path, 0o700)


class Throttling(StrEnum):
    """What can hold a process to a share of a processor."""

    CGROUP_V2 = "cgroup v2"
    CGROUP_V1 = "cgroup v1"
    SIGNALS = "signals"  # SIGSTOP and SIGCONT by turns: works everywhere


HALF_A_CPU = {
    Throttling.CGROUP_V2: ("cpu.max", "50000 100000"),
    Throttling.CGROUP_V1: ("cpu.cfs_quota_us", "50000"),
}
"""The file that limits a control group, and a limit to try."""


def throttling() -> Throttling:
    """The best means that this machine allows, found by trying.

    A control group is made for that, and is gone when this returns.
    """
    for means, parent in _cpu_groups():
        if _takes_a_limit(parent, *HALF_A_CPU[means]):
            return means
    return Throttling.SIGNALS


def _cpu_groups() -> Iterator[tuple[Throttling, Path]]:
    """The control groups in which one for a child could be made."""
    mounts: dict[str, Path] = {}
    try:
        for line in Path("/proc/self/mounts").read_text().splitlines():
            _, folder, kind, options, *_ = line.split()
            if kind == "cgroup2" or "cpu" in options.split(","):
                mounts.setdefault(kind, Path(folder))
        groups = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:  # not Linux
        return
    for line in groups[::-1]:  # version 2 stands last
        _, controllers, path = line.split(":", 2)
        if not controllers and (root := mounts.get("cgroup2")):
            # Only the root may hold processes and limited groups at once:
            # elsewhere, the new one stands beside the one we are in.
            own = root / path.lstrip("/")
            yield Throttling.CGROUP_V2, own if own == root else own.parent
        if "cpu" in controllers.split(",") and (root := mounts.get("cgroup")):
            yield Throttling.CGROUP_V1, root / path.lstrip("/")


def _takes_a_limit(parent: Path, file: str, limit: str) -> bool:
    """Whether a new group in the parent takes the limit and a process."""
    group = parent / f"workshop-{os.getpid()}"
    try:
        group.mkdir()
    except OSError:
        return False
    try:
        (group / file).write_text(limit)
        with subprocess.Popen(
            [sys.executable, "-ISc", "input()"], stdin=subprocess.PIPE
        ) as child:
            try:
                (group / "cgroup.procs").write_text(str(child.pid))
            finally:
                child.kill()
    except OSError:
        return False
    else:
        return True
    finally:
        _remove(group)


def _remove(group: Path) -> None:
    """Remove a group whose processes have ended, once the kernel says so."""
    while True:
        try:
            return group.rmdir()
        except OSError as error:
            if error.errno != errno.EBUSY:
                raise
        time.sleep(0.001)
