"""LocalFunctions: a host for notebooks and tests."""

import json
import os
import shutil
import sys
import time
from urllib.error import HTTPError

import pytest

from tests.azure.apps import ask, write_app
from tests.azure.breaking import broken
from workshop.azure import LocalFunctions
from workshop.errors import WorkshopError
from workshop.timeline import Phase


def test_what_a_notebook_gets(tmp_path):
    began = time.monotonic()
    with LocalFunctions(write_app(tmp_path)) as functions:
        assert ask(functions.url, "/api/hello")[0] == 200
        assert set(functions.keys) == {"master", "default", "hello"}
        assert "[Information] Worker process started and initialized." in (
            functions.log()
        )
        events = functions.timeline()
    told = [(event.environment, event.phase) for event in events]
    assert told == [
        ("host", Phase.INIT),
        ("host", Phase.IDLE),
        ("worker 1", Phase.INIT),
        ("worker 1", Phase.IDLE),
        ("worker 1", Phase.INVOKE),
        ("worker 1", Phase.IDLE),
    ]
    moments = [began, *(event.at for event in events), time.monotonic()]
    assert moments == sorted(moments)
    assert events[4].request_id


def test_keys_are_new_each_time(tmp_path):
    app = write_app(tmp_path)
    with LocalFunctions(app) as one, LocalFunctions(app) as two:
        assert not set(one.keys.values()) & set(two.keys.values())
        assert one.url != two.url
        one.close()  # closing twice does no harm


def test_the_hosts_own_pages(tmp_path):
    with LocalFunctions(write_app(tmp_path)) as functions:
        for path in ("/admin/log", "/admin/timeline", "/admin/host/status"):
            assert ask(functions.url, path)[0] == 401
        status, headers, page = ask(functions.url, "/")
        assert (status, headers.get_content_type()) == (200, "text/html")
        assert f"{functions.url}/api/hello".encode() in page
        assert ask(functions.url, "/admin/host/ping")[0] == 200
        assert ask(functions.url, "/admin/host/ping", "POST")[0] == 200
        assert ask(functions.url, "/admin/host/ping", "DELETE")[0] == 404
        assert ask(functions.url, "/favicon.ico")[0] == 404
        functions.keys["master"] = "wrong"
        with pytest.raises(HTTPError, match="401"):
            functions.log()


def test_a_home_page_that_is_turned_off(tmp_path):
    values = {"AzureWebJobsDisableHomepage": "true"}
    with broken(tmp_path, values=values) as app:
        status, _, page = ask(app.url, "/")
        assert (status, page) == (204, b"")


def test_a_server_that_ends_before_it_is_one(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.executable", "/bin/false")
    with pytest.raises(WorkshopError, match="did not start"):
        LocalFunctions(tmp_path)


def test_paths_of_the_hosts_own_as_clients_write_them(tmp_path):
    with LocalFunctions(write_app(tmp_path)) as functions:
        for path in ("/admin/host/ping/", "/Admin/HOST/Ping"):
            assert ask(functions.url, path)[0] == 200
            assert ask(functions.url, path, "DELETE")[0] == 404
        assert ask(functions.url, "/admin/log/")[0] == 401
        assert ask(functions.url, "/favicon.ico/")[0] == 404
        assert ask(functions.url, "/admin/log//")[0] == 404


def test_a_proxy_in_the_environment_is_passed_by(tmp_path, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with LocalFunctions(write_app(tmp_path)) as functions:
        assert functions.log()
        assert functions.timeline()


def test_a_log_that_no_encoding_can_hold(tmp_path):
    answer = r"""self.send('{"Logs": ["a\\ud800b"], "Outputs": {}}')"""
    start = {"request": f"{answer}; raise Answered"}
    with broken(tmp_path, mode="payload", **start) as app:
        assert ask(app.url, "/api/hello")[0] == 200
        assert "[Information] a?b" in app.functions.log()


@pytest.mark.skipif(
    sys.platform != "linux", reason="elsewhere names of files are UTF-8"
)
def test_a_folder_whose_name_is_no_text(tmp_path):
    app = write_app(tmp_path)
    odd = app / os.fsdecode(b"\xff")
    odd.mkdir()
    shutil.copy(app / "hello" / "function.json", odd)
    with LocalFunctions(app) as functions:
        [line] = [one for one in functions.log() if "in error" in one]
        assert "is not a valid function name" in line
        key = {"x-functions-key": functions.keys["master"]}
        status, _, told = ask(functions.url, "/admin/host/status", headers=key)
        assert (status, len(json.loads(told)["errors"])) == (200, 1)
