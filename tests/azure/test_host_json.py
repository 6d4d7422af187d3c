"""What host.json may say, and what the host says about a bad one."""

import json

import pytest

from workshop.azure.host_json import (
    HandlerRoute,
    HostConfigurationError,
    read_host_json,
)

HANDLER = {"description": {"defaultExecutablePath": "python"}}
VERSION_HELP = (
    "See https://aka.ms/functions-hostjson for more information on this "
    "configuration file."
)


@pytest.fixture
def read(tmp_path):
    """Writes host.json, text or value, and reads it."""

    def read(written, **variables):
        text = written if isinstance(written, str) else json.dumps(written)
        (tmp_path / "host.json").write_text(text)
        return read_host_json(tmp_path, variables)

    return read


def app(handler=None, **keys):
    return {"version": "2.0", "customHandler": handler or HANDLER, **keys}


def handler(description=None, **keys):
    """An app with this customHandler section."""
    about = {"defaultExecutablePath": "python"} | (description or {})
    return app({"description": about, **keys})


def test_the_least_host_json_has_the_hosts_defaults(read, tmp_path):
    settings = read(app())
    assert settings.route_prefix == "api"
    assert settings.function_timeout_s == 1800
    assert settings.handler_routes == settings.warnings == ()
    assert settings.functions is None
    handler = settings.handler
    assert handler.executable == "python"
    assert handler.arguments == handler.worker_arguments == ()
    assert handler.worker_path == ""
    assert handler.working_directory == tmp_path
    assert (handler.forwarding, handler.proxying) == (False, False)
    assert handler.port == 0
    assert handler.initialization_timeout_s == 30


REFUSED = {
    "no JSON": ("{'version'", "Unable to parse host configuration file '"),
    "where it is no JSON": ('{\n"version": }', "line 2, column 12"),
    "where, with a comment before": ('{\n/* a */"b": }', "line 2, column 13"),
    "empty": ("", "Unable to parse host configuration file '"),
    "a list": ("[]", "Unable to parse host configuration file '"),
    "nested too deeply": ("[" * 100_000, "nested too deeply"),
    "an empty object": (
        {},
        "Empty host configuration file found. Creating a default host.json "
        "file.",
    ),
    "no version": (
        {"customHandler": HANDLER},
        "The host.json file is missing the required 'version' property. See "
        "https://aka.ms/functions-hostjson for steps to migrate the "
        "configuration file.",
    ),
    "version's case counts": (
        {"Version": "2.0"},
        "The host.json file is missing the required 'version' property.",
    ),
    "version 3.0": (
        app() | {"version": "3.0"},
        "'3.0' is an invalid value for host.json 'version' property. We "
        "recommend you set the 'version' property to '2.0'. This does not "
        "correspond to the function runtime version, only to the schema "
        f"version of the host.json file. {VERSION_HELP}",
    ),
    "a version that is a number": (
        app() | {"version": 2.0},
        "'2' is an invalid value for host.json 'version' property. We "
        "recommend you set the 'version' property to '2.0'. " + VERSION_HELP,
    ),
    "no handler": ({"version": "2.0"}, "has no customHandler section"),
    "an empty handler": (app() | {"customHandler": {}}, "no customHandler"),
    "no description": (
        app({"enableForwardingHttpRequest": True}),
        "Missing worker Description.",
    ),
    "a description that is a text": (
        app({"description": "python"}),
        "Missing worker Description.",
    ),
    "a description without a program": (
        app({"description": {"arguments": ["handler.py"]}}),
        "WorkerDescription DefaultExecutablePath cannot be empty\n",
    ),
    "an empty program": (
        handler({"defaultExecutablePath": ""}),
        "WorkerDescription DefaultExecutablePath cannot be empty\n",
    ),
    "a switch that is none": (
        handler(enableForwardingHttpRequest="yes"),
        "Failed to convert configuration value at 'AzureFunctionsJobHost:"
        "customHandler:enableForwardingHttpRequest' to type "
        "'System.Boolean'.",
    ),
    "a port that is a word": (
        handler(port="http"),
        "'AzureFunctionsJobHost:customHandler:port' to type 'System.Int32'.",
    ),
    "a port that is too large": (handler(port=65536), "at most 65535"),
    "a type that is none": (handler(type="grpc"), "CustomHandlerType'."),
    "a level that is none": (
        handler(http={"routes": [{"route": "a", "authorizationLevel": "x"}]}),
        "'AzureFunctionsJobHost:customHandler:http:routes:0:"
        "authorizationLevel' to type",
    ),
    "a time-out of nothing": (
        app(functionTimeout="00:00:00"),
        "FunctionTimeout must be greater than 00:00:01 and less than "
        "10675199.02:48:05.4775807.",
    ),
    "a negative time-out": (
        app(functionTimeout="-00:05:00"),
        "FunctionTimeout must be greater than 00:00:01",
    ),
    "a time-out that is no length": (
        app(functionTimeout="5 minutes"),
        "'AzureFunctionsJobHost:functionTimeout' to type 'System.TimeSpan'.",
    ),
    "an unknown profile": (
        app(configurationProfile="mcp"),
        "Configuration profile 'mcp' is not supported. Supported values: '', "
        "'default', 'mcp-custom-handler', 'web-app-custom-handler'.",
    ),
}


