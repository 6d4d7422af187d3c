"""Google's own parser judges each command, where it is; nothing is sent.

Without a login, gcloud takes a command that is right, reads the files that
it names, and then says that nobody is logged in; of what is wrong, it says
what it does not know.
"""

import json
import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from workshop.deploy.google import command, image, options, place
from workshop.deploy.google.deployment import MANIFEST
from workshop.deploy.google.plan import plan_of
from workshop.errors import WorkshopError

PROJECT, REGION = "demo-project", "us-central1"
COMMANDS = {
    " ".join(words[1:4]): words
    for words in [
        *(one for s in plan_of(PROJECT, REGION).steps for one in s.commands),
        place.delete_service(PROJECT, "palindromes", REGION),
        place.delete_repository(PROJECT, "workshop", REGION),
    ]
}


@pytest.fixture
def nobody(tmp_path, monkeypatch):
    """The real gcloud, with no login, that looks for none and tells nobody."""
    if not shutil.which("gcloud"):
        pytest.skip("gcloud is not on this machine")
    for name in os.environ:
        if name.startswith(("CLOUDSDK_", "GOOGLE_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("CLOUDSDK_CORE_CHECK_GCE_METADATA", "false")
    monkeypatch.setenv("CLOUDSDK_CORE_DISABLE_USAGE_REPORTING", "true")
    monkeypatch.setenv("CLOUDSDK_CORE_DISABLE_FILE_LOGGING", "true")
    monkeypatch.setenv(
        "CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK", "true"
    )


def said(words, folder):
    """What gcloud says when it is run in a folder."""
    done = subprocess.run(
        words,
        cwd=folder,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    return done.stderr


def test_gcloud_knows_every_command_and_option(nobody, tmp_path):
    request = image.request("image:1", image.context())
    (tmp_path / place.BUILD_FILE).write_text(json.dumps(request))
    manifest = MANIFEST.read_text().replace("IMAGE", "image:1")
    (tmp_path / place.SERVICE_FILE).write_text(manifest)
    with ThreadPoolExecutor(2) as pool:
        answers = pool.map(lambda one: said(one, tmp_path), COMMANDS.values())
        for name, answer in zip(COMMANDS, answers, strict=True):
            assert "active account selected" in answer, (name, answer)
    wrong = (*COMMANDS["builds submit --no-source"], "--no-such-option")
    assert "unrecognized arguments" in said(wrong, tmp_path)


def test_without_a_login_the_first_step_says_so(nobody):
    with pytest.raises(WorkshopError) as caught:
        command.main_deploy(options.Deploy(PROJECT, REGION, yes=True))
    told = str(caught.value)
    assert told.startswith("Step 1, check: gcloud says: ERROR: ")
    assert "Sign in with `gcloud auth login`" in told
    assert told.endswith("Nothing was made.")
