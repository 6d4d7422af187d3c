"""A plan in words: what a dry run prints, and what is asked before."""

import json
import zipfile
from collections.abc import Iterator
from io import BytesIO

from workshop.deploy.azure import az
from workshop.deploy.azure.plan import Plan, Step, undoing
from workshop.deploy.azure.resources import Request, find_groups
from workshop.deploy.steps import costs

ROLE = "Contributor on the subscription"


def summary(plan: Plan) -> str:
    """What is made and what it costs, in a few lines."""
    place = plan.place
    head = f"In {place.location}, subscription {place.subscription}:"
    return "\n".join([head, *costs(plan.steps), *_warnings(plan)])


def deployment(plan: Plan) -> str:
    """Every step of a deployment with every request that it may send."""
    return "\n".join(_deployment(plan))


def destruction(subscription: str) -> str:
    """The requests that `destroy` sends, where no subscription is named."""
    return "\n".join(
        [
            "Nothing is sent: this is what a destruction would do. With a "
            "subscription named, --dry-run tells what would be deleted there.",
            "It lists the groups that carry the workshop's tag:",
            f"   {find_groups(subscription)}",
            "Then it deletes each of them, with all that is in it:",
            "   DELETE https://management.azure.com/subscriptions/"
            f"{subscription}/resourcegroups/NAME",
        ]
    )


def _deployment(plan: Plan) -> Iterator[str]:
    place, app = plan.place, plan.app
    yield "Nothing is sent: this is what a deployment would do."
    yield f"In {place.location}, subscription {place.subscription}:"
    for number, step in enumerate(plan.steps, start=1):
        yield ""
        yield from _step(number, step)
    yield "\nIn the zip, with the bits that it has there:"
    with zipfile.ZipFile(BytesIO(plan.package)) as content:
        for entry in content.infolist():
            mode = f"{entry.external_attr >> 16 & 0o777:04o}"
            yield f"   {mode} {entry.file_size:>9,} bytes  {entry.filename}"
    yield "\nWhat differs from the app as it runs here:"
    for change in app.changes or ("nothing",):
        yield f"   {change}"
    yield ""
    yield from _warnings(plan)
    yield f"The role that it takes: {ROLE}."
    yield f"\nThe same with the az command, for the zip as {az.ZIP}:"
    for command in az.commands(place, app):
        yield f"   {command}"
    yield "\nWhat takes all of it away again:"
    yield f"   {undoing(place.subscription)}"


def _step(number: int, step: Step) -> Iterator[str]:
    yield f"{number}. {step.does[0].upper()}{step.does[1:]}."
    yield f"   Costs {step.costs}."
    for request in step.requests:
        yield from _request(request)


def _request(request: Request) -> Iterator[str]:
    yield f"   {request}"
    if request.body is not None:
        yield f"        {json.dumps(request.body)}"


def _warnings(plan: Plan) -> Iterator[str]:
    yield from plan.app.cautions
    if plan.app.level == "anonymous":
        yield "Whoever knows the app's address can call it."
