"""A function app as a whole: its functions, and what stops the host."""

import json

import pytest

from workshop.azure.app import read_app
from workshop.azure.host_json import HostConfigurationError

HANDLER = {"description": {"defaultExecutablePath": "python"}}
OUTPUT = {"type": "http", "direction": "out", "name": "res"}
TIMER = {"type": "timerTrigger", "name": "timer", "schedule": "0 * * * * *"}


def http(route=None, methods=("get",)):
    """The bindings of an HTTP function."""
    trigger = {
        "type": "httpTrigger",
        "direction": "in",
        "name": "req",
        "authLevel": "anonymous",
        "methods": list(methods),
    }
    return [trigger | ({"route": route} if route else {}), OUTPUT]


@pytest.fixture
def read(tmp_path):
    """Writes an app, its host.json and its functions' bindings; reads it."""

    def read(found, handler=None, variables=(), **keys):
        host = {"version": "2.0", "customHandler": HANDLER | (handler or {})}
        (tmp_path / "host.json").write_text(json.dumps(host | keys))
        for name, bindings in found.items():
            (tmp_path / name).mkdir()
            text = json.dumps({"bindings": bindings})
            (tmp_path / name / "function.json").write_text(text)
        return read_app(tmp_path, dict(variables))

    return read


def test_functions_are_in_the_order_of_their_names(read, tmp_path):
    (tmp_path / "lib").mkdir()
    (tmp_path / "notes.txt").touch()
    app = read({"b": http(), "A-2": http(), "C": http(), "a-1": http()})
    assert [f.name for f in app.functions] == ["a-1", "A-2", "b", "C"]
    assert app.folder == tmp_path
    assert app.errors == {}
    assert app.warnings == ()


def test_a_function_in_error_is_left_out_and_the_rest_go_on(read):
    app = read({"bad": [], "good": http(), "1st": http()})
    assert [f.name for f in app.functions] == ["good"]
    assert app.errors == {
        "bad": "At least one binding must be declared.",
        "1st": "'1st' is not a valid function name.",
    }


def test_a_bad_host_json_stops_the_host(read):
    with pytest.raises(HostConfigurationError, match="missing the required"):
        read({"a": http()}, version="")


# The routes and methods of a and b, and whether they conflict.
PAIRS = {
    "the same route": (http("x"), http("x"), True),
    "in another case, with a slash": (http("X/"), http("x"), True),
    "by default the name": (http("b"), http(), True),
    "all methods": (http("x"), http("x", ["get", "post"]), True),
    "a method in another case": (http("x"), http("x", ["GET"]), True),
    "no method in common": (http("x"), http("x", ["post"]), False),
    "another route": (http("x"), http("y"), False),
    "a route that matches the same": (http("{a}"), http("{b}"), False),
    "a timer has no route": (http("b"), [TIMER], False),
}


@pytest.mark.parametrize("rule", PAIRS)
def test_two_functions_on_one_route(read, rule):
    first, second, conflict = PAIRS[rule]
    app = read({"a": first, "b": second})
    sentence = "The route specified conflicts with the route defined by "
    expected = {"b": f"{sentence}function 'a'."} if conflict else {}
    assert app.errors == expected
    assert len(app.functions) == 2 - len(expected)


@pytest.mark.parametrize(
    ("route", "reason"),
    [
        ("/x", "cannot appear consecutively"),
        ("{id", "There is an incomplete parameter"),
        ("{id:word}", "could not be resolved by the constraint resolver"),
    ],
)
def test_a_route_that_is_none_stops_the_host(read, route, reason):
    with pytest.raises(HostConfigurationError) as refused:
        read({"a": http(route)})
    assert str(refused.value).startswith(
        "An error occurred while creating the route with name 'a' and "
        f"template 'api/{route}'.\n"
    )
    assert reason in str(refused.value)


def test_a_slash_before_a_route_is_fine_without_a_prefix(read):
    app = read({"a": http("/x")}, extensions={"http": {"routePrefix": ""}})
    assert [f.route for f in app.functions] == ["/x"]


def routes(*templates):
    return {"http": {"routes": [{"route": route} for route in templates]}}


