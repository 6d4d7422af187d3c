"""What a deployment does, step by step, before any of it is done.

A dry run prints it (shown.py), and a deployment goes through the same steps
with the same requests (deployment.py). Prices are those of "Azure Functions
pricing", read 2026-11, in US dollars.
"""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

from workshop.answers import load
from workshop.deploy import steps
from workshop.deploy.azure.archive import archive
from workshop.deploy.azure.flex import ARCHITECTURE, Adapted, adapt
from workshop.deploy.azure.names import (
    DEPLOYED,
    PACKAGES,
    TAG_KEY,
    TAG_VALUE,
    names_of,
    target_of,
)
from workshop.deploy.azure.resources import (
    MEMORY_MB,
    MOST_INSTANCES,
    Place,
    Request,
)
from workshop.deploy.build import build, is_crate
from workshop.deploy.package import lay_out
from workshop.deploy.readiness import expect_started
from workshop.errors import WorkshopError
from workshop.repository import SOLUTIONS

FITS = "azure"  # in the names of the notebooks that have an app's answer
FREE = "nothing"
BY_USE = (
    "nothing while it rests; a month's first 250,000 calls and 100,000 GB-s "
    f"are free, then about $0.000026 a GB-s; a call counts at least 1 s of "
    f"{MEMORY_MB / 1024:.0f} GB"
)
BY_BYTE = "by what it stores and how often it is asked: cents, but no grant"


class Name(StrEnum):
    """The steps, in their order."""

    CHECK = "check"
    GROUP = "group"
    STORAGE = "storage"
    PACKAGE = "package"
    PLAN = "plan"
    APP = "app"
    SETTINGS = "settings"
    DEPLOY = "deploy"
    FIRST = "first request"


@dataclass(frozen=True)
class Step(steps.Step):
    """One step, and the requests that it may send."""

    requests: tuple[Request, ...]


@dataclass(frozen=True)
class Plan:
    """All that a deployment does, and what with."""

    place: Place
    app: Adapted
    package: bytes
    steps: tuple[Step, ...]

    @property
    def blob(self) -> str:
        """What the package is called in the storage account."""
        return f"{sha256(self.package).hexdigest()}.zip"


def plan_of(
    source: Path, subscription: str, location: str, name: str = ""
) -> Plan:
    """The plan of deploying a folder or a notebook; asks nobody anything.

    Raises WorkshopError for what is no app, and for what Flex has not.
    """
    if source.suffix == ".ipynb":
        _check_answer(source)
    names = names_of(subscription, target_of(source, name))
    place = Place(subscription, location, names)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        lay_out(source, folder)
        if source.is_dir() and is_crate(source):  # for Azure, not for here
            for name, program in build(source, ARCHITECTURE).items():
                shutil.copy(program, folder / name)
        app = adapt(folder)
        package = archive(folder)
    return Plan(place, app, package, tuple(_steps(place, app, package)))


def _check_answer(notebook: Path) -> None:
    """Refuse an answer that is no part of a function app, or not begun."""
    if FITS not in load(notebook).stem:
        fit = sorted(path.stem for path in SOLUTIONS.glob(f"*{FITS}*.ipynb"))
        raise WorkshopError(
            f"The answer in {notebook} is not one that a function app is "
            f"made of. Those that are: {', '.join(fit)}."
        )
    expect_started(notebook)


def _steps(place: Place, app: Adapted, package: bytes) -> Iterator[Step]:
    names = place.names
    endpoint = f"https://{names.storage}.blob.core.windows.net"
    secret = f"(the connection string of {names.storage})"
    blob = f"{sha256(package).hexdigest()}.zip"
    site = f"https://{names.app}.scm.azurewebsites.net"
    yield Step(
        Name.CHECK,
        "look whether the location has Flex Consumption and the group is "
        "ours or not there; then, the first time, whether the names are free",
        "",
        FREE,
        (
            place.find_locations(),
            place.find_group(),
            place.check_storage_name(),
            place.check_app_name(),
        ),
    )
    yield Step(
        Name.GROUP,
        f"make the resource group {names.group} in {place.location}, with "
        f"the tag {TAG_KEY}={TAG_VALUE}: all else is in it",
        f"the resource group {names.group}",
        FREE,
        (place.make_group(),),
    )
    yield Step(
        Name.STORAGE,
        f"make the storage account {names.storage}, closed to the public, "
        "and read its key",
        f"the storage account {names.storage}",
        BY_BYTE,
        (place.make_storage(), place.read_storage_keys()),
    )
    yield Step(
        Name.PACKAGE,
        f"keep the zip, {len(package):,} bytes, in the storage account under "
        "its SHA-256",
        f"the containers {DEPLOYED} and {PACKAGES}, with the zip",
        BY_BYTE,
        (
            Request("PUT", f"{endpoint}/{DEPLOYED}?restype=container"),
            Request("PUT", f"{endpoint}/{PACKAGES}?restype=container"),
            Request("PUT", f"{endpoint}/{PACKAGES}/{blob}"),
        ),
    )
    yield Step(
        Name.PLAN,
        f"make the plan {names.plan}, Flex Consumption on Linux",
        f"the plan {names.plan}",
        FREE,
        (place.make_plan(),),
    )
    yield Step(
        Name.APP,
        f"make the function app {names.app}: {app.runtime} {app.version}, "
        f"{MEMORY_MB} MB, at most {MOST_INSTANCES} instances",
        f"the function app {names.app}",
        BY_USE,
        (place.make_app(app, endpoint, secret),),
    )
    yield Step(
        Name.SETTINGS,
        "set the app's settings",
        "",
        FREE,
        (place.set_settings(app, secret),),
    )
    yield Step(
        Name.DEPLOY,
        "deploy the zip, and wait until it is in place"
        + ("; Azure installs requirements.txt" if app.remote_build else ""),
        "",
        FREE,
        (
            Request("POST", f"{site}/api/publish?{publish_query(app)}"),
            Request("GET", f"{site}/api/deployments/latest"),
        ),
    )
    url = f"https://{names.app}.azurewebsites.net{app.path}"
    keys = () if app.level == "anonymous" else (place.read_app_keys(),)
    yield Step(
        Name.FIRST,
        "ask for the first answer"
        + (", with the app's own key" if keys else ""),
        "",
        "one call, as above",
        (*keys, Request("GET", url)),
    )


def publish_query(app: Adapted) -> str:
    """What One Deploy is told besides the zip."""
    return f"RemoteBuild={str(app.remote_build).lower()}&Deployer=workshop"


def undoing(subscription: str) -> str:
    """The command that deletes what was made."""
    return f"workshop destroy azure --subscription {subscription}"
