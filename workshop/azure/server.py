"""The local Functions host as a process: `workshop serve azure APP`."""

import asyncio
import contextlib
import errno
import io
import json
import os
import secrets
import shutil
import signal
import socket
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import uvicorn

from workshop.azure.admin import Admin
from workshop.azure.app import read_app
from workshop.azure.custom_handler import CustomHandler
from workshop.azure.dispatcher import Dispatcher, Limits
from workshop.azure.front import front
from workshop.azure.host import Host
from workshop.azure.introduction import listing, log_app, urls
from workshop.azure.invocation import Invoker
from workshop.azure.keys import Keys
from workshop.azure.local_settings import read_local_settings
from workshop.azure.log import Level, Log
from workshop.azure.settings import Settings
from workshop.azure.timers import Timers
from workshop.azure.worker import Surroundings
from workshop.errors import WorkshopError
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
from workshop.timeline import Phase, Timeline

BODY_LIMIT = 104_857_600  # bytes; FUNCTIONS_REQUEST_BODY_SIZE_LIMIT changes it


def serve(settings: Settings) -> None:
    """Run until Ctrl-C, SIGTERM or, if asked, the end of standard input.

    Raises WorkshopError when the port is taken or the app cannot be served.
    """
    folder = Path(settings.app).absolute()
    if not folder.is_dir():
        raise WorkshopError(f"There is no folder {settings.app}.")
    mark = secrets.token_hex(32)
    # uvicorn raises the signal that stopped it once more, after it has
    # closed: like SIGINT, SIGTERM must not end the process before the rest.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    raise_file_limit()
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal may not have the letters of a log, or of a route.
        sys.stdout.reconfigure(errors="backslashreplace")
    with (
        listen(settings.port) as listener,
        scratch("workshop-azure-", mark) as tmp,
        contextlib.suppress(KeyboardInterrupt),
    ):
        if settings.kernel:
            folder = _beside(settings.kernel, folder, tmp / "app")
        run(_run(settings, folder, listener, tmp, mark))


def _beside(files: Sequence[str], folder: Path, copy: Path) -> Path:
    """A copy of the app with these files beside it, as it is deployed."""
    try:
        shutil.copytree(folder, copy, ignore_dangling_symlinks=True)
        for file in files:
            shutil.copy(file, copy)
    except shutil.Error as error:
        _, _, why = error.args[0][0]
        raise WorkshopError(f"{folder} cannot be copied: {why}.") from error
    except OSError as error:
        raise WorkshopError(f"{folder} cannot be copied: {error}.") from error
    return copy


async def _run(
    settings: Settings,
    folder: Path,
    listener: socket.socket,
    tmp: Path,
    mark: str,
) -> None:
    began = time.monotonic()
    url = f"http://{HOST}:{listener.getsockname()[1]}"
    warnings: list[str] = []
    variables = _variables(folder, tmp, url, mark, warnings)
    timeline = Timeline()
    timeline.enter("host", Phase.INIT)
    app = read_app(folder, variables)
    _check_port(app.settings.handler.port)
    body_limit = _body_limit(variables)
    log = Log(None if settings.while_stdin else _printer(settings.verbose))
    keys = Keys(function.name for function in app.functions)
    places = urls(app, url)
    for warning in warnings:
        log.warning(warning)
    log_app(app, log)
    if settings.kernel:
        names = ", ".join(Path(file).name for file in settings.kernel)
        log.information(
            f"{settings.app} has no {names} of its own. The host serves a "
            f"copy that has: {folder}. What you change in {settings.app} "
            "counts from the next start."
        )
    limits = _limits(settings.ready_s, app.settings.handler, log)

    def stop_serving() -> None:
        timeline.enter("host", Phase.ENDED, detail="shut down")
        timers.close()
        admin.state = "Offline"

    dispatcher = Dispatcher(
        Surroundings(folder, app.settings.handler, variables, log, timeline),
        limits,
        stop_serving,
    )
    invoker = Invoker(dispatcher, log, app.settings.function_timeout_s)
    timers = Timers(app.functions, invoker, log)
    admin = Admin(places, app.errors, keys, log, timeline, timers.run)
    disabled = variables.get("AzureWebJobsDisableHomepage", "").lower()
    admin.has_home_page = disabled != "true"
    host = Host(
        app.functions,
        app.settings,
        keys,
        invoker,
        body_limit,
        admin.app(),
        admin.is_built_in,
    )
    server = uvicorn.Server(
        uvicorn.Config(
            host,
            http=front(host),  # type: ignore[arg-type]
            ws="none",
            log_level="critical",  # a broken handler is no news to uvicorn
            access_log=False,
            proxy_headers=False,  # nobody stands between a client and us
            server_header=False,  # nor does the host name itself
            date_header=False,
            lifespan="off",
            timeout_graceful_shutdown=1,
        )
    )
    if settings.while_stdin:
        stop_at_end_of_input(server)
        introduce(json.dumps({"url": url, "keys": keys.named}) + "\n")
    else:
        introduce(listing(app, url, places, keys))
    timeline.enter("host", Phase.IDLE)
    log.information(f"Host started ({_ms(began)}ms)")
    if app.functions:
        dispatcher.start()
    timers.start()
    try:
        await server.serve(sockets=[listener])
    finally:
        timers.close()
        closing = asyncio.create_task(dispatcher.close())
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.shield(closing)  # Ctrl-C cancels this first wait
        await closing


def _limits(ready_s: float | None, handler: CustomHandler, log: Log) -> Limits:
    """Those of host.json, unless a flag says something else."""
    written = Limits(handler.initialization_timeout_s)
    if ready_s is None or ready_s == written.ready_s:
        return written
    told = Limits(ready_s)
    log.information(
        f"The handler has {told.ready_s:g} s until it listens, and a request "
        f"waits {told.first_s:g} s for it (--ready-limit, ready_s); without "
        f"that {written.ready_s:g} s and {written.first_s:g} s."
    )
    return told


def _variables(
    folder: Path, tmp: Path, url: str, mark: str, warnings: list[str]
) -> Mapping[str, str]:
    """The host's environment: little of the learner's, all of the app's.

    The mark is in WEBSITE_INSTANCE_ID, so that a handler that got lost can
    be found.
    """
    return {
        "PATH": f"{search_path()}:{os.environ.get('PATH', '')}",
        "LANG": "en_US.UTF-8",
        "TZ": "UTC",
        "TMPDIR": str(tmp),
        "AZURE_FUNCTIONS_ENVIRONMENT": "Development",
        "FUNCTIONS_WORKER_RUNTIME": "custom",
        "AzureWebJobsScriptRoot": str(folder),
        "WEBSITE_HOSTNAME": url.removeprefix("http://"),
        **read_local_settings(folder, warnings),
        "WEBSITE_INSTANCE_ID": mark,
    }


def _check_port(port: int) -> None:
    """Whoever has the handler's port already would be taken for it."""
    if not port:
        return
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                return  # that is for the handler to find out
            raise WorkshopError(
                f"Port {port} is in use. Stop what uses it, or choose another "
                "in host.json, customHandler.port."
            ) from error


def _body_limit(variables: Mapping[str, str]) -> int:
    name = "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT"
    text = variables.get(name, str(BODY_LIMIT))
    if not text.isdecimal():
        raise WorkshopError(f"{name} must be a whole number of bytes.")
    return int(text)


def _printer(verbose: bool) -> Callable[[Level, str], None]:
    def echo(level: Level, line: str) -> None:
        if verbose or level is not Level.DEBUG:
            print(line, flush=True)

    return echo


def _ms(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
