"""Let a learner's scale-out rules run a day, and note what became of it.

As in calls.py, in a process of its own, which has the workshop's simulator.
The calls see `load`, which makes a load as the notebook does; `limits`,
which shows a rule many loads; and `a_day`, which simulates one. This file is
both sides.
"""

import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from heapq import merge
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))  # the child sees no folder

from calls import Outcome, ask, serve

HOUR = 3600
WORK_S, INIT_S = 0.419, 5.0
MOST = 40  # instances, whatever a rule wants
LOADS = 300
SEED = 2


def ask_rules(module: Path, *calls: str) -> list[Outcome]:
    """Evaluate calls such as `a_day(my_rule())` in the module, in order."""
    return ask(module, *calls, program=[sys.executable, "-I", __file__])


# The child


def load(
    working: Sequence[float] = (),
    instances: int = 4,
    in_flight: int = 0,
    waiting: int = 0,
    starting: int = 0,
) -> Any:
    """A load, with a tick for each number of instances that worked."""
    from workshop.simulate import Load, Tick

    ticks = [Tick(min(1, n / instances), n, round(n)) for n in working]
    return Load(
        now_s=5 * len(ticks),
        waiting=waiting,
        in_flight=in_flight,
        instances=instances,
        starting=starting,
        since_scaling_s=5,
        ticks=ticks,
    )


def limits(rule: Any) -> list[object]:
    """The least and the most that a rule wants of many loads, by chance.

    In their place, what it wants that is no whole number.
    """
    random = Random(1)
    wanted = []
    for _ in range(LOADS):
        there = random.randrange(1, 60)
        wanted.append(
            rule.wanted(
                load(
                    [there * random.random() for _ in range(there % 9)],
                    there,
                    random.randrange(there + 1),
                    random.choice([0, random.randrange(200)]),
                )
            )
        )
        if not isinstance(wanted[-1], int):
            return [wanted[-1]]
    return [min(wanted), max(wanted)]


@cache
def callers() -> list[float]:
    """The moments at which somebody calls, on another day of the notebook."""
    from workshop.simulate import diurnal, poisson

    opening = diurnal(0, 3, 16 * HOUR, seed=SEED, day_s=16 * HOUR)
    newsletter = poisson(20, 600, seed=SEED)
    return list(
        merge(
            (6 * HOUR + at for at in opening),
            (18 * HOUR + at for at in newsletter),
            [24 * HOUR - 1],
        )
    )


def a_day(rule: Any) -> dict[str, float]:
    """What became of all who called that day, in numbers."""
    from workshop.simulate import bill, constant, fargate_fixed, simulate

    one = fargate_fixed(1, vcpus=1, memory_mb=2048, concurrency=1)
    run = simulate(
        callers(),
        constant(WORK_S),
        replace(one, rule=rule, least=0, most=MOST, every_s=5),
        constant(INIT_S),
    )
    return {
        "p95_s": round(run.p95_s, 3),
        "refused": run.throttled,
        "started": run.instances_started,
        "usd": round(float(bill(run, 30).total), 2),
    }


if __name__ == "__main__":
    callers()  # before the first fork: it takes long
    own = {"load": load, "limits": limits, "a_day": a_day}
    serve(lambda names, _: names.update(own))
