"""`workshop deploy|measure|destroy aws`: from the options to the status."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from workshop.compare import table as comparison
from workshop.compare import workloads
from workshop.compare.names import listed
from workshop.compare.row import Row
from workshop.deploy import consent
from workshop.deploy.aws import (
    cost,
    destroy,
    measure,
    options,
    shown,
    table,
)
from workshop.deploy.aws.account import LOCAL_REGION, Account, Where
from workshop.deploy.aws.artifact import Artifact, artifact
from workshop.deploy.aws.deployment import deploy
from workshop.deploy.aws.function_url import Access, url_of
from workshop.deploy.aws.invocation import Invocation, invoke
from workshop.deploy.aws.names import Names, function_name
from workshop.deploy.aws.plan import EVENTS, Plan, plan
from workshop.deploy.aws.rehearsal import rehearse
from workshop.deploy.readiness import expect_solved
from workshop.deploy.stopping import INTERRUPTED, signals_as_ctrl_c
from workshop.errors import WorkshopError

PUBLIC = (
    "--public opens the function to everyone on the internet, and you pay "
    "for what they call. Open it?"
)
STDOUT = Path("-")


@signals_as_ctrl_c()
def main_deploy(told: options.Deploy) -> int:
    """Deploy a target and call it; the exit status.

    0 if it answers; 1 if it is deployed and answers with an error; 130 after
    Ctrl-C. Raises WorkshopError for all else.
    """
    made = artifact(told.target, told.architecture)
    if told.dry_run:
        region = _region(told.where)
        names = Names(function_name(told.name or made.name, region), region)
        print(shown.deployment(_plan(told, made, names)))
        return 0
    account = Account(told.where)
    name = function_name(told.name or made.name, account.region)
    expect_solved(Path(told.target))
    wanted = _plan(told, made, account.names(name))
    if told.public:
        consent.ask(PUBLIC, told.yes)
    if not account.is_local:
        print(shown.summary(wanted))
        consent.ask(f"Make all of that in {account}?", told.yes)
    for note in made.notes:
        print(note)
    try:
        here = _rehearsed(wanted)
        deploy(account, wanted, print)
        done = _invoked(account, wanted)
    except KeyboardInterrupt:
        print("Stopped.")
        return INTERRUPTED
    _show(done, here, made.architecture)
    if told.url or told.public:
        print(f"URL: {account.ask(url_of(wanted.names))['FunctionUrl']}")
    print(f"To delete all of it: workshop destroy aws{_again(told.where)}")
    return int(any(one.error for one in done))


@signals_as_ctrl_c()
def main_destroy(told: options.Destroy) -> int:
    """Delete all that carries the tag; the exit status.

    0 if nothing is left, 130 after Ctrl-C. Raises WorkshopError for all
    else.
    """
    if told.dry_run and not told.where.is_named:
        print(shown.destruction(_region(told.where)))
        return 0
    account = Account(told.where)
    leftovers = destroy.find(account)
    others = destroy.elsewhere(account)
    if not leftovers:
        print(f"Nothing of the workshop's is left in {account}.")
        _tell_of(others)
        return 0
    if told.dry_run or not account.is_local:
        print(f"Of the workshop's, there is in {account}:")
        for leftover in leftovers:
            print(f"  {leftover.what}")
    if told.dry_run:
        _tell_of(others)
        return 0
    if not account.is_local:
        consent.ask("Delete all of it?", told.yes)
    try:
        destroy.delete(account, leftovers, print)
    except KeyboardInterrupt:
        print("Stopped; the same command goes on from here.")
        return INTERRUPTED
    finally:
        _tell_of(others)
    return 0


@signals_as_ctrl_c()
def main_measure(told: options.Measure) -> int:
    """Measure a deployed function, print, write; the exit status.

    0 also if the bound came before the last samples, 130 after Ctrl-C.
    Raises WorkshopError for all else.
    """
    if told.calls < 1 or told.rounds < 1:
        raise WorkshopError("--invokes and --repeat must be 1 at least.")
    wanted = measure.Wanted(
        workloads.chosen(told.workloads or workloads.QUICK, told.kernel),
        tuple(listed("kernel", told.kernel, workloads.KERNELS)),
        told.rounds,
    )
    beside = measure.read_rows(told.beside) if told.beside else []
    account = Account(told.where)
    name = function_name(told.name, account.region)
    deployed = measure.Deployed(account, name, told.calls)
    if not account.is_local:
        most = cost.most(
            told.calls,
            deployed.timeout_s,
            deployed.memory_mb,
            deployed.architecture,
        )
        consent.ask(
            f"Call {name} up to {told.calls} times in {account}, for USD "
            f"{most} if each call takes all its time?",
            told.yes,
        )
    found = measure.measure(deployed, wanted)
    _tables([*found.rows, *beside], to_stderr=told.json == STDOUT)
    if told.json:
        _write(told.json, measure.as_json(found.rows, _where(account)))
    found.forget()
    if found.is_interrupted:
        return INTERRUPTED
    if not found.is_whole:
        print(
            f"The bound of {found.calls} calls came before the last samples. "
            "The same command goes on from there; --invokes sets another.",
            file=sys.stderr,
        )
    return 0


def _plan(told: options.Deploy, made: Artifact, names: Names) -> Plan:
    access = Access.IAM if told.url else Access.NOBODY
    if told.public:
        access = Access.PUBLIC
    return plan(made, names, told.memory_mb, access, _events(told.event))


def _tell_of(regions: Sequence[str]) -> None:
    for region in regions:
        print(f"{region} has some, too: --region {region}")


def _events(text: str) -> Sequence[object]:
    if not text:
        return EVENTS
    try:
        return (json.loads(text),)
    except ValueError as error:
        raise WorkshopError(f"--event {text} is no JSON: {error}.") from error


def _region(where: Where) -> str:
    """The region of a dry run, which needs no account."""
    if where.region or not where.profile:
        return where.region or LOCAL_REGION
    return Account(where).region


def _rehearsed(wanted: Plan) -> list[Invocation]:
    if not wanted.artifact.runs_here:
        print(
            f"The function is for Linux on {wanted.artifact.architecture}, "
            "which this machine is not: it is not tried here first."
        )
        return []
    print("tried here first, on the local Lambda")
    return rehearse(wanted)


def _invoked(account: Account, wanted: Plan) -> list[Invocation]:
    standing = (
        f"All of it is deployed: {wanted.names.function} is there. "
        "`workshop destroy aws` deletes it."
    )
    try:
        return [invoke(account, call) for call in wanted.invocations]
    except KeyboardInterrupt:
        print(standing)
        raise
    except WorkshopError as error:
        raise WorkshopError(f"{error}\n{standing}") from error


def _show(
    done: Sequence[Invocation], here: Sequence[Invocation], architecture: str
) -> None:
    """Print the answers, the reports, and the figures beside ours."""
    for one in done:
        answer = one.answer.decode(errors="replace")
        print(f"\n{one.event} -> {answer}")
        if one.error:
            print(f"It is an error ({one.error}). Its log ends so:\n{one.log}")
        elif one.report:
            print(one.report.line)
    table.show(Console(), done, here, architecture)


def _tables(found: Sequence[Row], to_stderr: bool) -> None:
    console = Console(stderr=to_stderr)
    if not console.is_terminal:
        console = Console(stderr=to_stderr, width=table.WIDTH)
    comparison.show(console, found, {})


def _write(path: Path, text: str) -> None:
    if path == STDOUT:
        print(text, end="")
        return
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise WorkshopError(
            f"{path} cannot be written: {error.strerror}. What was measured "
            "stands above."
        ) from error


def _where(account: Account) -> str:
    kind = "local" if account.is_local else "aws"
    return f"{kind} {account.region}"


def _again(where: Where) -> str:
    """The options that lead to the same account, as they are typed."""
    named = {
        "--profile": where.profile,
        "--region": where.region,
        "--endpoint-url": where.endpoint_url,
    }
    told = "".join(f" {name} {one}" for name, one in named.items() if one)
    return told + (" --found-credentials" if where.found_credentials else "")
