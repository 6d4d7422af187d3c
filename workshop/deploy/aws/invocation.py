"""One call of a deployed function: its answer, its log and its report."""

import base64
from dataclasses import dataclass

from workshop.deploy.aws.account import Account
from workshop.deploy.aws.call import Call
from workshop.deploy.aws.report import Report, read


@dataclass(frozen=True)
class Invocation:
    """What came of a call."""

    event: str  # as it was sent
    answer: bytes
    error: str  # how Lambda calls a failure; none if there was none
    log: str  # the last 4 KB
    report: Report | None


def invoke(account: Account, call: Call) -> Invocation:
    """Make the call once. WorkshopError where Lambda does not take it."""
    reply = account.ask(call)
    log = base64.b64decode(reply.get("LogResult", "")).decode(errors="replace")
    return Invocation(
        call.parameters["Payload"],
        reply["Payload"],
        reply.get("FunctionError", ""),
        log,
        read(log),
    )
