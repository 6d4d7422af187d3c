"""What Azure refuses, as a sentence with its remedy.

The codes are those of Azure Resource Manager's error object ("Troubleshoot
common Azure deployment errors", read 2026-11), of Microsoft.Storage and of
Microsoft.Web; those that begin with AADSTS are Microsoft Entra's.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from workshop.errors import WorkshopError

ACTION = re.compile(r"perform action '([^']+)'")
ENTRA = re.compile(r"AADSTS\d+[^\r\n]*")
EXPIRED = re.compile("AADSTS(700082|70043|50173|7000222|50078)|expired", re.I)
UNCHECKED = re.compile(r"Authentication failed: ([^\r\n]+)")
SIGN_IN = "Sign in with `az login`, then run the same command again."
SENTENCES = {
    "InvalidSubscriptionId": "The subscription's id is wrong: look at "
    "`az account list --output table`.",
    "SubscriptionNotFound": "There is no such subscription among those of "
    "your login: look at `az account list --output table`, and at the tenant "
    "you are signed in to.",
    "InvalidAuthenticationTokenTenant": "Your login is for another tenant "
    "than the subscription's: `az login --tenant ID`.",
    "ReadOnlyDisabledSubscription": "The subscription is disabled, and can "
    "only be read: its credit or trial may be used up.",
    "MissingSubscriptionRegistration": "The subscription has never used one "
    "of the services. Run `az provider register --namespace Microsoft.Web` "
    "and the same for Microsoft.Storage, and wait a minute.",
    "LocationNotAvailableForResourceType": "The location does not have what "
    "is to be made. `az functionapp list-flexconsumption-locations` lists "
    "those that do: choose one with --location.",
    "LocationNotAvailableForResourceGroup": "There is no such location for a "
    "resource group. `az functionapp list-flexconsumption-locations` lists "
    "those to choose from with --location.",
    "InvalidResourceGroupLocation": "The resource group is in another "
    "location already. Name that one, or destroy it first.",
    "StorageAccountAlreadyTaken": "The storage account's name is taken by "
    "somebody else. Choose another start for the names with --name.",
    "StorageAccountAlreadyExists": "The storage account's name is taken by "
    "another group of yours. Choose another with --name.",
    "RequestDisallowedByPolicy": "A policy of your organisation forbids it.",
    "SubscriptionIsOverQuotaForSku": "The subscription's quota does not "
    "allow it in this location. Choose another with --location.",
    "ResourceGroupBeingDeleted": "The resource group is still being deleted. "
    "Run the same command again in a few minutes.",
    "ScopeLocked": "A lock on the group or the subscription forbids it.",
    "KeyBasedAuthenticationNotPermitted": "A policy of your organisation has "
    "forbidden the keys of the storage account.",
}


@contextmanager
def as_sentences() -> Iterator[None]:
    """Raise a WorkshopError for what azure.core raises."""
    from azure.core import exceptions

    try:
        yield
    except exceptions.ClientAuthenticationError as error:
        raise WorkshopError(_of_login(str(error))) from error
    except exceptions.HttpResponseError as error:
        raise WorkshopError(_of_response(error)) from error
    except exceptions.AzureError as error:
        raise WorkshopError(
            "Azure cannot be reached, or the connection broke: "
            f"{_first_line(str(error))} What was asked last may have been "
            "done. Run the same command again when the network is back."
        ) from error


def _of_login(message: str) -> str:
    if EXPIRED.search(message):
        found = ENTRA.search(message)
        why = f" Microsoft says: {_ended(found[0])}" if found else ""
        return f"Your login to Azure has expired.{why} {SIGN_IN}"
    if found := ENTRA.search(message):
        return (
            "Azure does not take these credentials. Microsoft says: "
            f"{_ended(found[0])} {SIGN_IN}"
        )
    if found := UNCHECKED.search(message):
        return (
            f"Your login to Azure could not be checked: {_ended(found[1])} "
            f"If the network is there: {SIGN_IN}"
        )
    return (
        "There are no credentials for Azure here: neither a login of the az "
        f"command nor variables such as AZURE_CLIENT_ID. {SIGN_IN}"
    )


def _of_response(error: Any) -> str:
    code, message = _said(error)
    if error.status_code == 401:
        return (
            "Azure does not take the login, or no longer: "
            f"{_first_line(message)} {SIGN_IN}"
        )
    if found := ACTION.search(message):
        return (
            f"You lack the permission {found[1]}. Ask for the role "
            "Contributor on the subscription, or take a subscription of your "
            "own."
        )
    if error.status_code == 403 and code not in SENTENCES:
        return (
            f"Azure forbids it: {_first_line(message)} Ask for the role "
            "Contributor on the subscription."
        )
    remedy = f" {SENTENCES[code]}" if code in SENTENCES else ""
    return f"Azure refuses: {_first_line(message)} ({code}){remedy}"


def _said(error: Any) -> tuple[str, str]:
    """The code and the message of an answer, of whatever service."""
    told = error.error
    if told is not None and told.code:
        return str(told.code), str(told.message or "no message")
    code = getattr(error, "error_code", None)  # azure-storage-blob's
    return str(code or error.status_code), str(error.message)


def _first_line(message: str) -> str:
    lines = message.strip().splitlines() or ["no message"]
    return _ended(lines[0])


def _ended(text: str) -> str:
    return text if text.endswith(".") else f"{text}."
