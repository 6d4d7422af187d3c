"""What destroy finds, what it deletes, and what it never touches."""

import io
import sys

import pytest

from tests.deploy.google.conftest import (
    DESTROY,
    NOTHING,
    OURS,
    PROJECT,
    REGION,
    deploy,
    foreign,
)
from workshop.deploy.google import command, options
from workshop.errors import WorkshopError


def test_destroy_deletes_what_deploy_made_and_then_finds_nothing(
    google, capsys
):
    deploy()
    capsys.readouterr()
    assert command.main_destroy(DESTROY) == 0
    printed = capsys.readouterr().out
    assert google.has() == []
    assert f"deleted: the service palindromes in {REGION}\n" in printed
    assert f"deleted: the repository workshop in {REGION}\n" in printed
    assert printed.index("the service") < printed.index("the repository")
    assert command.main_destroy(DESTROY) == 0
    assert capsys.readouterr().out.endswith(NOTHING)


def test_destroy_goes_on_past_what_it_cannot_delete(google, capsys):
    deploy()
    google["fails"] = ["run services delete", "before", "INTERNAL: later"]
    with pytest.raises(WorkshopError) as caught:
        command.main_destroy(DESTROY)
    assert "the service palindromes" in str(caught.value)
    assert "INTERNAL: later" in str(caught.value)
    assert google.has() == ["palindromes"]
    google["fails"] = []
    assert command.main_destroy(DESTROY) == 0
    assert google.has() == []


def test_destroy_finds_what_is_in_other_regions(google, capsys):
    foreign(google, **OURS)
    assert command.main_destroy(DESTROY) == 0
    assert "the service palindromes in asia-east1" in capsys.readouterr().out
    assert google.has() == []


@pytest.mark.parametrize(
    "labels", [{}, {"workshop": "painting"}, {"a": OURS["workshop"]}]
)
def test_what_is_not_ours_is_never_deleted(google, capsys, labels):
    foreign(google, **labels)
    assert command.main_destroy(DESTROY) == 0
    assert capsys.readouterr().out.endswith(NOTHING)
    deploy()
    command.main_destroy(DESTROY)
    assert google.has() == ["palindromes", "workshop"]
    assert {one["region"] for one in google["services"]} == {"asia-east1"}


def test_nothing_is_deleted_without_consent(google, monkeypatch):
    deploy()
    monkeypatch.setattr(sys, "stdin", io.StringIO("n\n"))
    with pytest.raises(WorkshopError, match="You have not agreed"):
        command.main_destroy(options.Destroy(PROJECT))
    assert google.has() == ["palindromes", "workshop"]


def test_a_dry_destroy_of_a_project_deletes_nothing(google, capsys):
    deploy()
    assert command.main_destroy(options.Destroy(PROJECT, dry_run=True)) == 0
    assert f"the service palindromes in {REGION}" in capsys.readouterr().out
    assert google.has() == ["palindromes", "workshop"]


def test_a_warning_is_passed_on(google, capsys):
    google["warnings"] = {"run services list": "us-west4 did not respond"}
    google["apis"] = ["run.googleapis.com"]
    command.main_destroy(DESTROY)
    assert "us-west4 did not respond" in capsys.readouterr().out
