"""What there is in a project that has our kind, of whomever.

A list of a service that the project has not switched on would be an error;
then there is none of its things.
"""

import json
from dataclasses import dataclass
from typing import Any

from workshop.deploy.google import place
from workshop.deploy.google.gcloud import Gcloud
from workshop.deploy.google.names import LABEL_KEY, LABEL_VALUE
from workshop.deploy.google.place import Command

WHERE = "cloud.googleapis.com/location"  # a label that Cloud Run adds


@dataclass(frozen=True)
class Existing:
    """A service or a repository, and how to delete it."""

    kind: str
    name: str
    region: str
    is_ours: bool
    deletion: Command

    def __str__(self) -> str:
        return f"the {self.kind} {self.name} in {self.region}"


def look(gcloud: Gcloud, project: str) -> list[Existing]:
    """All of them, in the order in which they may be deleted.

    Raises WorkshopError for what gcloud refuses.
    """
    on = {
        one["config"]["name"]
        for one in _listed(gcloud, place.list_apis(project))
    }
    services = repositories = []
    if place.RUN in on:
        services = _listed(gcloud, place.list_services(project))
    if place.REGISTRY in on:
        repositories = _listed(gcloud, place.list_repositories(project))
    return [
        *(_service(project, one["metadata"]) for one in services),
        *(_repository(project, one) for one in repositories),
    ]


def _listed(gcloud: Gcloud, command: Command) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(gcloud.run(command) or "[]")
    return found


def _service(project: str, told: dict[str, Any]) -> Existing:
    name, labels = told["name"], told.get("labels", {})
    region = labels.get(WHERE, "")
    delete = place.delete_service(project, name, region)
    return Existing("service", name, region, _is_ours(labels), delete)


def _repository(project: str, told: dict[str, Any]) -> Existing:
    # projects/PROJECT/locations/LOCATION/repositories/NAME
    _, _, _, location, _, name = told["name"].split("/")
    ours = _is_ours(told.get("labels", {}))
    delete = place.delete_repository(project, name, location)
    return Existing("repository", name, location, ours, delete)


def _is_ours(labels: dict[str, str]) -> bool:
    return labels.get(LABEL_KEY) == LABEL_VALUE
