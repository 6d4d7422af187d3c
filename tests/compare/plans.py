"""What the tests of a comparison share: functions, and their samples."""

from workshop.compare.catalogue import CONTENDERS
from workshop.compare.sample import COLD, Sample, Samples
from workshop.compare.schedule import cell
from workshop.compare.workloads import chosen

HELLO, SMALL, MIDDLE, LARGE, *FAST = chosen("", "")


def contender(name, platform="lambda"):
    """One of the catalogue."""
    [found] = [
        one
        for one in CONTENDERS
        if (one.platform, one.name) == (platform, name)
    ]
    return found


def sample(one, workload, kind, ms, **more):
    """A sample that took so many ms, all of them in the invocation."""
    return Sample(cell(one, workload, kind), ms, step_ms=ms, **more)


def samples_of(path, one, **durations):
    """Samples of hello: cold=[...], warm=[...]."""
    found = Samples(path)
    for kind, times in durations.items():
        for ms in times:
            init = {"init_ms": 10.0} if kind == COLD else {}
            found.add(sample(one, HELLO, kind, ms, **init))
    return found
