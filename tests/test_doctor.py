"""`workshop doctor`, as a learner runs it on machines of all kinds."""

import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from workshop.repository import ROOT

HIDE = """
import sys

class Hide:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {names!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Hide())
"""
"""A sitecustomize: what it hides cannot be imported."""


class Machine:
    """A learner's machine: an empty home, and nothing on its PATH."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "bin"
        self.bin.mkdir()
        self.hidden = folder / "hidden"
        self.hidden.mkdir()
        self.environment = {
            "PATH": str(self.bin),
            "HOME": str(folder),
            "PYTHONPATH": str(self.hidden),
        } | {k: v for k, v in os.environ.items() if k.startswith("COVERAGE_")}

    def program(self, name: str, script: str) -> None:
        """Install a shell script on the PATH."""
        path = self.bin / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def hide(self, *names: str) -> None:
        """Make modules impossible to import."""
        script = self.hidden / "sitecustomize.py"
        script.write_text(HIDE.format(names=names))

    def doctor(self, folder: Path = ROOT) -> "Report":
        """Run the doctor of the workshop in a folder."""
        return Report(
            subprocess.run(
                [sys.executable, "-m", "workshop", "doctor"],
                cwd=folder,
                env=self.environment,
                capture_output=True,
                text=True,
            )
        )


class Report:
    """What the doctor said, and the status it ended with."""

    def __init__(self, run: "subprocess.CompletedProcess[str]") -> None:
        assert run.stderr == ""
        self.status = run.returncode
        self.said = run.stdout

    def verdict(self, name: str) -> tuple[str, str]:
        """The words in the row of one thing: the verdict, what was found."""
        row = re.search(rf"^ {name} +(\w+) +(.*\S)", self.said, re.M)
        assert row, self.said
        return row[1], row[2]

    def advice(self, name: str) -> str:
        """The paragraph on one thing; empty when there is none."""
        found = re.search(rf"^{name}: (.|\n )*", self.said, re.M)
        return found[0] if found else ""


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_a_machine_that_has_everything(machine: Machine) -> None:
    machine.program("node", "echo v20.20.2")
    machine.program("cargo", "echo 'cargo 1.95.0 (f2d3ce0bd 2026-03-21)'")
    report = machine.doctor()
    assert report.status == 0
    version = "{}.{}.{}".format(*sys.version_info)
    assert report.verdict("Python") == ("fine", version)
    assert report.verdict("Package") == ("fine", "workshop, from this folder")
    assert report.verdict("JupyterLab")[0] == "fine"
    assert report.verdict("Python kernel")[0] == "fine"
    assert report.verdict("Local Lambda")[0] == "fine"
    assert report.verdict("Node") == ("fine", "v20.20.2")
    assert report.verdict("Rust")[1].startswith("cargo 1.95.0")
    assert report.said.endswith("can run: everything needed is here.\n")


def test_without_node_and_cargo_it_says_what_that_costs(
    machine: Machine,
) -> None:
    report = machine.doctor()
    assert report.status == 0
    for name, brew, apt in (
        ("Node", "node", "nodejs"),
        ("Rust", "rust", "cargo-web"),  # cargo is too old in Debian 12 and 13
    ):
        assert report.verdict(name) == ("note", "missing")
        advice = report.advice(name)
        assert f"The {name} row" in advice
        assert f"macOS: brew install {brew}." in advice
        assert f"Debian: sudo apt install {apt}." in advice


def test_a_node_that_fails_is_named_with_its_reason(machine: Machine) -> None:
    machine.program("node", "echo '[/error] no libv8.so' >&2; exit 127")
    report = machine.doctor()
    assert report.status == 0
    said = "node is there, but fails: [/error] no libv8.so"
    assert report.verdict("Node") == ("note", said)


def test_a_node_that_tells_no_version_is_named(machine: Machine) -> None:
    machine.program("node", "exit 0")
    said = "node is there, but fails: it says nothing"
    assert machine.doctor().verdict("Node") == ("note", said)


def test_a_node_that_is_no_program_is_named(machine: Machine) -> None:
    machine.program("node", "")
    (machine.bin / "node").write_bytes(b"\x7fELF, or so it says")
    report = machine.doctor()
    assert report.status == 0
    assert "node cannot be started" in report.verdict("Node")[1]


def test_a_node_that_hangs_is_ended_with_what_it_has_started(
    machine: Machine, tmp_path: Path
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    # The shell waits for another one, which holds the pipe open and hangs.
    machine.program("node", f"/bin/sh -c 'exec 3<>{pipe}; read x <&3'; true")
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    os.set_blocking(reader, True)
    report = machine.doctor()
    said = "node is there, but does not answer"
    assert report.verdict("Node") == ("note", said)
    assert os.read(reader, 1) == b""  # its end: nobody holds the pipe now
    os.close(reader)
    assert report.status == 0


def test_the_client_of_a_managed_python_may_be_missing(
    machine: Machine,
) -> None:
    machine.hide("awslambdaric")
    report = machine.doctor()
    assert report.status == 0
    said = "missing: awslambdaric"
    assert report.verdict("Managed Python") == ("note", said)


@pytest.mark.parametrize(
    ("module", "name", "cost"),
    [
        ("jupyterlab", "JupyterLab", "make lab"),
        ("ipykernel", "Python kernel", "no cell of a notebook runs"),
        ("moto", "Local Lambda", "Lessons 00 and 03 to 06"),
        ("psutil", "Local Lambda", "Lessons 00 and 03 to 06"),
    ],
)
def test_a_missing_package_is_named_and_fails(
    machine: Machine, module: str, name: str, cost: str
) -> None:
    machine.hide(module)
    report = machine.doctor()
    assert report.status == 1
    assert report.verdict(name) == ("needed", f"missing: {module}")
    assert cost in report.advice(name)
    assert "make setup" in report.advice(name)
    assert report.said.endswith(f"Needed: {name}.\n")


def test_all_that_is_missing_is_named_at_once(machine: Machine) -> None:
    machine.hide("jupyterlab", "ipykernel", "boto3", "moto", "psutil")
    report = machine.doctor()
    assert report.status == 1
    lacking = "Needed: JupyterLab, Python kernel, Local Lambda."
    assert report.said.endswith(f"{lacking}\n")


def test_a_clone_in_the_environment_of_another_is_named(
    machine: Machine, tmp_path: Path
) -> None:
    """Its notebooks would import the other one's code."""
    shutil.copytree(ROOT / "workshop", tmp_path / "clone" / "workshop")
    (tmp_path / "clone" / "notebooks").mkdir()
    for name in [k for k in machine.environment if k.startswith("COVERAGE_")]:
        del machine.environment[name]  # the copy counts for nothing
    report = machine.doctor(tmp_path / "clone")
    assert report.status == 1
    assert report.verdict("Package")[0] == "needed"
    assert str(ROOT / "workshop") in report.said
    assert report.said.endswith("Needed: Package.\n")


