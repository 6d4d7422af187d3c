"""One Deploy: how a zip gets to a function app on Flex Consumption.

The zip is the body of one POST to the app's deployment site; 202 means that
it goes on there. Then /api/deployments/latest tells how far it is: 4 is done,
3 has failed (azure-cli, appservice/custom.py, enable_zip_deploy_flex).
"""

import time
from typing import Any

from workshop.deploy.azure.account import NOT_FOUND, Account
from workshop.errors import WorkshopError

DONE, FAILED = 4, 3
LOOKS = 180  # a quarter of an hour, at the usual interval
BUSY = 409
HEADERS = {"Content-Type": "application/zip", "Cache-Control": "no-cache"}


def one_deploy(
    account: Account, site: str, query: str, package: bytes
) -> None:
    """Deploy a zip, and wait until it is in place.

    `site` is the host of the app's deployment site. Raises WorkshopError
    where it fails, and where it has not ended after LOOKS looks.
    """
    url = f"https://{site}/api"
    answer = account.exchange(
        "POST",
        f"{url}/publish?{query}",
        allowed=BUSY,
        content=package,
        headers=HEADERS,
    )
    if answer.status_code == BUSY:
        raise WorkshopError(
            "Another deployment of this app is under way. Wait until it has "
            "ended, then run the same command again."
        )
    for _ in range(LOOKS):
        told = _look(account, f"{url}/deployments/latest")
        if told.get("status") == DONE:
            return
        if told.get("status") == FAILED:
            why = told.get("status_text") or told.get("message") or "no reason"
            raise WorkshopError(
                f"Azure could not put the zip in place. It says: {why}"
            )
        time.sleep(account.interval_s)
    raise WorkshopError(
        "The deployment has not ended; it may yet. Look at "
        f"{url}/deployments/latest, or run the same command again."
    )


def _look(account: Account, url: str) -> dict[str, Any]:
    """How far it is; nothing yet, where there is no word of it."""
    answer = account.exchange("GET", url, allowed=NOT_FOUND)
    if answer.status_code == NOT_FOUND:
        return {}
    told: dict[str, Any] = answer.json()
    return told
