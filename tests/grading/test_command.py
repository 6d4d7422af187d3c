"""A class that means harm, graded for real: each fails alone."""

import csv
import html
import json
import os
import re
import shutil
import signal
import subprocess
import sys

import psutil
import pytest

from tests.grading.classes import (
    DAY,
    FIRST,
    LAST,
    answered,
    hand_in,
    module,
    solved,
    unstarted,
)
from workshop.errors import WorkshopError
from workshop.exercises import stems
from workshop.grading.command import Options, main
from workshop.grading.confined import Means
from workshop.repository import ROOT

PROGRAM = """
import json, sys
from pathlib import Path
from workshop.errors import WorkshopError
from workshop.grading.command import Options, main
from workshop.grading.confined import Means
folder, csv, html, options = sys.argv[1:]
try:
    options = json.loads(options)
    options["means"] = Means(options.get("means", "namespaces"))
    options = Options(Path(folder), Path(csv), Path(html), **options)
    sys.exit(main(options))
except WorkshopError as error:
    sys.exit(f"workshop: {error}")
"""

# What a module may do besides what it is asked for.
PRINTS_FOR_EVER = """
def brute(low, high):
    while True:
        print("x" * 999)
"""
FORKS = """
import os, time
for _ in range(9):
    os.fork()
time.sleep(60)
"""
CHANGES = f"""
import contextlib, os
from pathlib import Path
room = Path(os.environ["TMPDIR"]).parent.parent
for path in (
    room / "given" / "{FIRST}.ipynb",
    Path({str(ROOT)!r}) / "tests" / "exercises" / "test_{FIRST}.py",
    Path({str(ROOT)!r}) / "solutions" / "{FIRST}.ipynb",
):
    assert path.exists(), path
    with contextlib.suppress(OSError):
        path.rename(path)  # which would change nothing, if it could
        raise SystemExit("it can be changed")
"""
# Says to be right where its judge would, and ends it. Whatever it touches is
# its judge's alone, and it does nothing where that is not number 1.
FORGES = """
import contextlib, glob, json, os, signal
with open("/proc/1/cmdline") as command:
    is_judge = "workshop.grading.judge" in command.read()
if not is_judge or not os.statvfs("/").f_flag & os.ST_RDONLY:
    raise SystemExit("it is not shut in")
said = json.dumps({"of": 26}) + "\\n" + 26 * (
    json.dumps({"check": "a", "passed": True, "message": ""}) + "\\n"
)
for path in glob.glob("/proc/1/fd/*"):
    with contextlib.suppress(OSError):
        open(path, "a").write(said)
os.kill(1, signal.SIGKILL)
raise SystemExit("it has done what it could")
"""
# Ends its judge, and nothing that is not its judge.
KILLS = """
import os, signal
above = os.getppid()
while above > 1:
    with open(f"/proc/{above}/cmdline") as command:
        if "workshop.grading.judge" in command.read():
            os.kill(above, signal.SIGKILL)
            break
    with open(f"/proc/{above}/stat") as stat:
        above = int(stat.read().rpartition(")")[2].split()[1])
"""


# Those whose judge does not come to its end.
STOPPED = ("Forks", "Endless", "Kills")


def command_line(folder, outputs, options):
    return [
        *(sys.executable, "-c", PROGRAM, str(folder)),
        *(str(outputs / "o.csv"), str(outputs / "o.html")),
        json.dumps(options),
    ]


