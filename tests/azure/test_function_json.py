"""What function.json may say, and what the host says about a bad one."""

import json

import pytest

from workshop.azure.function_json import FunctionError, read_function

TRIGGER = {
    "type": "httpTrigger",
    "direction": "in",
    "name": "req",
    "authLevel": "anonymous",
    "methods": ["get", "post"],
}
OUTPUT = {"type": "http", "direction": "out", "name": "res"}
TIMER = {"type": "timerTrigger", "name": "timer", "schedule": "0 * * * * *"}
QUEUE = {
    "type": "queue",
    "direction": "out",
    "name": "message",
    "queueName": "work",
    "connection": "AzureWebJobsStorage",
}


@pytest.fixture
def read(tmp_path):
    """Writes function.json, text, value or bindings, and reads it."""

    def read(*written, name="hello", bundle=False, **variables):
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        if len(written) == 1 and isinstance(written[0], str):
            text = written[0]
        elif len(written) == 1 and "bindings" in written[0]:
            text = json.dumps(written[0])
        else:
            text = json.dumps({"bindings": written})
        (folder / "function.json").write_text(text)
        return read_function(folder, variables, bundle)

    return read


def trigger(**keys):
    return TRIGGER | keys


def without(key, binding=TRIGGER):
    return {name: value for name, value in binding.items() if name != key}


def test_a_function_of_one_trigger_and_one_output(read):
    function = read(TRIGGER, OUTPUT)
    assert function.name == "hello"
    assert function.trigger.name == "req"
    assert [b.name for b in function.inputs] == ["req"]
    assert [b.name for b in function.outputs] == ["res"]
    assert (function.is_http, function.direct) == (True, True)
    assert function.route == "hello"
    assert function.methods == ("GET", "POST")
    assert function.level == "anonymous"
    assert function.disabled is False
    assert function.warnings == ()
    assert function.trigger.properties == TRIGGER


def test_a_folder_without_the_file_is_no_function(tmp_path):
    (tmp_path / "lib").mkdir()
    assert read_function(tmp_path / "lib", {}) is None
    assert read_function(tmp_path / "none", {}) is None


NOT_DIRECT = {
    "no output": (TRIGGER,),
    "a second output": (TRIGGER, OUTPUT, OUTPUT | {"name": "other"}),
    "a timer": (TIMER,),
    "a timer and http": (TIMER, OUTPUT),
}


@pytest.mark.parametrize("rule", NOT_DIRECT)
def test_only_one_request_in_and_one_response_out_is_direct(read, rule):
    assert not read(*NOT_DIRECT[rule]).direct


def test_a_binding_is_in_and_its_keys_have_any_case(read):
    function = read(
        {"Type": "HTTPTRIGGER", "NAME": "req", "AuthLevel": "Admin"}
        | {"ROUTE": "a/{id}", "Methods": ["Get"]},
        {"type": "Http", "direction": "OUT", "name": "$return"},
    )
    assert function.direct
    assert function.trigger.direction == "in"
    assert function.route == "a/{id}"
    assert function.methods == ("GET",)
    assert function.level == "admin"
    assert function.warnings == ()


@pytest.mark.parametrize("route", ["", "  ", None])
def test_an_empty_route_is_the_name(read, route):
    assert read(trigger(route=route)).route == "hello"


def test_a_timer_and_its_schedule(read):
    function = read(TIMER)
    assert (function.is_http, function.methods) == (False, ())
    assert function.schedule == "0 * * * * *"
    assert read(without("schedule", TIMER)).schedule == ""


def test_a_schedule_may_be_an_app_setting(read):
    timer = without("schedule", TIMER) | {"Schedule": "%EVERY%"}
    assert read(timer, EVERY="0 0 * * * *").schedule == "0 0 * * * *"
    with pytest.raises(FunctionError) as refused:
        read(timer)
    assert str(refused.value) == "'%EVERY%' does not resolve to a value."


