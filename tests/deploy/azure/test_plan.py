"""The plan: whole, told in words, and the same with the az command."""

import io
import shlex
import shutil
import subprocess
import zipfile

import pytest

from tests.building import skip_without_crates
from tests.deploy.azure.cloud import SUBSCRIPTION
from workshop.deploy import elf
from workshop.deploy.azure import az, shown
from workshop.deploy.azure.plan import Name, plan_of
from workshop.errors import WorkshopError
from workshop.repository import EXERCISES, FUNCTIONS, SOLUTIONS

PYTHON, RUST = FUNCTIONS / "azure" / "python", FUNCTIONS / "azure" / "rust"


def planned(source=PYTHON):
    return plan_of(source, SUBSCRIPTION, "westeurope")


def test_the_steps_are_all_there_in_their_order():
    assert [step.name for step in planned().steps] == list(Name)


@pytest.mark.parametrize(
    "source",
    [
        PYTHON,
        FUNCTIONS / "azure" / "node",
        SOLUTIONS / "08_azure_custom_handler.ipynb",
        SOLUTIONS / "09_azure_bindings.ipynb",
    ],
    ids=lambda path: f"{path.parent.name}-{path.stem}",
)
def test_a_plan_tells_everything(source):
    plan = planned(source)
    text = shown.deployment(plan)
    names = plan.place.names
    for name in (names.group, names.storage, names.plan, names.app):
        assert name in text
    for step in plan.steps:
        assert step.does[1:] in text
        assert step.costs in text
        for request in step.requests:
            assert str(request) in text
    for caution in plan.app.cautions:
        assert caution in text
        assert caution in shown.summary(plan)
    for command in az.commands(plan.place, plan.app):
        assert command in text
    with zipfile.ZipFile(io.BytesIO(plan.package)) as package:
        for entry in package.infolist():
            assert f"0666 {entry.file_size:>9,} bytes" in text
            assert entry.filename in text


@pytest.mark.parametrize(
    "stem", ["08_azure_custom_handler", "09_azure_bindings"]
)
def test_an_exercise_that_is_not_started_is_refused(stem):
    with pytest.raises(WorkshopError, match=f"{stem}.ipynb is not started"):
        planned(EXERCISES / f"{stem}.ipynb")


def test_an_answer_that_is_no_part_of_an_app():
    words = "Those that are: 08_azure_custom_handler, 09_azure_bindings"
    with pytest.raises(WorkshopError, match=words):
        planned(SOLUTIONS / "04_lambda_runtime_loop.ipynb")


def test_a_folder_that_is_no_app(tmp_path):
    with pytest.raises(WorkshopError, match=r"has no file named host\.json"):
        planned(tmp_path)


def test_no_request_of_the_plan_holds_a_secret():
    text = shown.deployment(planned())
    assert "AccountKey" not in text
    assert "(the connection string of workshop" in text


def test_the_same_source_gives_the_same_plan():
    assert planned() == planned()


def test_the_commands_for_az_word_for_word():
    plan = planned()
    names = plan.place.names
    group = ["-g", names.group]
    tags = ["--tags", "workshop=serverless-from-the-wire-up"]
    commands = [shlex.split(c)[1:] for c in az.commands(plan.place, plan.app)]
    assert commands == [
        ["account", "set", "--subscription", SUBSCRIPTION],
        ["group", "create", "-n", names.group, "-l", "westeurope", *tags],
        [
            *("storage", "account", "create", "-n", names.storage, *group),
            *("-l", "westeurope", "--sku", "Standard_LRS"),
            *("--allow-blob-public-access", "false"),
            *("--min-tls-version", "TLS1_2", "--https-only", "true", *tags),
        ],
        [
            *("functionapp", "create", "-n", names.app, *group),
            *("--storage-account", names.storage),
            *("--flexconsumption-location", "westeurope"),
            *("--runtime", "python", "--runtime-version", "3.12"),
            *("--instance-memory", "2048", "--maximum-instance-count", "40"),
            *("--https-only", "true", "--disable-app-insights", "true"),
            *tags,
        ],
        [
            *("functionapp", "config", "appsettings", "set"),
            *("-n", names.app, *group, "--settings"),
            "AzureWebJobsFeatureFlags=EnableMcpCustomHandlerPreview",
            "PYTHONPATH=/home/site/wwwroot/.python_packages/lib/site-packages",
        ],
        [
            *("functionapp", "deployment", "source", "config-zip", *group),
            *("-n", names.app, "--src", "app.zip", "--build-remote", "true"),
        ],
        ["group", "delete", "-n", names.group],
    ]


def test_a_program_in_rust_goes_static_with_its_bits(tmp_path):
    skip_without_crates(RUST)
    plan = planned(RUST)
    assert (plan.app.runtime, plan.app.version) == ("custom", "1.0")
    assert not plan.app.settings and not plan.app.remote_build
    with zipfile.ZipFile(io.BytesIO(plan.package)) as package:
        entry = package.getinfo("handler")
        assert entry.external_attr >> 16 == 0o100777
        assert elf.read(package.read("handler")).is_static
    commands = az.commands(plan.place, plan.app)
    assert not [c for c in commands if "appsettings" in c]


def test_unzip_gives_a_program_that_runs(tmp_path):
    if not shutil.which("unzip"):
        pytest.skip("there is no unzip")
    path = tmp_path / "app.zip"
    path.write_bytes(planned().package)
    subprocess.run(["unzip", "-q", path, "-d", tmp_path / "app"], check=True)
    assert (tmp_path / "app" / "handler.py").stat().st_mode & 0o444
