"""A plan in words: what a dry run prints, and what is asked before."""

import shlex
from collections.abc import Iterator

from workshop.deploy.google import place
from workshop.deploy.google.place import Command
from workshop.deploy.google.plan import Plan, Step, undoing
from workshop.deploy.steps import costs

WIDTH = 79
STAYS = (
    "What stays, and costs nothing: the three services are switched on, and "
    "Cloud Build has a record of the build, with its log for 30 days."
)


def summary(plan: Plan) -> str:
    """What is made and what it costs, in a few lines."""
    where = plan.place
    head = f"In the project {where.project}, {where.region}:"
    return "\n".join([head, *costs(plan.steps), STAYS])


def deployment(plan: Plan) -> str:
    """Every step of a deployment with every command that it may run."""
    return "\n".join(_deployment(plan))


def destruction(project: str) -> str:
    """The commands that `destroy` runs, where no project is named."""
    return "\n".join(
        [
            "Nothing is run: this is what a destruction would do. With a "
            "project named, --dry-run tells what would be deleted there.",
            "It lists the services and repositories of the project:",
            _typed(place.list_apis(project)),
            _typed(place.list_services(project)),
            _typed(place.list_repositories(project)),
            "Then it deletes each that carries the workshop's label:",
            _typed(place.delete_service(project, "NAME", "REGION")),
            _typed(place.delete_repository(project, "NAME", "REGION")),
            STAYS,
        ]
    )


def _deployment(plan: Plan) -> Iterator[str]:
    where = plan.place
    yield "Nothing is run: this is what a deployment would do."
    yield f"In the project {where.project}, {where.region}:"
    for number, step in enumerate(plan.steps, start=1):
        yield ""
        yield from _step(number, step)
    yield "\nWhat takes all of it away again:"
    yield f"  {undoing(where.project)}"
    yield STAYS


def _step(number: int, step: Step) -> Iterator[str]:
    yield f"{number}. {step.does[0].upper()}{step.does[1:]}."
    yield f"  Costs {step.costs}."
    yield from map(_typed, step.commands)


def _typed(command: Command) -> str:
    """The command as one can type it, on lines that are not too long."""
    lines = ["  $"]
    for word in command:
        quoted = shlex.quote(word)
        if len(f"{lines[-1]} {quoted} \\") > WIDTH:
            lines.append("     ")
        lines[-1] += f" {quoted}"
    return " \\\n".join(lines)
