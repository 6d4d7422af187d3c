"""What is rewritten for Flex Consumption, and that it still answers."""

import http.client
import json
import shutil
import struct
from urllib.parse import urlsplit

import pytest

from workshop.azure import LocalFunctions
from workshop.deploy.azure.flex import adapt
from workshop.deploy.package import lay_out
from workshop.errors import WorkshopError
from workshop.repository import FUNCTIONS, KERNEL, SOLUTIONS
from workshop.sandbox import base_python

PYTHON, NODE = FUNCTIONS / "azure" / "python", FUNCTIONS / "azure" / "node"
HANDLER = SOLUTIONS / "08_azure_custom_handler.ipynb"
BINDINGS = SOLUTIONS / "09_azure_bindings.ipynb"
CASES = json.loads((KERNEL / "cases.json").read_text())
HTTP = {
    "bindings": [
        {"type": "httpTrigger", "direction": "in", "name": "req"},
        {"type": "http", "direction": "out", "name": "res"},
    ]
}


@pytest.fixture
def app(tmp_path):
    """Lays out an app in a folder, which it gives."""

    def app(source):
        lay_out(source, tmp_path / "app")
        return tmp_path / "app"

    return app


@pytest.fixture
def program(tmp_path):
    """An app whose handler is the program that these bytes are."""

    def program(image):
        host = {
            "version": "2.0",
            "customHandler": {
                "description": {"defaultExecutablePath": "handler"},
                "enableForwardingHttpRequest": True,
            },
        }
        (tmp_path / "host.json").write_text(json.dumps(host))
        (tmp_path / "a").mkdir()
        (tmp_path / "a" / "function.json").write_text(json.dumps(HTTP))
        (tmp_path / "handler").write_bytes(image)
        return tmp_path

    return program


def elf(machine=62, kinds=(1,)):
    """The head of an ELF file for a machine, with segments of these kinds."""
    head = bytearray(64)
    head[:6] = b"\x7fELF\x02\x01"
    head[18:20] = machine.to_bytes(2, "little")
    head[32:40] = (64).to_bytes(8, "little")
    head[54:56] = (56).to_bytes(2, "little")
    head[56:58] = len(kinds).to_bytes(2, "little")
    segments = (struct.pack("<I28xQ16x", kind, 4) for kind in kinds)
    return bytes(head) + b"".join(segments)


def answers(folder, cases):
    """Expect the app in this folder to answer these cases."""
    with LocalFunctions(folder) as functions:
        host = urlsplit(functions.url)
        client = http.client.HTTPConnection(host.hostname, host.port)
        for case in cases:
            event = json.dumps(case["event"])
            client.request("POST", "/api/palindromes", event)
            reply = client.getresponse()
            status, body = 200, case.get("body")
            if "error" in case:
                status, body = 400, {"error": case["error"]["errorMessage"]}
            expected = json.dumps(body, separators=(",", ":")).encode()
            assert (reply.status, reply.read()) == (status, expected)
        client.request("DELETE", "/api/palindromes")
        refused = client.getresponse()
        refused.read()
        client.close()
    return refused.status


@pytest.mark.parametrize("source", [PYTHON, HANDLER], ids=["app", "answer"])
def test_a_python_handler_gets_the_profile(app, source):
    folder = app(source)
    adapted = adapt(folder)
    assert json.loads((folder / "host.json").read_text()) == {
        "version": "2.0",
        "configurationProfile": "mcp-custom-handler",
        "customHandler": {
            "description": {
                "defaultExecutablePath": "python",
                "arguments": ["handler.py"],
            },
            "http": {"defaultAuthorizationLevel": "anonymous"},
        },
    }
    assert not (folder / "palindromes").exists()
    assert (folder / "requirements.txt").read_text().startswith("#")
    assert (adapted.runtime, adapted.version) == ("python", "3.12")
    assert adapted.settings == {
        "AzureWebJobsFeatureFlags": "EnableMcpCustomHandlerPreview",
        "PYTHONPATH": "/home/site/wwwroot/.python_packages/lib/site-packages",
    }
    assert adapted.remote_build
    assert not adapted.cautions
    assert adapted.path == "/api/palindromes?min=10&max=99"
    assert adapted.level == "anonymous"


def test_the_learner_sees_what_was_rewritten(app):
    changes = adapt(app(PYTHON)).changes
    assert '-      "defaultExecutablePath": "python3",' in changes
    assert '+      "defaultExecutablePath": "python",' in changes
    assert '+  "configurationProfile": "mcp-custom-handler",' in changes
    assert "palindromes/function.json is left out" in changes
    assert "requirements.txt is added" in changes


def test_what_was_rewritten_answers_as_before(app, tmp_path, monkeypatch):
    # An instance of Flex Consumption has a `python`; not every machine does.
    (tmp_path / "python").symlink_to(base_python())
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    folder = app(PYTHON)
    adapt(folder)
    # What function.json did not list is the handler's to refuse, now.
    assert answers(folder, CASES) == 405


def test_a_handler_for_node_answers_as_before(app):
    if not shutil.which("node"):
        pytest.skip("there is no node")
    folder = app(NODE)
    adapted = adapt(folder)
    assert (adapted.runtime, adapted.remote_build) == ("node", False)
    assert "PYTHONPATH" not in adapted.settings
    assert not (folder / "requirements.txt").exists()
    assert answers(folder, CASES[::10]) == 405


def test_an_app_with_a_timer_keeps_its_files_and_says_so(app):
    folder = app(BINDINGS)
    adapted = adapt(folder)
    host = json.loads((folder / "host.json").read_text())
    assert host["customHandler"]["description"]["defaultExecutablePath"] == (
        "python"
    )
    assert "configurationProfile" not in host
    assert (folder / "tick" / "function.json").exists()
    assert any("tick starts by a timerTrigger" in c for c in adapted.cautions)
    assert any("not seen on an account" in c for c in adapted.cautions)
    assert adapted.path == "/api/palindromes?min=10&max=99"


