"""What the tests of deploying to Azure share: Azure's client, and a cloud."""

import pytest

from tests.deploy.azure import sdk
from tests.deploy.azure.cloud import Cloud


@pytest.fixture(scope="session")
def azure_sdk():
    """Azure's own client, importable; skips where it cannot be fetched."""
    try:
        sdk.on_path()
    except sdk.Unavailable as why:
        pytest.skip(str(why))


@pytest.fixture
def cloud(azure_sdk):
    """An Azure of our own, and an account in it."""
    with Cloud() as cloud:
        yield cloud
