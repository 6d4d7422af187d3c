"""One Deploy: the zip goes, and the end of it is waited for."""

import pytest

from workshop.deploy.azure.one_deploy import LOOKS, one_deploy
from workshop.errors import WorkshopError

SITE = "an-app.scm.azurewebsites.net"
QUERY = "RemoteBuild=true&Deployer=workshop"


@pytest.fixture
def zipped():
    import io
    import zipfile

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("host.json", "{}")
    return buffer.getvalue()


def test_it_is_sent_once_and_waited_for(cloud, zipped):
    one_deploy(cloud.account, SITE, QUERY, zipped)
    publish, *looks = cloud.sent
    assert publish.line == f"POST https://{SITE}/api/publish?{QUERY}"
    assert publish.content == zipped
    assert publish.headers["Content-Type"] == "application/zip"
    assert [sent.line for sent in looks] == [
        f"GET https://{SITE}/api/deployments/latest"
    ] * 3


def test_a_failed_one_says_why(cloud, zipped):
    cloud.deployments = [{"status": 3, "status_text": "pip has failed."}]
    with pytest.raises(WorkshopError, match="It says: pip has failed"):
        one_deploy(cloud.account, SITE, QUERY, zipped)
    cloud.deployments = [{"status": 3}]
    with pytest.raises(WorkshopError, match="It says: no reason"):
        one_deploy(cloud.account, SITE, QUERY, zipped)


def test_another_one_is_under_way(cloud, zipped):
    cloud.meet("POST", "/api/publish", lambda: (409, b"busy", {}))
    with pytest.raises(WorkshopError, match="Another deployment of this app"):
        one_deploy(cloud.account, SITE, QUERY, zipped)


def test_a_refusal(cloud, zipped):
    cloud.meet("POST", "/api/publish", lambda: (400, b"no zip", {}))
    with pytest.raises(WorkshopError, match="Azure refuses"):
        one_deploy(cloud.account, SITE, QUERY, zipped)


def test_one_that_does_not_end(cloud, zipped):
    cloud.deployments = [{"status": 1}]
    with pytest.raises(WorkshopError, match="has not ended; it may yet"):
        one_deploy(cloud.account, SITE, QUERY, zipped)
    assert len(cloud.sent) == 1 + LOOKS