def test_what_else_is_in_a_functions_folder_stays(app):
    folder = app(PYTHON)
    (folder / "palindromes" / "data.txt").write_text("x")
    adapt(folder)
    assert [p.name for p in (folder / "palindromes").iterdir()] == ["data.txt"]


def test_requirements_of_the_learners_own_stay(app):
    folder = app(PYTHON)
    (folder / "requirements.txt").write_text("flask\n")
    adapt(folder)
    assert (folder / "requirements.txt").read_text() == "flask\n"


def test_the_level_is_that_of_function_json(app):
    folder = app(PYTHON)
    path = folder / "palindromes" / "function.json"
    path.write_text(path.read_text().replace("anonymous", "Function"))
    assert adapt(folder).level == "function"
    host = json.loads((folder / "host.json").read_text())
    assert host["customHandler"]["http"] == {
        "defaultAuthorizationLevel": "function"
    }


def test_without_a_plain_get_the_first_page_is_asked_for(program):
    folder = program(elf())
    (folder / "b").mkdir()
    bindings = json.loads(json.dumps(HTTP))
    bindings["bindings"][0] |= {"route": "b/{id}", "methods": ["get"]}
    (folder / "b" / "function.json").write_text(json.dumps(bindings))
    bindings["bindings"][0] |= {"route": "a", "methods": ["post"]}
    (folder / "a" / "function.json").write_text(json.dumps(bindings))
    assert (adapt(folder).path, adapt(folder).level) == ("/", "anonymous")


def test_a_static_program_goes_as_it_is(program):
    folder = program(elf())
    adapted = adapt(folder)
    assert (adapted.runtime, adapted.version) == ("custom", "1.0")
    assert (adapted.settings, adapted.changes) == ({}, ())
    assert not adapted.remote_build
    assert (folder / "handler").stat().st_mode & 0o111
    assert (adapted.path, adapted.level) == (
        "/api/a?min=10&max=99",
        "function",
    )


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (elf(kinds=(6, 3, 1)), "Link it static"),
        (elf(machine=183), "no program for Linux on x86_64"),
        (b"\xcf\xfa\xed\xfe" + bytes(99), "no program for Linux on x86_64"),
        (b"#!/bin/sh\n", "no program for Linux on x86_64"),
        (b"", "no program for Linux on x86_64"),
    ],
    ids=["dynamic", "arm64", "macos", "script", "empty"],
)
def test_another_program_is_refused(program, image, expected):
    with pytest.raises(WorkshopError, match=expected):
        adapt(program(image))


def test_an_interpreter_that_flex_has_not_is_refused(app):
    folder = app(PYTHON)
    path = folder / "host.json"
    path.write_text(path.read_text().replace("python3", "ruby"))
    with pytest.raises(WorkshopError, match="starts ruby, which Flex"):
        adapt(folder)


def test_a_function_in_error_is_refused_in_the_hosts_words(app):
    folder = app(PYTHON)
    (folder / "palindromes" / "function.json").write_text('{"bindings": []}')
    with pytest.raises(WorkshopError, match="At least one binding must be"):
        adapt(folder)


def test_an_app_without_functions_is_refused(app):
    folder = app(PYTHON)
    (folder / "palindromes" / "function.json").unlink()
    with pytest.raises(WorkshopError, match="The app has no functions"):
        adapt(folder)


def test_an_app_that_has_the_profile_already_keeps_it(app):
    folder = app(PYTHON)
    adapt(folder)
    before = (folder / "host.json").read_text()
    again = adapt(folder)
    assert (folder / "host.json").read_text() == before
    assert not again.cautions
    assert again.changes == ()
    assert again.path == "/api/palindromes?min=10&max=99"
    assert again.level == "anonymous"


def test_the_case_of_a_key_does_not_count(app):
    folder = app(PYTHON)
    path = folder / "host.json"
    path.write_text(
        path.read_text()
        .replace("customHandler", "CustomHandler")
        .replace("defaultExecutablePath", "DefaultExecutablePath")
        .replace("enableForwarding", "EnableForwarding")
    )
    adapt(folder)
    host = json.loads(path.read_text())
    assert host["CustomHandler"] == {
        "description": {
            "DefaultExecutablePath": "python",
            "arguments": ["handler.py"],
        },
        "http": {"defaultAuthorizationLevel": "anonymous"},
    }


def test_the_old_section_is_refused(app):
    folder = app(PYTHON)
    path = folder / "host.json"
    path.write_text(path.read_text().replace("customHandler", "httpWorker"))
    with pytest.raises(WorkshopError, match='has no "customHandler"'):
        adapt(folder)


def test_the_settings_of_this_machine_stay_here(app):
    folder = app(PYTHON)
    (folder / "local.settings.json").write_text('{"Values": {"KEY": "1"}}')
    changes = adapt(folder).changes
    assert "local.settings.json is left out" in changes
    assert not (folder / "local.settings.json").exists()


def test_functions_of_two_levels_keep_their_files(app):
    folder = app(PYTHON)
    (folder / "other").mkdir()
    (folder / "other" / "function.json").write_text(json.dumps(HTTP))
    assert "cannot have the profile" in adapt(folder).cautions[0]
    assert (folder / "palindromes" / "function.json").exists()


def test_an_app_that_takes_payloads_keeps_its_files(app):
    folder = app(PYTHON)
    path = folder / "host.json"
    path.write_text(path.read_text().replace("true", "false"))
    assert "cannot have the profile" in adapt(folder).cautions[0]
    assert (folder / "palindromes" / "function.json").exists()
