"""The same with the az command, for whoever would rather type it.

`az functionapp create` makes the plan, and the container that Flex
Consumption starts from, by itself. It would also make an Application
Insights of its own, which is billed by what it stores: not here.
"""

from shlex import quote

from workshop.deploy.azure.flex import Adapted
from workshop.deploy.azure.names import TAG_KEY, TAG_VALUE
from workshop.deploy.azure.resources import (
    MEMORY_MB,
    MOST_INSTANCES,
    Place,
)

ZIP = "app.zip"


def commands(place: Place, app: Adapted) -> list[str]:
    """What to type, in order; the last one deletes all of it."""
    names, tags = place.names, f"--tags {TAG_KEY}={TAG_VALUE}"
    group, where = f"-g {names.group}", f"-l {place.location}"
    listed = [
        f"az account set --subscription {place.subscription}",
        f"az group create -n {names.group} {where} {tags}",
        f"az storage account create -n {names.storage} {group} {where} "
        "--sku Standard_LRS --allow-blob-public-access false "
        f"--min-tls-version TLS1_2 --https-only true {tags}",
        f"az functionapp create -n {names.app} {group} "
        f"--storage-account {names.storage} "
        f"--flexconsumption-location {place.location} "
        f"--runtime {app.runtime} --runtime-version {app.version} "
        f"--instance-memory {MEMORY_MB} "
        f"--maximum-instance-count {MOST_INSTANCES} "
        f"--https-only true --disable-app-insights true {tags}",
    ]
    if app.settings:
        pairs = " ".join(
            quote(f"{name}={value}") for name, value in app.settings.items()
        )
        listed.append(
            f"az functionapp config appsettings set -n {names.app} {group} "
            f"--settings {pairs}"
        )
    built = str(app.remote_build).lower()
    return [
        *listed,
        f"az functionapp deployment source config-zip {group} "
        f"-n {names.app} --src {ZIP} --build-remote {built}",
        f"az group delete -n {names.group}",
    ]
