"""Call the functions of a learner's module, in a process of its own.

A learner's loop may never end, and a learner's code may print, exit or eat
memory; here that spoils one child, and the check says what happened. The
child sees the standard library and nothing else, as a deployed function
does. This file is both sides: run as a program, it is the child.
"""

import importlib.util
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from traceback import extract_tb

SECONDS = 10  # for all calls of one check; right answers take well under one
MEMORY = 2 * 1024**3
CHILD = (sys.executable, "-I", "-S", __file__)


@dataclass(frozen=True)
class Outcome:
    """What one call came to: a value, or an error with its type."""

    call: str
    came: str  # as a person reads it
    value: object = None
    error: str | None = None
    message: str | None = None


def ask(
    module: Path,
    *calls: str,
    seconds: float = SECONDS,
    program: Sequence[str] = CHILD,
) -> list[Outcome]:
    """Evaluate calls such as `brute(10, 99)` in the module, in order.

    Values are compared as JSON, so that a tuple is as good as a list. After
    a call that gives no answer in time, or ends the process, there are no
    more outcomes. The program is what makes the calls.
    """
    child = subprocess.Popen(
        [*program, str(module), *calls],
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        text=True,
    )
    try:
        lines, _ = child.communicate(timeout=seconds)
        silent = f"nothing: the process ended with status {child.returncode}"
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        lines, _ = child.communicate()
        silent = f"no answer within {seconds:g} seconds"
    outcomes = [Outcome(**json.loads(line)) for line in lines.splitlines()]
    if len(outcomes) < len(calls):
        unanswered = calls[len(outcomes)]
        outcomes.append(Outcome(unanswered, silent, error="no answer"))
    return outcomes


def serve(
    path: str,
    calls: list[str],
    add: Callable[[dict[str, object]], None] | None = None,
) -> None:
    """The child: one line of JSON for every call.

    `add` may add names to those of the module, which the calls see.
    """
    signal.alarm(2 * SECONDS)  # should the parent die, so does the child
    with suppress(OSError, ValueError):  # not every system has this limit
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    results = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what the learner's code prints is no result
    names: dict[str, object] = {}
    broken = ""
    try:
        names = load(path)
        if add:
            add(names)
    except BaseException as error:
        broken = "the module does not import: " + describe(error, path)
    for call in calls:
        if broken:
            outcome = {"came": broken, "error": "ImportError"}
        else:
            outcome = evaluate(call, names, path)
        results.write(json.dumps({"call": call, **outcome}) + "\n")


def load(path: str) -> dict[str, object]:
    """Import the module at this path; its names."""
    spec = importlib.util.spec_from_file_location(Path(path).stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return vars(module)


def evaluate(
    call: str, names: dict[str, object], path: str
) -> dict[str, object]:
    """The fields of the outcome of a call."""
    try:
        value = eval(call, names)
    except BaseException as error:
        return {
            "came": describe(error, path),
            "error": type(error).__name__,
            "message": str(error),
        }
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        return {"came": brief(repr(value)), "error": "no JSON"}
    return {"came": brief(repr(value)), "value": value}


def brief(text: str) -> str:
    """The text, cut where a reader has seen enough."""
    return text if len(text) <= 300 else text[:300] + " ..."


def describe(error: BaseException, path: str) -> str:
    """An error, and the last line of the learner's code on its way."""
    frames = extract_tb(error.__traceback__)
    lines = [frame.line for frame in frames if frame.filename == path]
    where = f", in the line `{lines[-1]}`" if lines else ""
    return f"{type(error).__name__}: {brief(str(error))}{where}"


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2:])
