"""What is asked of Azure Resource Manager: each request, path and body.

The shapes are those of Microsoft's own template for Flex Consumption
(azure-functions-flex-consumption-samples, IaC/bicep, 2025-12) and, for the
connection strings, of what `az functionapp create` sets. A connection string
needs no role to be assigned, which a learner often may not do.
"""

from dataclasses import dataclass
from typing import Any

from workshop.deploy.azure.flex import Adapted
from workshop.deploy.azure.names import (
    DEPLOYED,
    TAG_KEY,
    TAG_VALUE,
    TAGS,
    Names,
)

JSON = dict[str, Any]
ENDPOINT = "https://management.azure.com"
RESOURCES, STORAGE, WEB = "2021-04-01", "2023-05-01", "2024-04-01"
MEMORY_MB = 2048  # 512 is documented too, and refused by some locations
MOST_INSTANCES = 40  # the lowest limit that Flex Consumption takes
STORAGE_SETTING = "AzureWebJobsStorage"
DEPLOYMENT_SETTING = "DEPLOYMENT_STORAGE_CONNECTION_STRING"


@dataclass(frozen=True)
class Request:
    """One request: its method, its path with the version, its body.

    The path begins with https:// where it is not Resource Manager's.
    """

    method: str
    path: str
    body: JSON | None = None

    def __str__(self) -> str:
        return f"{self.method} {self.url}"

    @property
    def url(self) -> str:
        """Where it goes."""
        return ("" if "://" in self.path else ENDPOINT) + self.path


@dataclass(frozen=True)
class Place:
    """Where all of it is: the subscription, the location and the names."""

    subscription: str
    location: str
    names: Names

    @property
    def _subscription(self) -> str:
        return f"/subscriptions/{self.subscription}"

    @property
    def _group(self) -> str:
        return f"{self._subscription}/resourcegroups/{self.names.group}"

    @property
    def _storage(self) -> str:
        provider = f"{self._group}/providers/Microsoft.Storage"
        return f"{provider}/storageAccounts/{self.names.storage}"

    @property
    def _plan(self) -> str:
        provider = f"{self._group}/providers/Microsoft.Web"
        return f"{provider}/serverfarms/{self.names.plan}"

    @property
    def _app(self) -> str:
        provider = f"{self._group}/providers/Microsoft.Web"
        return f"{provider}/sites/{self.names.app}"

    def find_locations(self) -> Request:
        """Where Flex Consumption is on offer."""
        path = f"{self._subscription}/providers/Microsoft.Web/geoRegions"
        return Request("GET", f"{path}?sku=FlexConsumption&api-version={WEB}")

    def find_group(self) -> Request:
        """The group, with its tags; 404 where there is none."""
        return Request("GET", f"{self._group}?api-version={RESOURCES}")

    def check_storage_name(self) -> Request:
        """Whether the storage account's name is free in all of Azure."""
        provider = f"{self._subscription}/providers/Microsoft.Storage"
        return Request(
            "POST",
            f"{provider}/checkNameAvailability?api-version={STORAGE}",
            {
                "name": self.names.storage,
                "type": "Microsoft.Storage/storageAccounts",
            },
        )

    def check_app_name(self) -> Request:
        """Whether the app's name is free in all of Azure."""
        provider = f"{self._subscription}/providers/Microsoft.Web"
        return Request(
            "POST",
            f"{provider}/checknameavailability?api-version={WEB}",
            {"name": self.names.app, "type": "Microsoft.Web/sites"},
        )

    def make_group(self) -> Request:
        """The group that everything else is in, with the tag."""
        return Request(
            "PUT",
            f"{self._group}?api-version={RESOURCES}",
            {"location": self.location, "tags": TAGS},
        )

    def make_storage(self) -> Request:
        """A storage account that shows nothing to the public."""
        return Request(
            "PUT",
            f"{self._storage}?api-version={STORAGE}",
            {
                "location": self.location,
                "tags": TAGS,
                "kind": "StorageV2",
                "sku": {"name": "Standard_LRS"},
                "properties": {
                    "allowBlobPublicAccess": False,
                    "minimumTlsVersion": "TLS1_2",
                    "supportsHttpsTrafficOnly": True,
                },
            },
        )

    def read_storage_keys(self) -> Request:
        """The keys of the storage account."""
        return Request(
            "POST", f"{self._storage}/listKeys?api-version={STORAGE}"
        )

    def make_plan(self) -> Request:
        """The plan, which on Flex Consumption belongs to one app."""
        return Request(
            "PUT",
            f"{self._plan}?api-version={WEB}",
            {
                "location": self.location,
                "tags": TAGS,
                "kind": "functionapp",
                "sku": {"name": "FC1", "tier": "FlexConsumption"},
                "properties": {"reserved": True},  # it means Linux
            },
        )

    def make_app(self, app: Adapted, blobs: str, connection: str) -> Request:
        """The function app; `blobs` is the storage account's endpoint."""
        settings = storage_settings(connection)
        return Request(
            "PUT",
            f"{self._app}?api-version={WEB}",
            {
                "location": self.location,
                "tags": TAGS,
                "kind": "functionapp,linux",
                "properties": {
                    "serverFarmId": self._plan,
                    "httpsOnly": True,
                    "siteConfig": {
                        "minTlsVersion": "1.2",
                        "appSettings": [
                            {"name": name, "value": value}
                            for name, value in settings.items()
                        ],
                    },
                    "functionAppConfig": {
                        "deployment": {
                            "storage": {
                                "type": "blobContainer",
                                "value": f"{blobs.rstrip('/')}/{DEPLOYED}",
                                "authentication": {
                                    "type": "StorageAccountConnectionString",
                                    "storageAccountConnectionStringName": (
                                        DEPLOYMENT_SETTING
                                    ),
                                },
                            }
                        },
                        "runtime": {
                            "name": app.runtime,
                            "version": app.version,
                        },
                        "scaleAndConcurrency": {
                            "instanceMemoryMB": MEMORY_MB,
                            "maximumInstanceCount": MOST_INSTANCES,
                        },
                    },
                },
            },
        )

    def set_settings(self, app: Adapted, connection: str) -> Request:
        """All settings of the app: this request replaces what there was."""
        return Request(
            "PUT",
            f"{self._app}/config/appsettings?api-version={WEB}",
            {"properties": storage_settings(connection) | app.settings},
        )

    def read_app_keys(self) -> Request:
        """The keys of the app's functions."""
        return Request(
            "POST", f"{self._app}/host/default/listkeys?api-version={WEB}"
        )


def storage_settings(connection: str) -> dict[str, str]:
    """The two settings that name the storage account."""
    return {STORAGE_SETTING: connection, DEPLOYMENT_SETTING: connection}


def find_groups(subscription: str) -> Request:
    """The groups with our tag."""
    what = f"$filter=tagName eq '{TAG_KEY}' and tagValue eq '{TAG_VALUE}'"
    return Request(
        "GET",
        f"/subscriptions/{subscription}/resourcegroups?{what}"
        f"&api-version={RESOURCES}",
    )


def find_resources(subscription: str, group: str) -> Request:
    """What is in a group."""
    return Request(
        "GET",
        f"/subscriptions/{subscription}/resourceGroups/{group}/resources"
        f"?api-version={RESOURCES}",
    )


def delete_group(subscription: str, group: str) -> Request:
    """The end of a group and of all that is in it."""
    return Request(
        "DELETE",
        f"/subscriptions/{subscription}/resourcegroups/{group}"
        f"?api-version={RESOURCES}",
    )
