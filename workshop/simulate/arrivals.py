"""When requests arrive: times in seconds, one after another, never a list.

Every function here gives arrivals that can be gone through again and again,
each time the same: the seed stands for the chance in them. Only
`random.Random.random` is used, whose sequence Python keeps from version to
version.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from workshop.errors import WorkshopError
from workshop.simulate.checking import above_zero, at_least

DAY_S = 86_400.0
NUMBERS_BEGIN = tuple("0123456789+-.")


@dataclass(frozen=True)
class Arrivals:
    """Times of arrival in seconds, in order; iterate as often as you like."""

    about: str
    begin: Callable[[], Iterator[float]]

    def __iter__(self) -> Iterator[float]:
        return self.begin()


def poisson(rate_per_s: float, duration_s: float, seed: int = 0) -> Arrivals:
    """Independent callers: `rate_per_s` requests a second on average.

    Raises WorkshopError for a rate or a duration that is not above 0.
    """
    above_zero(rate_per_s=rate_per_s, duration_s=duration_s)
    return Arrivals(
        f"{rate_per_s:g} requests a second",
        lambda: _poisson(rate_per_s, duration_s, seed),
    )


def diurnal(
    trough_per_s: float,
    peak_per_s: float,
    duration_s: float = DAY_S,
    seed: int = 0,
    day_s: float = DAY_S,
) -> Arrivals:
    """A day: the rate rises from its trough to its peak at noon, and falls.

    The rate follows a cosine and is `trough_per_s` at second 0. Raises
    WorkshopError for a trough above the peak and for numbers that are not
    positive; the trough may be 0.
    """
    at_least(0, trough_per_s=trough_per_s)
    above_zero(peak_per_s=peak_per_s, duration_s=duration_s, day_s=day_s)
    if trough_per_s > peak_per_s:
        raise WorkshopError(
            f"The trough, {trough_per_s:g} requests a second, is above the "
            f"peak, {peak_per_s:g}; give the lower rate first."
        )
    middle = (peak_per_s + trough_per_s) / 2
    swing = (peak_per_s - trough_per_s) / 2

    def rate_at(at_s: float) -> float:
        return middle - swing * math.cos(math.tau * at_s / day_s)

    return Arrivals(
        f"{trough_per_s:g} to {peak_per_s:g} requests a second in a day",
        lambda: _thinned(rate_at, peak_per_s, duration_s, seed),
    )


def bursty(
    base_per_s: float,
    spike_per_s: float,
    duration_s: float,
    every_s: float = 600.0,
    spike_s: float = 30.0,
    seed: int = 0,
) -> Arrivals:
    """A base with spikes: at the end of every `every_s`, one of `spike_s`.

    Raises WorkshopError for numbers that are not positive (the base may be
    0), for a spike below the base, and for one longer than `every_s`.
    """
    at_least(0, base_per_s=base_per_s)
    above_zero(
        spike_per_s=spike_per_s,
        duration_s=duration_s,
        every_s=every_s,
        spike_s=spike_s,
    )
    if spike_per_s < base_per_s:
        raise WorkshopError(
            f"The spike, {spike_per_s:g} requests a second, is below the "
            f"base, {base_per_s:g}; give the lower rate first."
        )
    if spike_s > every_s:
        raise WorkshopError(
            f"A spike of {spike_s:g} s does not fit into {every_s:g} s."
        )
    calm_s = every_s - spike_s

    def rate_at(at_s: float) -> float:
        return spike_per_s if at_s % every_s >= calm_s else base_per_s

    return Arrivals(
        f"{base_per_s:g} requests a second, {spike_per_s:g} in a spike",
        lambda: _thinned(rate_at, spike_per_s, duration_s, seed),
    )


def from_trace(path: Path | str) -> Arrivals:
    """The times in a file: a line each, in seconds, in order.

    Of a CSV file the first column counts. The first line may be a header,
    which does not begin like a number; empty lines are passed over. Raises
    WorkshopError for a file that cannot be read and, while it is read, for a
    line that is not a time or is earlier than the one before.
    """
    path = Path(path)
    try:
        path.open("rb").close()
    except OSError as error:
        raise WorkshopError(
            f"The trace {path} cannot be read: {error.strerror}."
        ) from None
    return Arrivals(f"the trace {path.name}", lambda: _trace(path))


def _poisson(rate: float, duration_s: float, seed: int) -> Iterator[float]:
    random, log = Random(f"arrivals {seed}").random, math.log
    at_s = -log(1.0 - random()) / rate
    while at_s < duration_s:
        yield at_s
        at_s -= log(1.0 - random()) / rate


def _thinned(
    rate_at: Callable[[float], float],
    peak: float,
    duration_s: float,
    seed: int,
) -> Iterator[float]:
    """Arrivals at the peak's rate, each kept with the chance it has then.

    The method is Lewis and Shedler's, 1979.
    """
    keep = Random(f"thinning {seed}").random
    for at_s in _poisson(peak, duration_s, seed):
        if keep() * peak < rate_at(at_s):
            yield at_s


def _trace(path: Path) -> Iterator[float]:
    before = 0.0
    # A stray byte becomes a character that no number has: its line is named.
    with path.open(encoding="utf-8-sig", errors="replace") as lines:
        for number, line in enumerate(lines, 1):
            cell = line.partition(",")[0].strip().strip('"')
            if not line.strip():
                continue
            try:
                at_s = float(cell)
            except ValueError:
                if number == 1 and not cell.startswith(NUMBERS_BEGIN):
                    continue
                raise _bad(path, number, f"{cell!r} is not a time") from None
            if not 0 <= at_s < math.inf:
                raise _bad(path, number, f"{cell} is not a time from 0 on")
            if at_s < before:
                raise _bad(
                    path, number, f"{cell} comes after {before:g}; sort it"
                )
            before = at_s
            yield at_s


def _bad(path: Path, number: int, why: str) -> WorkshopError:
    return WorkshopError(f"{path}, line {number}: {why}.")
