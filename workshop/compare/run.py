"""A comparison: what is measured in which order, and what becomes of it.

The functions take turns, round by round, so that what disturbs the machine
disturbs them all. In each round every function starts anew once, and is then
asked each workload several times; what takes long is asked less often.
"""

import hashlib
import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from functools import partial
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from workshop.compare.cases import differing
from workshop.compare.catalogue import Contender
from workshop.compare.on_azure import OnAzure
from workshop.compare.on_lambda import OnLambda
from workshop.compare.row import Row, row
from workshop.compare.sample import COLD, WARM, Sample, Samples
from workshop.compare.workloads import WORKLOADS, Workload
from workshop.errors import WorkshopError
from workshop.repository import ROOT

KEPT = ROOT / "build" / "compare"
PER_ROUND = 5  # warm invocations of a quick workload
SLOW_MS, SLOWER_MS = 1_000, 10_000  # asked once a round; once in all
HELLO = WORKLOADS["hello"]
# Until a function has been measured, what the slower ones take at 128 MB.
GUESSES_MS = {
    "brute": {"100-999": 1_000.0, "1000-9999": 60_000.0},
    "fast": {},
}


@dataclass(frozen=True)
class Plan:
    """What is to be compared."""

    contenders: tuple[Contender, ...]
    workloads: tuple[Workload, ...]
    memory_mb: int
    kernel: str
    rounds: int

    def key(self) -> str:
        """A name for the file of its samples: another plan, another file."""
        told = asdict(self) | {"rounds": None}
        return hashlib.sha256(
            json.dumps(told, default=str).encode()
        ).hexdigest()[:16]


@dataclass(frozen=True)
class Step:
    """One measurement that is still to be made."""

    contender: Contender
    workload: Workload
    kind: str

    def __str__(self) -> str:
        name = f"{self.contender.platform}/{self.contender.name}"
        return f"{name}, {self.workload.name}, {self.kind}"


class Platform(Protocol):
    """One of the two local clouds, as a comparison needs it."""

    def deploy(self, contender: Contender) -> None:
        """Make the function."""

    def answer(self, contender: Contender, event: object) -> bytes:
        """What it answers, an error too."""

    def cold(self, contender: Contender, workload: Workload) -> Sample:
        """Measure a start and a first invocation."""

    def warm(self, contender: Contender, workload: Workload) -> Sample:
        """Measure a later invocation."""


@dataclass
class Comparison:
    """What came of it: the rows, and what could not be measured."""

    rows: list[Row]
    left_out: dict[str, str]  # contender and why
    is_complete: bool


def compare(plan: Plan) -> Comparison:
    """Measure, going on where an earlier run of the same plan was stopped.

    Ctrl-C ends it with what there is. Raises WorkshopError when a function
    gives a wrong answer in the middle.
    """
    samples = Samples(KEPT / f"{plan.key()}.jsonl")
    left_out: dict[str, str] = {}
    complete = False
    try:
        with ExitStack() as stack:
            ready = list(_deployed(plan, stack, left_out))
            _measure(plan, ready, samples)
            complete = True
    except KeyboardInterrupt:
        print("Stopped; the same command goes on from here.", file=sys.stderr)
    except OSError as error:
        print(
            f"What is measured cannot be kept: {error.strerror}.",
            file=sys.stderr,
        )
    rows = [
        found
        for one in plan.contenders
        for workload in plan.workloads
        if (found := _row(plan, samples, one, workload)).n or found.cold_ms
    ]
    if complete:
        samples.forget()
    return Comparison(rows, left_out, complete)


