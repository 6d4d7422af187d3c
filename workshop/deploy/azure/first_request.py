"""The first request to an app that has just been deployed.

A new address takes a moment to be known, and the first instance to start:
until then there is no such host, or it answers 404, 502 or 503.
"""

import time

from workshop.deploy.azure.account import Account
from workshop.errors import WorkshopError

TRIES = 36  # three minutes, at the usual interval
NOT_YET = (404, 502, 503, 504)


def first_request(account: Account, url: str, key: str) -> str:
    """Ask for a page until it answers; the answer.

    The key goes along if there is one. WorkshopError says what comes
    instead.
    """
    headers = {"x-functions-key": key} if key else {}
    last = ""
    for attempt in range(TRIES):
        if attempt:
            time.sleep(account.interval_s)
        try:
            answer = account.visit(url, headers)
        except WorkshopError as error:
            last = str(error)
            continue
        text = answer.text().strip()
        if answer.status_code < 300:
            return str(text)
        last = f"it answers {answer.status_code}: {text[:300]}"
        if answer.status_code not in NOT_YET:
            break
    raise WorkshopError(
        f"The app is deployed, but {url} does not answer as it should: "
        f"{last}\nIts log is in the portal, under Log stream."
    )
