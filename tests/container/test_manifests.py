"""What the clouds are told of the container: valid, and of a piece."""

import json
import os
import re
import subprocess

import botocore.loaders
import botocore.model
import botocore.validate
import pytest

from tests.container import hadolint
from workshop.container.image import lay_out
from workshop.container.settings import Limits
from workshop.deploy.google import names
from workshop.ports import free_port
from workshop.repository import FUNCTIONS
from workshop.sandbox import search_path

OURS = FUNCTIONS / "container"
# "Amazon ECS task definition parameters for Fargate", AWS, and botocore's own
# documentation of RegisterTaskDefinition: CPU units, and MB for each.
FARGATE_SIZES = {
    "256": [512, 1024, 2048],
    "512": [1024 * gb for gb in range(1, 5)],
    "1024": [1024 * gb for gb in range(2, 9)],
}
# What the API of Cloud Run, and of Knative, takes in each place: "Cloud Run
# YAML Reference", Google Cloud, read 2026-11; the required ones are those of
# Knative's CustomResourceDefinition of Service, spec.template.spec
# (knative/serving, config/core/300-resources/service.yaml), and what
# identifies an object.
SERVICE = {"apiVersion", "kind", "metadata", "spec"}
REVISION = {
    *("containerConcurrency", "timeoutSeconds", "serviceAccountName"),
    *("containers", "volumes"),
}
REQUIRED_OF_REVISION = {"containers"}
CONTAINER = {
    *("image", "command", "args", "env", "resources", "ports", "name"),
    *("volumeMounts", "startupProbe", "livenessProbe", "workingDir"),
}


@pytest.fixture(scope="module")
def task():
    return json.loads((OURS / "task-definition.json").read_text())


@pytest.fixture(scope="module")
def service():
    yaml = pytest.importorskip("yaml")
    return yaml.safe_load((OURS / "service.yaml").read_text())


@pytest.fixture(scope="module")
def register():
    """The shape that RegisterTaskDefinition takes."""
    loader = botocore.loaders.Loader()
    model = loader.load_service_model("ecs", "service-2")
    operation = botocore.model.ServiceModel(model).operation_model(
        "RegisterTaskDefinition"
    )
    return operation.input_shape


def enumerated(shape, value, path=""):
    """Every value in here that its shape's list of values has not."""
    if shape.type_name == "structure":
        for name, inner in value.items():
            yield from enumerated(shape.members[name], inner, f"{path}.{name}")
    elif shape.type_name == "list":
        for inner in value:
            yield from enumerated(shape.member, inner, f"{path}[]")
    elif getattr(shape, "enum", None) and value not in shape.enum:
        yield f"{path}: {value}"


def test_the_task_definition_is_what_ecs_takes(task, register):
    report = botocore.validate.ParamValidator().validate(task, register)
    assert not report.has_errors(), report.generate_report()
    assert list(enumerated(register, task)) == []


def test_what_fargate_requires_besides(task):
    assert task["requiresCompatibilities"] == ["FARGATE"]
    assert task["networkMode"] == "awsvpc"
    assert int(task["memory"]) in FARGATE_SIZES[task["cpu"]]
    assert task["executionRoleArn"]  # to fetch the image, and to log
    [container] = task["containerDefinitions"]
    assert container["name"] and container["image"] == "IMAGE"
    assert 2 <= container["stopTimeout"] <= 120
    assert container["logConfiguration"]["logDriver"] == "awslogs"


def test_the_task_can_do_no_more_than_it_must(task):
    [container] = task["containerDefinitions"]
    assert container["readonlyRootFilesystem"] is True
    assert container["user"] not in ("", "0", "root")
    assert container["linuxParameters"]["capabilities"] == {"drop": ["ALL"]}


def test_the_health_check_tells_the_well_from_the_ill(task, tmp_path):
    [container] = task["containerDefinitions"]
    kind, *command = container["healthCheck"]["command"]
    assert kind == "CMD"
    image = lay_out(OURS / "Dockerfile", FUNCTIONS, tmp_path / "root")
    port = str(free_port())
    command[-1] = command[-1].replace("8080", port)
    variables = {"PATH": search_path(), **image.variables}
    health = {"env": variables, "stderr": subprocess.DEVNULL}
    assert subprocess.run(command, **health).returncode != 0
    process = subprocess.Popen(
        image.command,
        cwd=image.folder,
        env=variables | {"HOST": "127.0.0.1", "PORT": port},
        stdout=subprocess.PIPE,
    )
    with process:
        while subprocess.run(command, **health).returncode != 0:
            assert process.poll() is None
        assert b"GET /api/palindromes" in process.stdout.readline()
        process.terminate()


