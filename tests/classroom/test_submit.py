"""`workshop submit`, from a desk to a zip: with what is wrong, and without."""

import json
import os
import re
import signal
import subprocess
import time
import xml.etree.ElementTree as ElementTree
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from tests.classroom.desks import (
    FIRST,
    change,
    code,
    command_line,
    fill,
    keep_only_answers,
    lay_desk,
    paste,
    solve,
    typed,
)
from workshop.classroom.private import without_places
from workshop.exercises import stems
from workshop.repository import EXERCISE_TESTS, ROOT

ADA = "Ada Lovelace"
WRONG = "def is_palindrome(number):\n    return open('/nowhere')\n"


def bundle(path):
    """A submission: its report, its suites by their names, its zip."""
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        report = json.loads(archive.read("report.json"))
        suites = ElementTree.fromstring(archive.read("junit.xml"))
        contents = {name: archive.read(name) for name in archive.namelist()}
    return report, {s.get("name"): s for s in suites}, contents


@pytest.fixture(scope="module")
def handed(tmp_path_factory):
    """One submission of all that a class may hand in."""
    home = tmp_path_factory.mktemp("home")
    (home / "desk").mkdir()
    desk = lay_desk(home / "desk")
    solve(desk)
    keep_only_answers(desk.exercise(FIRST))
    (desk.exercises / "04_lambda_runtime_loop.ipynb").write_text("{")
    change(
        desk.exercise("05_when_things_go_wrong"), lambda cells: cells.clear()
    )
    with open(desk.exercise("06_memory_and_cpu"), "wb") as file:
        file.truncate(50 * 1024 * 1024)
    desk.exercise("09_azure_bindings").unlink()
    stem = "10_compare_speed"
    solve(desk, stem)
    fill(
        desk.exercise(stem),
        stable="def stable(times_ms, within=0.1):\n    return False\n",
    )
    keep_only_answers(desk.exercise(stem), "print('hello')\n1 / 0")
    status, said = typed(desk, "submit", name=ADA, env={"HOME": str(home)})
    assert status == 0, said
    (path,) = desk.submissions.glob("*")
    return desk, path, said


def outcomes(report):
    return {one["stem"]: one for one in report["exercises"]}


def test_its_name_is_a_name_and_a_day(handed):
    _, path, said = handed
    assert re.fullmatch(r"Ada-Lovelace-\d{4}-\d\d-\d\d\.zip", path.name)
    assert "The file calls you Ada-Lovelace." in said
    assert f"submissions/{path.name}" in said


def test_the_report_tells_of_every_exercise(handed):
    report, _, _ = bundle(handed[1])
    assert list(report) == [
        *("format", "name", "date", "workshop", "commit", "python"),
        "exercises",
    ]
    assert (report["format"], report["name"]) == (1, ADA)
    assert datetime.fromisoformat(report["date"]).tzinfo == UTC
    assert [one["stem"] for one in report["exercises"]] == stems()
    for one in report["exercises"]:
        assert list(one) == [
            *("stem", "state", "passed", "of", "hint", "seconds")
        ]
    assert {
        stem: one["state"] for stem, one in outcomes(report).items()
    } == dict.fromkeys(stems(), "not started") | {
        FIRST: "solved",
        "04_lambda_runtime_loop": "unreadable",
        "05_when_things_go_wrong": "unreadable",
        "06_memory_and_cpu": "unreadable",
        "10_compare_speed": "does not run",
    }


def test_a_solved_one_has_every_check(handed):
    report, suites, _ = bundle(handed[1])
    one = outcomes(report)[FIRST]
    assert one["passed"] == one["of"] > 20
    assert one["hint"] == ""
    assert one["seconds"] > 0
    assert suites[FIRST].get("failures") == "0"
    assert suites[FIRST].get("tests") == str(one["of"] + 1)


def test_the_checks_are_counted_where_none_has_run(handed):
    for one in bundle(handed[1])[0]["exercises"]:
        text = (EXERCISE_TESTS / f"test_{one['stem']}.py").read_text()
        assert one["of"] == len(re.findall(r"^def test_", text, re.M))


def test_one_that_does_not_run_names_the_cell_and_is_judged(handed):
    report, suites, _ = bundle(handed[1])
    one = outcomes(report)["10_compare_speed"]
    assert one["hint"].startswith("cell 1, `print('hello')`: ZeroDivision")
    assert 20 < one["passed"] < one["of"]
    (case, *others) = suites["10_compare_speed"].findall("testcase")
    assert case.get("name") == "test_runs_from_top_to_bottom"
    assert "ZeroDivisionError" in case.find("failure").text
    failed = [c for c in others if c.find("failure") is not None]
    assert len(failed) == one["of"] - one["passed"]


