"""When timers fire, and what an administrator may run."""

import json

import pytest

from tests.azure.apps import HTTP, TIMER, ask
from tests.azure.breaking import Broken, broken, until

EVERY_SECOND = "Executed 'Functions.every-second' (Succeeded, Id="
DISABLED = "[Information] Executing 'Functions.disabled' "


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """An app with timers of each kind."""
    functions = {
        "hello": HTTP,
        "every-second": [TIMER | {"schedule": "* * * * * *"}],
        "yearly": [TIMER],
        "at-startup": [TIMER | {"runOnStartup": True}],
        "by-setting": [TIMER | {"schedule": "%SCHEDULE%"}],
        "never": [TIMER | {"schedule": "whenever"}],
        "disabled": [
            TIMER | {"schedule": "* * * * * *", "runOnStartup": True}
        ],
    }
    values = {
        "SCHEDULE": "00:00:01",
        "AzureWebJobs.disabled.Disabled": "true",
    }
    made = Broken(
        tmp_path_factory.mktemp("timers"), functions=functions, values=values
    )
    yield made
    made.close()


def run(app, name, body=b"{}", key="master"):
    """Ask the host to run a function; the status."""
    headers = {"Content-Type": "application/json"}
    if key:
        headers["x-functions-key"] = app.functions.keys[key]
    path = f"/admin/functions/{name}"
    return ask(app.url, path, "POST", body, headers)[0]


def test_a_timer_fires_at_its_moments_through_payload_mode(app):
    app.await_log(
        "[Information] Executing 'Functions.every-second' (Reason='Timer "
        "fired at ",
        EVERY_SECOND,
        "Executing 'Functions.every-second' (Reason='Timer fired at ",
        EVERY_SECOND,
    )
    assert "Executing 'Functions.yearly' (Reason='Timer" not in app.log()


def test_a_timer_whose_schedule_is_a_setting(app):
    app.await_log(
        "Executing 'Functions.by-setting' (Reason='Timer fired at ",
        "Executed 'Functions.by-setting' (Succeeded",
    )


def test_run_on_startup(app):
    app.await_log(
        "Executing 'Functions.at-startup' (Reason='Timer fired at startup'",
        "Executed 'Functions.at-startup' (Succeeded",
    )
    assert app.log().count("Executing 'Functions.at-startup'") == 1


def test_a_schedule_that_is_none_is_said_and_the_host_goes_on(app):
    app.await_log("[Error] The 'never' function is in error: ")
    assert ask(app.url, "/api/hello")[0] == 200
    assert "Executing 'Functions.never'" not in app.log()


def test_a_timer_is_not_reached_over_http(app):
    assert ask(app.url, "/api/yearly")[0] == 404


def test_an_administrator_runs_a_timer(app):
    before = app.log().count("Executing 'Functions.yearly'")
    assert run(app, "YEARLY", b'{"input": "x"}') == 202
    until(lambda: app.log().count("Executing 'Functions.yearly'") > before)
    app.await_log(
        "Executing 'Functions.yearly' (Reason='This function was "
        "programmatically called via the host APIs.', Id=",
        "Executed 'Functions.yearly' (Succeeded, Id=",
    )


def test_a_disabled_timer_fires_only_when_an_administrator_wants_it(app):
    app.await_log(EVERY_SECOND)
    assert DISABLED not in app.log()
    assert run(app, "disabled") == 202
    app.await_log(
        f"{DISABLED}(Reason='This function was programmatically called via "
        "the host APIs.'",
        "Executed 'Functions.disabled' (Succeeded",
    )
    assert app.log().count(DISABLED) == 1


def test_an_http_function_cannot_be_run_without_a_request(app):
    """As WebJobs' HttpTriggerAttributeBindingProvider has it."""
    assert run(app, "hello", b'{"input": "x"}') == 202
    app.await_log("[Error]", "Functions.hello", "An HttpRequest is required")


@pytest.mark.parametrize(
    ("name", "body", "key", "status"),
    [
        ("nowhere", b"{}", "master", 404),
        ("yearly", b"{}", "", 401),
        ("yearly", b"{}", "default", 401),
        ("yearly", b"{", "master", 400),
        ("yearly", b"[]", "master", 400),
        ("yearly", b"", "master", 400),
        ("yearly", b"null", "master", 400),
    ],
)
def test_what_is_not_run(name, body, key, status, app):
    assert run(app, name, body, key) == status


def test_functions_are_listed_for_the_administrator(app):
    key = {"x-functions-key": app.functions.keys["master"]}
    told = json.loads(ask(app.url, "/admin/functions", headers=key)[2])
    urls = {one["name"]: one["invoke_url_template"] for one in told}
    assert urls["hello"] == f"{app.url}/api/hello"
    assert urls["yearly"] == ""
    assert ask(app.url, "/admin/functions")[0] == 401


def test_no_timer_fires_when_the_host_has_shut_down(app, tmp_path):
    functions = {"clock": [TIMER | {"schedule": "* * * * * *"}]}
    with broken(tmp_path, functions=functions, start="sys.exit(1)") as down:
        down.await_log("Shutting down Functions Host")
        assert run(down, "clock") == 503
        before = down.log().count("Executing 'Functions.clock'")
        elsewhere = app.log().count(EVERY_SECOND)
        until(lambda: app.log().count(EVERY_SECOND) > elsewhere + 1)
        assert down.log().count("Executing 'Functions.clock'") == before
