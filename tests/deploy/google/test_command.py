"""The two commands: what they ask first, what they say without, and that
nothing is run before the learner has agreed.
"""

import io
import json
import os
import signal
import subprocess
import sys

import pytest

from tests.deploy.google.conftest import (
    DESTROY,
    PROJECT,
    REGION,
    deploy,
)
from workshop.deploy.google import command, options
from workshop.deploy.google.plan import plan_of
from workshop.deploy.stopping import INTERRUPTED
from workshop.errors import WorkshopError
from workshop.repository import NOTEBOOKS, ROOT


@pytest.mark.parametrize("answer", ["", "n\n", "\n", "Yes, but\n"])
def test_nothing_is_run_without_consent(google, monkeypatch, capsys, answer):
    monkeypatch.setattr(sys, "stdin", io.StringIO(answer))
    with pytest.raises(WorkshopError, match="You have not agreed"):
        deploy(options.Deploy(PROJECT, REGION))
    assert google["calls"] == []
    printed = capsys.readouterr().out
    assert "the repository workshop" in printed and "USD" in printed
    assert "three services are switched on" in printed


def test_who_says_yes_is_taken_at_their_word(google, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    assert deploy(options.Deploy(PROJECT, REGION)) == 0


@pytest.mark.parametrize("project", ["", PROJECT])
def test_a_dry_run_runs_nothing_and_prints_every_command(
    google, capsys, project
):
    assert deploy(options.Deploy(project, REGION, dry_run=True)) == 0
    printed = capsys.readouterr().out
    assert google["calls"] == []
    for step in plan_of(project or "PROJECT", REGION).steps:
        for words in step.commands:
            assert " ".join(words[:4]) in printed
    assert f"--project={project or 'PROJECT'}" in printed


def test_a_dry_destroy_without_a_project_runs_nothing(google, capsys):
    assert command.main_destroy(options.Destroy(dry_run=True)) == 0
    assert "gcloud run services delete NAME" in capsys.readouterr().out
    assert google["calls"] == []


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (options.Deploy(yes=True), "Name the project"),
        (options.Deploy("My Project", yes=True), "My Project is no id"),
        (options.Deploy("x", dry_run=True), "x is no id"),
        (options.Deploy(PROJECT, "here", yes=True), "here is no region"),
        (options.Deploy(PROJECT, "", yes=True), "An empty name is no region"),
    ],
)
def test_bad_options_are_sentences(google, told, expected):
    with pytest.raises(WorkshopError, match=expected):
        deploy(told)
    assert google["calls"] == []


def test_destroy_needs_a_project(google):
    with pytest.raises(WorkshopError, match="Name the project"):
        command.main_destroy(options.Destroy(yes=True))


@pytest.mark.parametrize(
    "act", [deploy, lambda: command.main_destroy(DESTROY)]
)
def test_without_gcloud_there_is_a_clear_sentence(
    monkeypatch, tmp_path, capsys, act
):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(WorkshopError, match="gcloud, which is not installed"):
        act()
    assert "[y/N]" not in capsys.readouterr().out


def interrupting(monkeypatch, words):
    """End as SIGTERM does, before the command that begins so."""
    say = command._say

    def said(line):
        say(line)
        if words in line:
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(command, "_say", said)


def test_a_deployment_that_is_stopped_lists_what_stands(
    google, capsys, monkeypatch
):
    interrupting(monkeypatch, "$ gcloud builds submit")
    assert deploy() == INTERRUPTED
    printed = capsys.readouterr().out
    assert "Stopped. This stands in your project:" in printed
    assert f"  the repository workshop in {REGION}\n" in printed
    assert "0.1 GB (perhaps)" in printed


def test_a_destruction_that_is_stopped(google, capsys, monkeypatch):
    deploy()
    interrupting(monkeypatch, "$ gcloud run services delete")
    assert command.main_destroy(DESTROY) == INTERRUPTED
    assert "Stopped." in capsys.readouterr().out


@pytest.mark.parametrize("verb", ["deploy", "destroy"])
def test_the_command_line_leads_here(google, verb):
    words = [sys.executable, "-m", "workshop", verb, "container", "--dry-run"]
    done = subprocess.run(words, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert "--project=PROJECT" in done.stdout
    assert google["calls"] == []


def test_the_lesson_names_no_project():
    text = (NOTEBOOKS / "14_any_server_any_cloud.ipynb").read_text()
    lines = [
        line
        for cell in json.loads(text)["cells"]
        for line in "".join(cell["source"]).splitlines()
        if cell["cell_type"] == "code" and line.startswith("PROJECT")
    ]
    assert len(lines) == 1 and lines[0].startswith("PROJECT = None  #")
