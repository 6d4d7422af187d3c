"""What the functions are asked: the four columns of the talk's tables."""

import importlib.util
import json
from collections.abc import Mapping
from dataclasses import dataclass

from workshop.errors import WorkshopError
from workshop.repository import KERNEL

LARGE_S = 60.0  # from here on a step says beforehand that it takes minutes


@dataclass(frozen=True)
class Workload:
    """One column: an event, and the body that answers it."""

    name: str
    event: Mapping[str, object]

    def asked(self, kernel: str) -> dict[str, object]:
        """The event, for one of the two algorithms."""
        return {**self.event, "kernel": kernel} if self.event else {}


WORKLOADS = {
    one.name: one
    for one in (
        Workload("hello", {}),
        Workload("10-99", {"min": 10, "max": 99}),
        Workload("100-999", {"min": 100, "max": 999}),
        Workload("1000-9999", {"min": 1000, "max": 9999}),
    )
}
QUICK = ("hello", "10-99", "100-999")


def chosen(names: str) -> list[Workload]:
    """The workloads of a list such as "hello,10-99"."""
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    for name in wanted:
        if name not in WORKLOADS:
            raise WorkshopError(
                f"There is no workload {name}. There are: "
                f"{', '.join(WORKLOADS)}."
            )
    return [one for name, one in WORKLOADS.items() if name in wanted]


def expected(event: Mapping[str, object]) -> bytes:
    """The body that every function must give, whatever its algorithm."""
    spec = importlib.util.spec_from_file_location(
        "palindromes", KERNEL / "palindromes.py"
    )
    assert spec and spec.loader
    kernel = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(kernel)
    asked = {k: v for k, v in event.items() if k != "kernel"}
    return json.dumps(kernel.answer(asked), separators=(",", ":")).encode()
