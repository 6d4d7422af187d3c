"""A project and a region, and each gcloud command that is run there.

All of it was checked with the parser of Google Cloud SDK 528. Files are
named as they are in the folder where the command is run.
"""

from dataclasses import dataclass

from workshop.deploy.google.names import LABEL, REPOSITORY, SERVICE

Command = tuple[str, ...]

RUN = "run.googleapis.com"
REGISTRY = "artifactregistry.googleapis.com"
BUILD = "cloudbuild.googleapis.com"
BUILD_FILE = "build.json"
SERVICE_FILE = "service.yaml"
TOKEN: Command = ("gcloud", "auth", "print-identity-token")


@dataclass(frozen=True)
class Place:
    """Where a deployment goes."""

    project: str
    region: str

    def enable_apis(self) -> Command:
        """Switch on what is used; what is on stays on."""
        return self._command("services", "enable", RUN, REGISTRY, BUILD)

    def make_repository(self) -> Command:
        """Make the repository, with its label in the same request."""
        return self._command(
            *("artifacts", "repositories", "create", REPOSITORY),
            f"--location={self.region}",
            "--repository-format=docker",
            f"--labels={LABEL}",
        )

    def find_registry(self) -> Command:
        """Ask what the names of images in the repository begin with."""
        return self._command(
            *("artifacts", "repositories", "describe", REPOSITORY),
            f"--location={self.region}",
            "--format=value(registryUri)",
        )

    def build_image(self) -> Command:
        """Build the image as the file says, and wait for it."""
        return self._command(
            "builds", "submit", "--no-source", f"--config={BUILD_FILE}"
        )

    def make_service(self) -> Command:
        """Make the service as the file says, or make it so."""
        return self._command(
            *("run", "services", "replace", SERVICE_FILE),
            f"--region={self.region}",
        )

    def find_url(self) -> Command:
        """Ask for the address of the service."""
        return self._command(
            *("run", "services", "describe", SERVICE),
            f"--region={self.region}",
            "--format=value(status.url)",
        )

    def _command(self, *words: str) -> Command:
        return _command(self.project, *words)


def list_apis(project: str) -> Command:
    """Ask which of Google Cloud's services the project has switched on."""
    return _command(project, "services", "list", "--enabled", "--format=json")


def list_services(project: str) -> Command:
    """Ask for the Cloud Run services of all regions."""
    return _command(project, "run", "services", "list", "--format=json")


def list_repositories(project: str) -> Command:
    """Ask for the repositories of all locations."""
    return _command(
        *(project, "artifacts", "repositories", "list"),
        "--location=all",
        "--format=json",
    )


def delete_service(project: str, name: str, region: str) -> Command:
    """Delete a service, with its revisions."""
    return _command(
        project, "run", "services", "delete", name, f"--region={region}"
    )


def delete_repository(project: str, name: str, location: str) -> Command:
    """Delete a repository, with the images in it."""
    return _command(
        *(project, "artifacts", "repositories", "delete", name),
        f"--location={location}",
    )


def _command(project: str, *words: str) -> Command:
    return ("gcloud", *words, f"--project={project}", "--quiet")