@pytest.mark.parametrize("rule", REFUSED)
def test_refused(read, rule):
    written, sentence = REFUSED[rule]
    with pytest.raises(HostConfigurationError) as refused:
        read(written)
    assert sentence in str(refused.value)


def test_no_host_json_says_so_and_nothing_is_written(tmp_path):
    with pytest.raises(HostConfigurationError) as refused:
        read_host_json(tmp_path, {})
    assert str(refused.value).startswith(
        "No host configuration file found. Creating a default host.json file."
    )
    assert list(tmp_path.iterdir()) == []


def test_a_host_json_one_folder_down_is_pointed_at(tmp_path):
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "host.json").write_text(json.dumps(app()))
    with pytest.raises(HostConfigurationError, match=r"at: /app/host\.json"):
        read_host_json(tmp_path, {})


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(HostConfigurationError, match="is no folder"):
        read_host_json(tmp_path / "none", {})


def test_a_host_json_that_cannot_be_read(tmp_path):
    (tmp_path / "host.json").mkdir()
    with pytest.raises(HostConfigurationError, match="cannot be read"):
        read_host_json(tmp_path, {})


def test_comments_a_byte_order_mark_and_any_case_are_fine(read):
    settings = read(
        '\ufeff{ // a comment\n"version": "2.0", /* and\nmore */'
        '"CUSTOMHANDLER": {"Description": {"defaultexecutablepath": '
        '"http://a/*b*/"}}}'
    )
    assert settings.handler.executable == "http://a/*b*/"
    assert settings.warnings == ()


TIMEOUTS = {
    "hours, minutes, seconds": ("00:05:00", 300),
    "hours and minutes": ("01:30", 5400),
    "days": ("1.00:00:01", 86401),
    "a fraction": ("00:00:01.5", 1.5),
    "24 hours are 24 days": ("24:00:00", 24 * 86400),
    "a number is days": (5, 5 * 86400),
    "-1 is no limit": (-1, None),
    "minus one day is no limit": ("-1.00:00:00", None),
    "null is the default": (None, 1800),
    "the shortest": ("00:00:01", 1),
    "the longest": ("10675199.02:48:05.4775807", 922_337_203_685.4775807),
}


@pytest.mark.parametrize("rule", TIMEOUTS)
def test_function_timeout(read, rule):
    written, seconds = TIMEOUTS[rule]
    assert read(app(functionTimeout=written)).function_timeout_s == seconds


@pytest.mark.parametrize(
    "text",
    [
        "00:60:00",
        "00:00:60",
        "1.24:00:00",
        "1.5",
        "1:2:3:4:5",
        ":",
        "",
        "10675199.02:48:06",
    ],
)
def test_lengths_that_are_none(read, text):
    section = handler(initializationTimeout=text)
    if not text:  # the default
        assert read(section).handler.initialization_timeout_s == 30
        return
    with pytest.raises(HostConfigurationError, match=r"System\.TimeSpan"):
        read(section)


