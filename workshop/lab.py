"""JupyterLab at the first lesson, for nobody but this machine's learner.

The server listens on the loopback interface alone, asks nothing of the
network, and runs notebooks with the interpreter that the workshop is
installed in, whatever kernels the learner has elsewhere.
"""

import asyncio
import getpass
import os
import secrets
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

from workshop.errors import WorkshopError
from workshop.repository import NOTEBOOKS, ROOT

FIRST = (NOTEBOOKS / "00_start_here.ipynb").relative_to(ROOT)
STATE = ROOT / "build" / "lab"
"""What a session leaves behind: which tabs were open."""
SETTINGS = Path(__file__).with_name("lab_settings")
"""What the learner is not asked: whether JupyterLab may fetch news."""


def has_screen(
    environment: Mapping[str, str], platform: str = sys.platform
) -> bool:
    """Whether a browser that is opened here would be seen by the learner."""
    if environment.get("SSH_CONNECTION"):
        return False
    if platform == "darwin":
        return True
    return bool(
        environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")
    )


def serve(port: int, browser: bool) -> None:
    """Run JupyterLab until Ctrl-C, from the given port or the next free one.

    Prints the address. Raises WorkshopError if JupyterLab is not installed.
    """
    prepare(os.environ)
    # Building the grammar of this one takes two seconds at every start. It
    # checks addresses in a kind of schema that is not used here, and
    # jsonschema does without it where it is not installed.
    sys.modules.setdefault("rfc3987_syntax", ModuleType("rfc3987_syntax"))
    try:
        from jupyterlab.labapp import LabApp
    except ImportError as error:
        raise WorkshopError(
            f"JupyterLab cannot be started ({error}): `make lab` installs it."
        ) from error
    STATE.mkdir(mode=0o700, parents=True, exist_ok=True)
    token = secrets.token_hex(16)
    server = LabApp.initialize_server(options(port, browser, token))
    server.browser_open_file = str(STATE / "open.html")

    def stop(number: int, frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)  # a second one ends it at once
        print("\nJupyterLab stops.", flush=True)
        kill_starting(server.kernel_manager)
        server.stop(from_signal=True)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    # The server binds its port when its loop starts; this comes just after.
    server.io_loop.add_callback(announce, server, port, token)
    server.start()
    end_tasks(server.io_loop.asyncio_loop)


def end_tasks(loop: asyncio.AbstractEventLoop) -> None:
    """End what still runs in a loop that has stopped.

    A thread that a task waits for, such as one that looks after a kernel,
    would otherwise wait for more work, and this process for the thread.
    """
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))


def kill_starting(kernels: Any) -> None:
    """Kill the kernels that have run nothing yet.

    The server interrupts its kernels at its end; one that is being started
    would answer with a traceback in the terminal.
    """
    for kernel in kernels.list_kernels():
        if kernel["execution_state"] == "starting":
            kernels.get_kernel(kernel["id"]).provisioner.process.kill()


def prepare(environment: Any) -> None:
    """Let terminals find `workshop`, and notebooks this interpreter first."""
    scripts = Path(sys.executable).parent
    environment["PATH"] = f"{scripts}:{environment.get('PATH', os.defpath)}"
    ours = str(Path(sys.prefix, "share", "jupyter"))
    theirs = environment.get("JUPYTER_PATH")
    environment["JUPYTER_PATH"] = f"{ours}:{theirs}" if theirs else ours


def options(port: int, browser: bool, token: str) -> list[str]:
    """The command line of JupyterLab; it outranks the learner's own files."""
    shell = os.environ.get("SHELL") or "/bin/sh"
    return [
        f"--ServerApp.root_dir={ROOT}",
        f"--LabApp.default_url=/lab/tree/{FIRST}",
        f"--LabApp.workspaces_dir={STATE}",
        f"--LabApp.app_settings_dir={SETTINGS}",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        f"--IdentityProvider.token={token}",
        # Kernels that speak in the clear warn of it in the terminal.
        "--KernelManager.transport_encryption=auto",
        "--ServerApp.allow_root=True",  # containers have no other user
        f"--LabApp.open_browser={browser}",
        f"--ServerApp.open_browser={browser}",
        # A login shell would set the PATH anew.
        f'--ServerApp.terminado_settings={{"shell_command": ["{shell}"]}}',
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
        "--LanguageServerManager.autodetect=False",  # it would run npm
        "--Application.log_level=ERROR",
    ]


def announce(server: Any, port: int, token: str) -> None:
    """Say where the workshop is, and how to come there."""
    if port not in (0, server.port):
        print(f"Port {port} is in use; this is {server.port}.")
    print("The workshop is open at\n")
    print(f"    {server.connection_url}lab/tree/{FIRST}?token={token}\n")
    ssh = os.environ.get("SSH_CONNECTION", "").split()
    if len(ssh) == 4:
        tunnel = f"{server.port}:127.0.0.1:{server.port}"
        print("Your own machine reaches it while this runs there:\n")
        print(f"    ssh -L {tunnel} {getpass.getuser()}@{ssh[2]}\n")
    print("Ctrl-C stops it; notebooks are saved as you work.", flush=True)
