"""Whose account it is, and that it is said."""

import pytest

from workshop.deploy.azure.account import check_subscription, connect
from workshop.errors import WorkshopError


@pytest.mark.parametrize(
    "subscription",
    ["", "mine", "12345678-1234-1234-1234-123456789abc/..", "../x"],
)
def test_what_is_no_subscription_makes_no_credentials(subscription):
    with pytest.raises(WorkshopError, match="az account list"):
        connect(subscription)


def test_a_subscription_is_an_id():
    check_subscription("12345678-1234-1234-1234-123456789ABC")


def test_the_credentials_are_the_default_ones(azure_sdk):
    from azure.identity import DefaultAzureCredential

    account = connect("12345678-1234-1234-1234-123456789abc")
    assert isinstance(account.credential, DefaultAzureCredential)
    names = [type(one).__name__ for one in account.credential.credentials]
    assert "AzureCliCredential" in names
    assert "ManagedIdentityCredential" not in names
