"""A notebook in a fresh kernel: it runs, or it is said which cell does not."""

import subprocess
import sys

import psutil
import pytest

from tests.classroom.desks import code
from workshop.classroom.fresh_kernel import run
from workshop.repository import ROOT


def play(tmp_path, *sources, cell_limit_s=60, tags=()):
    cells = [code(source) for source in sources]
    cells[-1]["metadata"] = {"tags": list(tags)}
    seen = []
    told = run(
        {"cells": cells}, tmp_path, lambda *at: seen.append(at), cell_limit_s
    )
    return told, seen


def test_it_runs_from_top_to_bottom_in_its_folder(tmp_path):
    told, seen = play(
        tmp_path, "here = 'x'", "", "open('made', 'w').write(here)"
    )
    assert told == ""
    assert (tmp_path / "made").read_text() == "x"
    assert seen == [(1, 2), (2, 2)]  # an empty cell is none


def test_what_is_no_code_is_left_out(tmp_path):
    cells = [{"cell_type": "markdown", "source": "1 / 0"}, {"source": "1 / 0"}]
    assert run({"cells": cells}, tmp_path, lambda *_: None) == ""


def test_it_is_the_interpreter_of_the_workshop(tmp_path, monkeypatch):
    elsewhere = tmp_path / "kernels" / "python3"
    elsewhere.mkdir(parents=True)
    (elsewhere / "kernel.json").write_text('{"argv": ["false"]}')
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    told, _ = play(
        tmp_path, f"import workshop; 1 / ({str(ROOT)!r} in workshop.__file__)"
    )
    assert told == ""


@pytest.mark.parametrize(
    ("sources", "sentence"),
    [
        (["x = 1", "x = 2\n1 / 0"], "cell 2, `x = 2`: ZeroDivisionError: "),
        (["def f(:"], "cell 1, `def f(:`: SyntaxError: invalid syntax"),
        (["import os; os._exit(3)"], "the kernel died"),
        (["input()"], "does not support input requests"),
        (["raise ValueError('a\\nb')"], "ValueError: a"),
        (["x = '" + "y" * 80 + "'; 1 / 0"], "cell 1, `x = 'yyyyy"),
        (["raise SystemExit(3)"], "SystemExit: 3"),
    ],
)
def test_the_cell_and_its_error_are_named(tmp_path, sources, sentence):
    told, _ = play(tmp_path, *sources)
    assert sentence in told
    assert "\n" not in told
    assert len(told) < 200


def test_a_cell_may_be_meant_to_fail(tmp_path):
    assert play(tmp_path, "1 / 0", tags=["raises-exception"])[0] == ""
    assert "ZeroDivisionError" in play(tmp_path, "1 / 0", tags=["other"])[0]


def test_a_loop_that_never_ends_is_ended(tmp_path):
    told, _ = play(
        tmp_path,
        "import os; open('pid', 'w').write(str(os.getpid()))",
        "while True:\n    pass",
        cell_limit_s=2,
    )
    assert told.startswith("cell 2, `while True:`: it took over 2 s")
    assert not psutil.pid_exists(int((tmp_path / "pid").read_text()))


def test_one_that_prints_for_ever_fills_no_memory(tmp_path):
    program = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from tests.classroom.desks import code\n"
        "from workshop.classroom.fresh_kernel import run\n"
        "def most_after(source):\n"
        "    cells = {'cells': [code(source)]}\n"
        "    print(run(cells, Path(sys.argv[1]), lambda *_: None, 5))\n"
        "    usage = resource.getrusage(resource.RUSAGE_SELF)\n"
        "    return usage.ru_maxrss\n"
        "once = most_after('1')\n"
        "print(most_after('while True: print(1000 * \"x\")') / once)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, tmp_path],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    _, told, growth = done.stdout.splitlines()
    assert "it took over 5 s" in told
    assert float(growth) < 1.5


def test_what_a_notebook_has_started_ends_with_it(tmp_path):
    start = (
        "import subprocess\n"
        "child = subprocess.Popen(['sleep', '600'], start_new_session=True)\n"
        "open('pid', 'w').write(str(child.pid))"
    )
    assert play(tmp_path, start)[0] == ""
    assert not psutil.pid_exists(int((tmp_path / "pid").read_text()))


def test_a_kernel_that_deafens_itself_ends_all_the_same(tmp_path):
    deaf = (
        "import os, signal\n"
        "open('pid', 'w').write(str(os.getpid()))\n"
        "for number in signal.SIGINT, signal.SIGTERM, signal.SIGHUP:\n"
        "    signal.signal(number, signal.SIG_IGN)\n"
        "while True:\n"
        "    pass"
    )
    assert "it took over 2 s" in play(tmp_path, deaf, cell_limit_s=2)[0]
    assert not psutil.pid_exists(int((tmp_path / "pid").read_text()))


def test_where_no_kernel_starts_the_doctor_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.executable", "/bin/false")
    told, seen = play(tmp_path, "1")
    assert "workshop doctor`" in told
    assert seen == []
