"""The package in a storage account: azure-storage-blob and Azurite."""

import io
import zipfile

import pytest

from tests.deploy.azure import azurite
from tests.deploy.azure.cloud import KEY, SUBSCRIPTION
from workshop.deploy.azure.blobs import Blobs
from workshop.deploy.azure.deployment import Deployment
from workshop.deploy.azure.plan import plan_of
from workshop.errors import WorkshopError
from workshop.repository import FUNCTIONS

PLAN = plan_of(FUNCTIONS / "azure" / "python", SUBSCRIPTION, "westeurope")
NAME = PLAN.place.names.storage


@pytest.fixture(scope="module")
def storage(azure_sdk):
    """A storage account's endpoint."""
    try:
        server = azurite.Azurite(NAME, KEY)
    except azurite.Unavailable as why:
        pytest.skip(str(why))
    with server:
        yield server.endpoint


def stored(endpoint, container, name):
    """What is there, and whether the public could read it."""
    from azure.core.credentials import AzureNamedKeyCredential
    from azure.storage.blob import BlobServiceClient

    with BlobServiceClient(
        endpoint, AzureNamedKeyCredential(NAME, KEY)
    ) as client:
        folder = client.get_container_client(container)
        public = folder.get_container_access_policy()["public_access"]
        return folder.download_blob(name).readall(), public


def test_what_is_uploaded_is_there_and_private(storage):
    blobs = Blobs(storage, NAME, KEY, {})
    blobs.make("packages")
    blobs.upload("packages", PLAN.blob, PLAN.package)
    content, public = stored(storage, "packages", PLAN.blob)
    assert content == PLAN.package
    assert public is None
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        assert package.testzip() is None


def test_once_more_is_the_same(storage):
    blobs = Blobs(storage, NAME, KEY, {})
    for content in (b"one", b"two"):
        blobs.make("again")
        blobs.upload("again", "a.zip", content)
    assert stored(storage, "again", "a.zip")[0] == b"two"


def test_a_wrong_key_is_refused(storage):
    blobs = Blobs(storage, NAME, "d3Jvbmc=", {})
    with pytest.raises(WorkshopError, match="Azure"):
        blobs.make("packages")


def test_a_deployment_keeps_its_package_there(cloud, storage):
    cloud.blob_endpoint = storage
    Deployment(PLAN, cloud.account, lambda line: None).run()
    assert stored(storage, "packages", PLAN.blob)[0] == PLAN.package
    app = next(sent.body for sent in cloud.sent if "/sites/" in sent.url)[
        "properties"
    ]
    where = app["functionAppConfig"]["deployment"]["storage"]["value"]
    assert where == f"{storage}/app-package"
