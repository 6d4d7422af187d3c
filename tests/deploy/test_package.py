"""`workshop package`, as it is typed, and the zip that it writes."""

import ast
import io
import json
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from workshop.answers import load
from workshop.deploy.package import lay_out, package_handler
from workshop.deploy.package import package as in_process
from workshop.errors import WorkshopError
from workshop.repository import EXERCISES, FUNCTIONS, KERNEL, SOLUTIONS

LOOP = "04_lambda_runtime_loop.ipynb"
KERNEL_EXERCISE = "02_palindrome_products.ipynb"
NAMES = ["bootstrap", "handler.py", "loop.py", "palindromes.py"]


@pytest.fixture
def package(tmp_path):
    """Runs the command; gives (status, stderr, the zip's path)."""

    def package(source, output=None):
        target = tmp_path / "f.zip" if output is None else output
        run = subprocess.run(
            [
                *(sys.executable, "-m", "workshop", "package"),
                *(str(source), "-o", str(target)),
            ],
            capture_output=True,
            text=True,
        )
        assert "Traceback" not in run.stderr
        return run.returncode, run.stderr, target

    return package


@pytest.fixture
def function(tmp_path):
    """A folder with a function in it, to be broken."""
    folder = tmp_path / "function"
    folder.mkdir()
    (folder / "bootstrap").write_text("#!/bin/sh\nexec python3 loop.py\n")
    (folder / "loop.py").write_text("print(1)\n")
    return folder


def modes(path):
    with zipfile.ZipFile(path) as archive:
        return {
            entry.filename: entry.external_attr >> 16
            for entry in archive.infolist()
        }


@pytest.mark.parametrize(
    "source",
    [
        FUNCTIONS / "aws" / "python",
        SOLUTIONS / LOOP,
        SOLUTIONS / KERNEL_EXERCISE,
        EXERCISES / LOOP,
    ],
    ids=lambda path: f"{path.parent.name}/{path.stem}",
)
def test_a_package_has_what_lambda_starts_and_the_kernel(package, source):
    status, _, path = package(source)
    assert status == 0
    assert sorted(modes(path)) == NAMES


def test_the_bits_are_those_that_lambda_wants(package, function):
    (function / "bootstrap").chmod(0o600)  # as git or a zip may leave it
    (function / "loop.py").chmod(0o600)
    (function / "tool").write_text("#!/bin/sh\n")
    (function / "tool").chmod(0o700)
    _, _, path = package(function)
    assert modes(path) == {
        "bootstrap": 0o100755,
        "loop.py": 0o100644,
        "tool": 0o100755,
    }


def test_unzip_gives_files_that_run(package, tmp_path):
    # An unzip that knows the bits of Unix, unlike Python's own.
    _, _, path = package(FUNCTIONS / "aws" / "python")
    if subprocess.run(["which", "unzip"], capture_output=True).returncode:
        pytest.skip("there is no unzip")
    subprocess.run(["unzip", "-q", path, "-d", tmp_path / "out"], check=True)
    assert os.access(tmp_path / "out" / "bootstrap", os.X_OK)


def test_the_same_files_give_the_same_bytes(package, function, tmp_path):
    _, _, first = package(function, tmp_path / "1.zip")
    later = time.time() + 100_000
    os.utime(function / "loop.py", (later, later))
    _, _, second = package(function, tmp_path / "2.zip")
    assert first.read_bytes() == second.read_bytes()
    (function / "loop.py").write_text("print(2)\n")
    _, _, third = package(function, tmp_path / "3.zip")
    assert first.read_bytes() != third.read_bytes()


def test_an_answer_takes_the_place_of_the_file_of_its_name(package):
    for notebook, module in (
        (LOOP, "loop.py"),
        (KERNEL_EXERCISE, "palindromes.py"),
    ):
        answer = load(SOLUTIONS / notebook).source.encode()
        _, _, path = package(SOLUTIONS / notebook)
        with zipfile.ZipFile(path) as archive:
            assert archive.read(module) == answer


def test_a_handler_alone_gets_the_loop_around_it():
    base = FUNCTIONS / "aws" / "python"
    source = "def handler(event, context):\n    return event\n"
    with zipfile.ZipFile(io.BytesIO(package_handler(source))) as archive:
        assert sorted(archive.namelist()) == NAMES[:3]
        assert archive.read("handler.py").decode() == source
        for name in ("bootstrap", "loop.py"):
            assert archive.read(name) == (base / name).read_bytes()
        assert archive.getinfo("bootstrap").external_attr >> 16 == 0o100755


def test_a_handler_alone_gets_the_kernel_that_it_imports():
    source = "from palindromes import answer as handler\n"
    with zipfile.ZipFile(io.BytesIO(package_handler(source))) as archive:
        assert sorted(archive.namelist()) == NAMES


def test_a_handler_alone_that_is_no_python():
    with pytest.raises(WorkshopError, match=r"handler\.py of .* line 2"):
        package_handler("import os\ndef handler(:\n")


def test_the_kernel_comes_along_where_it_is_imported(package, function):
    _, _, path = package(function)
    assert "palindromes.py" not in modes(path)
    (function / "loop.py").write_text("def f():\n    import palindromes\n")
    _, _, path = package(function)
    with zipfile.ZipFile(path) as archive:
        kernel = archive.read("palindromes.py")
    assert kernel == (KERNEL / "palindromes.py").read_bytes()
    assert ast.parse(kernel)


