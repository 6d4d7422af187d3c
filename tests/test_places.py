"""The places where the workshop runs: they all run the same thing."""

import json
import re
import shlex
import subprocess
import sys

import pytest
import yaml

from workshop.exercises import stems
from workshop.repository import ROOT

PYTHON = "3.12"  # which requirements.txt is pinned for, as everywhere below
WORKFLOWS = ROOT / ".github" / "workflows"
ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text())
DEVCONTAINER = ROOT / ".devcontainer"
CLASSROOM = yaml.safe_load((WORKFLOWS / "classroom.yml").read_text())


def steps(workflow):
    [job] = workflow["jobs"].values()
    return job["steps"]


def test_conda_and_binder_install_the_one_list_of_pins():
    [*packages, pip] = ENVIRONMENT["dependencies"]
    assert packages == [f"python={PYTHON}", "pip"]
    assert pip == {"pip": ["-r requirements.txt"]}


def test_a_container_makes_the_environment_as_make_does():
    told = json.loads((DEVCONTAINER / "devcontainer.json").read_text())
    assert told["postCreateCommand"] == "make setup"
    image = (DEVCONTAINER / told["build"]["dockerfile"]).read_text()
    assert re.search(rf"^FROM python:{re.escape(PYTHON)}-", image, re.M)
    assert told["remoteUser"] in image.splitlines()[-1]


@pytest.mark.parametrize("name", ["tests.yml", "classroom.yml"])
def test_workflows_make_it_with_the_same_python(name):
    found = steps(yaml.safe_load((WORKFLOWS / name).read_text()))
    [version] = [
        step["with"]["python-version"]
        for step in found
        if step.get("uses", "").startswith("actions/setup-python@")
    ]
    assert version == PYTHON
    commands = [step["run"] for step in found if "run" in step]
    assert commands in (["make test"], ["make setup"])


def test_the_python_is_one_that_the_workshop_takes():
    project = (ROOT / "pyproject.toml").read_text()
    [least] = re.findall(r'requires-python = ">=3\.(\d+)"', project)
    assert int(PYTHON.partition(".")[2]) >= int(least)


# The classroom


def graded():
    return {
        step["with"]["test-name"]: step
        for step in steps(CLASSROOM)
        if "autograding-command-grader" in step.get("uses", "")
    }


def test_the_classroom_grades_every_exercise_and_reports_each():
    assert list(graded()) == stems()
    reporter = steps(CLASSROOM)[-1]
    ids = [step["id"] for step in graded().values()]
    assert reporter["with"]["runners"].split(",") == ids
    assert reporter["env"] == {
        f"{id.upper()}_RESULTS": "${{ steps." + id + ".outputs.result }}"
        for id in ids
    }


@pytest.mark.parametrize(
    ("answers", "passes"), [("solutions", True), ("exercises", False)]
)
def test_the_classroom_passes_what_is_solved_alone(answers, passes, tmp_path):
    stem = "02_palindrome_products"
    folder = tmp_path / "answers"
    folder.mkdir()
    source = ROOT / answers / f"{stem}.ipynb"
    (folder / source.name).write_bytes(source.read_bytes())
    command = shlex.split(graded()[stem]["with"]["command"])
    assert command[0] == ".venv/bin/python"
    command[0] = sys.executable
    command[command.index("exercises")] = str(folder)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode == 0) is passes, done.stdout
