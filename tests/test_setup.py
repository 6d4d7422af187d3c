"""The set-up: the pins, the commands, and what .ci/setup says and does.

Python itself is played by shell scripts here, which note how they are called:
making a real environment takes minutes.
"""

import os
import re
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from workshop.repository import ROOT

PINS = [
    line
    for line in (ROOT / "requirements.txt").read_text().splitlines()
    if line and not line.startswith(("#", "--"))
]
UTILITIES = ["cat", "cmp", "cp", "date", "dirname", "head", "mkdir", "mv"]
UTILITIES += ["rm", "sh", "sleep", "uname"]

NEW = """#!/bin/sh
echo "$@" >>"$CALLS"
case "$*" in
*print*) echo 3.12.4 ;;
*"-m venv"*) mkdir -p .venv/bin && cp "$PIP" .venv/bin/python ;;
esac
"""
"""A Python that is new enough. The environments it makes run $PIP."""

OLD = """#!/bin/sh
case "$2" in
*print*) echo 3.9.6 ;;
*) exit 1 ;;
esac
"""

BARE = """#!/bin/sh
case "$2" in
*print*) echo 3.12.4 ;;
*ensurepip*) exit 1 ;;
esac
"""
"""A Python without the module venv."""

PIP = """#!/bin/sh
echo "$@" >>"$CALLS"
case "$*" in
*"-m pip"*) test -e .venv/ready && echo "ready too early" >>"$CALLS"
            exit "${PIP_FAILS:-0}" ;;
esac
"""


