"""`workshop deploy|destroy azure`: from the options to the status."""

from collections.abc import Callable
from pathlib import Path

from workshop.deploy import consent
from workshop.deploy.azure import destroy, options, shown
from workshop.deploy.azure.account import (
    Account,
    check_client,
    check_subscription,
    connect,
)
from workshop.deploy.azure.deployment import Deployment
from workshop.deploy.azure.plan import Plan, plan_of, undoing
from workshop.deploy.readiness import expect_solved
from workshop.deploy.stopping import INTERRUPTED, signals_as_ctrl_c
from workshop.errors import WorkshopError

EXAMPLE_SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
SHOWN_SUBSCRIPTION = "SUBSCRIPTION"  # in its place, where none is named
EXAMPLE_LOCATION = "westeurope"
Connect = Callable[[str], Account]


@signals_as_ctrl_c()
def main_deploy(told: options.Deploy, connect: Connect = connect) -> int:
    """Deploy a target and ask it; the exit status.

    0 if it answers, 130 after Ctrl-C. Raises WorkshopError for all else,
    which says what stands by then.
    """
    if told.dry_run:
        plan = _plan(told, EXAMPLE_SUBSCRIPTION, EXAMPLE_LOCATION)
        text = shown.deployment(plan)
        if not told.subscription:
            text = text.replace(EXAMPLE_SUBSCRIPTION, SHOWN_SUBSCRIPTION)
        print(text)
        return 0
    plan = _plan(told)
    check_client()  # before a question whose answer would be of no use
    expect_solved(told.target)
    print(shown.summary(plan))
    consent.ask("Make all of that in your account?", told.yes)
    deployment = Deployment(plan, connect(told.subscription), _say)
    try:
        deployment.run()
    except KeyboardInterrupt:
        print(f"Stopped. {deployment.standing()}")
        return INTERRUPTED
    print(f"GET {deployment.url}\n{deployment.answer}")
    print(f"To delete all of it: {undoing(told.subscription)}")
    return 0


@signals_as_ctrl_c()
def main_destroy(told: options.Destroy, connect: Connect = connect) -> int:
    """Delete all that carries the tag; the exit status.

    0 if nothing is left, 130 after Ctrl-C. Raises WorkshopError for all
    else.
    """
    if told.dry_run and not told.subscription:
        print(shown.destruction(SHOWN_SUBSCRIPTION))
        return 0
    check_subscription(told.subscription)
    account = connect(told.subscription)
    leftovers = destroy.find(account)
    if not leftovers:
        print("Nothing of the workshop's is left in this subscription.")
        return 0
    for leftover in leftovers:
        print(leftover)
    if told.dry_run:
        return 0
    consent.ask("Delete all of it?", told.yes)
    try:
        for leftover in leftovers:
            _say(f"Deleting {leftover.group}, which takes a minute or two")
            destroy.delete(account, leftover)
    except KeyboardInterrupt:
        print("Stopped; Azure may go on. The same command shows what is left.")
        return INTERRUPTED
    print("Deleted. Nothing of the workshop's is left.")
    return 0


def _plan(
    told: options.Deploy, subscription: str = "", location: str = ""
) -> Plan:
    """The plan, and its zip where that is wanted; the rest are defaults."""
    subscription = told.subscription or subscription
    check_subscription(subscription)
    where = _checked(told.location or location)
    plan = plan_of(told.target, subscription, where, told.name)
    if told.output:
        _write(told.output, plan.package)
    return plan


def _checked(location: str) -> str:
    """The location as Azure writes it: "West Europe" is westeurope."""
    name = location.lower().replace(" ", "")
    if not name:
        raise WorkshopError(
            "Name the location: --location westeurope, for instance. "
            "`az functionapp list-flexconsumption-locations` lists them."
        )
    if not (name.isascii() and name.isalnum()):
        raise WorkshopError(f"{location} is no location of Azure's.")
    return name


def _write(path: Path, package: bytes) -> None:
    try:
        path.write_bytes(package)
    except OSError as error:
        raise WorkshopError(
            f"{path} cannot be written: {error.strerror}."
        ) from error


def _say(line: str) -> None:
    print(line, flush=True)
