"""The local Lambda as a process: `workshop serve aws`."""

import contextlib
import gc
import os
import secrets
import signal
import socket
from collections.abc import Mapping
from pathlib import Path

import uvicorn

from workshop.aws import runtimes
from workshop.aws.asynchronous import Events
from workshop.aws.environment import Surroundings
from workshop.aws.logs import Logs
from workshop.aws.placement import Placement
from workshop.aws.settings import Settings
from workshop.errors import WorkshopError
from workshop.serving import (
    HOST,
    introduce,
    listen,
    raise_file_limit,
    run,
    scratch,
    stop_at_end_of_input,
)
from workshop.timeline import Timeline

REGION = "us-east-1"


def serve(settings: Settings) -> None:
    """Run until Ctrl-C, SIGTERM or, if asked, the end of standard input.

    Raises WorkshopError when the port is taken or the credentials are no
    KEY:SECRET.
    """
    _forget_the_learners_account()
    credentials = _credentials(settings.credentials)
    raise_file_limit()
    # uvicorn raises the signal that stopped it once more, after it has
    # closed: like SIGINT, SIGTERM must not end the process before the rest.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with (
        listen(settings.port) as listener,
        scratch("workshop-aws-", credentials["AWS_SESSION_TOKEN"]) as folder,
        contextlib.suppress(KeyboardInterrupt),
    ):
        run(_run(settings, listener, credentials, folder))


async def _run(
    settings: Settings,
    listener: socket.socket,
    credentials: Mapping[str, str],
    folder: Path,
) -> None:
    # moto takes longer to import than all the rest together: longer still
    # where Python looks again and again for what of it is garbage.
    gc.disable()
    from workshop.aws.admission import Admission
    from workshop.aws.control_plane import ControlPlane
    from workshop.aws.endpoint import Endpoint
    from workshop.aws.front import front
    from workshop.aws.invocations import Invocations

    gc.freeze()
    gc.enable()
    (folder / "tmp").mkdir()
    runtimes.prepare(folder / "runtime")
    url = f"http://{HOST}:{listener.getsockname()[1]}"
    logs = Logs(None if settings.quiet else _print)
    around = Surroundings(
        REGION,
        url,
        credentials,
        folder / "tmp",
        folder / "runtime",
        Timeline(),
        logs,
    )
    control = ControlPlane(REGION, url, folder / "code", logs)
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
        stop_at_end_of_input(server)
    introduce(_exports(url, credentials))
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


def _print(line: str) -> None:
    print(line, flush=True)


def _exports(url: str, credentials: Mapping[str, str]) -> str:
    """Where the cloud is and what to export to use it.

    LocalLambda reads these lines too, up to the empty one.
    """
    return (
        f"Local Lambda on {url} (Ctrl-C stops it). To use it:\n"
        f"export AWS_ENDPOINT_URL={url}\n"
        f"export AWS_ACCESS_KEY_ID={credentials['AWS_ACCESS_KEY_ID']}\n"
        "export AWS_SECRET_ACCESS_KEY="
        f"{credentials['AWS_SECRET_ACCESS_KEY']}\n"
        f"export AWS_DEFAULT_REGION={REGION}\n"
        "unset AWS_SESSION_TOKEN AWS_PROFILE\n"
    )


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
