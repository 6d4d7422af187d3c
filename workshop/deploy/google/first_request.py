"""The first request to a service that only its owner may call."""

import time
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from workshop.errors import WorkshopError

TRIES = 12  # a minute, at the usual interval
NOT_YET = (404, 429, 502, 503, 504)
REFUSED = (401, 403)


def first_request(url: str, token: str, interval_s: float) -> str:
    """Ask until there is an answer; the answer.

    Raises WorkshopError that says what comes instead.
    """
    request = Request(url, headers={"Authorization": f"Bearer {token}"})
    told = ""
    for attempt in range(TRIES):
        if attempt:
            time.sleep(interval_s)
        try:
            with urlopen(request, timeout=60) as reply:
                return str(reply.read().decode())
        except HTTPError as error:
            told = f"it answers {error.code}."
            if error.code in REFUSED:
                told += " Calling it takes the role Cloud Run Invoker."
            if error.code not in NOT_YET:
                break
        except (URLError, TimeoutError) as error:
            told = f"{error}."
    raise WorkshopError(
        f"The service is there, but {url} does not answer as it should: "
        f"{told} Its log is in the console, under Cloud Run."
    )