def test_a_port_in_use_comes_with_its_holder_and_a_way_out(
    machine: Machine,
) -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind(("127.0.0.1", 9001))
        except OSError:
            pytest.skip("port 9001 is in use on this machine")
        taken.listen()
        report = machine.doctor()
    assert report.status == 0
    verdict, found = report.verdict("Port 9001")
    assert verdict == "note"
    assert re.fullmatch(rf"in use by \S.*, process {os.getpid()}", found)
    advice = report.advice("Port 9001")
    assert "workshop serve aws --port 9002" in advice


def test_the_report_is_words_alone(machine: Machine) -> None:
    machine.hide("jupyterlab")
    said = machine.doctor().said
    assert said.isascii()
    assert said.replace("\n", "").isprintable()


def test_a_copy_among_the_packages_is_named(
    machine: Machine, tmp_path: Path
) -> None:
    """As pip leaves it, when it installs the workshop without -e."""
    packages = tmp_path / "site-packages"
    shutil.copytree(ROOT / "workshop", packages / "workshop")
    for name in [k for k in machine.environment if k.startswith("COVERAGE_")]:
        del machine.environment[name]  # the copy counts for nothing
    report = machine.doctor(packages)
    assert report.status == 1
    verdict, state = report.verdict("Package")
    assert verdict == "needed"
    assert state.startswith("workshop is a copy in")
    assert "pip install -e ." in report.advice("Package")
