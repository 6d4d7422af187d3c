"""Callers that take turns, so that what disturbs one disturbs all."""

import time
from collections.abc import Callable
from statistics import quantiles

FIRST = 50  # they warm up


def interleaved(
    callers: dict[str, Callable[[], bytes]], times: int, answer: bytes
) -> dict[str, list[float]]:
    """What each call took, in us; all must get the same answer."""
    took: dict[str, list[float]] = {name: [] for name in callers}
    for turn in range(times + FIRST):
        for name, call in callers.items():
            start = time.perf_counter()
            came = call()
            elapsed = time.perf_counter() - start
            assert came == answer, came
            if turn >= FIRST:
                took[name].append(elapsed * 1e6)
    return took


def summary(took_us: list[float]) -> dict[str, float]:
    """The median of the calls and where 90 % of them lie."""
    cuts = quantiles(took_us, n=20)
    return {
        "p5_us": round(cuts[0]),
        "median_us": round(cuts[9]),
        "p95_us": round(cuts[-1]),
        "calls": len(took_us),
    }