def test_a_program_of_the_app_is_found_before_that_of_the_path(read, tmp_path):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "server").touch()
    (tmp_path / "python").mkdir()  # a folder is no program
    about = {"defaultExecutablePath": "bin/server"}
    assert read(handler(about)).handler.executable == str(
        tmp_path / "bin" / "server"
    )
    assert read(handler()).handler.executable == "python"


def test_a_program_is_looked_for_in_the_worker_directory(read, tmp_path):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "server").touch()
    about = {"defaultExecutablePath": "server"}
    where = {"workingDirectory": "bin"}  # this is where it runs, no more
    assert read(handler(about | where)).handler.executable == "server"
    found = read(handler(about | {"workerDirectory": "bin"})).handler
    assert found.executable == str(tmp_path / "bin" / "server")
    assert found.working_directory == tmp_path


def test_the_working_directory_is_of_the_app_or_absolute(read, tmp_path):
    about = {"workingDirectory": "run"}
    assert read(handler(about)).handler.working_directory == tmp_path / "run"
    about = {"workingDirectory": "/"}
    assert str(read(handler(about)).handler.working_directory) == "/"


def test_variables_are_put_into_paths_and_not_yet_into_arguments(read):
    about = {
        "defaultExecutablePath": "%HOME%/%NONE%/python",
        "defaultWorkerPath": "%HOME%/server.py",
        "arguments": ["%HOME%"],
    }
    found = read(handler(about), HOME="/root").handler
    assert found.executable == "/root/%NONE%/python"
    assert found.worker_path == "/root/server.py"
    assert found.arguments == ("%HOME%",)


ARGUMENTS = {
    "in order": ([*map(str, range(11))], tuple(map(str, range(11)))),
    "not only texts": ([1, True, None, 1.5], ("1", "True", "", "1.5")),
    "none": ([], ()),
    "a list in a text": ('["-u", "a.py"]', ("-u", "a.py")),
}


@pytest.mark.parametrize("rule", ARGUMENTS)
@pytest.mark.parametrize("key", ["arguments", "workerArguments"])
def test_arguments(read, rule, key):
    written, expected = ARGUMENTS[rule]
    settings = read(handler({key: written}))
    found = {
        "arguments": settings.handler.arguments,
        "workerArguments": settings.handler.worker_arguments,
    }
    assert found.pop(key) == expected
    assert set(found.values()) == {()}
    assert settings.warnings == ()


def test_modes_port_and_prefix(read):
    settings = read(
        handler(
            enableForwardingHttpRequest=True,
            enableProxyingHttpRequest="true",
            port="8000",
        )
        | {"extensions": {"http": {"routePrefix": "v1"}}}
    )
    found = settings.handler
    assert (found.forwarding, found.proxying, found.port) == (True, True, 8000)
    assert settings.route_prefix == "v1"
    assert settings.template("a/{b}") == "v1/a/{b}"
    empty = read(app(extensions={"http": {"routePrefix": ""}}))
    assert empty.template("a/{b}") == "a/{b}"


def test_the_profile_proxies_everything(read):
    settings = read(app(configurationProfile="MCP-custom-handler"))
    assert settings.handler.proxying
    assert settings.route_prefix == ""
    assert settings.handler_routes == (HandlerRoute("{*route}", "function"),)


def test_host_json_goes_before_its_profile(read):
    settings = read(
        app(
            configurationProfile="mcp-custom-handler",
            extensions={"http": {"routePrefix": "mine"}},
        )
    )
    assert settings.route_prefix == "mine"


def test_routes_of_the_handler_have_the_default_level(read):
    settings = read(
        handler(
            http={
                "DefaultAuthorizationLevel": "Anonymous",
                "routes": [
                    {"route": "a"},
                    {"route": "b", "authorizationLevel": "Admin"},
                ],
            }
        )
    )
    assert settings.handler_routes == (
        HandlerRoute("a", "anonymous"),
        HandlerRoute("b", "admin"),
    )


