"""What Azure refuses, as the real client meets it, and what is said of it."""

import pytest

from tests.deploy.azure.cloud import SUBSCRIPTION, TOKEN
from workshop.deploy.azure.account import connect
from workshop.deploy.azure.resources import find_groups
from workshop.errors import WorkshopError

FIND = find_groups(SUBSCRIPTION)


def said(account):
    """What is said of a request that is refused."""
    with pytest.raises(WorkshopError) as caught:
        account.send(FIND)
    return str(caught.value)


@pytest.mark.parametrize(
    ("status", "code", "message", "expected"),
    [
        (
            403,
            "AuthorizationFailed",
            "The client 'ada' with object id '1' does not have authorization "
            "to perform action 'Microsoft.Storage/storageAccounts/write' "
            "over scope '/subscriptions/1'.",
            "You lack the permission Microsoft.Storage/storageAccounts/write.",
        ),
        (403, "Other", "No.", "Azure forbids it: No. Ask for the role"),
        (403, "RequestDisallowedByPolicy", "No.", "A policy of your organ"),
        (401, "ExpiredAuthenticationToken", "It expired", "az login"),
        (400, "InvalidSubscriptionId", "Bad id.", "az account list"),
        (404, "SubscriptionNotFound", "None.", "There is no such subscript"),
        (409, "MissingSubscriptionRegistration", "No.", "az provider regist"),
        (400, "LocationNotAvailableForResourceType", "No.", "--location"),
        (409, "StorageAccountAlreadyTaken", "Taken.", "--name"),
        (400, "Unheard", "Of this.\nMore.", "Azure refuses: Of this. (Unhe"),
    ],
)
def test_a_refusal_is_a_sentence(cloud, status, code, message, expected):
    cloud.refuse("GET", "resourcegroups", status, code, message)
    assert expected in said(cloud.account)


def test_an_answer_that_is_no_json_is_quoted(cloud):
    cloud.meet("GET", "resourcegroups", lambda: (400, b"<html>", {}))
    assert said(cloud.account).startswith("Azure refuses: ")


def test_a_network_that_is_not_there(cloud):
    import requests

    def broken():
        raise requests.exceptions.ConnectionError("no route to host")

    cloud.meet("GET", "resourcegroups", broken)
    assert "cannot be reached" in said(cloud.account)
    assert "no route to host" in said(cloud.account)


@pytest.fixture
def nowhere(monkeypatch, tmp_path):
    """A machine without any login."""
    import os

    for name in list(os.environ):
        if name.startswith(("AZURE_", "IDENTITY_", "MSI_")):
            monkeypatch.delenv(name)
    for name in ("HOME", "PATH", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path))


def test_no_credentials(cloud, nowhere):
    account = connect(SUBSCRIPTION, cloud.transport(), 0)
    assert said(account).startswith("There are no credentials for Azure here")
    assert "az login" in said(account)
    assert not cloud.sent


@pytest.fixture
def service_principal(nowhere, monkeypatch):
    """Credentials in the environment."""
    for name in ("TENANT_ID", "CLIENT_ID", "CLIENT_SECRET"):
        monkeypatch.setenv(f"AZURE_{name}", SUBSCRIPTION)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("AADSTS7000222", "Your login to Azure has expired. Microsoft says: "),
        ("AADSTS7000215", "Azure does not take these credentials."),
    ],
)
def test_credentials_that_are_not_taken(
    cloud, service_principal, code, expected
):
    cloud.sign_in_error = code, "The secret is wrong."
    told = said(connect(SUBSCRIPTION, cloud.transport(), 0))
    assert expected in told
    assert f"{code}: The secret is wrong." in told
    assert "Trace" not in told
    assert not [line for line in cloud.lines if "management.azure" in line]


def test_credentials_that_are_taken(cloud, service_principal):
    account = connect(SUBSCRIPTION, cloud.transport(), 0)
    assert account.send(FIND) == {"value": []}
    account.visit("https://an-app.azurewebsites.net/", {})
    *_, asked, visited = cloud.sent
    assert asked.headers["Authorization"] == f"Bearer {TOKEN}"
    assert "Authorization" not in visited.headers


def test_a_login_that_cannot_be_checked(cloud, service_principal):
    import requests

    def broken():
        raise requests.exceptions.ConnectionError("no route to host")

    for method in ("GET", "POST"):
        cloud.meet(method, "login.microsoftonline.com", broken)
    told = said(connect(SUBSCRIPTION, cloud.transport(), 0))
    assert "could not be checked" in told
    assert "no route to host" in told


def test_a_refusal_of_the_storage_account(cloud):
    cloud.meet(
        "PUT",
        ".blob.",
        lambda: (
            403,
            b"",
            {"x-ms-error-code": "KeyBasedAuthenticationNotPermitted"},
        ),
    )
    blobs = cloud.account.blobs("https://a.blob.core.windows.net", "a", "a2V5")
    with pytest.raises(WorkshopError, match="has forbidden the keys"):
        blobs.make("packages")
