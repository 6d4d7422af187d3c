# accepted: a class for the contest, a shuffled order, indices for drawing

import random
import re
from dataclasses import dataclass
from statistics import fmean, median


@dataclass(frozen=True)
class Summary:
    n: int
    median: float
    low: float
    high: float
    p95: float | None


@dataclass(frozen=True)
class Speedup:
    ratio: float
    low: float
    high: float


def percentile(ordered, percent):
    rank = -(-round(10 * percent) * len(ordered) // 1000)
    return list(ordered)[rank - 1]


def summary(times_ms):
    values = list(times_ms)
    values.sort()
    n = len(values)
    if n == 0:
        raise ValueError("nothing was measured")
    half = n // 2
    middle = fmean(values[half - 1 : half + 1]) if n % 2 == 0 else values[half]
    p95 = percentile(values, 95) if n > 19 else None
    low, high = percentile(values, 25), percentile(values, 75)
    return Summary(n, middle, low, high, p95)


def number(name, line):
    found = re.search(rf"\t{name}: (\S+) ms", line)
    return float(found[1]) if found else None


def split(lines):
    reports = [line for line in lines if re.match("REPORT ", line)]
    good = [line for line in reports if "Status:" not in line]
    pairs = [(number("Init Duration", x), number("Duration", x)) for x in good]
    cold = [init + took for init, took in pairs if init is not None]
    warm = [took for init, took in pairs if init is None]
    return cold, warm


def stable(times_ms, within=0.1):
    n = len(times_ms)
    if n >= 10:
        ends = (median(times_ms[: n // 2]), median(times_ms[n - n // 2 :]))
        return max(ends) - min(ends) <= min(ends) * within
    return False


class Contest:
    def __init__(self, contenders, right):
        self.left = dict(contenders)
        self.right = right
        self.times = {name: [] for name in contenders}
        self.excluded = {}

    def call(self, name):
        try:
            answer, ms = self.left[name]()
            if answer != self.right:
                raise ValueError(f"it said {answer!r}")
        except Exception as error:
            self.excluded[name] = repr(error)
            del self.left[name], self.times[name]
            return None
        return ms

    def round(self, order):
        for name in order:
            ms = self.call(name)
            if ms is not None:
                self.times[name].append(ms)

    def is_over(self):
        return not [t for t in self.times.values() if not stable(t)]


def interleaved(contenders, right, most=50):
    contest = Contest(contenders, right)
    for name in list(contest.left):
        contest.call(name)
    rng = random.Random(10)
    rounds = 0
    while rounds < most:
        order = list(contest.left)
        rng.shuffle(order)
        contest.round(order)
        rounds += 1
        if contest.is_over():
            break
    return contest.times, contest.excluded


def resampled(rng, values):
    n = len(values)
    return median(values[rng.randrange(n)] for _ in range(n))


def speedup(slow_ms, fast_ms, draws=1000):
    random_numbers = random.Random(str(len(slow_ms)))
    slow = [resampled(random_numbers, slow_ms) for _ in range(draws)]
    fast = [resampled(random_numbers, fast_ms) for _ in range(draws)]
    ratios = [a / b for a, b in zip(slow, fast, strict=True)]
    ratios.sort()
    cut = draws // 40
    ratio = median(slow_ms) / median(fast_ms)
    return Speedup(ratio, ratios[cut], ratios[-cut - 1])


def duration(ms):
    for limit, text in (
        (1, "< 1 ms"),
        (1000, f"{round(ms)} ms"),
        (10_000, f"{ms / 1000:.1f} s"),
    ):
        if ms < limit:
            return text
    return f"{round(ms / 1000)} s"


def table(summaries):
    rows, columns = [], []
    for row, column in summaries:
        if row not in rows:
            rows.append(row)
        if column not in columns:
            columns.append(column)
    text = "|  |"
    for column in columns:
        text += f" {column} |"
    text += "\n|" + "---|" * (1 + len(columns)) + "\n"
    for row in rows:
        text += f"| {row} |"
        for column in columns:
            found = summaries.get((row, column))
            text += f" {duration(found.median) if found else ''} |"
        text += "\n"
    return text
