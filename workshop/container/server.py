"""The local Cloud Run as a process: `workshop serve container`."""

import asyncio
import contextlib
import io
import json
import secrets
import signal
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

import uvicorn

from workshop.container.front import front
from workshop.container.image import Image, lay_out
from workshop.container.instance import Surroundings
from workshop.container.log import Log
from workshop.container.service import Service
from workshop.container.settings import Settings
from workshop.errors import WorkshopError
from workshop.repository import FUNCTIONS
from workshop.restraint import best_means
from workshop.sandbox import search_path
from workshop.serving import (
    HOST,
    introduce,
    listen,
    raise_file_limit,
    run,
    scratch,
    stop_at_end_of_input,
)

SERVICE = "local"
OURS = FUNCTIONS / "container" / "Dockerfile"
EXAMPLE = "/api/palindromes?min=10&max=99"
LAST_GRACE_S = 1.0  # from SIGTERM to SIGKILL when the server itself ends


def serve(settings: Settings) -> None:
    """Run until Ctrl-C, SIGTERM or, if asked, the end of standard input.

    Raises WorkshopError when the port is taken or there is no such image.
    """
    context = Path(settings.context).absolute()
    if not context.is_dir():
        raise WorkshopError(f"There is no folder {settings.context}.")
    dockerfile = Path(settings.dockerfile or context / "Dockerfile")
    mark = secrets.token_hex(32)
    # uvicorn raises the signal that stopped it once more, after it has
    # closed: like SIGINT, SIGTERM must not end the process before the rest.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    raise_file_limit()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    with (
        listen(settings.port) as listener,
        scratch("workshop-container-", mark) as folder,
        contextlib.suppress(KeyboardInterrupt),
    ):
        image = lay_out(dockerfile, context, folder / "root")
        run(_run(settings, listener, folder, dockerfile, image, mark))


async def _run(
    settings: Settings,
    listener: socket.socket,
    folder: Path,
    dockerfile: Path,
    image: Image,
    mark: str,
) -> None:
    best_means()  # now, so that the first cold start need not try them
    url = f"http://{HOST}:{listener.getsockname()[1]}"
    log = Log(None if settings.while_stdin else _print)
    around = Surroundings(
        image, _variables(folder), mark, settings.limits, log
    )
    service = Service(around)
    token = secrets.token_urlsafe(32)
    server = uvicorn.Server(
        uvicorn.Config(
            front(around, service, token),
            http="httptools",
            ws="none",
            log_level="critical",  # a broken container is no news to uvicorn
            access_log=False,
            proxy_headers=False,  # nobody stands between a client and us
            server_header=False,
            date_header=False,
            lifespan="off",
            timeout_graceful_shutdown=1,
        )
    )
    if settings.while_stdin:
        stop_at_end_of_input(server)
        introduce(json.dumps({"url": url, "token": token}) + "\n")
    else:
        address = url + (EXAMPLE if dockerfile.resolve() == OURS else "/")
        introduce(_introduction(address, url, image, settings))
    try:
        await server.serve(sockets=[listener])
    finally:
        grace_s = min(settings.limits.stop_s, LAST_GRACE_S)
        closing = asyncio.create_task(service.close(grace_s))
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.shield(closing)  # Ctrl-C cancels this first wait
        await closing


def _variables(folder: Path) -> Mapping[str, str]:
    """What Cloud Run gives an instance, and what a process needs.

    Nothing is the learner's.
    """
    (folder / "tmp").mkdir()
    return {
        "PATH": search_path(),
        "LANG": "C.UTF-8",
        "TMPDIR": str(folder / "tmp"),
        "K_SERVICE": SERVICE,
        "K_CONFIGURATION": SERVICE,
        "K_REVISION": f"{SERVICE}-00001-abc",
    }


def _introduction(
    address: str, url: str, image: Image, settings: Settings
) -> str:
    limits = settings.limits
    return (
        f"Local Cloud Run on {url} (Ctrl-C stops it).\n"
        f"It runs {' '.join(image.command)}: up to {limits.instances} "
        f"instances with {limits.concurrency} requests at once in each. "
        f"An instance that has had no request for {limits.idle_s:g} s is "
        "ended.\n"
        f"To call it: {address}\n"
    )


def _print(line: str) -> None:
    print(line, flush=True)
