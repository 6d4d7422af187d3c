"""The local Lambda as a process: `workshop serve aws`."""

import asyncio
import contextlib
import errno
import os
import resource
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import uvicorn

from workshop.aws import runtimes
from workshop.aws.asynchronous import Events
from workshop.aws.environment import Surroundings
from workshop.aws.logs import Logs
from workshop.aws.placement import Placement
from workshop.aws.settings import Settings
from workshop.errors import WorkshopError
from workshop.sandbox import remove
from workshop.timeline import Timeline

HOST = "127.0.0.1"
REGION = "us-east-1"
OPEN_FILES = 10_240  # that it may have, where it may: the most on macOS


def serve(settings: Settings) -> None:
    """Run until Ctrl-C, SIGTERM or, if asked, the end of standard input.

    Raises WorkshopError when the port is taken or the credentials are no
    KEY:SECRET.
    """
    _forget_the_learners_account()
    credentials = _credentials(settings.credentials)
    _raise_file_limit()
    # uvicorn raises the signal that stopped it once more, after it has
    # closed: like SIGINT, SIGTERM must not end the process before the rest.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with (
        _listen(settings.port) as listener,
        _scratch(credentials["AWS_SESSION_TOKEN"]) as scratch,
        contextlib.suppress(KeyboardInterrupt),
    ):
        asyncio.run(_run(settings, listener, credentials, scratch))


async def _run(
    settings: Settings,
    listener: socket.socket,
    credentials: Mapping[str, str],
    scratch: Path,
) -> None:
    # moto takes longer to import than all the rest together.
    from workshop.aws.admission import Admission
    from workshop.aws.control_plane import ControlPlane
    from workshop.aws.endpoint import Endpoint
    from workshop.aws.front import front
    from workshop.aws.invocations import Invocations

    _watch_children_without_threads()
    (scratch / "tmp").mkdir()
    runtimes.prepare(scratch / "runtime")
    url = f"http://{HOST}:{listener.getsockname()[1]}"
    logs = Logs(None if settings.quiet else _print)
    around = Surroundings(
        REGION,
        url,
        credentials,
        scratch / "tmp",
        scratch / "runtime",
        Timeline(),
        logs,
    )
    control = ControlPlane(REGION, url, scratch / "code", logs)
    placement = Placement(around, settings.limits, control.reserved)
    events = Events(settings.limits.retry_s)
    admission = Admission(credentials, REGION)
    invocations = Invocations(control, placement, events, admission)
    server = uvicorn.Server(
        uvicorn.Config(
            Endpoint(control, placement, admission, invocations).app(),
            http=front(invocations),  # type: ignore[arg-type]
            ws="none",
            log_level="warning",
            access_log=False,
            proxy_headers=False,  # nobody stands between a caller and us
            lifespan="off",
            timeout_graceful_shutdown=1,
        )
    )
    if settings.while_stdin:
        _stop_at_end_of_input(server)
    _print_exports(url, credentials)
    try:
        await server.serve(sockets=[listener])
    finally:
        events.close()
        await placement.close()


def _forget_the_learners_account() -> None:
    """Leave no credentials of theirs in this process, nor a way to them.

    moto reads boto3's settings, and a profile that is missing would stop it.
    """
    for name in tuple(os.environ):
        if name.startswith(("AWS_", "AZURE_")):
            del os.environ[name]
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        os.environ[name] = os.devnull


def _watch_children_without_threads() -> None:
    """Wait for each child through a descriptor, as Python 3.12 does itself.

    Before, asyncio starts a thread for every child.
    """
    if sys.version_info < (3, 12) and hasattr(os, "pidfd_open"):
        with contextlib.suppress(OSError):  # a kernel older than 5.3
            os.close(os.pidfd_open(os.getpid()))
            watcher = asyncio.PidfdChildWatcher()
            watcher.attach_loop(asyncio.get_running_loop())
            asyncio.set_child_watcher(watcher)


def _print(line: str) -> None:
    print(line, flush=True)


def _print_exports(url: str, credentials: Mapping[str, str]) -> None:
    """Say where the cloud is and what to export to use it.

    LocalLambda reads these lines too, up to the empty one.
    """
    print(f"Local Lambda on {url} (Ctrl-C stops it). To use it:")
    print(f"export AWS_ENDPOINT_URL={url}")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        print(f"export {name}={credentials[name]}")
    print(f"export AWS_DEFAULT_REGION={REGION}")
    print("unset AWS_SESSION_TOKEN AWS_PROFILE\n", flush=True)


def _stop_at_end_of_input(server: uvicorn.Server) -> None:
    loop = asyncio.get_running_loop()
    descriptor = sys.stdin.fileno()

    def read() -> None:
        if not os.read(descriptor, 1024):
            loop.remove_reader(descriptor)
            server.should_exit = True

    loop.add_reader(descriptor, read)


def _credentials(fixed: str) -> dict[str, str]:
    """The three variables; the token is new each run and marks children."""
    key_id, colon, secret = fixed.partition(":")
    if fixed and not (key_id and colon and secret):
        raise WorkshopError("--credentials takes KEY:SECRET.")
    return {
        "AWS_ACCESS_KEY_ID": key_id or f"AKIA{secrets.token_hex(8).upper()}",
        "AWS_SECRET_ACCESS_KEY": secret or secrets.token_hex(20),
        "AWS_SESSION_TOKEN": secrets.token_hex(32),
    }


def _raise_file_limit() -> None:
    """An environment takes five descriptors, and a shell may allow 256."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = OPEN_FILES
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    if soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _listen(port: int) -> socket.socket:
    # With the protocol named, asyncio turns Nagle's algorithm off on what it
    # accepts; without, every second small write waits 40 ms.
    listener = socket.socket(
        socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP
    )
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
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
def _scratch(mark: str) -> Iterator[Path]:
    """A folder for code and temporary files, watched over by a warden.

    The warden removes it, and every process that carries the mark, when this
    process has left the context or has died. It shares our standard output,
    so whoever reads that to its end knows that nothing is left.
    """
    folder = Path(tempfile.mkdtemp(prefix="workshop-aws-"))
    try:
        with subprocess.Popen(
            [sys.executable, "-m", "workshop.warden", mark, str(folder)],
            stdin=subprocess.PIPE,
            start_new_session=True,  # so that Ctrl-C passes it by
        ):
            yield folder
    finally:  # the warden may have been killed, too
        remove(folder)