def test_caches_and_hidden_files_stay_behind(package, function):
    (function / "__pycache__").mkdir()
    (function / "__pycache__" / "loop.pyc").write_bytes(b"")
    (function / ".env").write_text("SECRET=1")
    (function / "data").mkdir()
    (function / "data" / "table.txt").write_text("1")
    _, _, path = package(function)
    assert sorted(modes(path)) == ["bootstrap", "data/table.txt", "loop.py"]


# A function app, laid out in a folder


def laid_out(source, folder):
    lay_out(source, folder)
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_an_app_has_its_files_and_the_kernel(tmp_path):
    base = FUNCTIONS / "azure" / "python"
    files = laid_out(base, tmp_path / "new" / "app")
    kernel = (KERNEL / "palindromes.py").read_bytes()
    assert files.pop("palindromes.py") == kernel
    names = ["handler.py", "host.json", "palindromes/function.json"]
    assert sorted(files) == names
    for name in names:
        assert files[name] == (base / name).read_bytes()
    assert "palindromes.mjs" in laid_out(base.parent / "node", tmp_path)


def test_the_files_of_an_answer_take_the_place_of_those_given(tmp_path):
    notebook = tmp_path / "08_azure_custom_handler.ipynb"
    sources = {"answer": "print(1)", "file:host.json": "host = {'a': 1}"}
    cells = [
        {
            "cell_type": "code",
            "metadata": {"tags": ["answer", tag]},
            "source": source,
        }
        for tag, source in sources.items()
    ]
    notebook.write_text(json.dumps({"cells": cells}))
    files = laid_out(notebook, tmp_path / "app")
    assert files["handler.py"] == b"print(1)\n"
    assert files["host.json"] == b'{\n  "a": 1\n}\n'
    assert "palindromes/function.json" in files
    assert "palindromes.py" not in files
    assert laid_out(notebook, tmp_path / "app") == files


def test_a_program_in_an_app_can_be_run(tmp_path, function):
    (function / "handler").write_text("#!/bin/sh\n")
    (function / "handler").chmod(0o700)
    (function / "host.json").write_text("{}")
    lay_out(function, tmp_path / "app")
    assert os.access(tmp_path / "app" / "handler", os.X_OK)
    assert not os.access(tmp_path / "app" / "loop.py", os.X_OK)


def test_what_is_no_app_is_not_laid_out(tmp_path):
    with pytest.raises(WorkshopError, match="functions/azure/, solutions/"):
        lay_out(tmp_path / "nothing", tmp_path / "app")
    assert not (tmp_path / "app").exists()


# What is refused, and how


def refused(package, source, output=None):
    status, said, target = package(source, output)
    assert status == 1
    assert not target.is_file()
    return said


def test_neither_a_folder_nor_a_notebook(package, tmp_path):
    said = refused(package, tmp_path / "nothing")
    assert "neither a folder nor a notebook" in said
    assert "There is no notebook" in refused(package, tmp_path / "no.ipynb")


def test_a_folder_without_bootstrap(package, function):
    (function / "bootstrap").unlink()
    assert "has no file named bootstrap" in refused(package, function)


def test_a_folder_without_bootstrap_is_not_read(function, monkeypatch):
    (function / "bootstrap").unlink()

    def read(path):
        raise AssertionError(path)

    monkeypatch.setattr(Path, "read_bytes", read)
    with pytest.raises(WorkshopError, match="has no file named bootstrap"):
        in_process(function)


def test_a_file_that_cannot_be_read(function, monkeypatch):
    def read(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", read)
    words = r"/bootstrap cannot be read: Permission denied\."
    with pytest.raises(WorkshopError, match=words):
        in_process(function)


def test_a_bootstrap_with_a_windows_line_ending(package, function):
    (function / "bootstrap").write_bytes(b"#!/bin/sh\r\nexec loop\r\n")
    said = refused(package, function)
    assert "Windows line ending" in said
    assert "LF" in said


def test_a_bootstrap_that_is_no_program(package, function):
    (function / "bootstrap").write_text("exec python3 loop.py\n")
    assert "neither a script" in refused(package, function)


def test_a_module_that_is_no_python(package, function):
    (function / "loop.py").write_text("def f(:\n")
    said = refused(package, function)
    assert "loop.py" in said
    assert "line 1" in said


def test_a_link_out_of_the_folder(package, function):
    (function / "passwords").symlink_to("/etc/passwd")
    assert "is a link out of its folder" in refused(package, function)


def test_a_package_that_is_too_large(package, function):
    (function / "noise.bin").write_bytes(os.urandom(51 * 1024**2))
    said = refused(package, function)
    assert "52,428,800" in said


def test_a_target_that_cannot_be_written(package, function, tmp_path):
    said = refused(package, function, tmp_path / "no" / "f.zip")
    assert "cannot be written: No such file or directory" in said
    (tmp_path / "taken").mkdir()
    said = refused(package, function, tmp_path / "taken")
    assert "cannot be written" in said
    assert {p.name for p in tmp_path.iterdir()} == {"function", "taken"}


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "app").write_text("in the way")
    with pytest.raises(WorkshopError, match=r"cannot be written to .*app: "):
        lay_out(FUNCTIONS / "azure" / "python", tmp_path / "app")
