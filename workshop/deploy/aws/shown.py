"""A plan in words: what a dry run prints, and what is asked before."""

from collections.abc import Iterator

from workshop.deploy.aws import destroy
from workshop.deploy.aws.account import WHO
from workshop.deploy.aws.call import Call
from workshop.deploy.aws.plan import Plan
from workshop.deploy.aws.step import Step

DELETES = ("Delete", "Remove")  # how such operations are named


def summary(plan: Plan) -> str:
    """What is made and what it costs, in a few lines."""
    lines = [f"{plan.names.function} in {plan.names.region}:"]
    for step in plan.steps:
        lines += [f"  {step.what}", f"    costs {step.cost}"]
    lines.append(
        f"  then {len(plan.invocations)} calls, at most USD {plan.cost}"
    )
    return "\n".join([*lines, *_caution(plan)])


def deployment(plan: Plan) -> str:
    """Every step of a deployment with every request that it may send."""
    lines = ["Nothing is sent: this is what a deployment would do.", ""]
    lines += [f"0. It asks who you are.\n   {WHO}", ""]
    for number, step in enumerate(plan.steps, 1):
        lines += [*_step(number, step), ""]
    lines.append(f"{len(plan.steps) + 1}. It calls the function.")
    lines.append(f"   Costs at most USD {plan.cost}, and nothing if free.")
    lines += [f"   {call}" for call in plan.invocations]
    lines += ["", *_permissions(plan.permissions), *plan.artifact.notes]
    lines += _caution(plan)
    return "\n".join(lines)


def destruction(region: str) -> str:
    """The requests that `destroy` may send, where no account is named."""
    calls = list(destroy.any_calls(region))
    needed = sorted({one for call in calls for one in call.permissions})
    return "\n".join(
        [
            "Nothing is sent: this is what a destruction would do. With an "
            "account named, --dry-run tells what would be deleted there.",
            "It lists what is named as the workshop's functions are, asks for "
            "the tags of each, and deletes what carries the workshop's:",
            *(f"   {call}" for call in calls),
            "",
            *_permissions(needed),
        ]
    )


def _step(number: int, step: Step) -> Iterator[str]:
    yield f"{number}. {step.what[0].upper()}{step.what[1:]}."
    yield f"   Costs {step.cost}."
    yield from _calls("looks", *step.look)
    yield from _calls("makes", *step.create)
    for call in step.update:
        deletes = call.operation.startswith(DELETES)
        yield from _calls(f"or {'deletes' if deletes else 'updates'}", call)


def _calls(what: str, *calls: Call) -> Iterator[str]:
    for call in calls:
        yield f"   {what}: {call}"


def _caution(plan: Plan) -> list[str]:
    return [plan.caution] if plan.caution else []


def _permissions(needed: list[str]) -> list[str]:
    return [f"Permissions that it takes: {', '.join(needed)}."]