CAST = "Unable to cast object of type 'Newtonsoft.Json.Linq.{}' to type"
PARSING = "Error parsing function.json: Invalid value specified for binding"
# The sentence is the whole message, but where it ends in an ellipsis.
REFUSED = {
    "no JSON": (("{",), "function.json: It is not JSON: ..."),
    "a list": (("[]",), "function.json must hold one JSON object: ..."),
    "no bindings": (("{}",), "At least one binding must be declared."),
    "empty bindings": (
        ({"bindings": []},),
        "At least one binding must be declared.",
    ),
    "bindings of another case": (
        ('{"Bindings": [{}]}',),
        "At least one binding must be declared.",
    ),
    "bindings in an object": (
        ({"bindings": TRIGGER},),
        CAST.format("JObject") + "...",
    ),
    "bindings in a text": (({"bindings": "a"},), CAST.format("JValue")),
    "a binding that is a text": (("a", TRIGGER), CAST.format("JValue")),
    "a binding that is a list": (([], TRIGGER), CAST.format("JArray")),
    "a direction that is none": (
        (trigger(direction="sideways"),),
        "'sideways' is not a valid binding direction.",
    ),
    "a script that is not there": (
        ({"bindings": [TRIGGER], "scriptFile": "run.py"},),
        "Invalid script file name configuration. The 'scriptFile' property "
        "is set to a file that does not exist.",
    ),
    "a name with an underscore": (
        (trigger(name="my_req"),),
        "The binding name my_req is invalid. Please assign a valid name to "
        "the binding.",
    ),
    "no name": (
        (without("name"),),
        "The binding name  is invalid. Please assign a valid name to the "
        "binding.",
    ),
    "a name that is too long": (
        (trigger(name="a" * 129),),
        f"The binding name {'a' * 129} is invalid. Please assign a valid "
        "name to the binding.",
    ),
    "$return that is in": (
        (TRIGGER, {"type": "http", "name": "$return"}),
        "$return bindings must specify a direction of 'out'.",
    ),
    "no type": (
        (without("type"),),
        "Binding 'req' is invalid. Bindings must specify a Type.",
    ),
    "a name twice, in any case": (
        (TRIGGER, OUTPUT | {"name": "REQ"}),
        "Multiple bindings with name 'REQ' discovered. Binding names must be "
        "unique.",
    ),
    "two triggers": (
        (TRIGGER, TIMER),
        "Multiple trigger bindings defined. A function can only have a "
        "single trigger binding.",
    ),
    "no trigger": (
        (OUTPUT,),
        "No trigger binding specified. A function must have a trigger input "
        "binding.",
    ),
    "a trigger that is out": (
        (trigger(direction="out"),),
        "No trigger binding specified. A function must have a trigger input "
        "binding.",
    ),
    "http that is in": (
        (TRIGGER, {"type": "http", "name": "res"}),
        "Http binding can only be used for output.",
    ),
    "http that is in and out": (
        (TRIGGER, OUTPUT | {"direction": "InOut"}),
        "Http binding can only be used for output.",
    ),
    "unknown types": (
        (
            TRIGGER,
            OUTPUT | {"type": "htp"},
            OUTPUT | {"type": "x", "name": "x"},
        ),
        "The binding type(s) 'htp, x' are not registered. Please ensure the "
        "type is correct and the binding extension is installed.",
    ),
    "a level that is none": (
        (trigger(authLevel="public"),),
        f"{PARSING} property 'authLevel' of enum type AuthorizationLevel.",
    ),
    "methods that are a text": (
        (trigger(methods="get"),),
        f"{PARSING} property 'methods' of type JArray.",
    ),
    "a route that is an object": (
        (trigger(route={}),),
        f"{PARSING} property 'route' of type String.",
    ),
    "no methods at all": (
        (trigger(methods=[]),),
        "Binding 'req' lists no methods, and the host would answer every "
        "request with 404. Name them, or leave the key out for all of them.",
    ),
    "the host's own routes": (
        (trigger(route="/Admin/keys"),),
        "The specified route conflicts with one or more built in routes.",
    ),
    "also what only begins so": (
        (trigger(route="runtimes"),),
        "The specified route conflicts with one or more built in routes.",
    ),
}


@pytest.mark.parametrize("rule", REFUSED)
def test_refused(read, rule):
    written, sentence = REFUSED[rule]
    with pytest.raises(FunctionError) as refused:
        read(*written)
    if sentence.endswith("...") or sentence.startswith("Unable"):
        assert sentence.removesuffix("...") in str(refused.value)
    else:
        assert str(refused.value) == sentence