@pytest.mark.parametrize(
    ("stem", "sentence"),
    [
        ("04_lambda_runtime_loop", "is no notebook: it is not JSON"),
        ("05_when_things_go_wrong", "has lost its answer cell"),
        ("06_memory_and_cpu", "is 50 MB large"),
    ],
)
def test_a_bad_notebook_is_a_sentence_and_the_rest_goes_on(
    handed, stem, sentence
):
    _, path, said = handed
    report, suites, _ = bundle(path)
    hint = outcomes(report)[stem]["hint"]
    assert hint.startswith(f"exercises/{stem}.ipynb {sentence}")
    of = outcomes(report)[stem]["of"]
    told = f"{stem}: unreadable, 0 of {of} checks pass.\n    {hint}"
    assert told in said
    assert len(suites[stem]) == 1
    assert suites[stem].get("failures") == "1"


def test_every_started_notebook_is_there_byte_for_byte(handed):
    desk, path, _ = handed
    _, _, contents = bundle(path)
    packed = [name for name in contents if name.startswith("exercises/")]
    assert [Path(name).stem for name in packed] == [
        FIRST,
        "04_lambda_runtime_loop",
        "05_when_things_go_wrong",
        "10_compare_speed",
    ]
    for name in packed:
        assert contents[name] == (desk.root / name).read_bytes()
    assert set(contents) == {*packed, "report.json", "junit.xml"}


def test_nothing_in_it_tells_where_the_learner_lives(handed):
    desk, path, _ = handed
    _, _, contents = bundle(path)
    for name in "report.json", "junit.xml":
        text = contents[name].decode()
        for place in (
            desk.root,
            ROOT,
            Path.home(),
            "workshop-check",
            os.uname()[1],
        ):
            assert str(place) not in text.replace(ADA, "")
        assert "hostname" not in text


def test_the_counts_of_all_suites_add_up(handed):
    with zipfile.ZipFile(handed[1]) as archive:
        whole = ElementTree.fromstring(archive.read("junit.xml"))
    assert int(whole.get("tests")) == len(whole.findall(".//testcase"))
    assert int(whole.get("failures")) == len(whole.findall(".//failure"))


def test_every_exercise_is_told_in_words(handed):
    said = handed[2]
    assert re.search(
        rf"^{FIRST}: solved, \d+ of \d+ checks pass\.$", said, re.M
    )
    assert re.search(r"^08_\w+: not started\.$", said, re.M)
    assert re.search(r"^09_\w+: not started\.$", said, re.M)
    assert f"\n1 of {len(stems())} exercises is solved. " in said
    assert (
        f"with {FIRST}, 04_lambda_runtime_loop, 05_when_things_go_wrong, "
        "10_compare_speed, report.json and junit.xml. Not in it: "
        "06_memory_and_cpu.\n"
    ) in said
    assert (
        "Next: mend 04_lambda_runtime_loop, 05_when_things_go_wrong, "
        "06_memory_and_cpu, 10_compare_speed as is said above, save, and "
        "type `workshop submit` again, or hand that file in all the same."
    ) in said


def test_what_is_going_on_is_said_while_it_goes_on(handed):
    said = handed[2]
    assert (
        f"{FIRST}: running it in a fresh kernel, at most 120 s a cell\n"
        in said
    )
    assert f"{FIRST}: judging\n" in said


@pytest.fixture
def desk(tmp_path):
    return lay_desk(tmp_path)


@pytest.fixture
def broken(desk):
    """A desk with one exercise that ends at once and is wrong."""
    paste(desk.exercise(FIRST), WRONG)
    keep_only_answers(desk.exercise(FIRST))
    return desk


