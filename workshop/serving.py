"""What the servers of the local clouds have in common."""

import asyncio
import contextlib
import errno
import os
import resource
import socket
import subprocess
import sys
import tempfile
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

import uvicorn

from workshop.errors import WorkshopError
from workshop.leftovers import remove

HOST = "127.0.0.1"
OPEN_FILES = 10_240  # that it may have, where it may: the most on macOS


def listen(port: int) -> socket.socket:
    """Listen on a port of this machine alone; 0 takes a free one.

    Raises WorkshopError when the port is taken.
    """
    # With the protocol named, asyncio turns Nagle's algorithm off on what it
    # accepts; without, every second small write waits 40 ms.
    listener = socket.socket(
        socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP
    )
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OverflowError as error:
        listener.close()
        raise WorkshopError("A port is a number up to 65535.") from error
    except OSError as error:
        listener.close()
        if error.errno != errno.EADDRINUSE:
            raise WorkshopError(f"Port {port}: {error.strerror}.") from error
        raise WorkshopError(
            f"Port {port} is in use. Stop what uses it, or choose another "
            "with --port; --port 0 takes a free one."
        ) from error
    listener.listen(1024)
    return listener


@contextlib.contextmanager
def scratch(prefix: str, mark: str) -> Iterator[Path]:
    """A folder for code and temporary files, watched over by a warden.

    The warden removes it, and every process that carries the mark, when this
    process has left the context or has died. It shares our standard output,
    so whoever reads that to its end knows that nothing is left.
    """
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    try:
        with subprocess.Popen(
            [sys.executable, "-m", "workshop.warden", mark, str(folder)],
            stdin=subprocess.PIPE,
            start_new_session=True,  # so that Ctrl-C passes it by
        ):
            yield folder
    finally:  # the warden may have been killed, too
        remove(folder)


def introduce(text: str) -> None:
    """Print where the server is; who has gone by now need not know.

    Nor does what they leave unread break this process when it ends.
    """
    try:
        print(text, flush=True)
    except BrokenPipeError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run it as asyncio.run does, without a thread for each child."""
    with asyncio.Runner() as runner, _watching(runner.get_loop()):
        runner.run(main)


@contextlib.contextmanager
def _watching(loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    """Wait for each child through a descriptor, as Python 3.12 does itself.

    Before, asyncio starts a thread for every child. What watches instead is
    the whole process's, so it is taken away again: it serves one loop only.
    """
    if not _has_descriptors_of_processes() or sys.version_info >= (3, 12):
        yield
        return
    watcher = asyncio.PidfdChildWatcher()
    watcher.attach_loop(loop)
    asyncio.set_child_watcher(watcher)
    try:
        yield
    finally:
        asyncio.set_child_watcher(None)  # type: ignore[arg-type]


def _has_descriptors_of_processes() -> bool:
    """Linux has them, from 5.3 on."""
    try:
        os.close(os.pidfd_open(os.getpid()))
    except (AttributeError, OSError):
        return False
    return True


def stop_at_end_of_input(server: uvicorn.Server) -> None:
    """Stop the server when standard input ends."""
    loop = asyncio.get_running_loop()
    descriptor = sys.stdin.fileno()

    def read() -> None:
        if not os.read(descriptor, 1024):
            loop.remove_reader(descriptor)
            server.should_exit = True

    loop.add_reader(descriptor, read)


def raise_file_limit() -> None:
    """Allow more open files: a shell may allow 256.

    A connection takes one, an environment of the local Lambda five.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = OPEN_FILES
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    if soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
