"""A deployment, through Azure's own client, to a cloud that answers it."""

import json

import pytest

from tests.deploy.azure.cloud import KEY, SUBSCRIPTION, Cloud
from workshop.deploy.azure.deployment import Deployment
from workshop.deploy.azure.plan import Name, plan_of
from workshop.errors import WorkshopError
from workshop.repository import FUNCTIONS, SOLUTIONS

PYTHON = FUNCTIONS / "azure" / "python"
TAGS = {"workshop": "serverless-from-the-wire-up"}


def planned(source=PYTHON, **options):
    return plan_of(source, SUBSCRIPTION, "westeurope", **options)


def deploy(cloud, plan):
    said = []
    deployment = Deployment(plan, cloud.account, said.append)
    deployment.run()
    return deployment, said


def failing(cloud, plan=None):
    """What is said of a deployment that fails."""
    with pytest.raises(WorkshopError) as caught:
        deploy(cloud, plan or planned())
    return str(caught.value)


@pytest.fixture
def python(tmp_path, monkeypatch):
    """A PATH that has `python`, as an instance of Flex Consumption has."""
    from workshop.sandbox import base_python

    (tmp_path / "python").symlink_to(base_python())
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")


@pytest.mark.parametrize(
    "source", [PYTHON, SOLUTIONS / "08_azure_custom_handler.ipynb"]
)
def test_what_is_deployed_answers(cloud, python, source):
    cloud.serves = True
    deployment, _ = deploy(cloud, planned(source))
    assert deployment.answer == (
        '{"smallest":{"value":121,"factors":[[11,11]]},'
        '"largest":{"value":9009,"factors":[[91,99]]}}'
    )


def test_the_requests_are_those_of_the_plan_and_the_waiting(cloud):
    plan = planned()
    _, said = deploy(cloud, plan)
    expected = [
        f"{request.method} {request.url}"
        for step in plan.steps
        for request in step.requests
    ]
    waiting = ("/operations/", "/deployments/latest")
    told = list(dict.fromkeys(cloud.lines))  # each once, in order
    names = plan.place.names
    final = (  # what the client asks for when an operation has ended
        f"GET https://management.azure.com/subscriptions/{SUBSCRIPTION}"
        f"/resourcegroups/{names.group}/providers/Microsoft.Web/sites/"
        f"{names.app}?api-version=2024-04-01"
    )
    assert [
        line
        for line in told
        if not any(part in line for part in waiting) and line != final
    ] == [line for line in expected if "/latest" not in line]
    assert [line.partition("] ")[2] for line in said] == [
        step.does for step in plan.steps
    ]


def test_the_bodies_are_those_of_the_plan_with_the_secret_filled_in(cloud):
    plan = planned()
    deploy(cloud, plan)
    names = plan.place.names
    connection = (
        "DefaultEndpointsProtocol=https;EndpointSuffix=core.windows.net;"
        f"AccountName={names.storage};AccountKey={KEY}"
    )
    placeholder = f"(the connection string of {names.storage})"
    expected = {
        f"{request.method} {request.url}": json.loads(
            json.dumps(request.body).replace(placeholder, connection)
        )
        for step in plan.steps
        for request in step.requests
        if request.body is not None
    }
    bodies = {
        sent.line: sent.body
        for sent in cloud.sent
        if "management.azure.com" in sent.url and sent.content
    }
    assert bodies == expected


def test_the_bodies_word_for_word(cloud):
    plan = planned()
    deploy(cloud, plan)
    names = plan.place.names
    made = {
        "/".join(path.split("/")[6:8]): body
        for path, body in cloud.resources.items()
    }
    assert cloud.groups[names.group]["tags"] == TAGS
    storage = next(
        sent for sent in cloud.sent if "/storageAccounts/" in sent.url
    )
    assert storage.body == {
        "location": "westeurope",
        "tags": TAGS,
        "kind": "StorageV2",
        "sku": {"name": "Standard_LRS"},
        "properties": {
            "allowBlobPublicAccess": False,
            "minimumTlsVersion": "TLS1_2",
            "supportsHttpsTrafficOnly": True,
        },
    }
    assert made["Microsoft.Web/serverfarms"] == {
        "location": "westeurope",
        "tags": TAGS,
        "kind": "functionapp",
        "sku": {"name": "FC1", "tier": "FlexConsumption"},
        "properties": {"reserved": True},
    }
    app = made["Microsoft.Web/sites"]
    assert (app["kind"], app["tags"]) == ("functionapp,linux", TAGS)
    assert app["properties"]["httpsOnly"] is True
    assert app["properties"]["serverFarmId"].endswith(names.plan)
    assert app["properties"]["functionAppConfig"] == {
        "deployment": {
            "storage": {
                "type": "blobContainer",
                "value": f"https://{names.storage}.blob.core.windows.net"
                "/app-package",
                "authentication": {
                    "type": "StorageAccountConnectionString",
                    "storageAccountConnectionStringName": (
                        "DEPLOYMENT_STORAGE_CONNECTION_STRING"
                    ),
                },
            }
        },
        "runtime": {"name": "python", "version": "3.12"},
        "scaleAndConcurrency": {
            "instanceMemoryMB": 2048,
            "maximumInstanceCount": 40,
        },
    }


def test_the_package_is_kept_and_deployed(cloud):
    plan = planned()
    deploy(cloud, plan)
    assert cloud.blobs[f"/packages/{plan.blob}"] == plan.package
    published = [sent for sent in cloud.sent if "/publish" in sent.url]
    assert [sent.content for sent in published] == [plan.package]


