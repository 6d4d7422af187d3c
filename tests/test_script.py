"""How a learner's script is run: tests/exercises/script.py."""

import json
import signal
import subprocess

import psutil
import pytest

from tests.exercises.script import Script, python
from workshop.sandbox import base_python, search_path

# What a script can tell of how it was started.
TELLS = """
import json, os, sys, __main__
told = 1
print(json.dumps({
    "argv": sys.argv,
    "name": [__name__, __main__.__file__ == __file__, __main__.told],
    "folder": os.getcwd(),
    "path": sys.path[0] == os.path.dirname(__file__),
    "environment": {name: os.environ.get(name) for name in ("X", "PATH", "Y")},
    "read": sys.stdin.read(),
    "buffered": sys.stdout.line_buffering,
    "encoding": [sys.stdout.encoding, sys.stdout.errors],
    "error": [sys.stderr.encoding, sys.stderr.errors],
    "leads": os.getsid(0) == os.getpid(),
    "files": sorted(os.listdir("/dev/fd")),
    "libraries": [path for path in sys.path[1:]],
}))
"""


@pytest.fixture
def run(tmp_path):
    """Runs a script to its end: its status and what it has printed."""

    def run(source):
        script = begin(tmp_path, source)
        status = script.wait()
        out, err = (tmp_path / name for name in ("out", "err"))
        return status, out.read_text(), err.read_text()

    return run


def begin(folder, source):
    (folder / "script.py").write_text(source)
    with (folder / "out").open("wb") as out, (folder / "err").open("wb") as e:
        path = folder / "script.py"
        return Script(path, {"X": "1"}, out.fileno(), e.fileno())


def test_a_script_sees_what_python3_shows_it(run, tmp_path):
    status, told, errors = run(TELLS)
    python3 = subprocess.run(
        [base_python(), "script.py"],
        cwd=tmp_path,
        env={"PATH": search_path(), "LANG": "en_US.UTF-8", "X": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        start_new_session=True,
    )
    assert (status, errors) == (0, "")
    assert json.loads(told) == json.loads(python3.stdout)


@pytest.mark.parametrize(
    ("source", "status", "words"),
    [
        ("import sys; sys.exit(3)", 3, ""),
        ("import sys; sys.exit('in words')", 1, "in words"),
        ("1 / 0", 1, "ZeroDivisionError: division by zero"),
        ("def f(:", 1, "SyntaxError: invalid syntax"),
        ("import os; os.kill(os.getpid(), 9)", -signal.SIGKILL, ""),
    ],
)
def test_it_ends_as_scripts_end(run, source, status, words):
    ended, _, errors = run(source)
    assert (ended, (errors.splitlines() or [""])[-1]) == (status, words)


def test_threads_and_what_is_registered_end_before_it(run):
    assert run(
        "import atexit, threading, time\n"
        "atexit.register(print, 'and last')\n"
        "def later():\n    time.sleep(0.1)\n    print('late', flush=True)\n"
        "threading.Thread(target=later).start()\n"
    ) == (0, "late\nand last\n", "")


def test_what_one_does_is_gone_before_the_next(run):
    run("import builtins, sys; builtins.x = sys.modules['json'].x = 1")
    status, told, _ = run(
        "import builtins, json\n"
        "print(hasattr(builtins, 'x'), hasattr(json, 'x'))"
    )
    assert (status, told) == (0, "False False\n")


def test_it_is_ended_with_its_children(tmp_path):
    script = begin(
        tmp_path,
        "import os, time\nchild = os.fork()\n"
        "if child: print(child, flush=True)\ntime.sleep(60)\n",
    )
    assert script.poll() is None
    while not (number := (tmp_path / "out").read_text()).endswith("\n"):
        assert script.poll() is None
    child = psutil.Process(int(number))
    script.end()
    assert script.poll() == -signal.SIGKILL
    assert psutil.wait_procs([child], 30)[1] == []


def test_it_may_be_ended_before_it_has_begun(tmp_path):
    for _ in range(20):
        script = begin(tmp_path, "import time\ntime.sleep(60)")
        script.end()
        assert script.poll() == -signal.SIGKILL


def test_one_that_ends_its_parent_is_not_waited_for(run):
    assert run("import os; os.kill(os.getppid(), 9)")[0] == -signal.SIGKILL
    assert run("print('again')")[:2] == (0, "again\n")


def test_it_is_one_python(run):
    before = python()
    run("import os; os._exit(0)")
    assert python() is before
