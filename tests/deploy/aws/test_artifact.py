"""What is deployed of each target, and what AWS would not run."""

import io
import os
import sys
import zipfile
from pathlib import Path

import pytest

from tests.building import skip_without_crates
from workshop.deploy import elf
from workshop.deploy.aws.artifact import WRAPPER, artifact
from workshop.deploy.rust_target import own_architecture
from workshop.errors import WorkshopError
from workshop.repository import EXERCISES, FUNCTIONS, SOLUTIONS

AWS = FUNCTIONS / "aws"
OTHER = {"x86_64": "arm64", "arm64": "x86_64"}
NEWER = Path("~/.pyenv/versions/3.13.0/bin").expanduser()
ON_LINUX = pytest.mark.skipif(
    sys.platform != "linux", reason="it builds and runs programs for Linux"
)


@pytest.fixture
def folder(tmp_path):
    """A folder whose bootstrap a test writes."""

    def folder(bootstrap, **files):
        (tmp_path / "bootstrap").write_bytes(bootstrap)
        for name, text in files.items():
            (tmp_path / name.replace("_", ".")).write_text(text)
        return tmp_path

    return folder


def files(made):
    with zipfile.ZipFile(io.BytesIO(made.code)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize(
    "target",
    [
        SOLUTIONS / "02_palindrome_products.ipynb",
        SOLUTIONS / "04_lambda_runtime_loop.ipynb",
        SOLUTIONS / "05_when_things_go_wrong.ipynb",
        AWS / "python",
        AWS / "python-lean",
    ],
    ids=lambda path: f"{path.parent.name}/{path.stem}",
)
def test_python_is_managed_and_started_by_its_own_bootstrap(target):
    made = artifact(target)
    assert made.runtime == "python3.13"
    assert made.variables == WRAPPER
    assert made.name == target.stem
    assert made.runs_here
    assert files(made)["bootstrap"].startswith(b"#!/bin/sh")


@ON_LINUX
def test_rust_is_a_static_program():
    skip_without_crates(AWS / "rust")
    made = artifact(AWS / "rust", own_architecture())
    assert made.runtime == "provided.al2023"
    assert made.variables == {}
    program = elf.read(files(made)["bootstrap"])
    assert program.is_static
    assert program.machine == own_architecture()


@ON_LINUX
def test_a_module_in_rust_fits_amazon_linux():
    skip_without_crates(AWS / "python-rust")
    made = artifact(AWS / "python-rust", own_architecture())
    assert made.runtime == "python3.13"
    module = elf.read(files(made)["palindromes.abi3.so"])
    assert (2, 17) <= module.glibc <= (2, 34)


def test_a_shell_script_needs_no_python(folder):
    made = artifact(folder(b"#!/bin/sh\nexec loop\n"))
    assert made.runtime == "provided.al2023"
    assert made.runs_here


def test_bytecode_is_for_both_pythons_or_that_is_said(monkeypatch):
    here = f"lean.cpython-{sys.version_info[0]}{sys.version_info[1]}.pyc"
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    made = artifact(AWS / "python-lean")
    names = {name.rpartition("/")[2] for name in files(made)}
    assert here in names
    if "lean.cpython-313.pyc" not in names:
        [note] = made.notes
        assert "no Python 3.13" in note
    if not NEWER.exists():
        pytest.skip("there is no Python 3.13")
    monkeypatch.setenv("PATH", f"{NEWER}:{os.environ['PATH']}")
    made = artifact(AWS / "python-lean")
    names = {name.rpartition("/")[2] for name in files(made)}
    assert {here, "lean.cpython-313.pyc"} <= names
    assert made.notes == ()


# What is refused


def test_an_architecture_that_there_is_none_of():
    with pytest.raises(WorkshopError, match="no architecture sparc: x86_64"):
        artifact(AWS / "python", "sparc")


@pytest.mark.parametrize(
    "stem, module",
    [
        ("06_memory_and_cpu", r"tuning\.py"),
        ("08_azure_custom_handler", r"handler\.py"),
    ],
)
def test_an_answer_that_is_no_part_of_a_function(stem, module):
    with pytest.raises(WorkshopError, match=module) as caught:
        artifact(SOLUTIONS / f"{stem}.ipynb")
    said = str(caught.value)
    assert "02_palindrome_products, 04_lambda_runtime_loop, 05" in said
    assert "08_azure" not in said.partition("Those that are")[2]


def test_an_exercise_that_is_not_started():
    notebook = EXERCISES / "05_when_things_go_wrong.ipynb"
    with pytest.raises(WorkshopError, match=r"is not started.*`workshop ch"):
        artifact(notebook)


@pytest.mark.parametrize("target", ["4", "04", "04_lambda_runtime_loop"])
def test_a_number_is_no_path_but_tells_which(target):
    words = (
        r"name a path, such as exercises/04_lambda_runtime_loop\.ipynb or "
        r"solutions/04_lambda_runtime_loop\.ipynb\."
    )
    with pytest.raises(WorkshopError, match=words):
        artifact(target)


def test_node_has_nothing_to_be_tried_on():
    with pytest.raises(WorkshopError, match=r"needs Node.*Python or of Rust"):
        artifact(AWS / "node")


@ON_LINUX
def test_rust_for_the_other_architecture_names_what_is_missing(monkeypatch):
    other = OTHER[own_architecture()]
    try:
        made = artifact(AWS / "rust", other)
    except WorkshopError as error:
        assert "rustup target add" in str(error)
        assert "unknown-linux-musl" in str(error)
    else:
        assert elf.read(files(made)["bootstrap"]).machine == other
        assert not made.runs_here


@ON_LINUX
def test_a_module_for_the_other_architecture():
    with pytest.raises(WorkshopError, match="is built on Linux on"):
        artifact(AWS / "python-rust", OTHER[own_architecture()])


@ON_LINUX
def test_a_program_for_the_other_architecture(folder):
    program = Path("/bin/true").read_bytes()
    other = OTHER[own_architecture()]
    with pytest.raises(WorkshopError, match=f"is to be {other}"):
        artifact(folder(program), other)


def test_a_program_that_is_cut_off(folder):
    with pytest.raises(WorkshopError, match="is no whole program"):
        artifact(folder(b"\x7fELF\x02\x01"))


@ON_LINUX
def test_a_program_that_needs_a_newer_glibc(folder, monkeypatch):
    monkeypatch.setattr("workshop.deploy.aws.artifact.GLIBC", (2, 2))
    program = Path("/bin/true").read_bytes()
    words = r"needs glibc 2\.\d+; .* has 2\.2\. .*cargo-zigbuild"
    with pytest.raises(WorkshopError, match=words):
        artifact(folder(program), own_architecture())


def test_a_package_that_is_too_large(folder, monkeypatch):
    path = folder(b"#!/bin/sh\n")
    (path / "noise.bin").write_bytes(os.urandom(51 * 1024**2))
    with pytest.raises(WorkshopError, match="Lambda takes 52,428,800"):
        artifact(path)


def test_a_package_that_is_too_large_unzipped(folder, monkeypatch):
    path = folder(b"#!/bin/sh\n", zeros_bin="0" * 1000)
    monkeypatch.setattr("workshop.deploy.aws.artifact.UNZIPPED_LIMIT", 1009)
    with pytest.raises(WorkshopError, match="1,010 bytes unzipped; Lambda"):
        artifact(path)
