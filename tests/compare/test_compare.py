"""`workshop compare` from its start to the table: on both local clouds, with
what goes wrong on the way.
"""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace

import psutil
import pytest

from tests.building import skip_without_crates
from tests.compare.plans import contender
from workshop.compare.command import Options, plan_of
from workshop.compare.run import KEPT, Plan, compare
from workshop.compare.workloads import HELLO, Workload
from workshop.repository import FUNCTIONS

COMMAND = [sys.executable, "-m", "workshop", "compare"]
PYTHONS = "python,python-lean,python-managed"


def run(*options, **more):
    return subprocess.run(
        [*COMMAND, *options], capture_output=True, text=True, **more
    )


def has_crates():
    try:
        skip_without_crates(FUNCTIONS / "aws" / "rust")
        skip_without_crates(FUNCTIONS / "azure" / "rust")
    except pytest.skip.Exception:
        return False
    return True


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    """A quick comparison of what can be had here, and its files."""
    folder = tmp_path_factory.mktemp("quick")
    node = ",node" if shutil.which("node") else ""
    rust = ",rust" if has_crates() else ""
    done = run(
        *("--quick", "--repeat", "1", "--functions", PYTHONS + node + rust),
        *("--json", folder / "rows.json", "--csv", folder / "rows.csv"),
        *("--svg", folder / "chart.svg"),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done, folder


@pytest.fixture(scope="module")
def rows(quick):
    return json.loads((quick[1] / "rows.json").read_text())


def row_of(rows, function, workload, platform="lambda", kernel="brute"):
    [found] = [
        row
        for row in rows
        if (row["platform"], row["function"], row["workload"], row["kernel"])
        == (platform, function, workload, kernel)
    ]
    return found


def test_every_function_with_every_workload(rows):
    functions = {(row["platform"], row["function"]) for row in rows}
    assert functions >= {("lambda", name) for name in PYTHONS.split(",")}
    assert ("azure", "python") in functions
    for name in "node", "rust":
        on_both = {("lambda", name), ("azure", name)}
        assert on_both <= functions or not on_both & functions
    assert len(rows) == len(functions) * 2 * 3
    for row in rows:
        assert row["n"] >= 1
        assert row["warm_ms"] > 0
        assert (row["p95_ms"] is None) == (row["n"] < 20)
        assert row["p95_ms"] is None or row["warm_ms"] <= row["p95_ms"]
        assert row["cost_per_million_usd"] > 0.2


def test_cold_is_measured_with_hello(rows):
    for row in rows:
        if row["workload"] != "hello":
            assert row["cold_ms"] is row["init_ms"] is row["first_ms"] is None
        else:
            assert row["init_ms"] > 0
            assert row["cold_ms"] == pytest.approx(
                row["init_ms"] + row["first_ms"], abs=0.01
            )


def test_what_lambda_reports(rows):
    for row in rows:
        on_lambda = row["platform"] == "lambda"
        assert row["memory_mb"] == (128 if on_lambda else None)
        if on_lambda:
            # What an answer leaves owing of CPU time is not billed.
            if not Workload(row["workload"], row["kernel"]).is_work:
                assert row["billed_ms"] >= row["warm_ms"]
            assert 1 <= row["max_memory_mb"] <= 128
        else:
            assert row["billed_ms"] is row["max_memory_mb"] is None


def test_ratios_that_hold_on_any_machine(rows):
    cold = {
        name: row_of(rows, name, "hello")["cold_ms"]
        for name in ("python-lean", "python-managed")
    }
    assert cold["python-lean"] < cold["python-managed"]
    brute = row_of(rows, "python", "100-999")["warm_ms"]
    fast = row_of(rows, "python", "100-999", kernel="fast")["warm_ms"]
    assert fast < brute / 10
    # A whole processor there, and a thirteenth of one here:
    assert row_of(rows, "python", "100-999", "azure")["warm_ms"] < brute
    if any(row["function"] == "rust" for row in rows):
        assert row_of(rows, "rust", "100-999")["warm_ms"] < brute / 2


def test_the_files_and_the_table_say_the_same(quick, rows):
    done, folder = quick
    with (folder / "rows.csv").open() as file:
        for told, row in zip(csv.DictReader(file), rows, strict=True):
            assert told["function"] == row["function"]
            assert float(told["warm_ms"]) == row["warm_ms"]
    assert "AWS Lambda: cold start: python " in (
        (folder / "chart.svg").read_text()
    )
    for title in (
        "AWS Lambda, 128 MB, brute (in brackets: Serverless Rust,",
        "AWS Lambda, 128 MB, fast",
        "Azure Functions, brute",
        "Init, beside that on the real Lambda",
    ):
        assert title in done.stdout
    assert "left out" not in done.stdout


def test_it_says_how_long_it_takes(quick):
    stderr = quick[0].stderr.splitlines()
    assert stderr[0] == "Building and checking lambda/python"
    [first, *_] = [line for line in stderr if line.endswith(" left")]
    assert first.startswith("lambda/python, hello, cold: about ")


# Interrupted


LEAN = ("--platform", "lambda", "--functions", "python-lean")
LONG = (  # 21 samples of hello, and then one of seconds
    *(*LEAN, "--workloads", "hello,1000-9999", "--kernel", "brute"),
    *("--memory", "1769", "--repeat", "1"),
)
FOR_EVER = (*LEAN, "--workloads", "hello", "--memory", "1768")


class Comparing:
    """A comparison under way, when it has the first 21 samples."""

    def __init__(self, *options):
        before = set(KEPT.glob("*"))
        self.process = subprocess.Popen(
            [*COMMAND, *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        while self.process.poll() is None:
            for path in set(KEPT.glob("*")) - before:
                lines = path.read_text().splitlines()
                if len(lines) >= 21 and '"python-lean"' in lines[0]:
                    self.kept = path
                    return
            time.sleep(0.01)
        pytest.fail("it has ended:\n" + "".join(self.process.communicate()))

    def interrupt(self, number=signal.SIGINT):
        """Ctrl-C; what it prints then, and that nothing of it is left."""
        family = psutil.Process(self.process.pid).children(recursive=True)
        assert len(family) >= 2  # the server and the function, at least
        self.process.send_signal(number)
        out, err = self.process.communicate()
        _, alive = psutil.wait_procs(family, timeout=10)
        assert not alive
        return out, err


def test_an_interrupted_one_tells_what_it_has_and_goes_on_later(tmp_path):
    file = tmp_path / "rows.json"
    first = Comparing(*LONG, "--json", file)
    out, err = first.interrupt()
    assert first.process.returncode == 130
    assert "Stopped; the same command goes on from here." in err
    assert "python-lean warm" in out
    assert "1000-9999" not in out
    [half] = json.loads(file.read_text())
    assert (half["workload"], half["n"]) == ("hello", 20)

    again = run(*LONG, "--json", file)
    assert again.returncode == 0, again.stderr
    assert "Going on with 21 samples of an earlier run" in again.stderr
    hello, large = json.loads(file.read_text())
    assert hello == half
    assert (large["workload"], large["n"]) == ("1000-9999", 1)
    assert large["warm_ms"] > 1000
    assert not first.kept.exists()


def test_only_a_whole_one_replaces_a_file(tmp_path):
    file, other = tmp_path / "rows.json", tmp_path / "rows.csv"
    file.write_text("precious")
    first = Comparing(*FOR_EVER, "--repeat", "10001", "--json", file)
    _, err = first.interrupt()
    assert f"{file} stays as it is." in err
    assert file.read_text() == "precious"
    first.kept.unlink()
    nothing = run(
        *("--platform", "azure", "--functions", "rust", "--json", file),
        *("--csv", other),
        env={**os.environ, "PATH": str(tmp_path)},
    )
    assert nothing.returncode == 1
    assert file.read_text() == "precious"
    assert len(other.read_text().splitlines()) == 1


def test_it_begins_anew_where_it_is_told_to():
    first = Comparing(*FOR_EVER, "--repeat", "10000")
    first.interrupt(signal.SIGTERM)
    assert first.process.returncode == 130
    assert first.kept.exists()
    anew = run(*FOR_EVER, "--repeat", "1", "--fresh", "--json", "-")
    assert "Going on" not in anew.stderr
    assert {row["n"] for row in json.loads(anew.stdout)} == {20}
    assert not first.kept.exists()


def test_other_code_or_another_memory_is_another_comparison():
    plan = plan_of(Options())
    deployed = {"lambda/python": "a", "lambda/rust": "b"}
    key = plan.key(deployed)
    assert plan.key({**deployed, "lambda/rust": "c"}) != key
    assert plan.key({"lambda/python": "a"}) != key
    assert replace(plan, memory_mb=256).key(deployed) != key
    assert replace(plan, workloads=(HELLO,)).key(deployed) != key
    assert replace(plan, rounds=1).key(deployed) == key


# Left out


@pytest.fixture
def altered(tmp_path):
    """Makes a contender of functions/aws/python, one file of it changed."""

    def altered(name, file, *replacement):
        folder = tmp_path / name
        shutil.copytree(FUNCTIONS / "aws" / "python", folder)
        text = (folder / file).read_text()
        assert replacement[0] in text
        (folder / file).write_text(text.replace(*replacement))
        return replace(contender("python"), name=name, folder=folder)

    return altered


MEASURED = "__import__('os').environ['AWS_LAMBDA_FUNCTION_MEMORY_SIZE']=='128'"


def test_who_answers_wrongly_is_left_out_and_the_others_go_on(altered):
    right = contender("python")
    wrong = altered("wrong", "handler.py", "answer(event)", "{'a': event}")
    absent = replace(right, name="absent", folder=right.folder / "nowhere")
    # Right when its cases are asked, and for the first five after that:
    later = altered(
        "later",
        "handler.py",
        "return answer(event)",
        "handler.n = getattr(handler, 'n', 0) + 1\n"
        f"    return answer(event) if handler.n < 6 or not {MEASURED} else 1",
    )
    # It answers all, and exits after every seventh:
    dying = altered(
        "dying",
        "loop.py",
        "while True:",
        f"for _ in range(7 if {MEASURED} else 10_000):",
    )
    contenders = (wrong, absent, later, dying, right)
    plan = Plan(contenders, (HELLO,), ("fast",), 128, 1)
    first = compare(plan)
    assert [row.function for row in first.rows] == ["python"]
    found = compare(plan)  # what is kept is of no use to those at fault
    found.forget()
    assert found.rows == first.rows
    why = {one.contender.name: one.why for one in found.left_out}
    assert why["wrong"] == (
        "It fails the case 'hello world' of cases.json:\n"
        '  expected {"message":"hello, world"}\n'
        '  came     {"a":{}}'
    )
    assert "nowhere is neither a folder" in why["absent"]
    assert why["later"] == (
        "It has answered {} wrongly:\n"
        '  expected {"message":"hello, world"}\n'
        "  came     1"
    )
    assert "did not live from one invocation to the next" in why["dying"]
    assert all(one.is_fault for one in found.left_out)


ON_AZURE = ("--platform", "azure", "--workloads", "hello", "--repeat", "1")


def test_without_node_and_cargo_the_table_says_so(tmp_path):
    bare = {**os.environ, "PATH": str(tmp_path)}
    done = run(*ON_AZURE, "--kernel", "fast", "--json", "-", env=bare)
    assert done.returncode == 0
    [row] = json.loads(done.stdout)
    assert (row["platform"], row["function"]) == ("azure", "python")
    lines = [" ".join(line.split()) for line in done.stderr.splitlines()]
    assert "node no node" in lines
    assert "rust no cargo" in lines
    why = "azure/rust is left out. There is no cargo on this machine."
    assert why in lines


def test_what_is_asked_for_by_name_must_be_there(tmp_path):
    bare = {**os.environ, "PATH": str(tmp_path)}
    done = run(*ON_AZURE, "--functions", "python,rust", env=bare)
    assert done.returncode == 1
    assert "python warm" in done.stdout
    assert done.stdout.endswith(
        "azure/rust is left out. There is no cargo on this machine.\n"
    )


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
def test_a_full_disk_leaves_the_table_and_the_other_files(tmp_path):
    done = run(
        *(*ON_AZURE, "--functions", "python"),
        *("--json", "/dev/full", "--csv", tmp_path / "rows.csv"),
    )
    assert done.returncode == 1
    assert "python warm" in done.stdout
    assert done.stderr.endswith(
        "workshop: /dev/full cannot be written: No space left on device. "
        "What was measured stands above, and is kept: the same command goes "
        "on from there.\n"
    )
    assert len((tmp_path / "rows.csv").read_text().splitlines()) == 3
    again = run(*ON_AZURE, "--functions", "python", "--json", "-")
    assert (again.returncode, len(json.loads(again.stdout))) == (0, 2)
    assert "Going on with" in again.stderr
    assert "warm: about" not in again.stderr  # nothing was left to measure


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
def test_a_table_that_cannot_be_printed_is_told(tmp_path):
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [*COMMAND, *ON_AZURE, "--functions", "python"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert done.returncode == 1
    assert done.stderr.endswith(
        "workshop: The table cannot be printed: No space left on device.\n"
    )
    assert run(*ON_AZURE, "--functions", "python").returncode == 0
