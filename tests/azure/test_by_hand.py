"""The README's promise: curl and a browser reach the served app."""

import json
import re
import shutil
import subprocess

import pytest

from tests.azure.apps import HTTP, TIMER, ask, write_app
from tests.serving import serving_azure
from workshop.repository import FUNCTIONS

PATH = "/api/palindromes?min=10&max=99"
BODY = (
    '{"smallest":{"value":121,"factors":[[11,11]]},'
    '"largest":{"value":9009,"factors":[[91,99]]}}'
)
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="module")
def url():
    with serving_azure(FUNCTIONS / "azure" / "python") as (_, url):
        yield url


@pytest.mark.skipif(not shutil.which("curl"), reason="there is no curl here")
def test_curl_reaches_it(url):
    said = subprocess.run(
        ["curl", "-s", "-w", " %{http_code}", url + PATH],
        capture_output=True,
        text=True,
    )
    assert said.stdout == f"{BODY} 200"


@pytest.mark.skipif(
    not any(map(shutil.which, BROWSERS)), reason="there is no browser here"
)
def test_a_browser_reaches_it(url, tmp_path):
    browser = next(filter(None, map(shutil.which, BROWSERS)))
    said = subprocess.run(
        [
            *(browser, "--headless", "--no-sandbox", "--disable-gpu"),
            *(f"--user-data-dir={tmp_path}", "--dump-dom", url + PATH),
        ],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert BODY in said.stdout, said.stderr


def test_it_says_where_the_functions_are_and_with_which_key(tmp_path):
    secret = [HTTP[0] | {"authLevel": "function"}, HTTP[1]]
    app = write_app(tmp_path, functions={"open": HTTP, "secret": secret})
    (tmp_path / "tick").mkdir()
    (tmp_path / "tick" / "function.json").write_text(
        json.dumps({"bindings": [TIMER]})
    )
    with serving_azure(app) as (lines, url):
        said = dict(
            re.findall(r"^ +(\w[\w ]+): (.*)$", "\n".join(lines), re.M)
        )
        assert said["open"] == f"[GET,POST] {url}/api/open"
        assert said["tick"] == "timerTrigger"
        methods, _, place = said["secret"].partition(" ")
        assert methods == "[GET,POST]"
        path = place.removeprefix(url)
        assert ask(url, path)[0] == 200
        assert ask(url, path.partition("?")[0])[0] == 401
        master = {"x-functions-key": said["master key"]}
        assert ask(url, "/admin/host/status", headers=master)[0] == 200
