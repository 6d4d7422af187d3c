"""A deployment, with a gcloud that stands in: what is made, what stands after
a failure at each step, and what is never replaced.
"""

import pytest

from tests.deploy.google.conftest import (
    ANSWER,
    CYCLE,
    DESTROY,
    NOTHING,
    OURS,
    PROJECT,
    REGION,
    deploy,
    foreign,
)
from workshop.deploy.google import command, options
from workshop.deploy.google.plan import PATH, plan_of
from workshop.errors import WorkshopError


def test_a_deployment_asks_the_service_and_shows_each_step(
    google, service, capsys
):
    assert deploy() == 0
    printed = capsys.readouterr().out
    assert google.asked() == CYCLE
    for step in plan_of(PROJECT, REGION).steps:
        assert step.does in printed
        assert step.leaves in printed
    assert "  $ gcloud run services delete" not in printed
    assert "$ gcloud builds submit --no-source --config=build.json" in printed
    assert f"GET {google['url']}{PATH}\n{ANSWER}\n" in printed
    assert f"workshop destroy container --project {PROJECT}" in printed
    assert service.paths == [PATH]
    assert google.has() == ["palindromes", "workshop"]


def test_all_that_is_made_carries_the_label(google):
    deploy()
    [service] = google["services"]
    [repository] = google["repositories"].values()
    assert service["labels"] == repository["labels"] == OURS
    assert service["region"] == REGION


def test_a_second_deployment_makes_nothing_twice(google, capsys):
    deploy()
    assert deploy() == 0
    assert google.asked().count("artifacts repositories create") == 1
    assert google.has() == ["palindromes", "workshop"]
    [repository] = google["repositories"].values()
    assert len(set(repository["images"])) == 1  # the same files, one tag


@pytest.mark.parametrize(
    ("when", "goes_on"), [("before", False), ("after", False), ("after", True)]
)
@pytest.mark.parametrize("failing", CYCLE)
def test_after_a_failure_all_is_found(google, capsys, failing, when, goes_on):
    google["fails"] = [failing, when, "INTERNAL: try later"]
    with pytest.raises(WorkshopError) as caught:
        deploy()
    told = str(caught.value)
    assert "INTERNAL: try later" in told
    standing = told.partition("This stands in your project:")[2]
    for name in google.has():
        assert f" {name} in {REGION}" in standing
    assert bool(google.has()) <= ("destroy container --project" in standing)
    google["fails"] = []
    if goes_on:
        assert deploy() == 0
        assert google.has() == ["palindromes", "workshop"]
    else:
        assert command.main_destroy(DESTROY) == 0
        assert google.has() == []
        assert capsys.readouterr().out.endswith(NOTHING)


@pytest.mark.parametrize("kind", ["services", "repositories"])
def test_what_is_not_ours_is_never_replaced(google, kind):
    foreign(google)
    google["services" if kind == "repositories" else "repositories"] = (
        [] if kind == "repositories" else {}
    )
    before = google[kind]
    with pytest.raises(WorkshopError) as caught:
        deploy(options.Deploy(PROJECT, "asia-east1", yes=True))
    assert "it is not ours, and is left alone" in str(caught.value)
    assert "Nothing was made." in str(caught.value)
    assert google[kind] == before
    assert "services enable" not in google.asked()


def test_an_earlier_run_is_told_of_when_a_step_fails(google):
    deploy()
    google["fails"] = ["services enable", "before", "INTERNAL: later"]
    with pytest.raises(WorkshopError) as caught:
        deploy()
    told = str(caught.value)
    assert f"the service palindromes in {REGION} (of an earlier run)" in told


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("login", False, "gcloud auth login"),
        ("project", "another", "there is none of this id"),
        ("billing", False, "no billing account"),
    ],
)
def test_what_google_refuses_is_a_sentence(google, key, value, expected):
    google[key] = value
    with pytest.raises(WorkshopError) as caught:
        deploy()
    assert expected in str(caught.value)
    assert "Nothing was made." in str(caught.value)


def test_a_build_that_fails_tells_where_its_log_is(google):
    google["fails"] = [
        *("builds submit", "after"),
        'build 1 completed with status "FAILURE"',
    ]
    with pytest.raises(WorkshopError) as caught:
        deploy()
    assert "Its log: https://logs/1" in str(caught.value)
    assert "Cloud Build Service Account" in str(caught.value)
    assert "Step 4, image: " in str(caught.value)


def test_a_service_that_is_slow_is_asked_again(google, service):
    service.statuses[:] = [404, 503]
    assert deploy() == 0
    assert service.paths == [PATH] * 3


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([403], "it answers 403. Calling it takes the role Cloud Run Invoker"),
        ([500], "it answers 500"),
        ([503] * 99, "it answers 503"),
    ],
)
def test_a_service_that_does_not_answer(google, service, statuses, expected):
    service.statuses[:] = statuses
    with pytest.raises(WorkshopError, match=expected):
        deploy()
    assert len(service.paths) == min(len(statuses), 12)


def test_a_service_that_nobody_reaches(google):
    google["url"] = "http://127.0.0.1:9"
    with pytest.raises(WorkshopError, match="The service is there, but"):
        deploy()


def test_the_token_is_never_shown(google, capsys):
    deploy()
    assert google["token"] not in capsys.readouterr().out
