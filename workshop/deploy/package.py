"""What is deployed, of a folder of functions/ or a notebook: the zip that
Lambda takes, the folder that a Functions host does.

The same files give the same bytes, so that what changed can be told from
what did not.
"""

import ast
import io
import os
import re
import shutil
import stat
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from workshop.answers import load
from workshop.deploy.build import SOURCES, build, bytecode, is_crate
from workshop.errors import WorkshopError
from workshop.repository import FUNCTIONS, KERNEL, ROOT, SOLUTIONS

BASE = FUNCTIONS / "aws" / "python"  # what an answer becomes a part of
AZURE_BASE = FUNCTIONS / "azure" / "python"  # what one for Azure does
LEAN = FUNCTIONS / "aws" / "python-lean"  # what a module in Rust does
KERNEL_FILES = (KERNEL / "palindromes.py", KERNEL / "palindromes.mjs")
MODULE = "palindromes.abi3.so"  # the kernel as python-rust builds it
STARTS_LEAN = re.compile(rb"^import lean$", re.MULTILINE)
NAMES_KERNEL = re.compile(r"^(from|import)\b.*\bpalindromes\b", re.MULTILINE)
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest date that a zip can hold
PROGRAMS = (b"#!", b"\x7fELF")
if sys.platform == "darwin":  # what cargo builds here runs here, not on AWS
    PROGRAMS += (b"\xcf\xfa\xed\xfe",)
ZIP_LIMIT = 50 * 1024 * 1024  # bytes that Lambda takes directly
LEFT_OUT = ("__pycache__", "README.md", "target", "node_modules")


@dataclass(frozen=True)
class File:
    """One file of a package."""

    content: bytes
    executable: bool = False


@dataclass(frozen=True)
class Destination:
    """Where a package is to run: on this machine, if nothing is said."""

    architecture: str = ""  # of Lambda: x86_64 or arm64
    python: Path | None = None  # for whose version bytecode is added


HERE = Destination()


def package(source: str | Path, destination: Destination = HERE) -> bytes:
    """The zip of a function: a folder with a bootstrap, or a notebook.

    An answer takes the place of the file of its name in functions/aws/python.
    WorkshopError says why something cannot be packaged.
    """
    path = Path(source)
    _expect(path, "bootstrap", "which is what Lambda starts")
    files = _files(path, BASE, destination.architecture)
    _check_bootstrap(path, files)
    files = _with_kernel(path, files)
    if STARTS_LEAN.search(files["bootstrap"].content):
        files |= _bytecode(files, None)
        if destination.python:
            files |= _bytecode(files, destination.python)
    content = _zip(files)
    if len(content) > ZIP_LIMIT:
        raise WorkshopError(
            f"The zip of {path} has {len(content):,} bytes; Lambda takes "
            f"{ZIP_LIMIT:,}. Leave out what the function does not need."
        )
    return content


def package_handler(source: str) -> bytes:
    """The zip of a function with this text as its handler.py.

    The loop around it is that of functions/aws/python; a WorkshopError says
    where the text is no Python.
    """
    name = Path("the given source")
    files = _files_of_folder(BASE) | {"handler.py": File(source.encode())}
    return _zip(_with_kernel(name, files))


def lay_out(source: str | Path, folder: str | Path) -> None:
    """Write a function app's files into a folder, as they are deployed.

    The source is a folder with a host.json, or a notebook, whose answer's
    files take the place of those in functions/azure/python. The kernel comes
    along. WorkshopError says why something is no app.
    """
    app = Path(folder)
    _expect(Path(source), "host.json", "which is what makes an app of it")
    files = _files(Path(source), AZURE_BASE)
    try:
        for name, file in files.items():
            path = app / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.content)
            path.chmod(0o755 if file.executable else 0o644)
        for kernel in missing_kernel(app):
            shutil.copyfile(kernel, app / kernel.name)
    except OSError as error:
        raise WorkshopError(
            f"The files of {source} cannot be written to {app}: "
            f"{error.strerror}."
        ) from None


def write(source: Path, target: Path) -> list[str]:
    """Write the zip to `target`, whole or not at all; returns its entries."""
    content = package(source)
    half = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        half.write_bytes(content)
        half.replace(target)
    except OSError as error:
        raise WorkshopError(
            f"{target} cannot be written: {error.strerror}."
        ) from error
    finally:
        half.unlink(missing_ok=True)
    with zipfile.ZipFile(target) as archive:
        return archive.namelist()


def missing_kernel(app: Path) -> list[Path]:
    """The files of the kernel that an app's modules name but do not have."""
    return [
        kernel
        for kernel in KERNEL_FILES
        if not (app / kernel.name).exists()
        and any(
            NAMES_KERNEL.search(module.read_text(errors="replace"))
            for module in app.glob(f"*{kernel.suffix}")
        )
    ]


