"""Functions as boto3 creates, changes, lists and deletes them."""

import io
import warnings
import zipfile

import boto3
import pytest

from tests.aws.conftest import ROLE, zip_of, zip_of_loop
from tests.aws.test_endpoint import ECHO, refusal


def test_the_life_of_a_function(client):
    settings = {
        "FunctionName": "life",
        "Runtime": "provided.al2023",
        "Handler": "handler.handler",
        "Role": ROLE,
    }
    created = client.create_function(
        **settings, Code={"ZipFile": zip_of_loop(ECHO)}
    )
    assert created["MemorySize"] == 128
    assert created["Timeout"] == 3
    client.get_waiter("function_active_v2").wait(FunctionName="life")
    found = client.get_function(FunctionName="life")["Configuration"]
    assert found["CodeSha256"] == created["CodeSha256"]
    changed = client.update_function_configuration(
        FunctionName="life",
        MemorySize=512,
        Timeout=5,
        Environment={"Variables": {"COLOUR": "blue"}},
    )
    client.get_waiter("function_updated_v2").wait(FunctionName="life")
    assert (changed["MemorySize"], changed["Timeout"]) == (512, 5)
    updated = client.update_function_code(
        FunctionName="life", ZipFile=zip_of_loop(ECHO + "  # two")
    )
    assert updated["CodeSha256"] != created["CodeSha256"]
    assert "life" in [
        each["FunctionName"] for each in client.list_functions()["Functions"]
    ]
    assert refusal(
        client.create_function,
        **settings,
        Code={"ZipFile": zip_of_loop(ECHO)},
    ) == (
        409,
        "ResourceConflictException",
        "Function already exist: life",
    )
    client.delete_function(FunctionName="life")
    missing = "arn:aws:lambda:us-east-1:123456789012:function:life"
    for call in (client.get_function, client.delete_function):
        assert refusal(call, FunctionName="life") == (
            404,
            "ResourceNotFoundException",
            f"Function not found: {missing}",
        )


SETTINGS = {
    "MemorySize": ("memorySize", 127, 10_241),
    "Timeout": ("timeout", 0, 901),
}


@pytest.mark.parametrize("setting", SETTINGS)
def test_settings_out_of_range(create, client, setting):
    field, low, high = SETTINGS[setting]
    function = create(ECHO)
    for value, bound in (
        (low, f"greater than or equal to {low + 1}"),
        (high, f"less than or equal to {high - 1}"),
    ):
        wanted = (
            400,
            "ValidationException",
            f"1 validation error detected: Value '{value}' at '{field}' "
            f"failed to satisfy constraint: Member must have value {bound}",
        )
        assert refusal(create, ECHO, **{setting: value}) == wanted
        assert wanted == refusal(
            client.update_function_configuration,
            FunctionName=function.name,
            **{setting: value},
        )