class Clone:
    """What .ci/setup needs of the repository, and a PATH of its own."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "a clone"  # with a space, as learners have
        (self.root / ".ci").mkdir(parents=True)
        shutil.copy2(ROOT / ".ci" / "setup", self.root / ".ci")
        for name in "Makefile", "requirements.txt", "pyproject.toml":
            shutil.copy2(ROOT / name, self.root)
        self.bin = folder / "bin"
        self.bin.mkdir()
        for name in UTILITIES:
            found = shutil.which(name)
            assert found, name
            (self.bin / name).symlink_to(found)
        self.calls = folder / "calls"
        self.program("pip", PIP)
        self.environment = {
            "PATH": str(self.bin),
            "CALLS": str(self.calls),
            "PIP": str(self.bin / "pip"),
        }

    def program(self, name: str, script: str) -> Path:
        path = self.bin / name
        path.write_text(script)
        path.chmod(0o755)
        return path

    def set_up(self, **more: str) -> "subprocess.CompletedProcess[str]":
        """Run .ci/setup; what was called before is forgotten."""
        self.calls.write_text("")
        return subprocess.run(
            [self.root / ".ci" / "setup"],
            env=self.environment | more,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )

    def ready(self) -> bool:
        return (self.root / ".venv" / "ready").exists()

    def called(self, words: str) -> bool:
        return words in self.calls.read_text()


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path)


@pytest.fixture
def made(clone: Clone) -> Clone:
    """A clone that was set up."""
    clone.program("python3", NEW)
    assert clone.set_up().returncode == 0
    return clone


def test_an_old_python_is_named_with_the_way_to_a_newer_one(
    clone: Clone,
) -> None:
    clone.program("python3", OLD)
    run = clone.set_up()
    assert run.returncode == 1
    says = "The workshop needs Python 3.11 or newer; python3 is Python 3.9.6."
    assert says in run.stderr
    assert "On macOS: brew install python" in run.stderr
    assert "sudo apt install python3 python3-venv" in run.stderr


def test_no_python_at_all_is_said(clone: Clone) -> None:
    run = clone.set_up()
    assert run.returncode == 1
    says = "The workshop needs Python 3.11 or newer; there is no python3."
    assert says in run.stderr


def test_a_python_without_venv_is_said(clone: Clone) -> None:
    clone.program("python3", BARE)
    run = clone.set_up()
    assert run.returncode == 1
    assert "Python 3.12.4 is here, but not its module venv." in run.stderr
    assert "sudo apt install python3.12-venv" in run.stderr


@pytest.mark.parametrize("script", ["", OLD, BARE])
def test_a_failure_leaves_nothing_behind(clone: Clone, script: str) -> None:
    if script:
        clone.program("python3", script)
    clone.set_up()
    assert not (clone.root / ".venv").exists()
    assert list((clone.root / "build").iterdir()) == []


def test_a_newer_python_beside_an_old_one_is_found(clone: Clone) -> None:
    clone.program("python3", OLD)
    clone.program("python3.12", NEW)
    run = clone.set_up()
    assert run.returncode == 0, run.stderr
    assert "with Python 3.12.4 (python3.12)" in run.stdout
    assert clone.ready()


def test_a_python_can_be_chosen(clone: Clone, tmp_path: Path) -> None:
    clone.program("python3", OLD)
    chosen = clone.program("mine", NEW)
    assert clone.set_up(PYTHON=str(chosen)).returncode == 0
    assert clone.ready()


def test_the_first_run_installs_the_pins(clone: Clone) -> None:
    clone.program("python3", NEW)
    run = clone.set_up()
    assert run.returncode == 0, run.stderr
    assert clone.called("-m venv")
    assert clone.called("-m pip install")
    assert clone.called("--requirement requirements.txt")
    assert clone.ready()
    assert not clone.called("ready too early")
    assert list((clone.root / "build").iterdir()) == []


def test_the_second_run_does_nothing(made: Clone) -> None:
    run = made.set_up()
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert not made.called("-m pip")
    assert not made.called("-m venv")


@pytest.mark.parametrize("name", ["requirements.txt", "pyproject.toml"])
def test_other_requirements_are_installed_into_what_is_there(
    made: Clone, name: str
) -> None:
    with (made.root / name).open("a") as file:
        file.write("# changed\n")
    run = made.set_up()
    assert "The requirements have changed" in run.stdout
    assert made.called("-m pip install")
    assert not made.called("-m venv")
    assert made.set_up().stdout == ""


def test_a_failed_update_keeps_what_worked(made: Clone) -> None:
    before = (made.root / ".venv" / "ready").read_text()
    with (made.root / "requirements.txt").open("a") as file:
        file.write("no-such-package==1\n")
    run = made.set_up(PIP_FAILS="1")
    assert run.returncode == 1
    assert "The installation failed" in run.stderr
    assert (made.root / ".venv" / "ready").read_text() == before


def test_a_failed_installation_is_made_again_from_the_start(
    clone: Clone,
) -> None:
    clone.program("python3", NEW)
    assert clone.set_up(PIP_FAILS="1").returncode == 1
    assert not clone.ready()
    assert clone.set_up().returncode == 0
    assert clone.called("-m venv --clear")
    assert clone.ready()


def test_an_environment_that_cannot_be_made_says_why(clone: Clone) -> None:
    broken = "*'-m venv'*) echo 'No space left on device'; exit 1"
    clone.program("python3", NEW.replace("*print*)", f"{broken} ;;\n*print*)"))
    run = clone.set_up()
    assert run.returncode == 1
    assert "No space left on device\n" in run.stderr
    assert "The environment could not be made" in run.stderr
    assert list((clone.root / "build").iterdir()) == []


def test_a_folder_that_was_moved_is_made_again(made: Clone) -> None:
    made.root = made.root.rename(made.root.with_name("moved"))
    assert made.set_up().returncode == 0
    assert made.called("-m venv --clear")
    assert made.set_up().stdout == ""


def test_a_lock_whose_holder_has_died_is_taken_over(clone: Clone) -> None:
    clone.program("python3", NEW)
    (clone.root / "build").mkdir()
    with subprocess.Popen(["true"]) as dead:
        pass
    (clone.root / "build" / "setup.pid").write_text(f"{dead.pid}\n")
    assert clone.set_up().returncode == 0
    assert clone.ready()


def test_what_everyone_needs_is_pinned() -> None:
    for pin in PINS:
        pinned = r'[a-z0-9_.-]+==[0-9][0-9a-z.]*(; sys_platform == "linux")?'
        assert re.fullmatch(pinned, pin), pin
    names = [pin.partition("==")[0] for pin in PINS]
    assert len(names) == len(set(names))
    needed = {"jupyterlab", "nbconvert", "pytest", "nbval", "boto3"}
    assert needed <= set(names)


def test_conda_installs_the_same_pins() -> None:
    text = (ROOT / "environment.yml").read_text()
    assert re.search(r"^ +- -r requirements\.txt$", text, re.M)
    assert "==" not in text
    for pin in PINS:
        assert pin.partition("==")[0] not in text


def test_ci_runs_every_test() -> None:
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & stat.S_IXUSR
    assert script.read_text().splitlines()[-1] == "exec make test"


def test_help_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text()
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.M)
    assert phony
    listed = subprocess.run(
        ["make", "help"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
    ).stdout
    found = re.findall(r"^make (\w+) +\S", listed, re.M)
    assert sorted(found) == sorted(phony[1].split())


def test_no_file_names_the_host_of_a_registry() -> None:
    if not (ROOT / ".git").exists() or not shutil.which("git"):
        pytest.skip("only git knows which files belong to the repository")
    listed = subprocess.run(
        [
            "git",
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout
    hosts = [
        ".".join(parts).encode()
        for parts in [
            ("pypi", "org"),
            ("pythonhosted", "org"),
            ("npmjs", "org"),
            ("npmjs", "com"),
            ("yarnpkg", "com"),
            ("crates", "io"),
            ("anaconda", "org"),
        ]
    ]
    for name in filter(None, listed.decode().split("\0")):
        path = ROOT / name
        if path.is_file():
            content = path.read_bytes()
            assert not [h for h in hosts if h in content], name