def test_a_wrong_one_comes_with_its_first_hint(broken):
    status, said = typed(broken, "submit", name="ada")
    assert status == 0
    assert f"{FIRST}: wrong, 0 of " in said
    assert said.count("  hint  ") == 1
    assert "failed: a palindrome reads the same backwards" in said
    assert "The file calls you" not in said
    assert "Next: hand that file in, as your course wants it." in said
    assert f"`workshop hint 02` helps with {FIRST}." in said
    (path,) = broken.submissions.iterdir()
    report, suites, _ = bundle(path)
    one = outcomes(report)[FIRST]
    assert one["state"] == "wrong"
    assert "FileNotFoundError" in one["hint"]
    assert "hint  " in one["hint"]
    case = suites[FIRST].find("testcase")
    assert case.get("name") == "test_runs_from_top_to_bottom"
    assert case.find("failure") is None

    content = path.read_bytes()
    status, said = typed(broken, "submit", name="ada")
    assert status == 0
    assert f"There is a {path.stem}.zip already; it stays as it is." in said
    assert f"submissions/{path.stem}-2.zip" in said
    assert path.read_bytes() == content
    bundle(path.with_name(f"{path.stem}-2.zip"))


def test_nothing_started_is_nothing_to_hand_in(desk):
    status, said = typed(desk, "submit", name="ada")
    assert status == 1
    assert "Nothing is started" in said
    assert "`workshop progress`" in said
    assert not desk.submissions.exists()


def test_a_folder_that_cannot_be_written_is_named(broken):
    broken.submissions.write_text("in the way")
    status, said = typed(broken, "submit", name="ada")
    assert status == 1
    assert "submissions cannot be written: File exists." in said


def test_a_cell_that_hangs_is_ended_and_handed_in(desk):
    solve(desk)
    path = desk.exercise(FIRST)
    keep_only_answers(path, "while True:\n    pass")
    status, said = typed(desk, "submit", name="ada", cell_limit_s=2)
    assert status == 0
    assert f"{FIRST}: does not run, 26 of 26 checks pass." in said
    assert "it took over 2 s" in said
    assert f"Next: mend {FIRST} as is said above" in said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_leaves_nothing_behind(desk, number):
    process, pid = running(desk)
    process.send_signal(number)
    said, _ = process.communicate()
    assert process.returncode == 130
    assert "Interrupted: no submission was written." in said
    assert "Traceback" not in said
    assert not psutil.pid_exists(pid)
    assert not desk.submissions.exists()


def test_it_is_killed_and_leaves_nothing_running(desk, tmp_path):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    process, pid = running(desk, TMPDIR=str(temporary))
    process.kill()
    process.communicate()  # the warden has ended, too
    assert not is_alive(pid)
    assert not list(temporary.glob("workshop-*"))
    assert not desk.submissions.exists()


def running(desk, **env):
    """A submission in a cell that never ends, and its kernel's id."""
    sleep = (
        "import os, time\n"
        "open('pid', 'w').write(str(os.getpid()))\n"
        "os.rename('pid', 'running')\n"
        "time.sleep(600)"
    )
    path = desk.exercise(FIRST)
    solve(desk)
    change(path, lambda cells: cells.insert(0, code(sleep)))
    process = subprocess.Popen(
        command_line(desk, "submit", name="ada"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | env,
    )
    started = desk.exercises / "running"
    while not started.exists():
        assert process.poll() is None
        time.sleep(0.05)
    return process, int(started.read_text())


def is_alive(pid):
    """Whether it runs: one that nobody has waited for does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_one_that_cannot_be_packed_is_not_said_to_be_in_it(desk):
    with open(desk.exercise(FIRST), "wb") as file:
        file.truncate(50 * 1024 * 1024)
    status, said = typed(desk, "submit", name="ada")
    assert status == 0
    assert f"with report.json and junit.xml. Not in it: {FIRST}.\n" in said
    (path,) = desk.submissions.iterdir()
    assert set(bundle(path)[2]) == {"report.json", "junit.xml"}


def test_windows_line_ends_and_other_editors_do_no_harm(desk):
    solve(desk)
    path = desk.exercise(FIRST)
    keep_only_answers(path)

    def as_colab(cells):
        for number, cell in enumerate(cells):
            cell.pop("id")
            cell["metadata"] = {"id": f"c{number}", "outputId": "x"}
            cell["source"] = "".join(cell["source"])

    change(path, as_colab)
    text = json.dumps(json.loads(path.read_text()), indent=2)
    content = b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()
    path.write_bytes(content)
    status, said = typed(desk, "submit", name="ada")
    assert status == 0
    assert f"{FIRST}: solved, 26 of 26" in said
    (made,) = desk.submissions.iterdir()
    assert bundle(made)[2][f"exercises/{FIRST}.ipynb"] == content


def test_a_path_of_the_checks_own_folder_is_told_without_it(desk):
    text = "in '/var/x/workshop-check-ab_1/pytest/test_0/loop.py', line 3"
    assert without_places(text, desk) == "in 'test_0/loop.py', line 3"