def zip_of_zeros(megabytes):
    """A small zip of one large file."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("zeros", "w") as file,
    ):
        for _ in range(megabytes):
            file.write(bytes(1_000_000))
    return buffer.getvalue()


def zip_of_twice(name):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive.writestr(name, "1")
        archive.writestr(name, "2")
    return buffer.getvalue()


def damaged():
    """A zip whose compressed data is no such thing."""
    content = bytearray(zip_of_zeros(1))
    start = 30 + len("zeros")  # of the data, after the local header
    content[start : start + 8] = b"\xff" * 8
    return bytes(content)


BAD_CODE = {
    "two of one name": (zip_of_twice("x"), "entries have the same name"),
    "a file that is a folder": (
        zip_of({"x": ("", 0o644), "x/y": ("", 0o644)}),
        "a file and a folder",
    ),
    "damaged": (damaged(), "Error -3 while decompressing data"),
    "no zip": (b"not a zip", "File is not a zip file"),
    "a way out": (zip_of({"../x": ("", 0o644)}), "../x leaves the folder"),
    "a way out from below": (
        zip_of({"a/../../x": ("", 0o644)}),
        "a/../../x leaves the folder",
    ),
    "an absolute path": (
        zip_of({"/etc/x": ("", 0o644)}),
        "/etc/x leaves the folder",
    ),
    "more than 250 MB": (
        zip_of_zeros(263),
        "unzipped size must be under 262144000 bytes",
    ),
    "a link": (zip_of({"x": ("/etc", 0o120777)}), "x is a link"),
}


@pytest.mark.parametrize("fault", BAD_CODE)
def test_code_that_cannot_be_unpacked(create, client, fault):
    content, reason = BAD_CODE[fault]
    function = create(ECHO)
    update = client.update_function_code
    for refused in (
        refusal(create, content),
        refusal(update, FunctionName=function.name, ZipFile=content),
    ):
        status, kind, message = refused
        assert (status, kind) == (400, "InvalidParameterValueException")
        assert message.startswith("Could not unzip uploaded file.")
        assert reason in message
    assert function.invoke(1).payload == 1  # the old code is still there


@pytest.mark.parametrize("runtime", ["nodejs24.x", "python2.7", "", 7])
def test_a_runtime_that_does_not_run_here(create, client, runtime):
    function = create(ECHO)
    for refused in (
        refusal(create, ECHO, Runtime=runtime),
        refusal(
            client.update_function_configuration,
            FunctionName=function.name,
            Runtime=runtime,
        ),
    ):
        status, code, message = refused
        assert (status, code) == (400, "InvalidParameterValueException")
        assert message.endswith(
            "The local Lambda runs any other language as provided.al2023, "
            "with an executable named bootstrap that starts it."
        )


SETTINGS_WITHOUT_EFFECT = {
    "Layers": ["arn:aws:lambda:us-east-1:123456789012:layer:l:1"],
    "SnapStart": {"ApplyOn": "PublishedVersions"},
    "FileSystemConfigs": [{"Arn": "arn:aws:x", "LocalMountPath": "/mnt/x"}],
    "ImageConfig": {"Command": ["x"]},
    "PackageType": "Image",
    "EphemeralStorage": {"Size": 2048},
    "LoggingConfig": {"LogFormat": "JSON"},
}


@pytest.mark.parametrize("name", SETTINGS_WITHOUT_EFFECT)
def test_a_setting_that_would_have_no_effect_is_refused(create, name):
    told = {name: SETTINGS_WITHOUT_EFFECT[name]}
    status, _, message = refusal(create, ECHO, **told)
    assert status == 501
    assert f"The local cloud has no {name}: " in message
    create(ECHO, SnapStart={"ApplyOn": "None"}, Layers=[])


@pytest.mark.parametrize("name", ["A=B", "1A", "A", "A B"])
def test_a_variable_that_cannot_be_one(create, name):
    told = {"Variables": {name: "x"}}
    status, code, message = refusal(create, ECHO, Environment=told)
    assert (status, code) == (400, "ValidationException")
    assert name in message


def test_an_older_way_to_invoke_does_not_lead_past_the_sandbox(create, client):
    status, _, message = refusal(
        client.invoke_async, FunctionName=create(ECHO).name, InvokeArgs=b"{}"
    )
    assert status == 501
    assert "has no lambda call POST" in message


def test_who_one_is(cloud):
    sts = boto3.client("sts", **cloud.connection)
    assert sts.get_caller_identity()["Account"] == "123456789012"


def test_any_well_formed_role_will_do(create, cloud):
    create(ECHO, Role="arn:aws:iam::000000000000:role/team/made-up")
    iam = boto3.client("iam", **cloud.connection)
    role = iam.get_role(RoleName="made-up")["Role"]
    assert role["Path"] == "/team/"
    # The name is one for the account: with another path it is the same role.
    again = create(ECHO, Role="arn:aws:iam::000000000000:role/made-up")
    told = again.client.get_function(FunctionName=again.name)
    assert told["Configuration"]["Role"] == role["Arn"]


def test_a_call_that_the_local_cloud_does_not_have(client):
    status, _, message = refusal(client.get_account_settings)
    assert status == 501
    assert "The local cloud has no lambda call GET" in message


def test_a_service_that_the_local_cloud_does_not_have(cloud):
    sqs = boto3.client("sqs", **cloud.connection)
    status, _, message = refusal(sqs.list_queues)
    assert status == 501
    assert "The local cloud has no sqs call ListQueues." in message
