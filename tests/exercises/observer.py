"""Let a learner's module use a boto3 client, and note every request.

As in calls.py, in a process of its own, against a real local Lambda. Nothing
is put in the place of a request: boto3's own events tell which ones there
were, and what Lambda reported. This file is both sides.
"""

import base64
import dataclasses
import json
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))  # the child sees no folder

from calls import Outcome, ask, brief, describe, serve
from with_boto3 import BASE

SECONDS = 15  # for all calls of one check; right answers take about two
MOST_REQUESTS = 100  # a module that asks again and again need not for ever
MOST_LINES = 12  # of what came, as a person reads it
TIMES = re.compile(
    r"^REPORT .*\tDuration: ([\d.]+) ms\tBilled Duration: (\d+) ms",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Request:
    """One request that the module made of Lambda."""

    operation: str  # as boto3's model names it: GetFunction
    parameters: dict[str, Any]
    # What the REPORT line says, of an invocation with LogType="Tail".
    duration_ms: float | None = None
    billed_ms: int | None = None

    @property
    def event(self) -> object:
        """The payload, parsed; the text itself where it is no JSON."""
        text = self.parameters.get("Payload", "")
        try:
            return json.loads(text)
        except ValueError:
            return text

    def __str__(self) -> str:
        given = {
            name: value
            for name, value in self.parameters.items()
            if name != "FunctionName"
        }
        text = f"{self.operation} {given or ''}".rstrip()
        if self.duration_ms is not None:
            text += f" -> {self.duration_ms} ms, billed {self.billed_ms} ms"
        return text


@dataclass(frozen=True)
class Observation:
    """What a call came to, and the requests that it made meanwhile."""

    call: str
    came: str  # as a person reads it
    requests: list[Request]
    value: Any = None  # dataclasses as dicts, tuples as lists
    error: str | None = None
    message: str = ""

    @property
    def invocations(self) -> list[Request]:
        """The requests that invoked a function."""
        return [r for r in self.requests if r.operation == "Invoke"]

    def __str__(self) -> str:
        """The requests as lines, then what was returned or raised."""
        lines = []
        for line, same in groupby(map(str, self.requests)):
            times = len(list(same))
            lines.append(line if times == 1 else f"{line}, {times} times")
        if len(lines) > MOST_LINES:
            lines[MOST_LINES:] = [f"... {len(self.requests)} requests in all"]
        return "\n".join([*lines, self.came])


def observe(
    module: Path, connection: Mapping[str, str], *calls: str
) -> list[Observation]:
    """Evaluate calls such as `measure(client, "f", 512, {})`, in order.

    After a call that gives no answer in time, or ends the process, there
    are no more observations.
    """
    outcomes = ask(
        module,
        *[f"noted(lambda: {call})" for call in calls],
        seconds=SECONDS,
        program=[__file__, json.dumps(connection)],
        base=BASE,
    )
    pairs = zip(calls, outcomes, strict=False)
    return [_observation(call, outcome) for call, outcome in pairs]


def _observation(call: str, outcome: Outcome) -> Observation:
    if not isinstance(outcome.value, dict):
        return Observation(call, f"({outcome.came})", [], error=outcome.error)
    told = dict(outcome.value)
    requests = [Request(**request) for request in told.pop("requests")]
    return Observation(call, requests=requests, **told)


# The child


class Enough(BaseException):
    """The module has made more requests than anybody needs."""


def add_to(names: dict[str, Any], client: Any, path: str) -> None:
    """Add what the calls see besides the module: `client` and `noted`."""
    requests: list[dict[str, Any]] = []
    note_requests(client, requests)

    def noted(call: Callable[[], object]) -> object:
        requests.clear()
        told: dict[str, object]
        try:
            value = call()
            told = {"came": f"(returned {brief(repr(value))})"}
            told["value"] = plain(value)
        except Enough:
            told = {"came": f"(stopped after {MOST_REQUESTS} requests)"}
            told["error"] = "Enough"
        except Exception as error:
            told = {"came": f"(raised {describe(error, path)})"}
            told |= {"error": type(error).__name__, "message": str(error)}
        told["requests"] = requests
        return json.loads(json.dumps(told, default=repr))

    names |= {"client": client, "noted": noted}


def note_requests(client: Any, requests: list[dict[str, Any]]) -> None:
    """Add each request of the client to the list when it is made."""

    def before(model: Any, params: Any, context: Any, **_: object) -> None:
        if len(requests) == MOST_REQUESTS:
            raise Enough
        parameters = {
            name: value.decode(errors="replace")
            if isinstance(value, bytes)
            else value
            for name, value in params.items()
        }
        request = {"operation": model.name, "parameters": parameters}
        requests.append(request)
        context["noted"] = request

    def after(parsed: Any, context: Any, **_: object) -> None:
        log = base64.b64decode(parsed.get("LogResult", ""))
        if times := TIMES.search(log.decode(errors="replace")):
            context["noted"]["duration_ms"] = float(times[1])
            context["noted"]["billed_ms"] = int(times[2])

    client.meta.events.register("before-parameter-build.lambda", before)
    client.meta.events.register("after-call.lambda", after)


def plain(value: Any) -> object:
    """The value with its dataclasses and named tuples as dicts."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if hasattr(value, "_asdict"):
        return value._asdict()
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


if __name__ == "__main__":
    import boto3

    client = boto3.client("lambda", **json.loads(sys.argv[1]))
    serve(lambda names, path: add_to(names, client, path))