def test_the_service_is_what_cloud_run_takes(service):
    assert set(service) == SERVICE
    assert service["apiVersion"] == "serving.knative.dev/v1"
    assert service["kind"] == "Service"
    assert re.fullmatch("[a-z][a-z0-9-]{0,48}", service["metadata"]["name"])
    assert set(service["spec"]) == {"template"}
    revision = service["spec"]["template"]["spec"]
    assert REQUIRED_OF_REVISION <= set(revision) <= REVISION
    [container] = revision["containers"]
    assert {"image"} <= set(container) <= CONTAINER
    assert container["image"] == "IMAGE"
    assert 1 <= revision["containerConcurrency"] <= 1000
    assert 1 <= revision["timeoutSeconds"] <= 3600
    for annotations in (
        service["metadata"]["annotations"],
        service["spec"]["template"]["metadata"]["annotations"],
    ):
        # They are strings: a bare 0 or true is refused.
        assert all(isinstance(value, str) for value in annotations.values())


def test_the_service_carries_the_label_that_destroy_looks_for(service):
    labels = {names.LABEL_KEY: names.LABEL_VALUE}
    assert service["metadata"]["labels"] == labels
    assert service["metadata"]["name"] == names.SERVICE
    assert (OURS / "service.yaml").read_text().count("IMAGE") == 1


def test_the_readme_gives_the_repository_the_same_label():
    readme = (OURS / "README.md").read_text()
    assert f"repositories create {names.REPOSITORY} " in readme
    assert f"--labels {names.LABEL}" in readme


def test_the_service_costs_nothing_idle_and_little_busy(service):
    annotations = service["spec"]["template"]["metadata"]["annotations"]
    assert annotations["autoscaling.knative.dev/minScale"] == "0"
    assert 1 <= int(annotations["autoscaling.knative.dev/maxScale"]) <= 3
    assert annotations["run.googleapis.com/cpu-throttling"] == "true"


def test_what_the_local_cloud_run_does_is_what_the_service_says(service):
    revision = service["spec"]["template"]["spec"]
    annotations = service["spec"]["template"]["metadata"]["annotations"]
    [container] = revision["containers"]
    limits = Limits()
    assert revision["containerConcurrency"] == limits.concurrency
    assert annotations["autoscaling.knative.dev/maxScale"] == str(
        limits.instances
    )
    assert container["resources"]["limits"] == {
        "cpu": "1",
        "memory": f"{limits.memory_mb}Mi",
    }


def test_one_port_everywhere(task, service):
    dockerfile = (OURS / "Dockerfile").read_text()
    assert "EXPOSE 8080\n" in dockerfile
    [container] = task["containerDefinitions"]
    assert container["portMappings"][0]["containerPort"] == 8080
    assert {"name": "PORT", "value": "8080"} in container["environment"]
    [container] = service["spec"]["template"]["spec"]["containers"]
    assert container["ports"][0]["containerPort"] == 8080
    # Cloud Run sets PORT itself, and refuses a manifest that does.
    assert "env" not in container


def test_one_user_everywhere(task):
    [container] = task["containerDefinitions"]
    user = container["user"]
    assert f"USER {user}\n" in (OURS / "Dockerfile").read_text()


def test_hadolint_has_nothing_to_say():
    try:
        program = hadolint.fetch()
    except hadolint.Unavailable as error:
        pytest.skip(str(error))
    done = subprocess.run(
        [program, "--no-color", OURS / "Dockerfile"],
        capture_output=True,
        text=True,
        env={"PATH": os.defpath, "LANG": "C.UTF-8"},
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_the_readme_fills_in_what_the_files_leave_open():
    readme = (OURS / "README.md").read_text()
    task = (OURS / "task-definition.json").read_text()
    filled = set(re.findall(r"s\|([A-Z]+)\|", readme))
    assert filled == {"IMAGE", "ACCOUNT", "REGION"}
    assert all(placeholder in task for placeholder in filled)
