"""The command line of a handler: put together, then split as .NET does."""

from pathlib import Path

import pytest

from workshop.azure.command_line import command_line, split
from workshop.azure.custom_handler import CustomHandler


@pytest.mark.parametrize(
    ("text", "arguments"),
    # dotnet/runtime, Process.Unix.cs: ParseArgumentsIntoList and, from the
    # first backslash on, what GetNextArgument does with it.
    [
        ("", []),
        (" \t ", []),
        ("a", ["a"]),
        ("a b", ["a", "b"]),
        ("  a \t  b\t", ["a", "b"]),
        ("a\nb", ["a\nb"]),
        ("a'b c'd", ["a'b", "c'd"]),
        ('"a b"', ["a b"]),
        ('a" b "c', ["a b c"]),
        ('"a""b"', ['a"b']),
        ('"a"" b" c', ['a" b', "c"]),
        ('a""b', ["ab"]),
        ('""', [""]),
        ('a "" b', ["a", "", "b"]),
        ('"""', ['"']),
        ('""""', ['"']),
        ('"a b', ["a b"]),
        ('a b"', ["a", "b"]),
        ('a "b" ', ["a", "b"]),
        ("a\\b", ["a\\b"]),
        ("a\\\\b", ["a\\\\b"]),
        ("a\\ b", ["a\\", "b"]),
        ("a\\\tb", ["a\\", "b"]),
        ('"a\\ b"', ["a\\ b"]),
        ("\\", ["\\"]),
        ("a \\\\", ["a", "\\\\"]),
        ('a\\"b', ['a"b']),
        ('a\\\\"b c"', ["a\\b c"]),
        ('a\\\\\\"b', ['a\\"b']),
        ('a\\\\\\\\"b c"', ["a\\\\b c"]),
        ('"a\\"b c"', ['a"b c']),
        ('"a\\\\"b c', ["a\\b", "c"]),
        ('"a\\\\""b"', ['a\\"b']),
        ('\\"', ['"']),
        ('"\\', ["\\"]),
        ('"\\"', ['"']),
        ("é ü", ["é", "ü"]),
        ("a\u00a0b", ["a\u00a0b"]),
    ],
)
def test_split(text, arguments):
    assert split(text) == arguments


def handler(*arguments, **more):
    settings = {
        "executable": "python3",
        "arguments": arguments,
        "worker_path": "",
        "worker_arguments": (),
        "working_directory": Path("/app"),
        "forwarding": False,
        "proxying": False,
        "port": 0,
    }
    return CustomHandler(**settings | more)


@pytest.mark.parametrize(
    ("described", "line"),
    # azure-functions-host 4.1037, DefaultWorkerProcessFactory.cs
    [
        (handler(), ["python3"]),
        (handler("a b", "c"), ["python3", "a", "b", "c"]),
        (handler('"a b"'), ["python3", "a b"]),
        (handler('"a', 'b"'), ["python3", "a b"]),
        (handler("", "a", ""), ["python3", "a"]),
        (handler(worker_path="a b.py"), ["python3", "a b.py"]),
        (
            handler("-u", worker_path="x.py", worker_arguments=("--y", "z")),
            ["python3", "-u", "x.py", "--y", "z"],
        ),
        (handler("--port=%PORT%"), ["python3", "--port=8000"]),
        (handler("%PORT%%PORT%"), ["python3", "80008000"]),
        (handler("%SPACED%"), ["python3", "two", "words"]),
        (handler('"%SPACED%"'), ["python3", "two words"]),
        (handler("%QUOTED%"), ["python3", "in one"]),
        (handler("50%"), ["python3", "50%"]),
        (handler("50%", "-v", "%HOME%"), ["python3", "50%", "-v", "/home/me"]),
        (handler("5%", "of", "9%"), ["python3", "5"]),
        (handler("%%"), ["python3", "%%"]),
        (handler("%NAME%x"), ["python3", "x"]),
        (handler("%NAME%"), ["python3"]),
        (handler(executable="%HOME%/run"), ["/home/me/run"]),
        (handler(executable="%NAME%/run"), ["%NAME%/run"]),
        (handler(executable="my run"), ["my run"]),
    ],
)
def test_command_line(described, line):
    variables = {
        "PORT": "8000",
        "HOME": "/home/me",
        "SPACED": "two words",
        "QUOTED": '"in one"',
    }
    assert command_line(described, variables) == line


def test_what_is_not_set_is_told():
    unset = []
    command_line(handler("%A% %B%", "%A%"), {"B": "b"}, unset.append)
    assert unset == ["A", "A"]
