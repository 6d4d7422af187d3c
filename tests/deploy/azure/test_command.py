"""The two commands: what they print, ask and give back, and that nothing is
sent before the learner has said so.
"""

import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.deploy.azure import sdk
from tests.deploy.azure.cloud import SUBSCRIPTION
from workshop.deploy.azure import options
from workshop.deploy.azure.command import (
    INTERRUPTED,
    main_deploy,
    main_destroy,
)
from workshop.deploy.azure.plan import plan_of
from workshop.errors import WorkshopError
from workshop.repository import FUNCTIONS, ROOT

PYTHON = FUNCTIONS / "azure" / "python"
PLAN = plan_of(PYTHON, SUBSCRIPTION, "westeurope")
IN_THE_ENVIRONMENT = {
    "AZURE_SUBSCRIPTION_ID": SUBSCRIPTION,
    "AZURE_TENANT_ID": SUBSCRIPTION,
    "AZURE_CLIENT_ID": SUBSCRIPTION,
    "AZURE_CLIENT_SECRET": "secret",
    "AZURE_LOCATION": "westeurope",
    "AZURE_DEFAULTS_LOCATION": "westeurope",
}
# Whatever leaves a machine, or asks another program to, passes one of these.
WATCHED = """
import sys
LEAVES = ("socket.connect", "socket.getaddrinfo", "socket.sendto")
def watch(event, arguments):
    if event in LEAVES or (
        event == "subprocess.Popen" and "az" in str(arguments[0]).split("/")
    ):
        print("LEFT", event, arguments, flush=True)
        sys.stderr.flush()
        import os; os._exit(99)
sys.addaudithook(watch)
from pathlib import Path
from workshop.deploy.azure import options
from workshop.deploy.azure.command import main_deploy, main_destroy
from workshop.errors import WorkshopError
try:
    status = eval(sys.argv[1])
except WorkshopError as error:
    status = 1
    print(f"workshop: {error}", file=sys.stderr)
print("CLIENT", sorted(m for m in sys.modules if m.split(".")[0] == "azure"))
sys.exit(status)
"""
WITHOUT_CONSENT = {
    "no subscription": f"main_deploy(options.Deploy(Path({str(PYTHON)!r})))",
    "no subscription, and yes": (
        f"main_deploy(options.Deploy(Path({str(PYTHON)!r}), yes=True))"
    ),
    "nobody to ask": (
        f"main_deploy(options.Deploy(Path({str(PYTHON)!r}), "
        f"{SUBSCRIPTION!r}, 'westeurope'))"
    ),
    "a dry run": (
        f"main_deploy(options.Deploy(Path({str(PYTHON)!r}), "
        f"{SUBSCRIPTION!r}, 'westeurope', dry_run=True, yes=True))"
    ),
    "destroy": "main_destroy(options.Destroy(yes=True))",
    "destroy, dry": "main_destroy(options.Destroy(dry_run=True))",
}


def run(expression, *, client=None, answer="", **variables):
    """Run a command in a process that is watched; Azure's client if any."""
    path = os.pathsep.join(map(str, filter(None, (ROOT, client))))
    own = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("AZURE_")
    }
    return subprocess.run(
        [sys.executable, "-c", WATCHED, expression],
        env={**own, "PYTHONPATH": path, **variables},
        input=answer,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )


@pytest.mark.parametrize("case", WITHOUT_CONSENT)
def test_nothing_leaves_without_consent_whatever_the_environment_has(
    azure_sdk, case
):
    client = sdk.CACHE if sdk.CACHE.exists() else None
    done = run(WITHOUT_CONSENT[case], client=client, **IN_THE_ENVIRONMENT)
    assert "LEFT" not in done.stdout
    assert done.returncode == (0 if "dry" in case else 1)
    # Not even the client is loaded, so that it cannot look for a login.
    assert done.stdout.endswith("CLIENT []\n")


