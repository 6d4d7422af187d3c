"""Each function app of functions/azure answers each of cases.json as it
should, laid out as it is deployed, on the local Functions host.
"""

import http.client
import json
import shutil
from urllib.parse import urlsplit

import pytest

from tests.building import skip_without_crates
from workshop.azure import LocalFunctions
from workshop.deploy.package import lay_out
from workshop.repository import FUNCTIONS, KERNEL

CASES = json.loads((KERNEL / "cases.json").read_text())
AZURE = FUNCTIONS / "azure"


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("python", {}),
        ("node", {}),
        pytest.param("node", {"REVERSAL": "string"}, id="node-text"),
        ("rust", {}),
    ],
)
def test_the_cases(name, settings, tmp_path):
    if name == "rust":
        skip_without_crates(AZURE / name)
    elif name == "node" and not shutil.which("node"):
        pytest.skip("there is no node")
    lay_out(AZURE / name, tmp_path / "app")
    values = json.dumps({"Values": settings})
    (tmp_path / "app" / "local.settings.json").write_text(values)
    with LocalFunctions(tmp_path / "app") as functions:
        host = urlsplit(functions.url)
        client = http.client.HTTPConnection(host.hostname, host.port)
        for case in CASES:
            event = json.dumps(case["event"])
            client.request("POST", "/api/palindromes", event)
            reply = client.getresponse()
            status, body = 200, case.get("body")
            if "error" in case:
                status, body = 400, {"error": case["error"]["errorMessage"]}
            expected = json.dumps(body, separators=(",", ":")).encode()
            assert (reply.status, reply.read()) == (status, expected), case[
                "name"
            ]
        client.close()
