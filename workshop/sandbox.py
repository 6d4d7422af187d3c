"""A child process kept apart: its own group, a minimal environment, an end.

Nothing of the learner's environment reaches a child but what is handed to
it. Whatever it forks dies with it: the processes of its group first, then
those that left the group but still carry its mark in their environment.
"""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psutil

READ_SIZE = 65_536  # bytes
MOST_READS = 16  # of them, a whole pipe: nobody can keep us reading for ever


def base_python() -> Path:
    """The interpreter below any virtualenv: it has what came with it."""
    return Path(getattr(sys, "_base_executable", sys.executable)).resolve()


def search_path() -> str:
    """A PATH on which `python3` is the interpreter below any virtualenv."""
    return f"{base_python().parent}:/usr/local/bin:/usr/bin:/bin"


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

    @property
    def pid(self) -> int:
        """Its process id, which is its process group's and session's too."""
        return self._child.pid

    def drain(self) -> None:
        """Take what the child has printed so far, without waiting."""
        for _ in range(MOST_READS):
            if self._output < 0:
                return
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
