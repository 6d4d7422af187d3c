"""Call the functions of a learner's module, in a process of its own.

A learner's loop may never end, and a learner's code may print, exit or eat
memory; here that spoils one child, and the check says what happened. The
child sees the standard library and nothing else, as a deployed function
does. This file is both sides: run as a program, it is what the children
are forked from.
"""

import importlib.util
import json
import os
import resource
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from traceback import extract_tb
from typing import NoReturn, TextIO

sys.path.insert(0, str(Path(__file__).parent))  # the program sees no folder

from forkserver import ForkServer, Gone, forked, start_server

SECONDS = 10  # for all calls of one check; right answers take well under one
MEMORY = 2 * 1024**3
# What answers import: to do that once takes less than each of most calls.
IMPORTS = "dataclasses", "statistics"
PROGRAM = (sys.executable, "-I", "-S", __file__)
ENDLESS = (
    "every check begins with running these cells: look for a loop that never "
    "ends outside of a function"
)
BROKEN = (
    "every check begins with running these cells: mend that line. What is "
    "deployed has the standard library, and what the exercise says"
)


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
    program: Sequence[str] = PROGRAM,
    base: Sequence[str] = (),
) -> list[Outcome]:
    """Evaluate calls such as `brute(10, 99)` in the module, in order.

    Values are compared as JSON, so that a tuple is as good as a list. After
    a call that gives no answer in time, or ends the process, there are no
    more outcomes. The program is what makes the calls, forked of another one
    if that is given. The check fails where the module cannot be imported: no
    call would say why.
    """
    source = module.read_text(encoding="utf-8")
    if source in _endless:
        _reject(module, "as before, no end of it", ENDLESS)
    try:
        server = _server(tuple(program), tuple(base))
        done = server.run([str(module), calls], seconds)
    except Gone:
        _end_servers()  # they are started anew
        ended = "nothing: what runs the calls was ended"
        return [Outcome(calls[0], ended, error="no answer")]
    silent = f"nothing: the process ended with status {done.status}"
    if done.status is None:
        silent = f"no answer within {seconds:g} seconds"
    imported, *lines = done.text.splitlines() or [""]
    if not imported and done.status is None:
        _endless.add(source)
        _reject(module, f"no end of it within {seconds:g} seconds", ENDLESS)
    if why := json.loads(imported)["broken"] if imported else silent:
        _reject(module, why, BROKEN)
    outcomes = [Outcome(**json.loads(line)) for line in lines]
    if len(outcomes) < len(calls):
        unanswered = calls[len(outcomes)]
        outcomes.append(Outcome(unanswered, silent, error="no answer"))
    return outcomes


_ready: dict[tuple[str, ...], ForkServer] = {}
_endless: set[str] = set()  # the source of modules: one wait for each


def _server(program: tuple[str, ...], base: tuple[str, ...]) -> ForkServer:
    if program not in _ready:
        of = _server(base, ()) if base else None
        _ready[program] = of.fork(program) if of else start_server(program)
    return _ready[program]


def _end_servers() -> None:
    while _ready:
        _ready.popitem()[1].close()


def _reject(module: Path, came: str, hint: str) -> NoReturn:
    import pytest  # not above: the program has the standard library alone

    pytest.fail(
        f"import {module.stem}\n"
        "  expected  that the cells of your answer run, one after the other\n"
        f"  came      {came}\n"
        f"  hint      {hint}",
        pytrace=False,
    )


Add = Callable[[dict[str, object], str], None]


def serve(add: Add = lambda names, path: None) -> None:
    """The program: one line of JSON for every call, each job in a child.

    `add` may add names to those of the module, which the calls see; it is
    also told the module's path.
    """
    for name in IMPORTS:
        __import__(name)
    here = str(Path(__file__).parent)
    sys.path[:] = [folder for folder in sys.path if folder != here]
    (path, calls), results, _ = forked()
    status = 1
    try:
        _call(path, calls, results, add)
        status = 0
    finally:
        os._exit(status)  # to tidy up takes as long as many a call


def _call(path: str, calls: Sequence[str], results: TextIO, add: Add) -> None:
    """Make the calls, and write what each comes to."""
    signal.alarm(2 * SECONDS)  # should the parent die, so does the child
    with suppress(OSError, ValueError):  # not every system has this limit
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    names: dict[str, object] = {}
    broken = ""
    try:
        names = load(path)
        add(names, path)
    except BaseException as error:
        broken = describe(error, path)
    results.write(json.dumps({"broken": broken}) + "\n")
    for call in () if broken else calls:
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
    serve()