def test_the_watch_sees_what_leaves(azure_sdk):
    client = sdk.CACHE if sdk.CACHE.exists() else None
    told = f"main_destroy(options.Destroy({SUBSCRIPTION!r}, yes=True))"
    done = run(told, client=client, **IN_THE_ENVIRONMENT)
    assert done.returncode == 99
    assert "LEFT" in done.stdout


def test_a_dry_run_needs_no_client_and_no_login():
    told = f"main_deploy(options.Deploy(Path({str(PYTHON)!r}), dry_run=True))"
    done = run(told)
    assert done.returncode == 0
    assert not done.stderr
    assert "Nothing is sent: this is what a deployment would do." in (
        done.stdout
    )
    assert "az group delete -n workshop-python" in done.stdout
    assert "In westeurope, subscription SUBSCRIPTION:" in done.stdout
    assert "/subscriptions/SUBSCRIPTION/" in done.stdout
    assert "00000000-0000" not in done.stdout


@pytest.mark.parametrize(
    "told",
    [
        f"main_destroy(options.Destroy({SUBSCRIPTION!r}))",
        # Before a question is asked, whose answer would be of no use.
        f"main_deploy(options.Deploy(Path({str(PYTHON)!r}), "
        f"{SUBSCRIPTION!r}, 'westeurope'))",
    ],
)
def test_without_the_client_there_is_a_clear_sentence(told):
    import importlib.util

    if importlib.util.find_spec("azure") and not sdk.CACHE.exists():
        pytest.skip("the client is installed here")
    done = run(told)
    assert done.returncode == 1
    assert "[y/N]" not in done.stdout
    assert 'pip install -e ".[azure]"' in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({}, "Name the subscription"),
        ({"subscription": "my-subscription"}, "my-subscription is no id"),
        ({"subscription": SUBSCRIPTION}, "Name the location"),
        (
            {"subscription": SUBSCRIPTION, "location": "../x"},
            "../x is no location",
        ),
        (
            {"subscription": SUBSCRIPTION, "location": "here", "name": "_"},
            "--name",
        ),
    ],
)
def test_bad_options_are_sentences(told, expected):
    with pytest.raises(WorkshopError) as caught:
        main_deploy(options.Deploy(PYTHON, **told, yes=True))
    assert expected in str(caught.value)


def test_a_target_that_is_none(tmp_path):
    with pytest.raises(WorkshopError, match="neither a folder nor a notebook"):
        main_deploy(options.Deploy(tmp_path / "none", dry_run=True))


def test_a_deployment_from_its_options_to_its_answer(cloud, capsys):
    asked = []

    def connect(subscription):
        asked.append(subscription)
        return cloud.account

    told = options.Deploy(PYTHON, SUBSCRIPTION, "West Europe", yes=True)
    assert main_deploy(told, connect) == 0
    printed = capsys.readouterr().out
    assert asked == [SUBSCRIPTION]
    for step in PLAN.steps:
        assert step.does in printed
        assert step.leaves in printed
    assert "Whoever knows the app's address can call it." in printed
    assert "\nhello\n" in printed
    assert f"workshop destroy azure --subscription {SUBSCRIPTION}" in printed


@pytest.mark.parametrize(
    ("answer", "agrees"),
    [("y\n", True), ("Yes\n", True), ("n\n", False), ("\n", False), ("", 0)],
)
def test_the_learner_is_asked_first(
    cloud, capsys, monkeypatch, answer, agrees
):
    import io

    monkeypatch.setattr(sys, "stdin", io.StringIO(answer))
    told = options.Deploy(PYTHON, SUBSCRIPTION, "westeurope")
    if agrees:
        assert main_deploy(told, lambda _: cloud.account) == 0
    else:
        with pytest.raises(WorkshopError, match="You have not agreed"):
            main_deploy(told, lambda _: cloud.account)
        assert not cloud.sent
    assert PLAN.place.names.storage in capsys.readouterr().out