def _deployed(
    plan: Plan, stack: ExitStack, left_out: dict[str, str]
) -> Iterator[tuple[Platform, Contender]]:
    """The functions that are there and answer right, on their platforms."""
    console = Console(stderr=True)
    platforms: dict[str, Platform] = {}
    for one in plan.contenders:
        name = f"{one.platform}/{one.name}"
        if why := one.missing():
            left_out[name] = why
            continue
        if one.platform not in platforms:
            platforms[one.platform] = _start(one.platform, plan, stack)
        platform = platforms[one.platform]
        with console.status(f"building and checking {name} ..."):
            try:
                platform.deploy(one)
            except WorkshopError as error:
                left_out[name] = str(error)
                continue
            if wrong := differing(partial(platform.answer, one)):
                left_out[name] = f"it fails its cases: {wrong}"
                continue
        yield platform, one


def _start(name: str, plan: Plan, stack: ExitStack) -> Platform:
    """A local cloud, which ends with the stack."""
    if name == "lambda":
        return stack.enter_context(OnLambda(plan.memory_mb, plan.kernel))
    return stack.enter_context(OnAzure(plan.kernel))


def _measure(
    plan: Plan, ready: list[tuple[Platform, Contender]], samples: Samples
) -> None:
    platforms = {(one.platform, one.name): p for p, one in ready}
    contenders = [one for _, one in ready]
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    ) as progress:
        task = progress.add_task("", total=None)
        done_ms = 0.0
        for number in range(plan.rounds):
            for step in steps(plan, contenders, samples, number):
                left_ms = sum(_expected_ms(plan, contenders, samples, number))
                progress.update(
                    task,
                    description=str(step),
                    completed=done_ms,
                    total=done_ms + left_ms,
                )
                platform = platforms[
                    (step.contender.platform, step.contender.name)
                ]
                measure = platform.cold if step.kind == COLD else platform.warm
                sample = measure(step.contender, step.workload)
                samples.add(sample)
                done_ms += sample.init_ms + sample.duration_ms


def steps(
    plan: Plan,
    contenders: Iterable[Contender],
    samples: Samples,
    number: int,
) -> Iterator[Step]:
    """What is to be measured in a round, less what has been.

    A generator, since what is slow shows only when it has been measured.
    """
    for one in contenders:
        cold = samples.of(one.platform, one.name, HELLO.name, COLD)
        if len(cold) <= number:
            yield Step(one, HELLO, COLD)
        for workload in plan.workloads:
            while _lacks(plan, samples, one, workload, number):
                yield Step(one, workload, WARM)


def _lacks(
    plan: Plan,
    samples: Samples,
    one: Contender,
    workload: Workload,
    number: int,
) -> bool:
    """Whether a cell lacks a warm sample in this round."""
    found = samples.of(one.platform, one.name, workload.name, WARM)
    least_ms = min((sample.duration_ms for sample in found), default=0.0)
    if not found:
        return True
    if least_ms > SLOWER_MS:
        return False
    each = 1 if least_ms > SLOW_MS else PER_ROUND
    return len(found) < each * (number + 1)


def _expected_ms(
    plan: Plan,
    contenders: Iterable[Contender],
    samples: Samples,
    number: int,
) -> Iterator[float]:
    """What each measurement that is left may take, by what is known."""
    for one in contenders:
        colds = samples.of(one.platform, one.name, HELLO.name, COLD)
        each_ms = _typical(colds, 100.0)
        yield each_ms * max(0, plan.rounds - len(colds))
        for workload in plan.workloads:
            found = samples.of(one.platform, one.name, workload.name, WARM)
            guess_ms = GUESSES_MS[plan.kernel].get(workload.name, 1.0)
            each_ms = _typical(found, guess_ms)
            if each_ms > SLOWER_MS:
                wanted = 1
            else:
                each = 1 if each_ms > SLOW_MS else PER_ROUND
                wanted = each * plan.rounds
            yield each_ms * max(0, wanted - len(found))


def _typical(samples: list[Sample], guess_ms: float) -> float:
    if not samples:
        return guess_ms
    took = [one.init_ms + one.duration_ms for one in samples]
    return sum(took) / len(took)


def _row(
    plan: Plan, samples: Samples, one: Contender, workload: Workload
) -> Row:
    return row(
        samples,
        one.platform,
        one.name,
        workload.name,
        plan.kernel,
        plan.memory_mb,
    )
