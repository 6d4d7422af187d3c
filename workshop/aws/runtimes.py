"""The program that an environment starts, for each runtime a function names.

`provided.al2023` starts the zip's own `bootstrap`. A managed Python starts
awslambdaric, the client that AWS runs too, or hands its start command to the
script that AWS_LAMBDA_EXEC_WRAPPER names ("Modifying the runtime
environment", AWS Lambda Developer Guide, read 2026-11).
"""

import compileall
import errno
import platform
import re
import sys
from importlib.util import find_spec
from pathlib import Path

from workshop.aws.function import Function
from workshop.sandbox import base_python

PROVIDED = "provided.al2023"
PYTHON = re.compile(r"python3\.(9|1[0-4])")  # as of 2026-11
WRAPPER = "AWS_LAMBDA_EXEC_WRAPPER"
TASK_ROOT = "/var/task"  # where a function's code lies on AWS

# What a managed Python finds beside its own library: the client with what it
# needs, and boto3 with what that needs.
CLIENT = "awslambdaric runtime_client simplejson snapshot_restore_py"
SDK = "boto3 botocore s3transfer jmespath dateutil six urllib3"
BOOTSTRAP = """\
import os
import sys

sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])

from awslambdaric.__main__ import main

main(["bootstrap", os.environ["_HANDLER"]])
"""


REFUSALS = {  # of a program, by the operating system, in AWS's words
    errno.EACCES: "permission denied",
    errno.ENOENT: "no such file or directory",
    errno.ENOEXEC: "exec format error",
}


class CannotStart(Exception):
    """The function's program cannot be started.

    The message is AWS's; `remedy` is what its author can do.
    """

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


def prepare(folder: Path) -> None:
    """Make the folder of the managed Python's client: LAMBDA_RUNTIME_DIR."""
    folder.mkdir()
    for name in f"{CLIENT} {SDK}".split():
        spec = find_spec(name)
        if spec and spec.origin:
            found = Path(spec.origin)
            if found.name == "__init__.py":
                found = found.parent
            (folder / found.name).symlink_to(found)
    for name in CLIENT.split():  # no cold start shall pay for what pip left
        compileall.compile_dir(folder / name, quiet=2)
    (folder / "bootstrap.py").write_text(BOOTSTRAP)


def command(function: Function, runtime_folder: Path) -> list[str]:
    """What to start for a function; CannotStart where that is not there."""
    if function.runtime == PROVIDED:
        return [str(_bootstrap(function))]
    if not (runtime_folder / "awslambdaric").exists():
        raise CannotStart(
            f"There is no {function.runtime} here",
            "A managed Python runs awslambdaric: pip install awslambdaric, "
            f"or use {PROVIDED} and a bootstrap of your own.",
        )
    start = [str(base_python()), str(runtime_folder / "bootstrap.py")]
    wrapper = function.variables.get(WRAPPER)
    return [_local(wrapper, function), *start] if wrapper else start


def variables(function: Function, runtime_folder: Path) -> dict[str, str]:
    """What only a managed runtime adds to the environment."""
    if function.runtime == PROVIDED:
        return {}
    return {
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
        "PYTHONPATH": str(runtime_folder),
    }


def note(function: Function) -> str:
    """What differs from AWS in the runtime that runs; "" if nothing does."""
    here = f"python{sys.version_info.major}.{sys.version_info.minor}"
    if function.runtime in (PROVIDED, here):
        return ""
    return (
        f"The local Lambda runs {function.runtime} on your own Python "
        f"{platform.python_version()}."
    )


def why_not(error: OSError, program: Path, function: Function) -> CannotStart:
    """What an operating system's refusal to start the program means."""
    first_line = b""
    if program.is_file():
        first_line = program.read_bytes()[:200].split(b"\n")[0]
    name = program.name
    if error.errno == errno.EACCES:
        remedy = (
            f"{name} lacks the execute bit. `workshop package` sets it; in "
            f"a zip of your own, run chmod +x {name} first."
        )
    elif first_line.startswith(b"#!") and first_line.endswith(b"\r"):
        remedy = (
            f"{name}'s first line ends in a Windows line ending (CR), so "
            "Linux looks for a program whose name ends in CR. Save the file "
            "with LF line endings."
        )
    elif not program.is_file():
        remedy = f"The zip has no file {name} at that place."
    else:
        remedy = (
            f"{name} needs a first line that names a program on this "
            "machine, such as #!/bin/sh, or must be built for it."
        )
    reason = REFUSALS[error.errno or 0]
    path = str(program).replace(str(function.task_root), TASK_ROOT, 1)
    return CannotStart(f"fork/exec {path}: {reason}", remedy)


def _bootstrap(function: Function) -> Path:
    bootstrap = function.task_root / "bootstrap"
    if not bootstrap.is_file():
        raise CannotStart(
            "Couldn't find valid bootstrap(s): "
            "[/var/task/bootstrap /opt/bootstrap]",
            "The zip has no file named bootstrap at its top level. Lambda "
            "starts that file and nothing else.",
        )
    return bootstrap


def _local(path: str, function: Function) -> str:
    """A path on AWS as a path here: the code lies elsewhere."""
    if path.startswith(f"{TASK_ROOT}/"):
        return path.replace(TASK_ROOT, str(function.task_root), 1)
    return path
