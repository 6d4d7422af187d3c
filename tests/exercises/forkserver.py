"""A program that is ready, and forks for each job that it is given.

To start Python, and to import boto3, takes longer than most calls; so does
the end of a process that has imported it. So it is started once, and what is
forked of it leaves without tidying up. What a job does to its process is gone
with it, and the next one begins as the first did. This file is both sides.
"""

import atexit
import gc
import json
import os
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NoReturn, TextIO

NUMBER = struct.Struct("i")  # of a process, and of its exit status
READ_SIZE = 65_536  # bytes


class Gone(Exception):
    """The program has ended, by whatever hand."""


@dataclass(frozen=True)
class Done:
    """What a job wrote, and how it ended."""

    text: str
    status: int | None  # negative for a signal; None: late, so it was ended


class ForkServer:
    """The program, for those who have jobs. It ends when this process does."""

    def __init__(self, program: Sequence[str]) -> None:
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                program,
                stdin=theirs,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                # On macOS it is fatal to ask for a proxy after a fork.
                env=os.environ | {"NO_PROXY": "*"},
                start_new_session=True,
            )
        atexit.register(self.close)

    def run(self, job: object, seconds: float) -> Done:
        """Have a job done, in a process of its own, in so many seconds.

        Gone where the program has ended, or ends meanwhile.
        """
        end = time.monotonic() + seconds
        ours, theirs = socket.socketpair()
        with ours, theirs:
            try:
                socket.send_fds(self._control, [b"!"], [theirs.fileno()])
            except OSError as error:
                raise Gone from error
            theirs.close()
            with suppress(OSError):  # it has ended, without having read it
                ours.sendall(json.dumps(job).encode() + b"\n")
            pid = self._number()
            text, in_time = _read(ours, end)
            if not in_time:
                with suppress(OSError):
                    os.killpg(pid, signal.SIGKILL)
            status = self._number()
        return Done(text, status if in_time else None)

    def close(self) -> None:
        """End the program, which does so when nobody has jobs any more."""
        atexit.unregister(self.close)
        self._control.close()
        self._process.wait()

    def _number(self) -> int:
        with suppress(OSError):
            if content := self._control.recv(NUMBER.size):
                return int(NUMBER.unpack(content)[0])
        raise Gone


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


def serve_jobs(do: Callable[[Any, TextIO], None]) -> None:
    """The program: fork for each job, until nobody has jobs any more.

    `do` is called in the new process, with the job and where to write what
    it comes to.
    """
    gc.freeze()  # or each process would copy what it looks through
    control = socket.socket(fileno=os.dup(0))
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    while True:
        data, descriptors, *_ = socket.recv_fds(control, 1, 1)
        if not data:
            return
        pid = os.fork()
        if not pid:
            control.close()
            _do(do, socket.socket(fileno=descriptors[0]))
        os.close(descriptors[0])
        control.sendall(NUMBER.pack(pid))
        _, status = os.waitpid(pid, 0)
        control.sendall(NUMBER.pack(os.waitstatus_to_exitcode(status)))


def _do(do: Callable[[Any, TextIO], None], mine: socket.socket) -> NoReturn:
    """In the new process: do the job, and end."""
    status = 1
    try:
        os.setsid()
        lines = mine.makefile("rw", encoding="utf-8")
        lines.reconfigure(line_buffering=True)  # what is written counts
        do(json.loads(lines.readline()), lines)
        status = 0
    finally:
        os._exit(status)
