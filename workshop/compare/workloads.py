"""What the functions are asked: the four columns of the talk's tables."""

from dataclasses import dataclass

from workshop.compare.names import listed

KERNELS = ("brute", "fast")
RANGES = {"10-99": (10, 99), "100-999": (100, 999), "1000-9999": (1000, 9999)}
LARGEST = "1000-9999"


@dataclass(frozen=True)
class Workload:
    """One column: an event, and the algorithm that is to answer it."""

    name: str
    kernel: str  # none where there is nothing to compute

    @property
    def is_work(self) -> bool:
        """Whether it takes more than a moment in any language."""
        return self.kernel == "brute" and self.name != "10-99"

    @property
    def event(self) -> dict[str, object]:
        """What the function is asked."""
        if self == HELLO:
            return {}
        low, high = RANGES[self.name]
        return {"min": low, "max": high, "kernel": self.kernel}


HELLO = Workload("hello", "")
NAMES = (HELLO.name, *RANGES)
QUICK = ",".join(name for name in NAMES if name != LARGEST)


def chosen(names: str, kernels: str) -> tuple[Workload, ...]:
    """The workloads of two lists such as "hello,10-99" and "brute"."""
    wanted = listed("workload", names, NAMES)
    found = [HELLO] if HELLO.name in wanted else []
    for kernel in listed("kernel", kernels, KERNELS):
        found += [Workload(name, kernel) for name in RANGES if name in wanted]
    return tuple(found)
