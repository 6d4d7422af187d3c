"""A child process kept apart: its own group, a minimal environment, an end.

Nothing of the learner's environment reaches a child but what is handed to
it. Whatever it forks dies with it: the processes of its group first, then
those that left the group but still carry its mark in their environment.
"""

import asyncio
import contextlib
import os
import resource
import signal
import sys
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


class Output:
    """A pipe that a child writes to; what comes is handed on as it comes."""

    def __init__(self, on_output: Callable[[bytes], None]) -> None:
        self._on_output = on_output
        self._end, self.child_end = os.pipe()
        os.set_blocking(self._end, False)
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._end, self.drain)

    def drain(self) -> None:
        """Take what the child has printed so far, without waiting."""
        for _ in range(MOST_READS):
            if self._end < 0:
                return
            try:
                data = os.read(self._end, READ_SIZE)
            except BlockingIOError:
                return
            if not data:
                self.close()
                return
            self._on_output(data)
            if len(data) < READ_SIZE:
                return

    def started(self) -> None:
        """The child has its end, or will never have it: close ours of it."""
        os.close(self.child_end)

    def close(self) -> None:
        """Take no more of it."""
        if self._end >= 0:
            self._loop.remove_reader(self._end)
            os.close(self._end)
            self._end = -1


class Process:
    """A running child. `wait` for its end; `kill` ends it and its group."""

    def __init__(
        self, child: asyncio.subprocess.Process, outputs: Sequence[Output]
    ) -> None:
        self._child = child
        self._outputs = outputs
        self._status = -1  # where its memory can be read, once opened

    @classmethod
    async def start(
        cls,
        command: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        on_output: Callable[[bytes], None],
        limits: Mapping[int, int] | None = None,
        on_error: Callable[[bytes], None] | None = None,
    ) -> "Process":
        """Start the command in its own process group.

        What it prints is handed to `on_output` as it comes; what goes to
        stderr, to `on_error` where that is given. `limits` are resource
        limits by their number, RLIMIT_..., kept on Linux only. Raises OSError
        when the command cannot be started.
        """
        outputs = [Output(on_output)]
        if on_error:
            outputs.append(Output(on_error))
        try:
            child = await asyncio.create_subprocess_exec(
                *command,
                cwd=folder,
                env=dict(environment),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=outputs[0].child_end,
                stderr=outputs[-1].child_end,
                start_new_session=True,
            )
        except BaseException:
            for output in outputs:
                output.close()
            raise
        finally:
            for output in outputs:
                output.started()
        _limit(child.pid, limits or {})
        return cls(child, outputs)

    @property
    def pid(self) -> int:
        """Its process id, which is its process group's and session's too."""
        return self._child.pid

    def drain(self) -> None:
        """Take what the child has printed so far, without waiting."""
        for output in self._outputs:
            output.drain()

    async def wait(self) -> int:
        """The exit status; a signal's number, negative, if one ended it."""
        return await self._child.wait()

    def peak_memory_mb(self) -> int:
        """The most memory the child itself has held at once, in MB."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            if self._status < 0:  # kept open: this is read very often
                path = f"/proc/{self._child.pid}/status"
                self._status = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            status = os.pread(self._status, READ_SIZE, 0)
            kilobytes = int(status.partition(b"VmHWM:")[2].split(None, 1)[0])
            return -(-kilobytes // 1024)
        with contextlib.suppress(psutil.Error):
            resident: int = psutil.Process(self._child.pid).memory_info().rss
            return -(-resident // 1024**2)
        return 0

    def stop(self) -> None:
        """End the child and its process group at once."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._child.pid, signal.SIGKILL)

    async def kill(self) -> None:
        """End the child and its process group, and wait until it is gone."""
        self.stop()
        await self._child.wait()
        self.drain()
        for output in self._outputs:
            output.close()
        if self._status >= 0:
            os.close(self._status)
            self._status = -1


def _limit(pid: int, limits: Mapping[int, int]) -> None:
    """Set a child's resource limits, and that it leaves no core file.

    Just after its start: what could do it before costs a slower start
    (preexec_fn) or changes ours too.
    """
    if sys.platform == "linux":
        for number, most in {resource.RLIMIT_CORE: 0, **limits}.items():
            with contextlib.suppress(OSError, ValueError):
                resource.prlimit(pid, number, (most, most))


def holds_more(folder: Path, limit: int) -> bool:
    """Whether a folder's files are longer than the limit, in bytes."""
    size = 0
    for path, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                size += os.lstat(os.path.join(path, name)).st_size
            if size > limit:
                return True
    return False
