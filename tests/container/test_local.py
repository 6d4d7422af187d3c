"""LocalCloudRun: a local Cloud Run for notebooks and tests."""

import pytest

from tests.azure.apps import ask
from tests.container.images import DOCKERFILE, seen, write_image
from workshop.container import LocalCloudRun
from workshop.errors import WorkshopError
from workshop.repository import FUNCTIONS
from workshop.timeline_chart import describe, draw, own_names


def test_our_own_container():
    dockerfile = FUNCTIONS / "container" / "Dockerfile"
    with LocalCloudRun(FUNCTIONS, dockerfile) as cloud:
        status, headers, body = ask(
            cloud.url, "/api/palindromes?min=10&max=99"
        )
        assert (status, headers["Content-Type"]) == (200, "application/json")
        assert b'"largest":{"value":9009,"factors":[[91,99]]}' in body
        events = cloud.timeline()
    assert describe(events, names=own_names).startswith(
        "instance 1  init → idle → invoke → idle"
    )
    assert "instance 1: init " in draw(events, names=own_names).words
    cloud.close()  # closing twice does no harm


def test_a_dockerfile_elsewhere(tmp_path):
    image = write_image(tmp_path / "context")
    other = tmp_path / "Other"
    other.write_text(f"{DOCKERFILE}ENV OTHER=yes")
    with LocalCloudRun(image, other) as cloud:
        assert seen(cloud.url)["environment"]["OTHER"] == "yes"


def test_an_image_that_is_none(tmp_path):
    with pytest.raises(WorkshopError, match="Dockerfile cannot be read"):
        LocalCloudRun(tmp_path)


def test_a_server_that_ends_before_it_is_one(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.executable", "/bin/false")
    with pytest.raises(WorkshopError, match="did not start"):
        LocalCloudRun(tmp_path)


def test_log_and_timeline_are_for_who_started_it(tmp_path):
    with LocalCloudRun(write_image(tmp_path)) as cloud:
        told = seen(cloud.url, "/timeline")  # the container's own
        assert told["target"] == "/timeline"
        assert "GET /timeline 200" in cloud.log()


def test_a_proxy_in_the_environment_is_passed_by(tmp_path, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with LocalCloudRun(write_image(tmp_path)) as cloud:
        assert cloud.log() == []
        assert cloud.timeline() == []
