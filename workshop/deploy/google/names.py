"""What things are called in the project, and the label that is ours.

A name alone proves nothing: what lacks the label is never touched.
"""

import re

from workshop.errors import WorkshopError

LABEL_KEY, LABEL_VALUE = "workshop", "serverless-from-the-wire-up"
LABEL = f"{LABEL_KEY}={LABEL_VALUE}"
SERVICE = "palindromes"  # as functions/container/service.yaml names it
REPOSITORY = "workshop"
# "Creating and managing projects", Google Cloud, read 2026-11.
PROJECT = re.compile("[a-z][a-z0-9-]{4,28}[a-z0-9]")
REGION = re.compile("[a-z]+(-[a-z]+)+[0-9]+")


def check_project(project: str) -> None:
    """Raise WorkshopError where this is no project's id."""
    if not project:
        raise WorkshopError(
            "Name the project that is to be used: --project ID. "
            "`gcloud projects list` shows yours. What gcloud has as its "
            "default is not taken for a yes."
        )
    if not PROJECT.fullmatch(project):
        raise WorkshopError(
            f"{project} is no id of a project: that has 6 to 30 small "
            "letters, digits and hyphens. `gcloud projects list` shows yours."
        )


def check_region(region: str) -> None:
    """Raise WorkshopError where this is no region's name."""
    if not REGION.fullmatch(region):
        raise WorkshopError(
            f"{region or 'An empty name'} is no region of Google Cloud's, "
            "such as us-central1. `gcloud run regions list` lists them."
        )
