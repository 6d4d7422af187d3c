"""What a deployment does, step by step, before any of it is done.

A dry run prints it (shown.py), and a deployment goes through the same steps
with the same commands (deployment.py). Prices are in US dollars, those of
"Cloud Build pricing" and "Artifact Registry pricing", read 2026-11, and of
the workshop's price card for Cloud Run.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from workshop.billing import USED_UP, Usage, cloud_run
from workshop.container.settings import Limits
from workshop.deploy import steps
from workshop.deploy.google import image, place
from workshop.deploy.google.names import LABEL, REPOSITORY, SERVICE
from workshop.deploy.google.place import Command, Place

PATH = "/api/palindromes?min=10&max=99"  # what is asked first
HOUR_S = 3600
FREE = "nothing"


class Name(StrEnum):
    """The steps, in their order."""

    CHECK = "check"
    APIS = "services"
    REPOSITORY = "repository"
    IMAGE = "image"
    SERVICE = "service"
    FIRST = "first request"


@dataclass(frozen=True)
class Step(steps.Step):
    """One step, and the commands that it may run."""

    commands: tuple[Command, ...]


@dataclass(frozen=True)
class Plan:
    """All that a deployment does, and what with."""

    place: Place
    context: bytes
    steps: tuple[Step, ...]


def plan_of(project: str, region: str) -> Plan:
    """The plan of deploying functions/container; asks nobody anything."""
    where = Place(project, region)
    return Plan(where, image.context(), tuple(_steps(where)))


def _steps(where: Place) -> Iterator[Step]:
    project, region = where.project, where.region
    yield Step(
        Name.CHECK,
        f"look whether the repository {REPOSITORY} and the service {SERVICE} "
        "are ours or not there",
        "",
        FREE,
        (
            place.list_apis(project),
            place.list_services(project),
            place.list_repositories(project),
        ),
    )
    yield Step(
        Name.APIS,
        "switch on Cloud Run, Artifact Registry and Cloud Build",
        "",
        "nothing; they stay on, which costs nothing either",
        (where.enable_apis(),),
    )
    yield Step(
        Name.REPOSITORY,
        f"make the repository {REPOSITORY} for images, with the label {LABEL}",
        f"the repository {REPOSITORY} in {region}",
        FREE,
        (where.make_repository(), where.find_registry()),
    )
    yield Step(
        Name.IMAGE,
        f"build the image {image.NAME} there and push it, which takes a "
        "minute or two",
        f"the image {image.NAME} in that repository, less than 0.1 GB",
        "USD 0.10 a GB and month, the first 0.5 GB are free; and, once, "
        "USD 0.006 a minute of building, for at most "
        f"{image.LIMIT_S // 60}: the first 2,500 minutes of a month are free",
        (where.build_image(),),
    )
    yield Step(
        Name.SERVICE,
        f"make the service {SERVICE} as service.yaml says, with the label "
        f"{LABEL}; only you may call it",
        f"the service {SERVICE} in {region}",
        f"nothing while nobody calls it; USD {_busiest_hour()} for an hour "
        f"in which all {Limits().instances} instances are never idle",
        (where.make_service(), where.find_url()),
    )
    yield Step(
        Name.FIRST,
        f"send the first request, GET {PATH}, with your identity token",
        "",
        "one request, as above",
        (place.TOKEN,),
    )


def _busiest_hour() -> str:
    """What an hour costs in US dollars, with nothing free."""
    busy = Usage.of(0, 0, busy_s=Limits().instances * HOUR_S)
    return f"{cloud_run.request_based(busy, free=USED_UP).total:.2f}"


def undoing(project: str) -> str:
    """The command that deletes what was made."""
    return f"workshop destroy container --project {project}"
