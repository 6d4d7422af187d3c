"""What is here, what is missing, what that costs and how to get it.

Speaks where the environment is incomplete, too: what may be missing is
looked for before it is imported.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from workshop.repository import NOTEBOOKS, ROOT

OLDEST = (3, 11)
PORT = 9001  # what `workshop serve aws` takes when it is told nothing
PATIENCE = 3.0  # seconds for a program to tell its version
SET_UP = "Type make setup; with conda, conda env update."
SERVER = ["boto3", "moto", "starlette", "uvicorn", "httptools", "psutil"]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked for. It is fine when it costs nothing."""

    name: str
    state: str
    cost: str = ""
    remedy: str = ""
    needed: bool = False


def python() -> Finding:
    version = "{}.{}.{}".format(*sys.version_info)
    if sys.version_info >= OLDEST:
        return Finding("Python", version)
    cost = "Every lesson: they need Python 3.11 or newer."
    remedy = (
        "macOS: brew install python. Debian: sudo apt install python3 "
        "python3-venv. Then make setup."
    )
    return Finding("Python", f"{version}, too old", cost, remedy, needed=True)


def environment() -> Finding:
    name, prefix = "Environment", Path(sys.prefix)
    if prefix == ROOT / ".venv":
        return Finding(name, ".venv in this folder")
    if str(prefix) == os.environ.get("CONDA_PREFIX"):
        return Finding(name, f"{prefix.name}, made by conda")
    if sys.prefix != sys.base_prefix:
        return Finding(name, f"{prefix.name}, a venv of yours")
    cost = "Nothing yet; but what you install elsewhere may break it."
    return Finding(name, "none: the system's Python", cost, SET_UP)


def package() -> Finding:
    """Asks as a notebook does: another process, in another folder."""
    name, show = "Package", "import workshop as w; print(*w.__path__)"
    if not NOTEBOOKS.is_dir():  # pip install without -e has made it
        cost = "Every lesson: a copy knows neither notebooks nor exercises."
        remedy = "In the workshop's folder: .venv/bin/pip install -e ."
        state = f"workshop is a copy in {ROOT}"
        return Finding(name, state, cost, remedy, needed=True)
    failed, said = run(sys.executable, "-I", "-c", show)
    if not failed and Path(said).resolve().parent == ROOT:
        return Finding(name, "workshop, from this folder")
    wrong = "cannot be imported" if failed else f"is {said}"
    cost = "Every lesson: what you see in this folder is not what runs."
    return Finding(name, f"workshop {wrong}", cost, SET_UP, needed=True)


def jupyterlab() -> Finding:
    cost = "make lab: the notebooks cannot be opened."
    return imported("JupyterLab", ["jupyterlab"], cost)


def kernel() -> Finding:
    cost = "Every lesson: no cell of a notebook runs."
    return imported("Python kernel", ["ipykernel"], cost)


def local_lambda() -> Finding:
    cost = "Lessons 00 and 03 to 06, exercises, workshop serve aws."
    return imported("Local Lambda", SERVER, cost)


def managed_python() -> Finding:
    name, module = "Managed Python", "awslambdaric"
    if not missing(module):
        return Finding(name, f"{module} {metadata.version(module)}")
    cost = "Functions of Runtime=python3.x; no lesson needs one."
    remedy = "It is made for Linux: pip install awslambdaric."
    return Finding(name, f"missing: {module}", cost, remedy)


def node() -> Finding:
    cost = "The Node row of a comparison; no lesson needs it."
    return program("Node", "node", cost, brew="node", apt="nodejs")


def rust() -> Finding:
    cost = "The Rust row of a comparison; no lesson needs it."
    return program("Rust", "cargo", cost, brew="rust", apt="cargo-web")


def throttling() -> Finding:
    name = "CPU throttling"
    if missing("psutil"):
        return Finding(name, "unknown, as psutil is missing")
    from workshop.restraint import Means, best_means

    means = best_means()
    if means is not Means.SIGNALS:
        return Finding(name, f"{means} can be used")
    cost = "Evenness: stop and go is coarser than what the kernel can do."
    remedy = (
        "macOS: there is nothing finer. Debian: run as root, in a virtual "
        "machine; that delegates a control group."
    )
    return Finding(name, "signals (SIGSTOP, SIGCONT)", cost, remedy)


def port() -> Finding:
    name = f"Port {PORT}"
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", PORT))
        except OSError:
            cost = "workshop serve aws cannot have its usual port."
            remedy = f"workshop serve aws --port {PORT + 1}"
            return Finding(name, f"in use{holder()}", cost, remedy)
    return Finding(name, "free")


CHECKS: list[Callable[[], Finding]] = [
    python,
    environment,
    package,
    jupyterlab,
    kernel,
    local_lambda,
    managed_python,
    node,
    rust,
    throttling,
    port,
]


def imported(name: str, modules: list[str], cost: str) -> Finding:
    """Whether the modules are there, and which version the first one is."""
    if gone := [module for module in modules if missing(module)]:
        state = f"missing: {', '.join(gone)}"
        return Finding(name, state, cost, SET_UP, needed=True)
    versions = [f"{m} {metadata.version(m)}" for m in modules[:2]]
    return Finding(name, ", ".join(versions))


def missing(module: str) -> bool:
    try:
        return find_spec(module) is None
    except (ImportError, ValueError):
        return True


def program(
    name: str, command: str, cost: str, brew: str, apt: str
) -> Finding:
    """Whether a program runs; one that is there and does not is named."""
    failed, said = run(command, "--version")
    if not failed:
        return Finding(name, said)
    remedy = f"macOS: brew install {brew}. Debian: sudo apt install {apt}."
    return Finding(name, said, cost, remedy)


def run(*command: str) -> tuple[bool, str]:
    """Whether a command failed, and its first line or what went wrong."""
    name = Path(command[0]).name
    try:
        child = subprocess.Popen(
            command,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
    except FileNotFoundError:
        return True, "missing"
    except OSError as error:
        return True, f"{name} cannot be started: {error.strerror}"
    with child:
        try:
            said = child.communicate(timeout=PATIENCE)[0].strip()
        except subprocess.TimeoutExpired:
            return True, f"{name} is there, but does not answer"
        finally:  # with whatever it has started
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(child.pid, signal.SIGKILL)
    first = said.partition("\n")[0]
    if child.returncode or not first:
        said = first or "it says nothing"
        return True, f"{name} is there, but fails: {said}"
    return False, first


def holder() -> str:
    """Who holds the port, if it can be seen without privilege."""
    if missing("psutil"):
        return ""
    import psutil

    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            for connection in process.net_connections("tcp"):
                if connection.status == psutil.CONN_LISTEN and (
                    connection.laddr.port == PORT
                ):
                    return f" by {process.name()}, process {process.pid}"
    return ""


def main() -> int:
    """Print what was found. The status is 1 when the workshop cannot run."""
    console = Console(highlight=False)
    with console.status("looking ..."):
        findings = [check() for check in CHECKS]
    table = Table("looked for", "verdict", "found", box=None)
    for found in findings:
        verdict = "needed" if found.needed else "note"
        verdict = verdict if found.cost else "fine"
        table.add_row(found.name, verdict, Text(found.state))
    console.print(table)
    for found in findings:
        if found.cost:
            print(f"\n{found.name}: {found.state}")
            print(f"  you go without: {found.cost}")
            print(f"  to get it:      {found.remedy}")
    needed = [found.name for found in findings if found.needed]
    if needed:
        print(f"\nThe workshop cannot run. Needed: {', '.join(needed)}.")
    else:
        print("\nThe workshop can run: everything needed is here.")
    return int(bool(needed))
