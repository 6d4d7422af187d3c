"""A deployed function, measured by the method of `workshop compare`.

What costs money is bounded: so many calls and no more, whatever happens.
Samples are kept as they come; the same command goes on from there.
"""

import hashlib
import json
import re
import secrets
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from workshop.compare.cases import check
from workshop.compare.catalogue import Contender
from workshop.compare.measured import Measured
from workshop.compare.progress import Shown
from workshop.compare.row import FIELDS, Row, rows
from workshop.compare.sample import Samples
from workshop.compare.schedule import Schedule
from workshop.compare.taking import take
from workshop.compare.workloads import HELLO, Workload
from workshop.deploy.aws import cost
from workshop.deploy.aws.account import Account
from workshop.deploy.aws.call import NOT_FOUND, Call
from workshop.deploy.aws.invocation import Invocation, invoke
from workshop.deploy.aws.names import PREFIX, is_ours
from workshop.deploy.aws.plan import invocation
from workshop.errors import WorkshopError
from workshop.repository import ROOT

KEPT = ROOT / "build" / "measure"
START = "START"  # the variable whose change replaces the environments
SPACED = re.compile(rb'[,:] ["\[{\d]')


@dataclass(frozen=True)
class Wanted:
    """What is measured, and in how many rounds."""

    workloads: tuple[Workload, ...]
    kernels: tuple[str, ...]
    rounds: int


@dataclass(frozen=True)
class Measurement:
    """The rows, how many calls they took, and whether all are in them."""

    rows: tuple[Row, ...]
    calls: int
    is_whole: bool
    is_interrupted: bool
    samples: Samples

    def forget(self) -> None:
        """The rows are where they are wanted: the next run begins anew."""
        if self.is_whole:
            self.samples.forget()


class OutOfCalls(Exception):
    """As many calls were made as there may be."""


class Deployed:
    """A function in an account, as a comparison's schedule asks it.

    WorkshopError where there is none, or it is not the workshop's.
    """

    def __init__(self, account: Account, function: str, calls: int) -> None:
        self.calls = 0
        self._account = account
        self._most = calls
        self._function = function
        self._run = secrets.token_hex(4)
        self._starts = 0
        found = account.ask(
            Call(
                "lambda",
                "GetFunction",
                {"FunctionName": function},
                harmless=NOT_FOUND,
            )
        )
        if not found or not is_ours(found.get("Tags", {})):
            raise WorkshopError(
                f"There is no function {function} with the workshop's tag in "
                f"{account}. `workshop deploy aws` makes one."
            )
        settings = found["Configuration"]
        self.memory_mb: int = settings["MemorySize"]
        self.timeout_s: int = settings["Timeout"]
        self.architecture: str = settings["Architectures"][0]
        told = settings.get("Environment", {}).get("Variables", {})
        self._variables = {k: v for k, v in told.items() if k != START}
        self._code = settings["CodeSha256"]

    @property
    def path(self) -> Path:
        """Where its samples are kept until they are whole."""
        what = [str(self._account), self._function, self._code]
        key = json.dumps([*what, self.memory_mb, self._variables])
        return KEPT / f"{hashlib.sha256(key.encode()).hexdigest()[:16]}.jsonl"

    def contender(self) -> Contender:
        """It, as the tables know it: asks once how it writes JSON."""
        where = "local" if self._account.is_local else "aws"
        name = f"{self._function.removeprefix(PREFIX)}-{where}"
        compact = not SPACED.search(self._invoke(HELLO).answer)
        return Contender("lambda", name, Path(), compact=compact)

    def cold(self, contender: Contender, workload: Workload) -> Measured:
        """The first call of an environment that is new."""
        self._starts += 1
        mark = f"{self._run}-{self._starts}"
        self._set({**self._variables, START: mark})
        return self._measure(contender, workload)

    def warm(self, contender: Contender, workload: Workload) -> Measured:
        """A later one."""
        return self._measure(contender, workload)

    def restore(self) -> None:
        """Give it back the variables that it was deployed with."""
        if self._starts:
            self._set(self._variables)

    def _measure(self, contender: Contender, workload: Workload) -> Measured:
        done = self._invoke(workload)
        if done.error or done.report is None:
            raise WorkshopError(
                f"{self._function} fails with {done.event}: "
                f"{done.answer.decode(errors='replace')}\n{done.log}"
            )
        check(contender, workload, done.answer)
        report = done.report
        return Measured(
            report.duration_ms,
            report.init_ms or 0.0,
            report.billed_ms,
            report.max_memory_mb,
        )

    def _invoke(self, workload: Workload) -> Invocation:
        if self.calls == self._most:
            raise OutOfCalls
        self.calls += 1
        call = invocation(self._function, workload.event)
        return invoke(self._account, call)

    def _set(self, variables: Mapping[str, str]) -> None:
        self._account.ask(
            Call(
                "lambda",
                "UpdateFunctionConfiguration",
                {
                    "FunctionName": self._function,
                    "Environment": {"Variables": variables},
                },
                wait="function_updated_v2",
            )
        )


def measure(deployed: Deployed, wanted: Wanted) -> Measurement:
    """Measure what is lacking, while there may be calls.

    Ctrl-C ends it with what there is. WorkshopError for a wrong answer.
    """
    samples = Samples(deployed.path)
    is_whole = is_interrupted = False
    contender = None
    try:
        contender = deployed.contender()
        _take(deployed, contender, samples, wanted)
        is_whole = True
    except OutOfCalls:
        pass
    except KeyboardInterrupt:
        is_interrupted = True
    finally:
        deployed.restore()
    found: tuple[Row, ...] = ()
    if contender:
        kept = (samples, contender, wanted.workloads, wanted.kernels)
        found = tuple(
            _priced(row, deployed.architecture)
            for row in rows(*kept, deployed.memory_mb)
        )
    return Measurement(
        found, deployed.calls, is_whole, is_interrupted, samples
    )


def _take(
    deployed: Deployed,
    contender: Contender,
    samples: Samples,
    wanted: Wanted,
) -> None:
    if len(samples):
        print(
            f"Going on with {len(samples)} samples of an earlier run.",
            file=sys.stderr,
        )
    schedule = Schedule(
        (contender,),
        wanted.workloads,
        deployed.memory_mb,
        wanted.rounds,
        samples,
    )
    with Shown() as shown:
        while step := schedule.next():
            shown.step(str(step), schedule.left_s())
            samples.add(take(step, deployed))


def _priced(row: Row, architecture: str) -> Row:
    """The row with the price of its own architecture."""
    if row.billed_ms is None or row.memory_mb is None:
        return row
    told = cost.of_million(row.billed_ms, row.memory_mb, architecture)
    return replace(row, cost_per_million_usd=told)


def as_json(found: Sequence[Row], where: str) -> str:
    """The rows as `workshop compare` writes them, and where it was."""
    told = [
        {name: getattr(row, name) for name in FIELDS} | {"where": where}
        for row in found
    ]
    return json.dumps(told, indent=1) + "\n"


def read_rows(path: Path) -> list[Row]:
    """The Lambda rows of a file that `workshop compare --json` wrote.

    WorkshopError where it is none.
    """
    try:
        told: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))
        found = [
            Row(**{name: one[name] for name in FIELDS}, spread_ms=None)
            for one in told
        ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WorkshopError(
            f"{path} has no rows of a comparison: {error}. `workshop compare "
            "--json` writes such a file."
        ) from error
    return [row for row in found if row.platform == "lambda"]
