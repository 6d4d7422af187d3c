"""Let a learner's module deploy, in a process of its own.

As in calls.py, with boto3's clients of a real local Lambda. On the wire, a
few things are as they are on AWS and not here: a role may not be known yet,
a function is Pending for a while and cannot be changed meanwhile, a list
comes in pages. No time passes: a pause is noted, not taken. This file is both
sides.
"""

import io
import json
import sys
import time
import zipfile
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from itertools import count, groupby
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))  # the child sees no folder

from calls import Outcome, ask, brief, describe, serve
from with_boto3 import BASE

SECONDS = 15  # for all calls of one check; right answers take about two
MOST_REQUESTS = 150  # a module that asks again and again need not for ever
MOST_PAUSES = 100
MOST_LINES = 12  # of requests, as a person reads them
POLLS = 2  # of a function's state, until what was begun is done
UPDATES = ("UpdateFunctionCode", "UpdateFunctionConfiguration")
LOOKS = ("GetFunction", "GetFunctionConfiguration")
UNKNOWN_ROLE = (
    "InvalidParameterValueException",
    "The role defined for the function cannot be assumed by Lambda.",
)
# Of each list: the key of its items, the names of the mark of a page in a
# request and in a reply.
PAGED = {
    "ListFunctions": ("Functions", "Marker", "NextMarker"),
    "DescribeLogGroups": ("logGroups", "nextToken", "nextToken"),
    "ListRoles": ("Roles", "Marker", "Marker"),
}


@dataclass(frozen=True)
class Scene:
    """What one call came to, and what it did meanwhile."""

    call: str
    came: str  # as a person reads it
    requests: list[str]  # such as CreateFunction
    parameters: list[dict[str, Any]]  # of each of them
    pauses: list[float]  # in s
    value: Any = None  # dataclasses as dicts, tuples as lists
    error: str | None = None
    message: str = ""

    def __str__(self) -> str:
        lines = []
        for name, same in groupby(self.requests):
            times = len(list(same))
            lines.append(name if times == 1 else f"{name}, {times} times")
        lines[:-MOST_LINES] = ["..."] if len(lines) > MOST_LINES else []
        if self.pauses:
            told = ", ".join(f"{pause:g}" for pause in self.pauses[:12])
            lines.append(f"pauses of {told} s")
        return "\n".join([*lines, self.came])


def play(
    module: Path, connection: Mapping[str, str], *calls: str
) -> list[Scene]:
    """Evaluate calls such as `make_role(aws, "f")` in the module, in order.

    They see `aws`, `sleep` and what is named in Wire and in `add_to`. After
    a call that gives no answer in time there are no more scenes.
    """
    outcomes = ask(
        module,
        *[f"noted(lambda: {call})" for call in calls],
        seconds=SECONDS,
        program=[__file__, json.dumps(connection)],
        base=BASE,
    )
    pairs = zip(calls, outcomes, strict=False)
    scenes = [_scene(call, outcome) for call, outcome in pairs]
    if len(scenes) < len(calls):
        unanswered = (calls[len(scenes)], "(not reached)", [], [], [])
        scenes += [Scene(*unanswered)] * (len(calls) - len(scenes))
    return scenes


def _scene(call: str, outcome: Outcome) -> Scene:
    if not isinstance(outcome.value, dict):
        nothing: tuple[Any, ...] = ([], [], [])
        return Scene(call, f"({outcome.came})", *nothing, error=outcome.error)
    return Scene(call, **outcome.value)


# The child


class Enough(BaseException):
    """The module has asked, or paused, more often than anybody needs."""


class Clock:
    """Pauses that are noted and not taken."""

    def __init__(self) -> None:
        self.pauses: list[float] = []

    def sleep(self, seconds: float) -> None:
        """Note a pause."""
        if len(self.pauses) == MOST_PAUSES:
            raise Enough
        self.pauses.append(seconds)


