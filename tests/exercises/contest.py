"""Let a learner's module measure contenders, and note whose turn it was.

As in calls.py, in a process of its own. `play` has contenders that are made
up, in a world whose clock they wind themselves: a call takes as long as its
script says, and longer while something else runs. `meet` has functions of a
local Lambda. Both return what the module made of it and the order of the
calls. This file is both sides.
"""

import base64
import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))  # the child sees no folder

from calls import Outcome, ask, serve
from with_boto3 import BASE

MOST_CALLS = 2000  # a module that calls on and on need not for ever
DURATION = re.compile(r"^REPORT .*?\tDuration: ([\d.]+) ms", re.MULTILINE)


def contest(
    module: Path, *calls: str, connection: Mapping[str, str] | None = None
) -> list[Outcome]:
    """Evaluate calls such as `play(...)` or `meet(...)`, in order."""
    if not connection:
        return ask(module, *calls, program=[sys.executable, "-I", __file__])
    program = [__file__, json.dumps(connection)]
    return ask(module, *calls, program=program, base=BASE)


# The child


class Enough(BaseException):
    """The module has made more calls than anybody needs."""


class Record:
    """The turns that were taken, and what each took."""

    def __init__(self) -> None:
        self.order: list[str] = []
        self.took_ms: dict[str, list[float]] = {}

    def of(
        self, interleaved: Callable[..., Any], *arguments: object
    ) -> dict[str, object]:
        """What becomes of a contest, as JSON can have it."""
        times, excluded = interleaved(*arguments)
        return {
            "times": {name: list(took) for name, took in times.items()},
            "excluded": dict(excluded),
            "order": self.order,
            "took": self.took_ms,
        }

    def note(self, name: str, ms: float) -> None:
        """One call has been made."""
        if len(self.order) == MOST_CALLS:
            raise Enough
        self.order.append(name)
        self.took_ms.setdefault(name, []).append(ms)


def play(
    interleaved: Callable[..., Any],
    scripts: Mapping[str, Sequence[object]],
    most: int,
    busy_from_ms: float = float("inf"),
) -> dict[str, object]:
    """A contest of contenders that are made up; the right answer is 9009.

    A script is a list with an item for each call: the ms that it takes, or
    a wrong answer, or an exception. The last item repeats. From a moment on
    the world is busy, and what is right takes three times as long.
    """
    record = Record()
    now_ms = 0.0

    def made_up(name: str) -> tuple[object, float]:
        nonlocal now_ms
        script = scripts[name]
        number = record.order.count(name)
        item = script[min(number, len(script) - 1)]
        if not isinstance(item, int | float):
            record.note(name, 0.1)
            if isinstance(item, Exception):
                raise item
            return item, 0.1
        took_ms = item * (3.0 if now_ms >= busy_from_ms else 1.0)
        now_ms += took_ms
        record.note(name, took_ms)
        return 9009, took_ms

    contenders = {name: lambda name=name: made_up(name) for name in scripts}
    return record.of(interleaved, contenders, 9009, most)


def meet(
    interleaved: Callable[..., Any],
    client: Any,
    names: Sequence[str],
    right: object,
    most: int,
) -> dict[str, object]:
    """A contest of functions on Lambda, by what their REPORT lines say."""
    record = Record()

    def invoke(name: str) -> tuple[object, float]:
        reply = client.invoke(FunctionName=name, Payload=b"{}", LogType="Tail")
        log = base64.b64decode(reply["LogResult"]).decode()
        found = DURATION.search(log)
        assert found
        record.note(name, float(found[1]))
        return json.load(reply["Payload"]), float(found[1])

    contenders = {name: lambda name=name: invoke(name) for name in names}
    return record.of(interleaved, contenders, right, most)


if __name__ == "__main__":
    own: dict[str, object] = {"play": play, "meet": meet}
    if sys.argv[1:]:
        import boto3

        own["client"] = boto3.client("lambda", **json.loads(sys.argv[1]))
    serve(lambda names, _: names.update(own))
