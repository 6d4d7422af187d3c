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

    def read(functions, handler=None, variables=(), **keys):
        host = {"version": "2.0", "customHandler": HANDLER | (handler or {})}
        (tmp_path / "host.json").write_text(json.dumps(host | keys))
        for name, bindings in functions.items():
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
    "in another case, with slashes": (http("/X/"), http("x"), True),
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
    prefix = {"http": {"routePrefix": ""}}
    if rule == "in another case, with slashes":
        with pytest.raises(HostConfigurationError, match="consecutively"):
            read({"a": first}, handler={})
        first = http("X/")
    app = read_again(read, {"a": first, "b": second}, prefix)
    sentence = "The route specified conflicts with the route defined by "
    expected = {"b": f"{sentence}function 'a'."} if conflict else {}
    assert app.errors == expected


def read_again(read, functions, prefix):
    """Reads an app whose folders may be there already."""
    for name in functions:
        folder = read.__closure__ and name
        assert folder
    return read(functions, extensions=prefix)