class Wire:
    """What lies between the module's clients and the local Lambda."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        self.parameters: list[dict[str, Any]] = []
        self.busy = 0  # polls until the function is ready
        self._refusals: dict[str, Any] = {}
        self._stop = ""
        self._cuts = False
        self._turns = False

    def watch(self, client: Any) -> None:
        """Stand between a client and what it talks to."""
        events = client.meta.events
        events.register("before-parameter-build", self._before)
        events.register_first("before-send", self._send)
        events.register("after-call", self._after)

    def refuse(
        self, operation: str, times: int, code: str, message: str
    ) -> None:
        """Answer the next requests of a kind with an error, so many."""
        self._refusals[operation] = (iter(range(times)), code, message)

    def stop_before(self, operation: str) -> None:
        """Ctrl-C before the next request of a kind."""
        self._stop = operation

    def turn_pages(self) -> None:
        """Give a list one item at a time."""
        self._turns = True

    def cut_logs(self) -> None:
        """Begin the end of a log in the middle of a character."""
        self._cuts = True

    def _before(
        self, params: Any, model: Any, context: Any, **_: object
    ) -> None:
        if len(self.requests) == MOST_REQUESTS:
            raise Enough
        self.requests.append(model.name)
        self.parameters.append(dict(params))
        if model.name == self._stop:
            self._stop = ""
            raise KeyboardInterrupt
        if self._turns and model.name in PAGED:
            mark = PAGED[model.name][1]
            context["from"] = int(params.pop(mark, 0))

    def _send(self, request: Any, event_name: str, **_: object) -> Any:
        operation = event_name.rpartition(".")[2]
        if operation in self._refusals:
            left, code, message = self._refusals[operation]
            if next(left, None) is not None:
                return _error(request.url, 400, code, message)
        if self.busy and operation in (*UPDATES, "Invoke"):
            return _error(
                request.url,
                409,
                "ResourceConflictException",
                "The operation cannot be performed at this time. An update "
                "is in progress for resource: the function",
            )
        return None

    def _after(
        self, parsed: Any, model: Any, context: Any, **_: object
    ) -> None:
        if "Error" in parsed:
            return
        if "from" in context:
            _turn(parsed, context["from"], *PAGED[model.name])
        if self._cuts and "LogResult" in parsed:
            log = "ä".encode()[1:] + b64decode(parsed["LogResult"])
            parsed["LogResult"] = b64encode(log).decode()
        if model.name in ("CreateFunction", *UPDATES):
            self.busy = POLLS
        if model.name in LOOKS and self.busy:
            self.busy -= 1
            state = parsed.get("Configuration", parsed)
            if "CreateFunction" in self.requests:
                state["State"] = "Pending"
            else:
                state["LastUpdateStatus"] = "InProgress"


def _turn(parsed: Any, first: int, key: str, _: str, mark: str) -> None:
    """Leave one item of a list, and say where it goes on."""
    items = parsed[key]
    parsed.pop(mark, None)
    parsed[key] = items[first : first + 1]
    parsed["IsTruncated"] = first + 1 < len(items)
    if parsed["IsTruncated"]:
        parsed[mark] = str(first + 1)


class Raw(io.BytesIO):
    """A body, as urllib3 gives it."""

    def stream(self, *_: object, **__: object) -> Any:
        """The body, in one piece."""
        yield self.read()


def _error(url: str, status: int, code: str, message: str) -> Any:
    """An error as Lambda writes it."""
    from botocore.awsrequest import AWSResponse

    body = json.dumps({"__type": code, "message": message}).encode()
    return AWSResponse(url, status, {"x-amzn-errortype": code}, Raw(body))


def later(call: Callable[[], object]) -> object:
    """What a call gives in another year."""
    now, localtime = time.time, time.localtime
    then = now() + 400 * 24 * 3600
    time.time = lambda: then
    time.localtime = lambda *at: localtime(*at or (then,))
    try:
        return call()
    finally:
        time.time, time.localtime = now, localtime


def some_zip(text: str) -> bytes:
    """A package that Lambda takes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("bootstrap", text)
    return buffer.getvalue()


def unzipped(content: bytes) -> dict[str, list[str]]:
    """Of each file in a zip: its text, and its mode."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {
            entry.filename: [
                archive.read(entry).decode(),
                f"{entry.external_attr >> 16 & 0o777:04o}",
            ]
            for entry in archive.infolist()
        }


def refusing(times: int, code: str, message: str) -> Callable[[], str]:
    """A request that is refused so often, and then answered."""
    from botocore.exceptions import ClientError

    numbers = count(1)

    def send() -> str:
        number = next(numbers)
        if number > times:
            return f"answer {number}"
        if number > MOST_REQUESTS:
            raise Enough
        told = {"Code": code, "Message": f"{message} ({number})"}
        raise ClientError({"Error": told}, "CreateFunction")

    return send


def add_to(
    names: dict[str, Any],
    clients: Sequence[Any],
    path: str,
    clock: Clock,
) -> None:
    """Add what the calls see besides the module."""
    wire = Wire()

    def noted(call: Callable[[], object]) -> object:
        wire.requests.clear()
        wire.parameters.clear()
        clock.pauses.clear()
        told: dict[str, object]
        try:
            value = call()
            told = {"came": f"(returned {shown(value)})"}
            told["value"] = plain(value)
        except Enough:
            told = {"came": "(stopped: it asks again and again)"}
            told["error"] = "Enough"
        except (Exception, KeyboardInterrupt) as error:
            told = {"came": f"(raised {describe(error, path)})"}
            told |= {"error": type(error).__name__, "message": str(error)}
            told["value"] = getattr(error, "kind", None)
        told |= {
            "requests": wire.requests,
            "parameters": wire.parameters,
            "pauses": clock.pauses,
        }
        return json.loads(json.dumps(told, default=repr))

    names |= {"noted": noted, "wire": wire, "sleep": clock.sleep}
    names |= {"unzipped": unzipped, "later": later, "refusing": refusing}
    names |= {"UNKNOWN_ROLE": UNKNOWN_ROLE}
    names |= {"OLD": some_zip("#!/bin/sh"), "NEW": some_zip("#!/bin/true")}
    if not clients:
        return
    for client in clients:
        wire.watch(client)
    runtime = "provided.al2023"  # which runs on every system
    names["aws"] = names["Clients"](*clients, runtime)


def clients_of(connection: Mapping[str, str]) -> Sequence[Any]:
    """What AWS is asked with; nothing where there is none to ask."""
    if not connection:
        return ()
    import boto3
    from botocore.config import Config

    once = Config(retries={"total_max_attempts": 1})
    return [
        boto3.client(service, **connection, config=once)
        for service in ("lambda", "iam", "logs")
    ]


def shown(value: Any) -> str:
    """A value as a person reads it."""
    kinds = isinstance(value, list) and value
    if kinds and all(hasattr(one, "kind") for one in value):
        names = (f"\n  {one.kind} {one.name}" for one in value)
        return f"{len(value)}:{''.join(names)}"
    return brief(repr(value))


def plain(value: Any) -> object:
    """The value with its dataclasses as dicts."""
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


if __name__ == "__main__":
    clock = Clock()
    time.sleep = clock.sleep  # before the module, or a waiter, takes it
    clients = clients_of(json.loads(sys.argv[1]))
    serve(lambda names, path: add_to(names, clients, path, clock))
