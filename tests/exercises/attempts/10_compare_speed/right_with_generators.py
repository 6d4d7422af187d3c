# accepted: generators, a deque that rotates, recursion for nobody

import math
import random
from collections import deque, namedtuple
from itertools import chain
from statistics import median, median_high, median_low

Summary = namedtuple("Summary", "n median low high p95")
Speedup = namedtuple("Speedup", "ratio low high")
SEED = 10


def percentile(ordered, percent):
    needed = percent * len(ordered) / 100
    return next(x for k, x in enumerate(ordered, start=1) if k >= needed)


def summary(times_ms):
    times = sorted(times_ms)
    if len(times) < 1:
        raise ValueError("no times")
    middle = (median_low(times) + median_high(times)) / 2
    at = {p: percentile(times, p) for p in (25, 75, 95)}
    p95 = None if len(times) < 20 else at[95]
    return Summary(len(times), middle, at[25], at[75], p95)


def fields_of(line):
    for part in line.split("\t"):
        name, colon, value = part.partition(": ")
        if colon and value.endswith(" ms"):
            yield name, float(value[:-3])


def split(lines):
    cold, warm = [], []
    for line in lines:
        head, *rest = line.split("\t")
        if head.split(" ")[0] != "REPORT" or "Status" in line:
            continue
        told = dict(fields_of("\t".join(rest)))
        init_ms = told.get("Init Duration")
        times = warm if init_ms is None else cold
        times.append(told["Duration"] + (init_ms or 0))
    return cold, warm


def stable(times_ms, within=0.1):
    if len(times_ms) <= 9:
        return False
    times = deque(times_ms)
    earlier, later = [], []
    while len(times) > 1:
        earlier.append(times.popleft())
        later.append(times.pop())
    a, b = sorted((median(earlier), median(later)))
    return b <= a + a * within


def interleaved(contenders, right, most=50):
    times, excluded = {}, {}
    waiting = deque(contenders)

    def call(name):
        try:
            answer, ms = contenders[name]()
        except Exception as error:
            answer, ms = error, None
        if answer == right:
            return ms
        excluded[name] = f"{answer!r} is not {right!r}"
        times.pop(name, None)
        return None

    for name in contenders:
        if call(name) is not None:
            times[name] = []
    for _ in range(most):
        for name in tuple(waiting):
            if name in times and (ms := call(name)) is not None:
                times[name].append(ms)
        waiting.rotate(-1)
        if not times or min(map(stable, times.values())):
            break
    return times, excluded


def speedup(slow_ms, fast_ms, draws=1000):
    rng = random.Random(SEED)
    a, b = list(slow_ms), list(fast_ms)
    ratios = []
    while len(ratios) < draws:
        top = median(rng.choice(a) for _ in a)
        bottom = median(rng.choice(b) for _ in b)
        ratios.append(top / bottom)
    ratios.sort()
    cut = math.floor(draws * 0.025)
    inner = ratios[cut : len(ratios) - cut]
    return Speedup(median(a) / median(b), inner[0], inner[-1])


def duration(ms):
    if ms < 1:
        return "< 1 ms"
    if ms < 1000:
        return f"{round(ms)} ms"
    return f"{ms / 1000:.{int(ms < 10_000)}f} s"


def line(cells):
    return "| " + " | ".join(cells) + " |"


def table(summaries):
    columns = list(dict.fromkeys(column for _, column in summaries))
    rows = {}
    for (row, column), found in summaries.items():
        rows.setdefault(row, {})[column] = duration(found.median)
    body = (
        line([row, *(cells.get(column, "") for column in columns)])
        for row, cells in rows.items()
    )
    dashes = "|---" * (len(columns) + 1) + "|"
    return "\n".join(chain([line(["", *columns]), dashes], body))
