"""How fast is the simulator, and how much memory does it take?

Run `python benchmarks/simulate.py`. Each run is a process of its own, so that
its peak of memory is its own; the fleets take turns. Writes simulate.json
beside this file.
"""

import json
import resource
import subprocess
import sys
from statistics import median
from time import perf_counter, process_time

import report

from workshop.simulate import (
    Outcome,
    aws_lambda,
    azure_consumption,
    cloud_run,
    constant,
    exponential,
    fargate_fixed,
    poisson,
    simulate,
)

RATE_PER_S = 100.0
FLEETS = {
    "lambda": aws_lambda(),
    "azure_consumption": azure_consumption(),
    "cloud_run": cloud_run(),
    "fargate_fixed": fargate_fixed(20),
}
MILLION = 1_000_000
TIMES = 3


def run(name: str, requests: int) -> Outcome:
    """About so many requests, 100 a second of 0.1 s each, on a fleet."""
    arrivals = poisson(RATE_PER_S, requests / RATE_PER_S, seed=1)
    return simulate(arrivals, exponential(0.1), FLEETS[name], constant(0.5))


def alone(name: str, requests: int) -> dict[str, float]:
    """The same in a process of its own: what it took."""
    done = subprocess.run(
        [sys.executable, __file__, "--run", name, str(requests)],
        check=True,
        capture_output=True,
        text=True,
    )
    took: dict[str, float] = json.loads(done.stdout)
    return took


def tell(name: str, requests: int) -> None:
    """Run it here, and print what it took."""
    start, cpu = perf_counter(), process_time()
    outcome = run(name, requests)
    seconds, cpu_s = perf_counter() - start, process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    peak_mb = peak / (2**20 if sys.platform == "darwin" else 2**10)
    took = {
        "requests": outcome.requests,
        "seconds": round(seconds, 2),
        "cpu_s": round(cpu_s, 2),
        "peak_mb": round(peak_mb, 1),
    }
    print(json.dumps(took))


def speed() -> dict[str, dict[str, float]]:
    """A million requests on each fleet, three times."""
    took: dict[str, list[dict[str, float]]] = {name: [] for name in FLEETS}
    for _ in range(TIMES):
        for name in FLEETS:
            took[name].append(alone(name, MILLION))
    return {name: _summary(runs) for name, runs in took.items()}


def _summary(runs: list[dict[str, float]]) -> dict[str, float]:
    seconds = [took["seconds"] for took in runs]
    return {
        "median_s": median(seconds),
        "fastest_s": min(seconds),
        "slowest_s": max(seconds),
        "median_cpu_s": median(took["cpu_s"] for took in runs),
        "runs": len(runs),
    }


def memory() -> dict[str, dict[str, float]]:
    """One million requests, and ten, on Lambda's fleet."""
    return {
        f"{millions} M": alone("lambda", millions * MILLION)
        for millions in (1, 10)
    }


def main() -> None:
    if "--run" in sys.argv:
        tell(sys.argv[-2], int(sys.argv[-1]))
        return
    report.run(
        __file__,
        __doc__.splitlines()[0],
        {"million_requests": speed, "memory": memory},
    )


if __name__ == "__main__":
    main()