def test_the_zip_is_written_where_it_is_wanted(tmp_path):
    path = tmp_path / "app.zip"
    main_deploy(options.Deploy(PYTHON, output=path, dry_run=True))
    assert path.read_bytes() == PLAN.package
    with zipfile.ZipFile(path) as package:
        assert "requirements.txt" in package.namelist()
    with pytest.raises(WorkshopError, match="cannot be written"):
        main_deploy(options.Deploy(PYTHON, output=tmp_path, dry_run=True))


def interrupted():
    raise KeyboardInterrupt


def terminated():
    """As `kill` does, and a system that shuts down."""
    signal.raise_signal(signal.SIGTERM)


@pytest.mark.parametrize("act", [interrupted, terminated])
def test_a_deployment_that_is_stopped_lists_what_stands(cloud, capsys, act):
    cloud.meet("PUT", "/serverfarms/", act)
    told = options.Deploy(PYTHON, SUBSCRIPTION, "westeurope", yes=True)
    assert main_deploy(told, lambda _: cloud.account) == INTERRUPTED
    printed = capsys.readouterr().out
    assert "Stopped. This stands in your account:" in printed
    assert f"  the plan {PLAN.place.names.plan} (perhaps)" in printed


def deployed(cloud):
    told = options.Deploy(PYTHON, SUBSCRIPTION, "westeurope", yes=True)
    main_deploy(told, lambda _: cloud.account)


def test_destroy_deletes_what_deploy_made_and_then_finds_nothing(
    cloud, capsys
):
    deployed(cloud)
    cloud.groups["theirs"] = {"name": "theirs", "location": "westeurope"}
    told = options.Destroy(SUBSCRIPTION, yes=True)
    assert main_destroy(told, lambda _: cloud.account) == 0
    assert list(cloud.groups) == ["theirs"]
    assert "Deleted." in capsys.readouterr().out
    assert main_destroy(told, lambda _: cloud.account) == 0
    assert "Nothing of the workshop's is left" in capsys.readouterr().out


def test_destroy_shows_and_asks_first(cloud, capsys, monkeypatch):
    import io

    deployed(cloud)
    capsys.readouterr()
    dry = options.Destroy(SUBSCRIPTION, dry_run=True)
    assert main_destroy(dry, lambda _: cloud.account) == 0
    assert PLAN.place.names.app in capsys.readouterr().out
    monkeypatch.setattr(sys, "stdin", io.StringIO("no\n"))
    with pytest.raises(WorkshopError, match="You have not agreed"):
        main_destroy(options.Destroy(SUBSCRIPTION), lambda _: cloud.account)
    assert cloud.groups
    assert not [sent for sent in cloud.sent if sent.method == "DELETE"]


def test_destroy_that_is_stopped(cloud, capsys):
    deployed(cloud)
    cloud.meet("DELETE", "", interrupted)
    told = options.Destroy(SUBSCRIPTION, yes=True)
    assert main_destroy(told, lambda _: cloud.account) == INTERRUPTED
    assert "Azure may go on" in capsys.readouterr().out


def test_a_wrong_exercise_is_not_deployed(azure_sdk, worsened):
    exercise = worsened("08_azure_custom_handler")
    told = options.Deploy(exercise, SUBSCRIPTION, "westeurope", yes=True)
    with pytest.raises(WorkshopError, match="does not pass its checks"):
        main_deploy(told, None)


def test_a_destroy_without_a_subscription_is_refused():
    with pytest.raises(WorkshopError, match="Name the subscription"):
        main_destroy(options.Destroy(yes=True))


def test_a_dry_destroy_without_a_subscription_shows_its_requests(capsys):
    assert main_destroy(options.Destroy(dry_run=True)) == 0
    printed = capsys.readouterr().out
    assert "subscriptions/SUBSCRIPTION/" in printed
    assert "tagName eq 'workshop'" in printed
    assert "DELETE" in printed


def test_the_target_may_be_anywhere(tmp_path, monkeypatch):
    monkeypatch.chdir(FUNCTIONS)
    told = options.Deploy(Path("azure/python"), dry_run=True)
    assert main_deploy(told) == 0