def test_the_environment_goes_before_host_json(read):
    prefix = "AzureFunctionsJobHost__"
    settings = read(
        app(functionTimeout="00:01:00"),
        **{
            f"{prefix}functionTimeout": "00:02:00",
            f"{prefix}customHandler__description__arguments": '["a.py"]',
            f"{prefix}configurationProfile": "mcp-custom-handler",
        },
    )
    assert settings.function_timeout_s == 120
    assert settings.handler.arguments == ("a.py",)
    assert settings.handler.proxying


def test_the_allow_list_and_the_bundle(read):
    bundle = {"id": "Microsoft.Azure.Functions.ExtensionBundle"}
    settings = read(app(functions=["a", "b"], extensionBundle=bundle))
    assert settings.functions == ("a", "b")
    assert settings.has_bundle
    assert settings.warnings == ()


WARNED = {
    "a key of the wrong section": (
        app(enableForwardingHttpRequest=True),
        'the host ignores "enableForwardingHttpRequest". It belongs in '
        '"customHandler".',
    ),
    "http of version 1": (
        app(http={"routePrefix": ""}),
        'the host ignores "http". It belongs in "extensions".',
    ),
    "a value among the extensions": (
        app(extensions={"routePrefix": "", "queues": {}}),
        'the host ignores "extensions.routePrefix". It belongs in '
        '"extensions.http".',
    ),
    "a misspelt key": (
        app(functionTimeOuts="00:01:00"),
        'the host ignores "functionTimeOuts". Did you mean "functionTimeout"?',
    ),
    "a misspelt key inside": (
        handler(enableForwarding=True),
        'the host ignores "customHandler.enableForwarding". Did you mean '
        '"enableForwardingHttpRequest"?',
    ),
    "a misspelt key of another section": (
        app(enableForwardingHttpRequests=True),
        'Did you mean "enableForwardingHttpRequest" in "customHandler"?',
    ),
    "a key like no other": (
        app(zzz=1),
        'host.json: the host ignores "zzz".',
    ),
    "a key in a route": (
        handler(http={"routes": [{"route": "a", "authLevel": "anonymous"}]}),
        'the host ignores "customHandler.http.routes[0].authLevel".',
    ),
    "a section that is none": (
        app(extensions={"http": "api"}),
        'the host ignores "extensions.http": it must be an object.',
    ),
    "arguments that are no list": (
        handler({"arguments": "handler.py"}),
        '"customHandler.description.arguments" is no list, and the host '
        'ignores it: write ["handler.py"].',
    ),
    "functions that are no list": (
        app(functions="a"),
        '"functions" is no list, and the host ignores it: write ["a"].',
    ),
    "a long time-out": (
        app(functionTimeout="00:10:01"),
        "601 s; on the Consumption plan the host stops with: FunctionTimeout "
        "must be greater than 00:00:01 and less than 00:10:00.",
    ),
    "no time-out": (app(functionTimeout="-1"), 'is "-1"; on the Consumption'),
    "the type None": (
        handler(type="none"),
        "CustomHandlerType None is not supported. Defaulting to Http.",
    ),
    "both sections": (
        app(httpWorker=HANDLER),
        "Both httpWorker and customHandler sections are spefified in "
        "host.json file. customHandler takes precedence.",
    ),
    "the old section": (
        {"version": "2.0", "httpWorker": HANDLER},
        "Section httpWorker will be deprecated. Please use customHandler "
        "section.\nUnder httpWorker the real host asks a handler for its "
        "function's name, /NAME?a=1.",
    ),
}


@pytest.mark.parametrize("rule", WARNED)
def test_warned(read, rule):
    written, sentence = WARNED[rule]
    [warning] = read(written).warnings
    assert sentence in warning


def test_the_old_section_forwards_always(read):
    assert read({"version": "2.0", "httpWorker": HANDLER}).handler.forwarding