def grade(folder, outputs, cwd=ROOT, **options):
    """Grade a folder: the status, what is said, the rows and the page."""
    done = subprocess.run(
        command_line(folder, outputs, options),
        cwd=cwd,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    assert "Traceback" not in done.stderr, done.stderr
    text = (outputs / "o.csv").read_text()
    rows = {row["name"]: row for row in csv.DictReader(text.splitlines())}
    page = html.unescape((outputs / "o.html").read_text())
    return done.returncode, done.stdout, done.stderr, rows, page


@pytest.fixture(scope="module", params=Means)
def graded(request, tmp_path_factory):
    """A class with good and bad, by each means."""
    means = request.param
    if means is Means.NAMESPACES:  # before any of these is let loose
        request.getfixturevalue("closed")
    folder = tmp_path_factory.mktemp("class")
    outputs = tmp_path_factory.mktemp("outputs")
    right = module()
    modules = {
        "Ada": f"# mine\n{right}",
        "Grace": f"# mine\n{right}",
        "Wrong": right.replace("a * b", "a + b", 1),
        "Forks": FORKS,
    }
    assert modules["Wrong"] != right
    if means is Means.NAMESPACES:
        modules |= {"Changes": CHANGES + right, "Forges": FORGES}
        modules |= {"Endless": PRINTS_FOR_EVER}
        root = ROOT
    else:  # which somebody may be changing just now
        modules |= {"Kills": KILLS} if sys.platform == "linux" else {}
        root = copy_of_the_repository(tmp_path_factory.mktemp("copy"))
    for name, source in modules.items():
        notebooks = {FIRST: answered(source)}
        if name in STOPPED:
            notebooks[LAST] = solved(LAST)
        hand_in(folder, f"{name}-{DAY}", notebooks)
    hand_in(folder, f"Starts-{DAY}", {FIRST: unstarted(), LAST: b"no JSON"})
    (folder / f"Broken-{DAY}.zip").write_bytes(b"no zip")
    return means, grade(folder, outputs, root, means=means, limit_s=15)


def state(graded, name, stem=FIRST):
    return graded[1][3][name][f"{stem} state"]


def test_those_that_are_right_are_judged_right(graded):
    for name in ("Ada", "Grace"):
        assert state(graded, name) == "solved"
        row = graded[1][3][name]
        assert row[f"{FIRST} passed"] == row[f"{FIRST} of"]
        assert row["solved"] == "1"


def test_those_that_are_identical_are_judged_once(graded):
    # Of the first exercise one, and the last one of all that are stopped.
    stopped = [name for name in STOPPED if name in graded[1][3]]
    known = 1 + len(stopped) - 1
    assert f"judged once: {known} have the verdict" in graded[1][1]


def test_one_that_is_wrong_is_told_why(graded):
    assert state(graded, "Wrong") == "wrong"
    row = graded[1][3]["Wrong"]
    assert 0 < int(row[f"{FIRST} passed"]) < int(row[f"{FIRST} of"])
    assert "<pre>failed: " in graded[1][4]
    assert "hint" in graded[1][4]


def test_one_that_never_ends_is_stopped(graded):
    if graded[0] is Means.LIMITS:
        pytest.skip("it takes as long, and test_confined has one for both")
    assert state(graded, "Endless") == "does not run"
    assert "it took over 15 s" in graded[1][4]


def test_what_is_handed_in_beside_one_that_is_stopped_is_judged(graded):
    stopped = [name for name in STOPPED if name in graded[1][3]]
    assert stopped
    for name in stopped:
        assert state(graded, name) == "does not run"
        assert state(graded, name, LAST) == "solved"


def test_one_that_forks_is_stopped(graded):
    assert state(graded, "Forks") == "does not run"
    assert "it runs over 128 processes at once" in graded[1][4]


def test_one_that_would_change_what_judges_cannot(graded):
    if graded[0] is Means.LIMITS:
        pytest.skip("only namespaces keep it from that")
    assert state(graded, "Changes") == "solved"


def test_one_that_speaks_for_its_judge_is_not_heard(graded):
    if graded[0] is Means.LIMITS:
        pytest.skip("it would end whatever it can")
    assert state(graded, "Forges") == "wrong"
    assert graded[1][3]["Forges"][f"{FIRST} passed"] == "0"
    assert "it has done what it could" in graded[1][4]


def test_one_that_ends_its_judge_is_stopped(graded):
    if graded[0] is Means.NAMESPACES:
        pytest.skip("it could not")
    if sys.platform != "linux":
        pytest.skip("it looks in /proc")
    assert state(graded, "Kills") == "does not run"
    assert "After 0 of 26 checks the judge ended before" in graded[1][4]


def test_what_is_not_started_and_what_is_no_notebook(graded):
    assert state(graded, "Starts") == "not started"
    assert state(graded, "Starts", LAST) == "unreadable"
    assert "is no notebook: it is not JSON" in graded[1][4]
    assert {state(graded, "Broken", stem) for stem in stems()} == {
        "unreadable"
    }
    assert f"Broken-{DAY}.zip cannot be read" in graded[1][1]


def test_the_status_tells_that_something_was_not_read(graded):
    assert graded[1][0] == 1


def test_it_says_whether_they_were_shut_in(graded):
    told = "Neither the network nor this machine's files were closed"
    assert (told in graded[1][1]) == (graded[0] is Means.LIMITS)
    assert (told in graded[1][4]) == (graded[0] is Means.LIMITS)
    begin, _, _ = graded[1][2].partition("answers judged")
    assert (told in begin) == (graded[0] is Means.LIMITS)


def test_it_shows_how_long_it_will_take(graded):
    assert re.search(r"0 of \d answers judged; now .*: about", graded[1][2])


def test_nothing_to_judge_is_quick_and_well(tmp_path):
    hand_in(tmp_path, f"Ada-{DAY}", {FIRST: unstarted()})
    status, said, *_ = grade(tmp_path, tmp_path)
    assert status == 0
    assert "not started: 02" in said


def copy_of_the_repository(folder):
    """What judges, to be changed by a submission."""
    for name in ("workshop", "tests", "solutions", "exercises", "functions"):
        shutil.copytree(
            ROOT / name,
            folder / name,
            ignore=shutil.ignore_patterns("__pycache__", "target", "build"),
        )
    return folder


def test_one_that_changes_the_tests_ends_it_all(tmp_path):
    (tmp_path / "class").mkdir()
    (tmp_path / "repository").mkdir()
    copy = copy_of_the_repository(tmp_path / "repository")
    test = copy / "tests" / "exercises" / f"test_{FIRST}.py"
    eve = f"open({str(test)!r}, 'w').write('def test_x(answer): pass')\n"
    hand_in(tmp_path / "class", f"Eve-{DAY}", {FIRST: answered(eve)})
    hand_in(
        tmp_path / "class",
        f"Later-{DAY}",
        {FIRST: answered(f"# mine\n{module()}")},
    )
    status, _, errors, rows, _ = grade(
        tmp_path / "class", tmp_path, copy, means="limits", jobs=1
    )
    assert status == 1
    assert "changed while Eve's answers were judged" in errors
    assert {row[f"{FIRST} state"] for row in rows.values()} == {"not judged"}
    assert test.read_text() == "def test_x(answer): pass"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_is_interrupted_with_what_there_is(tmp_path, number):
    grader = started(tmp_path)
    assert "now Endless" in grader.stderr.readline()
    grader.send_signal(number)
    said, errors = grader.communicate()
    assert grader.returncode == 130
    assert f"Endless, {DAY}: 0 of {len(stems())} solved" in said
    assert "Interrupted: the rest was not judged." in errors
    assert "not judged" in (tmp_path / "o.csv").read_text()
    assert left(tmp_path) == []


def test_it_is_killed_and_leaves_nothing(tmp_path):
    grader = started(tmp_path)
    while len(left(tmp_path)) < 3:  # the judge, what it judges, the warden
        assert grader.poll() is None
    grader.kill()
    grader.communicate()  # the warden has ended, too
    assert left(tmp_path) == []
    assert not list((tmp_path / "temporary").iterdir())


def started(tmp_path):
    """A grader that has one submission, which never ends."""
    (tmp_path / "class").mkdir()
    (tmp_path / "temporary").mkdir()
    endless = answered("while True: pass")
    hand_in(tmp_path / "class", f"Endless-{DAY}", {FIRST: endless})
    return subprocess.Popen(
        command_line(tmp_path / "class", tmp_path, {"limit_s": 60}),
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(tmp_path / "temporary")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def left(tmp_path):
    """What still runs of it."""
    found = []
    for process in psutil.process_iter():
        try:
            if str(tmp_path / "temporary") in " ".join(process.cmdline()):
                found.append(process)
        except psutil.Error:
            continue
    return found


def test_no_place_for_a_file(tmp_path):
    hand_in(tmp_path, f"Ada-{DAY}", {FIRST: solved()})
    with pytest.raises(WorkshopError, match="it is a folder"):
        main(Options(tmp_path, csv=tmp_path))
    with pytest.raises(WorkshopError, match="there is no folder"):
        main(Options(tmp_path, html=tmp_path / "none" / "o.html"))


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="only Linux")
def test_a_file_that_cannot_be_written(tmp_path, capsys):
    hand_in(tmp_path, f"Ada-{DAY}", {FIRST: unstarted()})
    options = Options(tmp_path, csv=tmp_path / "full")
    (tmp_path / "full").symlink_to("/dev/full")
    assert main(options) == 1
    said, errors = capsys.readouterr()
    assert "full cannot be written: No space left" in errors
    assert "Ada, 2026-11-20" in said


def test_what_could_not_be_meant_is_refused(tmp_path):
    hand_in(tmp_path, f"Ada-{DAY}", {FIRST: solved()})
    page = tmp_path / "page"
    with pytest.raises(WorkshopError, match="are both"):
        main(Options(tmp_path, csv=page, html=tmp_path / "." / "page"))
    for limit in (0, -1, 0.5, float("nan"), float("inf")):
        with pytest.raises(WorkshopError, match="--limit"):
            main(Options(tmp_path, limit_s=limit))
    with pytest.raises(WorkshopError, match="--jobs -1"):
        main(Options(tmp_path, jobs=-1))


def test_what_is_not_looked_at_is_said_and_its_own_files_are_not(tmp_path):
    hand_in(tmp_path, f"Ada-{DAY}", {FIRST: unstarted()})
    (tmp_path / "dave.rar").touch()
    for _ in range(2):
        status, said, _, _, page = grade(tmp_path, tmp_path)
        assert status == 0
        assert "Not looked at: dave.rar. A submission" in said
        assert "Not looked at: dave.rar. A submission" in page


def test_what_python_cannot_read_is_not_judged(tmp_path):
    hand_in(tmp_path, f"Ada-{DAY}", {FIRST: answered("x = 1\ndef f(:")})
    status, _, _, rows, page = grade(tmp_path, tmp_path)
    assert status == 0
    assert rows["Ada"][f"{FIRST} state"] == "does not run"
    assert "Python cannot read the line `def f(:`: invalid" in page