def test_an_unknown_type_with_an_extension_bundle(read):
    with pytest.raises(FunctionError) as refused:
        read(TRIGGER, OUTPUT | {"type": "htp"}, bundle=True)
    assert str(refused.value) == (
        "The binding type(s) 'htp' were not found in the configured "
        "extension bundle. Please ensure the type is correct and the correct "
        "version of extension bundle is configured."
    )


@pytest.mark.parametrize(
    ("kind", "need"),
    [
        ("queue", "a storage account"),
        ("queueTrigger", "a storage account"),
        ("blobTrigger", "a storage account"),
        ("table", "a storage account"),
        ("ServiceBusTrigger", "a Service Bus namespace"),
        ("eventGridTrigger", "an Event Grid topic"),
        ("cosmosDB", "a Cosmos DB account"),
        ("orchestrationTrigger", "the Durable Functions extension"),
    ],
)
def test_a_binding_without_its_service_is_refused_by_name(read, kind, need):
    bindings = [QUEUE | {"type": kind}]
    if kind.lower().endswith("trigger"):
        bindings[0]["direction"] = "in"
    else:
        bindings.append(TRIGGER)
    with pytest.raises(FunctionError) as refused:
        read(*bindings)
    assert f"'hello' binds 'message' to '{kind}'" in str(refused.value)
    assert f"On Azure it takes {need}" in str(refused.value)


@pytest.mark.parametrize(
    "name", ["host", "Host", "1st", "_a", "a b", "a.b", "é", "a" * 129]
)
def test_a_folder_whose_name_no_function_may_have(read, name):
    with pytest.raises(FunctionError) as refused:
        read(TRIGGER, name=name)
    assert str(refused.value) == f"'{name}' is not a valid function name."


@pytest.mark.parametrize("name", ["A-b_9", "hosts", "a" * 128])
def test_a_folder_whose_name_a_function_may_have(read, name):
    assert read(TRIGGER, name=name).name == name


def test_a_function_json_that_cannot_be_read(tmp_path):
    (tmp_path / "a" / "function.json").mkdir(parents=True)
    with pytest.raises(FunctionError, match="cannot be read"):
        read_function(tmp_path / "a", {})


def test_a_script_that_is_there(read, tmp_path):
    (tmp_path / "run.py").touch()
    assert read({"bindings": [TRIGGER], "scriptFile": "../run.py"})


@pytest.mark.parametrize(
    ("setting", "value", "disabled"),
    [
        ("AzureWebJobs.hello.Disabled", "true", True),
        ("AzureWebJobs.Hello.disabled", "True", True),
        ("AzureWebJobs_hello_Disabled", "1", True),
        ("AzureWebJobs.hello.Disabled", "0", False),
        ("AzureWebJobs.other.Disabled", "true", False),
    ],
)
def test_an_app_setting_disables(read, setting, value, disabled):
    assert read(TRIGGER, **{setting: value}).disabled is disabled


WARNED = {
    "disabled in the file": (
        {"bindings": [TRIGGER], "disabled": True},
        'hello: the host ignores "disabled" in function.json since version '
        "2, and the function runs. Set the app setting "
        "AzureWebJobs.hello.Disabled to true.",
    ),
    "a key of the file": (
        {"bindings": [TRIGGER], "scriptfile": "x"},
        'hello: the host ignores "scriptfile" in function.json. Did you mean '
        '"scriptFile"?',
    ),
    "a key of a binding": (
        {"bindings": [trigger(method=["get"])]},
        'hello: binding "req": the host ignores "method". Did you mean '
        '"methods"?',
    ),
    "no level": (
        {"bindings": [without("authLevel")]},
        'has no "authLevel", and the host takes "function": callers need a '
        'key. For none, write "anonymous".',
    ),
    "no methods": (
        {"bindings": [without("methods")]},
        'has no "methods", and the host takes every method.',
    ),
}


@pytest.mark.parametrize("rule", WARNED)
def test_warned(read, rule):
    written, sentence = WARNED[rule]
    [warning] = read(written).warnings
    assert sentence in warning


def test_what_is_missing_has_the_hosts_defaults(read):
    function = read({"type": "httpTrigger", "name": "req"})
    assert (function.level, function.methods) == ("function", ())


def test_disabled_false_is_nothing_to_say(read):
    assert read({"bindings": [TRIGGER], "disabled": False}).warnings == ()
