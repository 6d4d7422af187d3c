# rejected by test_what_would_fail_again_is_not_retried: LookupError
"""Both sides of a failure: a caller that tells, a handler that prevents."""

import json
import time
from collections.abc import Callable, Sequence
from typing import Any


class CallError(Exception):
    """A call that has brought no result."""


class Throttled(CallError):
    """Every environment was busy: the function has not run."""


class Refused(CallError):
    """Lambda did not take the request: the function has not run."""


class Stalled(CallError):
    """The function answers, and its work does not move on."""


class HandlerError(CallError):
    """The handler has raised an exception."""

    def __init__(self, error_type: str, message: str, stack: list[str]):
        super().__init__(f"{error_type}: {message}")
        self.error_type = error_type
        self.message = message
        self.stack = stack


class PlatformError(CallError):
    """Lambda has ended the call: nobody knows how far it had come."""

    def __init__(self, error_type: str, message: str):
        super().__init__(f"{error_type}: {message}")
        self.error_type = error_type
        self.message = message


PLATFORM = ("Runtime.", "Sandbox.", "Function.", "Extension.")


def result_of(reply: Any) -> Any:
    """The value in a reply of boto3's invoke.

    Raises HandlerError or PlatformError when it is the reply to a failure.
    """
    payload = json.load(reply["Payload"])
    if "FunctionError" not in reply:
        return payload
    error_type, message = payload["errorType"], payload["errorMessage"]
    if error_type.startswith(PLATFORM):
        raise PlatformError(error_type, message)
    raise HandlerError(error_type, message, payload.get("stackTrace", []))


def call(client: Any, function_name: str, event: Any) -> Any:
    """What the function returns for the event; a CallError if it fails."""
    try:
        reply = client.invoke(
            FunctionName=function_name, Payload=json.dumps(event)
        )
    except client.exceptions.TooManyRequestsException as error:
        raise Throttled(str(error)) from error
    except client.exceptions.ClientError as error:
        raise Refused(str(error)) from error
    return result_of(reply)


def may_retry(error: Exception, idempotent: bool) -> bool:
    """Whether a call that ended so may be made again.

    `idempotent`: doing its work twice does no harm.
    """
    if isinstance(error, PlatformError):
        too_large = error.error_type == "Function.ResponseSizeTooLarge"
        return idempotent and not too_large
    return isinstance(error, Throttled) or idempotent


LIMIT = 6 * 1024 * 1024 + 100  # bytes of a result that Lambda takes


class ResultTooLarge(Exception):
    """A result over the limit; it would not reach the caller."""

    def __init__(self, size: int):
        super().__init__(f"{size:,} bytes; Lambda takes {LIMIT:,}")
        self.size = size


def as_sent(result: Any) -> bytes:
    """A result as the loop sends it."""
    return json.dumps(result, separators=(",", ":")).encode()


def within_limit(result: Any) -> Any:
    """The result itself; ResultTooLarge if Lambda would not take it."""
    size = len(as_sent(result))
    if size > LIMIT:
        raise ResultTooLarge(size)
    return result


def work(
    items: Sequence[Any],
    start: int,
    step: Callable[[Any], Any],
    context: Any,
    margin_ms: int,
) -> dict[str, Any]:
    """Do step(item) from items[start] on, while time is left.

    Returns the results, and where to go on: None when all is done.
    """
    results = []
    for index in range(start, len(items)):
        if context.get_remaining_time_in_millis() < margin_ms:
            return {"results": results, "next": index}
        results.append(step(items[index]))
    return {"results": results, "next": None}


MARGIN_MS = 1000


def wait(ms: int) -> int:
    """Stands for work: takes so many milliseconds."""
    time.sleep(ms / 1000)
    return ms


def handler(event: Any, context: Any) -> Any:
    """Do the event's items from its start on, as far as time allows."""
    done = work(event["items"], event["start"], wait, context, MARGIN_MS)
    return within_limit(done)


def call_all(client: Any, function_name: str, items: list[Any]) -> list[Any]:
    """The results of all items, in as many calls as it takes.

    Raises Stalled when a call does not come any further.
    """
    results: list[Any] = []
    start = 0
    while start is not None:
        event = {"items": items, "start": start}
        part = call(client, function_name, event)
        if part["next"] == start:
            raise Stalled(f"{function_name} stays at item {start}")
        results += part["results"]
        start = part["next"]
    return results
