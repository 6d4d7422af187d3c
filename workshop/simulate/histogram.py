"""How often each latency came, in bins that are narrower for shorter ones.

A bin is 1/128 of an octave, from one power of two to the next. What is read
from it is its middle, so a percentile is within 0.4 % of a latency that came,
and there are never more bins than a few thousand.
"""

from collections import defaultdict
from dataclasses import dataclass
from itertools import accumulate
from math import frexp, ldexp

from workshop.errors import WorkshopError

BINS = 128  # an octave
NO_TIME = -(2**20)  # the bin of what took none; below every other one


class Histogram:
    """Counts of seconds, as they come."""

    def __init__(self) -> None:
        self.counts: defaultdict[int, int] = defaultdict(int)
        self.least_s = float("inf")
        self.most_s = 0.0

    def add(self, seconds: float) -> None:
        """Count one."""
        if seconds:
            mantissa, octave = frexp(seconds)  # 1/2 <= mantissa < 1
            self.counts[octave * BINS + int((2 * mantissa - 1) * BINS)] += 1
        else:
            self.counts[NO_TIME] += 1
        if seconds < self.least_s:
            self.least_s = seconds
        if seconds > self.most_s:
            self.most_s = seconds


@dataclass(frozen=True)
class Latencies:
    """The latencies of a run: bins that are not empty, in order."""

    bins: tuple[tuple[float, int], ...]  # its middle in s, how many
    count: int
    total_s: float
    least_s: float
    most_s: float

    @property
    def mean_s(self) -> float:
        """The mean; 0 where there is none."""
        return self.total_s / self.count if self.count else 0.0

    def percentile(self, q: float) -> float:
        """What `q` percent do not exceed, in seconds, within 0.4 %.

        0 and 100 are exact: the least and the most that came. 0 where none
        came. Raises WorkshopError unless 0 <= q <= 100.
        """
        if not 0 <= q <= 100:
            raise WorkshopError(
                f"There is no percentile {q!r}; it goes from 0 to 100."
            )
        if not self.count:
            return 0.0
        if q in (0, 100):
            return self.most_s if q else self.least_s
        seen = accumulate(count for _, count in self.bins)
        wanted = self.count * q / 100
        place = next(i for i, upto in enumerate(seen) if upto >= wanted)
        middle_s, _ = self.bins[place]
        return min(max(middle_s, self.least_s), self.most_s)


def latencies(histogram: Histogram, total_s: float) -> Latencies:
    """What a histogram has counted."""
    filled = sorted(histogram.counts.items())
    count = sum(count for _, count in filled)
    return Latencies(
        tuple((_middle_s(place), count) for place, count in filled),
        count,
        total_s,
        histogram.least_s if count else 0.0,
        histogram.most_s,
    )


def _middle_s(place: int) -> float:
    if place == NO_TIME:
        return 0.0
    octave, within = divmod(place, BINS)
    return ldexp((within + 0.5) / BINS + 1, octave - 1)