def test_a_second_run_finds_what_the_first_has_made(cloud):
    deploy(cloud, planned())
    before = set(cloud.resources), set(cloud.groups), set(cloud.blobs)
    cloud.taken = list(planned().place.names.__dict__.values())
    cloud.deployments = [{"status": 4}]
    deploy(cloud, planned())
    assert before == (
        set(cloud.resources),
        set(cloud.groups),
        set(cloud.blobs),
    )


def test_an_app_with_a_key_is_asked_with_it(cloud, tmp_path):
    from workshop.deploy.package import lay_out

    lay_out(PYTHON, tmp_path)
    path = tmp_path / "palindromes" / "function.json"
    path.write_text(path.read_text().replace("anonymous", "function"))
    deploy(cloud, planned(tmp_path, name="with-key"))
    asked = cloud.sent[-1]
    assert asked.headers["x-functions-key"] == "app-key"
    assert "app-key" not in asked.url


def test_a_location_without_flex_is_refused_while_nothing_is_made(cloud):
    said = failing(cloud, plan_of(PYTHON, SUBSCRIPTION, "antarctica"))
    assert "antarctica has no Flex Consumption" in said
    assert "northeurope, westeurope" in said
    assert said.endswith("Nothing was made.")
    assert not cloud.groups


@pytest.mark.parametrize("which", ["storage", "app"])
def test_a_name_that_is_taken_is_refused_while_nothing_is_made(cloud, which):
    name = getattr(planned().place.names, which)
    cloud.taken = [name]
    said = failing(cloud)
    assert f"The name {name}" in said
    assert f"{name} is in use." in said
    assert "--name" in said
    assert not cloud.groups


@pytest.mark.parametrize("tags", [None, {}, {"workshop": "another"}])
def test_a_group_without_our_tag_is_left_alone(cloud, tags):
    group = planned().place.names.group
    theirs = {"name": group, "location": "westeurope", "tags": tags}
    cloud.groups[group] = dict(theirs)
    said = failing(cloud)
    assert "is not ours, and is left alone" in said
    assert "Nothing was made." in said
    assert cloud.groups[group] == theirs
    assert {sent.method for sent in cloud.sent} == {"GET"}


def test_a_group_of_ours_elsewhere_is_named(cloud):
    group = planned().place.names.group
    cloud.groups[group] = {
        "name": group,
        "location": "northeurope",
        "tags": TAGS,
    }
    assert "--location northeurope" in failing(cloud)


STANDING = {
    Name.GROUP: [],
    Name.STORAGE: ["the resource group"],
    Name.PACKAGE: ["the resource group", "the storage account"],
    Name.SETTINGS: [
        "the resource group",
        "the storage account",
        "the containers",
        "the plan",
        "the function app",
    ],
}


@pytest.mark.parametrize(
    ("step", "method", "part"),
    [
        (Name.GROUP, "PUT", "/resourcegroups/workshop-python"),
        (Name.STORAGE, "PUT", "Microsoft.Storage/storageAccounts"),
        (Name.PACKAGE, "PUT", ".blob.core.windows.net/packages/"),
        (Name.SETTINGS, "PUT", "/config/appsettings"),
    ],
)
def test_what_stands_is_listed_and_destroyed(cloud, step, method, part):
    cloud.refuse(method, part, 400, "SomethingElse", "It cannot be.")
    said = failing(cloud)
    assert f", {step}: Azure refuses: " in said
    listed = [
        line.strip() for line in said.splitlines() if line.startswith("  ")
    ]
    sure = [line for line in listed if not line.endswith("(perhaps)")]
    assert len(sure) == len(STANDING[step])
    for line, thing in zip(sure, STANDING[step], strict=True):
        assert line.startswith(thing)
    assert f"workshop destroy azure --subscription {SUBSCRIPTION}" in said
    assert len(listed) - len(sure) == (step is not Name.SETTINGS)


def test_a_run_after_a_failed_one_goes_on(cloud):
    cloud.refuse("PUT", "/serverfarms/", 400, "SomethingElse")
    assert "the plan workshop-python" in failing(cloud)
    cloud.refusals.clear()
    cloud.refuse("PUT", "/config/appsettings", 400, "SomethingElse")
    assert "of an earlier run, with what is in it" in failing(cloud)
    cloud.refusals.clear()
    deployment, _ = deploy(cloud, planned())
    assert deployment.answer == "hello"


def test_the_network_goes_half_way(cloud):
    import requests

    def broken():
        raise requests.exceptions.ConnectionError("Name or service not known")

    cloud.meet("PUT", "Microsoft.Web/sites", broken)
    said = failing(cloud)
    assert "Azure cannot be reached" in said
    assert "Name or service not known" in said
    assert "the function app workshop-python-" in said
    assert "(perhaps)" in said
    tries = [line for line in cloud.lines if "/sites/" in line]
    assert len(tries) == 4  # the first and three more


def test_what_azure_has_begun_may_fail_later(cloud):
    app = planned().place.names.app
    cloud.meet(
        "GET",
        f"/operations/{app}",
        lambda: (
            200,
            {
                "status": "Failed",
                "error": {"code": "Conflict", "message": "No capacity."},
            },
            {},
        ),
    )
    assert "No capacity." in failing(cloud)


def test_two_clouds_are_none_of_each_others_business(azure_sdk):
    with Cloud() as one, Cloud() as other:
        deploy(one, planned())
        assert not other.sent
