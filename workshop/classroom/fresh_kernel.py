"""A notebook from top to bottom, in a kernel that has seen nothing before.

The kernel is this interpreter's own, whatever kernels the learner has
elsewhere. Nothing of it is left behind: it may end by itself, and else it is
killed, with every process that it has started.
"""

import contextlib
import queue
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil

from workshop.answers import Cell, Notebook, source_of
from workshop.typed import WORKSHOP

CELL_LIMIT_S = 120.0
START_LIMIT_S = 60.0
END_LIMIT_S = 5.0  # for local clouds to end after their notebook has
LOOK_S = 0.5  # how often it is looked whether the kernel is still there
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run(
    notebook: Notebook,
    folder: Path,
    tell: Callable[[int, int], None],
    cell_limit_s: float = CELL_LIMIT_S,
) -> str:
    """Run the code cells in the folder; why that fails, or "".

    `tell` hears of each cell before it runs: its number from 1 on, and how
    many there are.
    """
    cells = [
        cell
        for cell in notebook["cells"]
        if cell.get("cell_type") == "code" and source_of(cell).strip()
    ]
    with _kernel(folder) as (manager, client):
        if client is None:
            return (
                f"the kernel does not start: `{WORKSHOP} doctor` may say why"
            )
        for number, cell in enumerate(cells, 1):
            tell(number, len(cells))
            why = _run_cell(manager, client, cell, cell_limit_s)
            if why:
                return f"cell {number}, {_named(cell)}: {why}"
    return ""


def _run_cell(manager: Any, client: Any, cell: Cell, limit_s: float) -> str:
    """Run one cell; why that fails, or ""."""
    asked = client.execute(source_of(cell), allow_stdin=False)
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        try:
            message = client.get_shell_msg(timeout=LOOK_S)
        except queue.Empty:
            if not manager.is_alive():
                return "the kernel died"
            continue
        if message["parent_header"].get("msg_id") != asked:
            continue
        reply = message["content"]
        if reply["status"] == "ok" or _may_fail(cell):
            return ""
        said = str(reply.get("evalue", "")).strip().partition("\n")[0]
        return f"{reply.get('ename', 'it was interrupted')}: {said}"
    return (
        f"it took over {limit_s:g} s and was stopped. Is there a loop that "
        "never ends?"
    )


def _may_fail(cell: Cell) -> bool:
    metadata = cell.get("metadata")
    tags = metadata.get("tags") if isinstance(metadata, dict) else None
    return isinstance(tags, list) and "raises-exception" in tags


def _named(cell: Cell) -> str:
    """A cell by its first line."""
    line = source_of(cell).strip().partition("\n")[0]
    return f"`{line if len(line) < 50 else line[:47] + '...'}`"


@contextlib.contextmanager
def _kernel(folder: Path) -> Iterator[tuple[Any, Any]]:
    """A kernel and its client, which is None if the kernel does not come."""
    # To import these takes half a second, which no other command should.
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_client.manager import KernelManager

    manager = KernelManager(
        # With no folder of kernels to look in, what is left is our own.
        kernel_spec_manager=KernelSpecManager(kernel_dirs=[]),
        transport_encryption="auto",
    )
    manager.shutdown_wait_time = END_LIMIT_S
    client = None
    try:
        manager.start_kernel(
            cwd=str(folder),
            extra_arguments=["--HistoryManager.hist_file=:memory:"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        client = manager.blocking_client()
        client.start_channels()
        try:
            client.wait_for_ready(timeout=START_LIMIT_S)
            # Nobody reads what the cells print: one that prints for ever
            # would fill our memory with it.
            client.iopub_channel.stop()
            ready = client
        except RuntimeError:
            ready = None
        yield manager, ready
    finally:
        # A second Ctrl-C would leave the kernel behind.
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        try:
            _end(manager, client)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)


def _end(manager: Any, client: Any) -> None:
    """End the kernel and what it has started, gently and then not."""
    started = _started_by(manager)
    if manager.has_kernel:
        manager.shutdown_kernel()
    if client is not None:
        client.stop_channels()
    _, alive = psutil.wait_procs(started, timeout=END_LIMIT_S)
    for process in alive:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(alive, timeout=END_LIMIT_S)


def _started_by(manager: Any) -> list[psutil.Process]:
    process = getattr(manager.provisioner, "process", None)
    if process is None:
        return []
    try:
        kernel = psutil.Process(process.pid)
        return [kernel, *kernel.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []
