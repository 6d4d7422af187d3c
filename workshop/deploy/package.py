"""The zip that Lambda takes, of a folder of functions/aws or a notebook.

The same files give the same bytes, so that what changed can be told from
what did not.
"""

import ast
import io
import os
import re
import stat
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from workshop.answers import load
from workshop.errors import WorkshopError
from workshop.repository import FUNCTIONS, KERNEL

BASE = FUNCTIONS / "aws" / "python"  # what an answer becomes a part of
KERNEL_FILE = KERNEL / "palindromes.py"
NAMES_KERNEL = re.compile(r"^(from|import)\b.*\bpalindromes\b", re.MULTILINE)
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest date that a zip can hold
ZIP_LIMIT = 50 * 1024 * 1024  # bytes that Lambda takes directly
LEFT_OUT = ("__pycache__", "README.md", "target", "node_modules")


@dataclass(frozen=True)
class File:
    """One file of a package."""

    content: bytes
    executable: bool = False


def package(source: str | Path) -> bytes:
    """The zip of a function: a folder with a bootstrap, or a notebook.

    An answer takes the place of the file of its name in functions/aws/python.
    WorkshopError says why something cannot be packaged.
    """
    path = Path(source)
    if path.suffix == ".ipynb":
        files = _files_of_notebook(path)
    elif path.is_dir():
        files = _files_of_folder(path)
    else:
        raise WorkshopError(
            f"{path} is neither a folder nor a notebook: name one of "
            "functions/aws/, solutions/ or exercises/."
        )
    _check_bootstrap(path, files)
    content = _zip(_with_kernel(path, files))
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
        for kernel in (KERNEL / "palindromes.py", KERNEL / "palindromes.mjs")
        if not (app / kernel.name).exists()
        and any(
            NAMES_KERNEL.search(module.read_text(errors="replace"))
            for module in app.glob(f"*{kernel.suffix}")
        )
    ]


def _files_of_folder(folder: Path) -> dict[str, File]:
    files = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        hidden = any(part.startswith(".") for part in name.parts)
        if hidden or set(LEFT_OUT) & set(name.parts):
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


def _files_of_notebook(notebook: Path) -> dict[str, File]:
    answer = load(notebook)
    source = answer.source.encode()
    return _files_of_folder(BASE) | {answer.module: File(source)}


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
    if not content.startswith((b"#!", b"\x7fELF")):
        raise WorkshopError(
            f"{source}/bootstrap is neither a script, with a first line "
            "such as #!/bin/sh, nor a Linux program."
        )


def _with_kernel(source: Path, files: dict[str, File]) -> dict[str, File]:
    """The files, and the kernel where a module imports it and has none."""
    modules = {
        name: file for name, file in files.items() if name.endswith(".py")
    }
    imported = set()
    for name, file in modules.items():
        imported |= _imports(source, name, file.content)
    if "palindromes" in imported and KERNEL_FILE.name not in files:
        kernel = File(KERNEL_FILE.read_bytes())
        return files | {KERNEL_FILE.name: kernel}
    return files


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
