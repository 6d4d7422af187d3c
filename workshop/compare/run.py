"""A comparison, from the functions to the rows, and what goes wrong in it."""

import hashlib
import json
import os
import platform
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, fields
from functools import partial

from workshop.compare.cases import judge
from workshop.compare.catalogue import Contender
from workshop.compare.measured import Platform
from workshop.compare.on_azure import OnAzure
from workshop.compare.on_lambda import OnLambda
from workshop.compare.progress import Shown, in_words
from workshop.compare.row import Row, rows
from workshop.compare.sample import COLD, Sample, Samples
from workshop.compare.schedule import Schedule
from workshop.compare.taking import take
from workshop.compare.workloads import Workload
from workshop.errors import WorkshopError
from workshop.repository import ROOT

KEPT = ROOT / "build" / "compare"
LONG_S = 120.0  # what takes longer is told before it begins


@dataclass(frozen=True)
class Plan:
    """What is to be compared."""

    contenders: tuple[Contender, ...]
    workloads: tuple[Workload, ...]
    kernels: tuple[str, ...]
    memory_mb: int  # of the Lambda functions
    rounds: int

    def key(self, deployed: Mapping[str, str]) -> str:
        """What names its samples: other code, another machine, another key.

        Takes what is deployed, by function. More rounds are no other plan.
        """
        told = {
            "deployed": deployed,
            "workloads": [str(one) for one in self.workloads],
            "memory_mb": self.memory_mb,
            "machine": [*platform.uname(), os.cpu_count()],
            "python": sys.version,
            "fields": [one.name for one in fields(Sample)],
        }
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class LeftOut:
    """Why there is nothing to be told of a function."""

    contender: Contender
    short: str  # for the table
    why: str
    is_fault: bool = True  # not only a program that is not here


@dataclass
class Comparison:
    """What came of it: the rows, and what could not be measured."""

    plan: Plan
    samples: Samples | None = None
    left_out: list[LeftOut] = field(default_factory=list)
    is_interrupted: bool = False

    @property
    def rows(self) -> list[Row]:
        """The rows of what is measured so far."""
        if self.samples is None:
            return []
        out = [one.contender for one in self.left_out]
        plan = self.plan
        return [
            row
            for one in plan.contenders
            if one not in out
            for row in rows(
                self.samples, one, plan.workloads, plan.kernels, plan.memory_mb
            )
        ]

    def forget(self) -> None:
        """The rows are where they are wanted: the next run begins anew."""
        if self.samples is not None:
            self.samples.forget()


def compare(plan: Plan, fresh: bool = False) -> Comparison:
    """Measure, going on where an earlier run of the same plan was stopped.

    Ctrl-C ends it with what there is; `fresh` begins anew. What is measured
    is kept until the comparison is told to forget it.
    """
    found = Comparison(plan)
    try:
        with ExitStack() as stack:
            platforms, deployed = {}, {}
            for one, there, what in _ready(plan, stack, found):
                platforms[one], deployed[str(one)] = there, what
            path = KEPT / f"{plan.key(deployed)}.jsonl"
            if fresh:
                path.unlink(missing_ok=True)
            found.samples = Samples(path)
            _measure(platforms, found, found.samples)
    except KeyboardInterrupt:
        found.is_interrupted = True
        print("Stopped; the same command goes on from here.", file=sys.stderr)
    return found


def _ready(
    plan: Plan, stack: ExitStack, found: Comparison
) -> Iterator[tuple[Contender, Platform, str]]:
    """The functions that are there and answer right, and what they are."""
    platforms: dict[str, Platform] = {}
    for one in plan.contenders:
        if not one.is_possible:
            short = f"no {one.needs}"
            why = f"There is {short} on this machine."
            found.left_out.append(LeftOut(one, short, why, is_fault=False))
            continue
        if one.platform not in platforms:
            platforms[one.platform] = _start(one.platform, plan, stack)
        there = platforms[one.platform]
        print(f"Building and checking {one}", file=sys.stderr)
        try:
            what = there.deploy(one)
        except WorkshopError as error:
            found.left_out.append(LeftOut(one, "not built", str(error)))
            continue
        try:
            judge(one, partial(there.answer, one))
        except WorkshopError as error:
            found.left_out.append(LeftOut(one, "wrong", str(error)))
            continue
        yield one, there, what + one.tool()


def _start(name: str, plan: Plan, stack: ExitStack) -> Platform:
    """A local cloud, which ends with the stack."""
    if name == "lambda":
        return stack.enter_context(OnLambda(plan.memory_mb))
    return stack.enter_context(OnAzure())


def _measure(
    platforms: Mapping[Contender, Platform],
    found: Comparison,
    samples: Samples,
) -> None:
    """Take the samples that are lacking, each step in its turn."""
    plan = found.plan
    schedule = Schedule(
        tuple(platforms),
        plan.workloads,
        plan.memory_mb,
        plan.rounds,
        samples,
    )
    if len(samples):
        print(
            f"Going on with {len(samples)} samples of an earlier run; --fresh "
            "begins anew.",
            file=sys.stderr,
        )
    if (left_s := schedule.left_s()) > LONG_S:
        print(
            f"This takes {in_words(left_s)}: brute force for four digits at "
            f"{plan.memory_mb} MB is long. Ctrl-C keeps what is measured.",
            file=sys.stderr,
        )

    def leave_out(one: Contender, error: WorkshopError) -> None:
        found.left_out.append(LeftOut(one, "wrong", str(error)))
        schedule.drop(one)
        # Kept, they would have a later run take it for one that is right.
        samples.drop(one.platform, one.name)

    with Shown() as shown:
        while step := schedule.next():
            shown.step(str(step), schedule.left_s())
            there = platforms[step.contender]
            try:
                if step.kind == COLD:
                    there.verify(step.contender)
                samples.add(take(step, there))
            except WorkshopError as error:
                leave_out(step.contender, error)
    out = [one.contender for one in found.left_out]
    for one, there in platforms.items():
        try:
            if one not in out:
                there.verify(one)
        except WorkshopError as error:
            leave_out(one, error)