def _files(
    source: Path, base: Path, architecture: str = ""
) -> dict[str, File]:
    """The files of a folder, or of a notebook in those of the base."""
    if source.suffix == ".ipynb":
        answer = load(source).files().items()
        own = {name: File(text.encode()) for name, text in answer}
        return _files_of_folder(base) | own
    if source.is_dir() and is_crate(source):
        files = _files_of_folder(source) | _built(source, architecture)
        alone = base == BASE and "bootstrap" not in files
        return _files_of_folder(LEAN) | files if alone else files
    if source.is_dir():
        return _files_of_folder(source)
    where = base.parent.relative_to(ROOT)
    meant = [f"{where}/", "solutions/ or exercises/"]
    if stem := _stem_of(str(source)):
        meant = [f"exercises/{stem}.ipynb or solutions/{stem}.ipynb"]
    raise WorkshopError(
        f"{source} is neither a folder nor a notebook: name "
        f"{'a path, such as' if stem else 'one of'} {', '.join(meant)}."
    )


def _stem_of(text: str) -> str:
    """The exercise of a number, such as 4 or 04, or of a stem; or none."""
    stems = [path.stem for path in SOLUTIONS.glob("*.ipynb")]
    begin = f"{text.zfill(2)}_"
    fit = [one for one in stems if one == text or one.startswith(begin)]
    return fit[0] if fit else ""


def _expect(source: Path, name: str, why: str) -> None:
    """Refuse a folder without this file before all of it is read."""
    if not source.is_dir() or is_crate(source) or (source / name).exists():
        return
    raise WorkshopError(f"{source} has no file named {name}, {why}.")


def _built(folder: Path, architecture: str) -> dict[str, File]:
    """What a folder's crate is built to."""
    return {
        name: File(path.read_bytes(), executable=path.suffix != ".so")
        for name, path in build(folder, architecture).items()
    }


def _files_of_folder(folder: Path) -> dict[str, File]:
    """What a folder holds, but for caches, notes and the source of Rust.

    WorkshopError where it cannot be read.
    """
    try:
        return _read(folder)
    except OSError as error:
        raise WorkshopError(
            f"{error.filename or folder} cannot be read: {error.strerror}."
        ) from error


def _read(folder: Path) -> dict[str, File]:
    left_out = {*LEFT_OUT, *(SOURCES if is_crate(folder) else ())}
    files = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        hidden = any(part.startswith(".") for part in name.parts)
        if hidden or left_out & set(name.parts):
            continue
        if not path.resolve().is_relative_to(folder.resolve()):
            raise WorkshopError(
                f"{path} is a link out of its folder: put the file itself "
                "there."
            )
        if path.is_file():
            executable = bool(path.stat().st_mode & stat.S_IXUSR)
            files[name.as_posix()] = File(path.read_bytes(), executable)
    return files


def _check_bootstrap(source: Path, files: Mapping[str, File]) -> None:
    if "bootstrap" not in files:
        raise WorkshopError(
            f"{source} has no file named bootstrap, which is what Lambda "
            "starts."
        )
    content = files["bootstrap"].content
    first_line = content.partition(b"\n")[0]
    if first_line.startswith(b"#!") and first_line.endswith(b"\r"):
        raise WorkshopError(
            f"The first line of {source}/bootstrap ends in a Windows line "
            "ending, and Linux would look for a program of that name. Save "
            "the file with LF line endings."
        )
    if not content.startswith(PROGRAMS):
        raise WorkshopError(
            f"{source}/bootstrap is neither a script, with a first line "
            "such as #!/bin/sh, nor a Linux program."
        )


def _with_kernel(source: Path, files: dict[str, File]) -> dict[str, File]:
    """The files, and the kernel where a module imports it and has none."""
    wanted = set()
    for name, file in files.items():
        if name.endswith(".mjs"):
            text = file.content.decode(errors="replace")
            named = NAMES_KERNEL.search(text) is not None
        else:
            named = name.endswith(".py") and "palindromes" in _imports(
                source, name, file.content
            )
        if named:
            wanted.add(f"palindromes{Path(name).suffix}")
    if MODULE in files:  # it is the kernel: Python would prefer it, too
        wanted.discard("palindromes.py")
    kernel = {
        path.name: File(path.read_bytes())
        for path in KERNEL_FILES
        if path.name in wanted
    }
    return kernel | files


def _bytecode(
    files: Mapping[str, File], python: Path | None
) -> dict[str, File]:
    modules = {
        name: file.content
        for name, file in files.items()
        if name.endswith(".py")
    }
    compiled = bytecode(modules, python)
    return {name: File(code) for name, code in compiled.items()}


def _imports(source: Path, name: str, content: bytes) -> set[str]:
    try:
        tree = ast.parse(content, name)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", "?")
        raise WorkshopError(
            f"{name} of {source} is no Python, line {line}: {error}"
        ) from error
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def _zip(files: Mapping[str, File]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, file in sorted(files.items()):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.create_system = 3  # Unix, on every system
            entry.compress_type = zipfile.ZIP_DEFLATED
            runs = file.executable or name == "bootstrap"
            mode = 0o755 if runs else 0o644
            # writestr alone would give 0600, unreadable to Lambda's user.
            entry.external_attr = (stat.S_IFREG | mode) << 16
            archive.writestr(entry, file.content)
    return buffer.getvalue()
