"""How a learner's module is called: tests/exercises/calls.py."""

import json
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.exercises.calls import ask
from tests.exercises.with_boto3 import BASE
from workshop.repository import EXERCISE_TESTS, ROOT

# All that a module may do to what calls it; nobody else is touched: it acts
# only in a process that leads a session, as those are that are made for it.
MODULE = """
import builtins, os, signal, sys, time
assert os.getsid(0) == os.getpid() and os.getppid() != 1

def plain():
    return [getattr(builtins, "spoilt", None), sys.stdin.read()]

def spoil():
    builtins.spoilt = True
    print("loud", flush=True)
    os.write(2, b"louder")
    return "done"

def leave(status):
    os._exit(status)

def never_end():
    child = os.fork()
    if child:
        with open(os.path.dirname(__file__) + "/child", "w") as file:
            file.write(str(child))
    while True:
        time.sleep(0.01)

def parent():
    return os.getppid()

def end_its_parent():
    os.kill(os.getppid(), signal.SIGKILL)
    return "it is gone"
"""
# What makes calls. It is told which program, and what that is forked of.
PROGRAM = f"""
import sys
sys.path.insert(0, {str(EXERCISE_TESTS)!r})
from calls import serve
has = "boto3" in sys.modules
serve(lambda names, _: names.update(given=sys.argv[1:], has_boto3=has))
"""
# Calls, prints which processes make the calls, and stays.
CALLER = """
import json, sys
from tests.exercises.calls import ask
from pathlib import Path
import psutil
program, base = json.loads(sys.argv[2])
[made] = ask(Path(sys.argv[1]), "parent()", program=program, base=base)
started = [one.pid for one in psutil.Process().children()]
print(json.dumps([*{made.value, *started}]), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def module(tmp_path):
    path = tmp_path / "module.py"
    path.write_text(MODULE)
    return path


def values(outcomes):
    return [outcome.value for outcome in outcomes]


def test_what_one_call_does_is_gone_before_the_next(module):
    assert values(ask(module, "spoil()", "plain()")) == ["done", [True, ""]]
    assert values(ask(module, "plain()")) == [[None, ""]]


def test_a_module_that_leaves_is_told_with_its_status(module):
    first, second = ask(module, "plain()", "leave(3)", "plain()")
    assert first.value == [None, ""]
    assert second.came == "nothing: the process ended with status 3"
    assert values(ask(module, "plain()")) == [[None, ""]]


def test_one_that_cannot_be_imported_fails_the_check(tmp_path):
    for source, words in [
        ("import not_there", "No module named 'not_there', in the line"),
        ("import sys; sys.exit(2)", "SystemExit: 2"),
        ("import os; os._exit(3)", "the process ended with status 3"),
    ]:
        path = tmp_path / "module.py"
        path.write_text(source)
        with pytest.raises(pytest.fail.Exception, match="mend that") as told:
            ask(path, "1")
        assert words in str(told.value)


def test_one_whose_import_never_ends_is_waited_for_once(tmp_path):
    path = tmp_path / "module.py"
    path.write_text("while True:\n    pass")
    for words in "no end of it within 1 seconds", "as before":
        with pytest.raises(pytest.fail.Exception, match=words):
            ask(path, "1", seconds=1)


def test_a_module_that_never_ends_is_ended_with_its_children(module):
    first, second = ask(module, "plain()", "never_end()", seconds=0.5)
    assert first.value == [None, ""]
    assert second.came == "no answer within 0.5 seconds"
    assert values(ask(module, "plain()")) == [[None, ""]]
    with suppress(psutil.NoSuchProcess):
        psutil.Process(int((module.parent / "child").read_text())).wait(10)


def test_a_module_that_ends_what_calls_it_ends_only_its_own_check(module):
    outcomes = ask(module, "end_its_parent()", "plain()")
    assert outcomes[-1].error == "no answer"
    assert values(ask(module, "plain()")) == [[None, ""]]


def test_a_job_as_long_as_any(module):
    text = "x" * 1_000_000
    assert values(ask(module, f"len({text!r})", "plain()")) == [
        1_000_000,
        [None, ""],
    ]


def test_a_program_is_forked_of_one_that_has_boto3(module):
    program = [str(module.parent / "program.py"), "given"]
    Path(program[0]).write_text(PROGRAM)

    def forked(*calls):
        return ask(module, *calls, program=program, base=BASE)

    assert values(forked("given", "has_boto3")) == [["given"], True]
    assert forked("end_its_parent()", "plain()")[-1].error == "no answer"
    assert values(forked("plain()", "given")) == [[None, ""], ["given"]]


@pytest.mark.parametrize("base", [(), BASE], ids=["started", "forked"])
def test_nothing_is_left_of_who_is_killed(module, base):
    program = module.parent / "program.py"
    program.write_text(PROGRAM)
    command = [str(program)] if base else [sys.executable, "-I", str(program)]
    caller = subprocess.Popen(
        [
            sys.executable,
            "-c",
            CALLER,
            str(module),
            json.dumps([command, base]),
        ],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with caller:
        found = map(psutil.Process, json.loads(caller.stdout.readline()))
        programs = [process for process in found if process.is_running()]
        caller.send_signal(signal.SIGKILL)
    assert len(programs) == 1 + bool(base)
    assert psutil.wait_procs(programs, 30)[1] == []
