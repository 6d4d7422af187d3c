"""The first request: patient with what is not yet, not with what is wrong."""

import pytest

from workshop.deploy.azure.first_request import TRIES, first_request
from workshop.errors import WorkshopError

URL = "https://an-app.azurewebsites.net/api/palindromes?min=10&max=99"


def test_it_waits_for_the_app(cloud):
    cloud.answers = [(404, ""), (503, "starting"), (200, "121\n")]
    assert first_request(cloud.account, URL, "") == "121"
    assert [sent.url for sent in cloud.sent] == [URL] * 3
    assert "x-functions-key" not in cloud.sent[0].headers


def test_it_waits_for_the_name(cloud):
    import requests

    def unknown():
        cloud.refusals.clear()
        raise requests.exceptions.ConnectionError("unknown host")

    cloud.meet("GET", "an-app.azurewebsites.net", unknown)
    assert first_request(cloud.account, URL, "") == "hello"


@pytest.mark.parametrize("status", [301, 400, 401, 500])
def test_what_is_wrong_is_told_at_once(cloud, status):
    cloud.answers = [(status, "Oh dear.")]
    with pytest.raises(WorkshopError) as caught:
        first_request(cloud.account, URL, "")
    assert f"it answers {status}: Oh dear." in str(caught.value)
    assert "Log stream" in str(caught.value)
    assert len(cloud.sent) == 1


def test_it_does_not_wait_for_ever(cloud):
    cloud.answers = [(503, "")] * 2 * TRIES
    with pytest.raises(WorkshopError, match="it answers 503"):
        first_request(cloud.account, URL, "")
    assert len(cloud.sent) == TRIES
