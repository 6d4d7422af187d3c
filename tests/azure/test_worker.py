"""One handler process: what it is told, and what is said about its end."""

import json
import signal

import pytest

from tests.azure.apps import HTTP, ask, host_json, write_app
from tests.azure.breaking import broken, until
from workshop.azure import LocalFunctions
from workshop.azure.worker import exit_code, exit_words

SAYS = """
import json, os, sys
from http.server import BaseHTTPRequestHandler, HTTPServer

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        told = {
            "variables": dict(os.environ),
            "arguments": sys.argv[1:],
            "folder": os.getcwd(),
        }
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(told).encode())

print("on stdout", flush=True)
print("on stderr", "a WARNING", file=sys.stderr, sep="\\n", flush=True)
port = int(os.environ["FUNCTIONS_CUSTOMHANDLER_PORT"])
HTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """What a handler says of its start; the app; what the host logged."""
    app = tmp_path_factory.mktemp("app")
    host = host_json(
        "../handler.py",
        "%A%",
        "-%NOT_SET%-",
        "%FUNCTIONS_CUSTOMHANDLER_PORT%",
        enableForwardingHttpRequest=True,
    )
    host["customHandler"]["description"]["workingDirectory"] = "work"
    write_app(app, SAYS, {"hello": HTTP}, host)
    (app / "work").mkdir()
    (app / "local.settings.json").write_text(
        json.dumps({"Values": {"A": "of the app", "TZ": "Asia/Tokyo"}})
    )
    with LocalFunctions(app) as functions:
        status, _, told = ask(functions.url, "/api/hello")
        assert status == 200
        errors = "[Warning] a WARNING"
        until(lambda: errors in functions.log())
        yield json.loads(told), app, functions


def test_its_variables(said):
    told, app, functions = said
    variables = told["variables"]
    port = variables["FUNCTIONS_CUSTOMHANDLER_PORT"]
    assert variables["FUNCTIONS_HTTPWORKER_PORT"] == port
    assert port != functions.url.rpartition(":")[2]
    worker_id = variables["FUNCTIONS_CUSTOMHANDLER_WORKER_ID"]
    assert variables["FUNCTIONS_HTTPWORKER_ID"] == worker_id
    assert variables["FUNCTIONS_APP_ROOT_PATH"] == str(app)
    assert variables["AzureWebJobsScriptRoot"] == str(app)
    assert variables["FUNCTIONS_WORKER_RUNTIME"] == "custom"
    assert variables["WEBSITE_HOSTNAME"] == functions.url[len("http://") :]
    assert (variables["A"], variables["TZ"]) == ("of the app", "Asia/Tokyo")


def test_nothing_of_the_learners_reaches_it(said, monkeypatch, tmp_path):
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "secret")
    with LocalFunctions(said[1]) as functions:
        told = json.loads(ask(functions.url, "/api/hello")[2])
    assert "AZURE_CLIENT_SECRET" not in told["variables"]
    assert "HOME" not in told["variables"]


def test_its_arguments_and_folder(said):
    told, app, functions = said
    port = told["variables"]["FUNCTIONS_CUSTOMHANDLER_PORT"]
    # Nothing is quoted: what has a space in it becomes several.
    assert told["arguments"] == ["of", "the", "app", "--", port]
    assert told["folder"] == str(app / "work")
    assert "[Debug] Environment variable:%NOT_SET% is not set" in (
        functions.log()
    )
    assert (
        "[Debug] Starting worker process with FileName:python3 "
        f"WorkingDirectory:{app / 'work'} Arguments:../handler.py of the app "
        f"-- {port}"
    ) in functions.log()


def test_what_it_prints(said):
    log = said[2].log()
    assert "[Information] on stdout" in log
    assert "[Error] on stderr" in log


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (0, 0, "exit 0"),
        (200, 200, "exit 200"),
        (-signal.SIGKILL, 137, "SIGKILL"),
        (-40, 168, "signal 40"),
    ],
)
def test_exits(status, code, words):
    assert exit_code(status) == code
    assert exit_words(status) == words


def test_its_mark_is_not_the_apps_to_change(tmp_path):
    """By WEBSITE_INSTANCE_ID a handler that got lost is found."""
    values = {"WEBSITE_INSTANCE_ID": "mine"}
    with broken(tmp_path, values=values) as app:
        assert ask(app.url, "/api/hello")[0] == 200
        assert len(app.processes()) == 1


def test_a_crate_that_is_not_built(tmp_path):
    host = host_json(program="handler")
    write_app(tmp_path, "", host=host)
    (tmp_path / "Cargo.toml").touch()
    sentence = (
        f"[Warning] handler is not there: run cargo build --release in "
        f"{tmp_path}, and copy the program from target/release to "
        f"{tmp_path / 'handler'}."
    )
    with LocalFunctions(tmp_path) as functions:
        until(lambda: sentence in functions.log())