def test_routes_of_the_handler_are_functions(read):
    app = read({}, handler=routes("a", "{*rest}"))
    assert [f.name for f in app.functions] == [
        "http-handler1",
        "http-handler2",
    ]
    first, second = app.functions
    assert (first.route, second.route) == ("a", "{*rest}")
    assert first.direct and second.direct
    assert first.level == "function"
    assert first.methods == (
        *("GET", "POST", "PUT", "DELETE", "PATCH"),
        *("HEAD", "OPTIONS", "TRACE", "CONNECT"),
    )
    assert app.errors == {}


def test_a_bad_route_of_the_handler_is_left_out(read):
    app = read({}, handler=routes("a", " ", "{b", "admin/{*rest}"))
    assert [f.name for f in app.functions] == ["http-handler1"]
    sentence = "Route cannot be null, empty or whitespace."
    assert app.errors["http-handler2"] == sentence
    assert "incomplete parameter" in app.errors["http-handler3"]
    assert "built in routes" in app.errors["http-handler4"]


def test_the_handlers_routes_and_a_function_json_stop_the_host(read):
    with pytest.raises(HostConfigurationError) as refused:
        read({"a": http()}, configurationProfile="mcp-custom-handler")
    assert str(refused.value) == (
        "Detected both function.json files and custom handler HTTP route "
        "configuration definition in host.jsonOnly one configuration source "
        "is supported. Remove either the function.json files or the HTTP "
        "routes entries in host.json."
    )


def test_an_allow_list_leaves_the_others_out(read):
    app = read({"a": http(), "b": http()}, functions=["B"])
    assert [f.name for f in app.functions] == ["b"]
    assert app.warnings == (
        "A function allow list has been specified, excluding all but the "
        "following functions: [B]",
    )


def test_settings_reach_the_functions(read):
    variables = {"AzureWebJobs.a.Disabled": "1"}
    app = read({"a": http(), "b": http()}, variables=variables)
    assert [f.disabled for f in app.functions] == [True, False]


def test_warnings_of_host_json_and_of_functions_come_together(read):
    [trigger, output] = http()
    app = read({"a": [trigger | {"x": 1}, output]}, zzz=1)
    assert [w.split(":")[0] for w in app.warnings] == ["host.json", "a"]


def test_no_functions_at_all(read, tmp_path):
    (tmp_path / "function.json").write_text("{}")
    beside, none = read({}).warnings
    assert "ignores the function.json beside host.json" in beside
    assert none.startswith("No functions were found.")


@pytest.mark.parametrize(
    ("switches", "warned"),
    [
        ({"enableForwardingHttpRequest": True}, "enableForwarding"),
        ({"enableProxyingHttpRequest": True}, "enableProxying"),
        ({}, None),
    ],
)
def test_the_fall_back_to_payload_is_said_aloud(read, switches, warned):
    second = OUTPUT | {"name": "other"}
    functions = {"a": [*http(), second], "b": http(), "c": [TIMER]}
    warnings = read(functions, handler=switches).warnings
    if warned is None:
        assert warnings == ()
    else:
        [warning] = warnings
        assert warning.startswith("a: the host sends it a JSON payload in")
        assert warned in warning


# Routes of a and b, and whether a takes requests that b is exact for.
SHADOWS = {
    "a catch-all": (http("{*path}"), http("items/{id}"), True),
    "a parameter before a literal": (http("x/{id}"), http("x/new"), True),
    "a parameter of another name": (http("x/{a}"), http("x/{b}"), True),
    "a literal before a parameter": (http("x/x"), http("x/{id}"), False),
    "another literal": (http("y/{id}"), http("x/new"), False),
    "other methods": (http("{*path}"), http("x", ["post"]), False),
    "a constraint": (http("x/{id:int}"), http("x/new"), False),
}


@pytest.mark.parametrize("rule", SHADOWS)
def test_the_order_of_names_may_shadow_a_route(read, rule):
    first, second, shadowed = SHADOWS[rule]
    warnings = read({"a": first, "b": second}).warnings
    assert len(warnings) == shadowed
    if shadowed:
        assert warnings[0].startswith("b: a request such as /api/")
        assert "goes to 'a'" in warnings[0]
