"""What is built before it is deployed, and what a package has of it."""

import io
import subprocess
import zipfile

import pytest

from tests.building import skip_without_crates
from workshop.deploy import build as building
from workshop.deploy.build import build, bytecode
from workshop.deploy.package import lay_out, package
from workshop.errors import WorkshopError
from workshop.repository import FUNCTIONS
from workshop.sandbox import base_python

MANIFEST = """
[package]
name = "bootstrap"
version = "0.0.0"
edition = "2021"
"""
MAIN = 'fn main() { println!("started"); }\n'
AWS = FUNCTIONS / "aws"


@pytest.fixture
def crate(tmp_path, monkeypatch):
    """A folder with a program in Rust that needs no other crate."""
    monkeypatch.setattr(building, "TARGET", tmp_path / "target")
    folder = tmp_path / "function"
    (folder / "src").mkdir(parents=True)
    (folder / "Cargo.toml").write_text(MANIFEST)
    (folder / "src" / "main.rs").write_text(MAIN)
    (folder / "table.txt").write_text("1")
    return folder


def names(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.namelist()


# Rust


def test_a_package_has_the_program_and_not_what_it_is_built_of(crate):
    skip_without_crates(crate)
    content = package(crate)
    assert names(content) == ["bootstrap", "table.txt"]
    [program] = build(crate).values()
    assert subprocess.check_output([program]) == b"started\n"
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.read("bootstrap") == program.read_bytes()


def test_what_has_changed_is_built_again(crate):
    skip_without_crates(crate)
    build(crate)
    (crate / "src" / "main.rs").write_text(MAIN.replace("started", "again"))
    [program] = build(crate).values()
    assert subprocess.check_output([program]) == b"again\n"


def test_without_cargo_it_is_said_how_to_get_it(crate, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(
        WorkshopError, match=r"no cargo to build it.*cargo-web"
    ):
        package(crate)


@pytest.mark.parametrize(
    "file, text, words",
    [
        ("src/main.rs", "fn main() { nobody(); }", "cannot find function"),
        ("Cargo.toml", MANIFEST + "[dependencies", "unclosed table"),
        ("Cargo.toml", MANIFEST + 'rust-version = "1.999"', "rustc 1.999"),
    ],
)
def test_what_cargo_complains_of_is_handed_on(crate, file, text, words):
    skip_without_crates(crate)
    (crate / file).write_text(text)
    with pytest.raises(WorkshopError, match=words) as caught:
        package(crate)
    assert str(crate) in str(caught.value)


def test_a_module_in_rust_takes_the_place_of_the_kernel():
    folder = AWS / "python-rust"
    skip_without_crates(folder)
    content = package(folder)
    lean = package(AWS / "python-lean")
    assert set(names(content)) ^ set(names(lean)) == {
        "palindromes.abi3.so",
        "palindromes.py",
        *(n for n in names(lean) if n.startswith("__pycache__/palindromes.")),
    }


def test_an_app_has_the_program_and_not_what_it_is_built_of(tmp_path):
    folder = FUNCTIONS / "azure" / "rust"
    skip_without_crates(folder)
    lay_out(folder, tmp_path)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.relative_to(tmp_path).as_posix() for path in files} == {
        *("handler", "host.json", "palindromes/function.json"),
    }
    assert (tmp_path / "handler").stat().st_mode & 0o100


# Python's bytecode


def test_python_runs_the_bytecode_and_not_the_source(tmp_path):
    [(name, code)] = bytecode({"greeting.py": b"print('compiled')"}).items()
    path = tmp_path / name
    path.parent.mkdir()
    path.write_bytes(code)
    (tmp_path / "greeting.py").write_text("print('source')")
    command = [base_python(), "-B", "-c", "import greeting"]
    said = subprocess.check_output(command, cwd=tmp_path, text=True)
    assert said == "compiled\n"


def test_the_same_source_gives_the_same_bytecode():
    modules = {
        name: (AWS / "python-lean" / name).read_bytes()
        for name in ("handler.py", "lean.py")
    }
    assert bytecode(modules) == bytecode(dict(reversed(modules.items())))


def test_only_a_lean_loop_comes_with_its_bytecode():
    lean = names(package(AWS / "python-lean"))
    compiled = [name for name in lean if name.endswith(".pyc")]
    assert [name.split("/")[1].split(".")[0] for name in compiled] == [
        *("handler", "lean", "palindromes"),
    ]
    assert set(lean) - set(compiled) == {
        *("bootstrap", "handler.py", "lean.py", "palindromes.py"),
    }
    assert "__pycache__" not in "".join(names(package(AWS / "python")))


def test_a_function_in_node_gets_the_kernel_that_it_imports():
    assert names(package(AWS / "node")) == [
        *("bootstrap", "handler.mjs", "loop.mjs", "palindromes.mjs"),
    ]
