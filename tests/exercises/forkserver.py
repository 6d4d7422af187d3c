"""A program that is ready, and forks for each job that it is given.

To start Python, and to import boto3, takes longer than most calls; so does
the end of a process that has imported it. So it is started once, and what is
forked of it leaves without tidying up. What a job does to its process is gone
with it, and the next one begins as the first did. This file is both sides.
"""

import atexit
import builtins
import gc
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time
import types
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TextIO

NUMBER = struct.Struct("i")  # of a process, and of its exit status
MOST_DESCRIPTORS = 3  # that come with a job
READ_SIZE = 65_536  # bytes


class Gone(Exception):
    """The program has ended, by whatever hand."""


@dataclass(frozen=True)
class Done:
    """What a job wrote, and how it ended."""

    text: str
    status: int | None  # negative for a signal; None: late, so it was ended


class Job:
    """What is done in a process of its own, which leads a session."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._status: int | None = None
        self.pid = self._number(None)

    def wait(self, seconds: float | None = None) -> int | None:
        """Its exit status, negative for a signal; None: it still runs then.

        Gone where the program has ended meanwhile.
        """
        if self._status is None:
            with suppress(TimeoutError, BlockingIOError):
                self._status = self._number(seconds)
        return self._status

    def end(self) -> None:
        """End it with all of its group, and wait until it is gone."""
        if self._status is None:
            try:
                os.killpg(self.pid, signal.SIGKILL)
            except OSError:  # it may not lead its group yet
                with suppress(OSError):
                    os.kill(self.pid, signal.SIGKILL)
            with suppress(Gone):
                self.wait()

    def _number(self, seconds: float | None) -> int:
        self._control.settimeout(seconds)
        with suppress(ConnectionError):
            if content := self._control.recv(NUMBER.size):
                return int(NUMBER.unpack(content)[0])
        raise Gone


class ForkServer:
    """The program, for those who have jobs. It ends when this process does."""

    def __init__(
        self, control: socket.socket, wait: Callable[[], object]
    ) -> None:
        """`control` leads to its standard input; `wait` waits for its end."""
        self._control = control
        self._wait = wait
        atexit.register(self.close)

    def start(self, job: object, *descriptors: int) -> Job:
        """Have a job done, with these descriptors; one job at a time.

        Gone where the program has ended.
        """
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                self._hand(theirs.fileno(), *descriptors)
            _write(ours, job)
            return Job(self._control)

    def run(self, job: object, seconds: float) -> Done:
        """Have a job done, and read what it writes, in so many seconds.

        Gone where the program has ended, or ends meanwhile.
        """
        end = time.monotonic() + seconds
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                self._hand(theirs.fileno())
            _write(ours, job)
            doing = Job(self._control)
            text, in_time = _read(ours, end)
            if not in_time:
                doing.end()
            status = doing.wait()
        return Done(text, status if in_time else None)

    def fork(self, program: Sequence[str]) -> "ForkServer":
        """Another program, forked of this one, which is with_boto3.py.

        Gone where this one has ended.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            self.start(program, theirs.fileno()).wait()
        return ForkServer(ours, lambda: None)

    def close(self) -> None:
        """End the program, which does so when nobody has jobs any more."""
        atexit.unregister(self.close)
        self._control.close()
        self._wait()

    def _hand(self, *descriptors: int) -> None:
        try:
            socket.send_fds(self._control, [b"!"], descriptors)
        except OSError as error:
            raise Gone from error


def start_server(
    program: Sequence[str], environment: Mapping[str, str] | None = None
) -> ForkServer:
    """Start a program, in this environment or in ours."""
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            program,
            stdin=theirs,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # On macOS it is fatal to ask for a proxy after a fork.
            env={**(environment or os.environ), "NO_PROXY": "*"},
            start_new_session=True,
        )
    return ForkServer(ours, process.wait)


def _write(job_socket: socket.socket, job: object) -> None:
    with suppress(OSError):  # it has ended, without having read it
        job_socket.sendall(json.dumps(job).encode() + b"\n")


def _read(results: socket.socket, end: float) -> tuple[str, bool]:
    """What is written until a moment, and whether all of it came by then."""
    content = b""
    while (left := end - time.monotonic()) > 0:
        results.settimeout(left)
        try:
            data = results.recv(READ_SIZE)
        except TimeoutError:
            break
        except ConnectionError:  # it ended before it had read its job
            data = b""
        if not data:
            return content.decode(), True
        content += data
    return content.decode(errors="replace"), False


def forked() -> tuple[Any, TextIO, list[int]]:
    """The program: fork for each job, until nobody has jobs any more.

    It returns in each new process: the job, where to write what it comes to,
    and the descriptors that came with it. In the program itself it never
    does: that ends here.
    """
    gc.freeze()  # or each process would copy what it looks through
    control = socket.socket(fileno=os.dup(0))
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    while True:
        data, given, *_ = socket.recv_fds(control, 1, MOST_DESCRIPTORS)
        if not data:
            os._exit(0)
        pid = os.fork()
        if not pid:
            control.close()
            os.close(nothing)
            os.setsid()
            with socket.socket(fileno=given.pop(0)) as mine:
                lines = mine.makefile("rw", encoding="utf-8")
            lines.reconfigure(line_buffering=True)  # what is written counts
            return json.loads(lines.readline()), lines, given
        for descriptor in given:
            os.close(descriptor)
        control.sendall(NUMBER.pack(pid))
        _, status = os.waitpid(pid, 0)
        control.sendall(NUMBER.pack(os.waitstatus_to_exitcode(status)))


def run_as_main(path: str) -> None:
    """In a process that is forked: run a file as `python FILE` does."""
    main = types.ModuleType("__main__")
    vars(main).update(__file__=path, __builtins__=builtins)
    sys.modules["__main__"] = main
    with open(path, "rb") as file:
        code = compile(file.read(), path, "exec")
    exec(code, vars(main))
