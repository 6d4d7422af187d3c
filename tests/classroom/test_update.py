"""`workshop update`, with real repositories: a learner's notebook stays."""

import os
import subprocess
import sys

import pytest

from tests.classroom.desks import typed
from workshop.classroom.desk import Desk
from workshop.classroom.update import News, _index_ahead

MINE = "exercises/02_mine.ipynb"
OTHER = "exercises/04_other.ipynb"
LESSON = "notebooks/00_lesson.ipynb"
MACHINE = "workshop/machine.py"
FILES = (MINE, OTHER, LESSON, MACHINE)


def git(folder, *arguments):
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
    return subprocess.run(
        ["git", *who, *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def write(folder, name, text):
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)


def publish(origin, **changes):
    """A new version of the workshop; None deletes a file."""
    for name, text in changes.items():
        path = {"mine": MINE, "other": OTHER, "lesson": LESSON}.get(name)
        path = (
            path or {"machine": MACHINE, "new": "exercises/99_new.ipynb"}[name]
        )
        if text is None:
            (origin / path).unlink()
        else:
            write(origin, path, text)
    git(origin, "add", "--all")
    git(origin, "commit", "--quiet", "-m", "a new version")


@pytest.fixture(autouse=True)
def plain_git(monkeypatch):
    """No settings of whoever runs the tests."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)


@pytest.fixture
def origin(tmp_path):
    folder = tmp_path / "origin"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main")
    for name in FILES:
        write(folder, name, f"{name}, version 1\n")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", "version 1")
    return folder


@pytest.fixture
def clone(tmp_path, origin):
    folder = tmp_path / "clone of mine"
    git(tmp_path, "clone", "--quiet", str(origin), str(folder))
    return folder


def update(clone):
    return typed(Desk(clone), "update")


def head(folder):
    return git(folder, "rev-parse", "HEAD")


def status_of(folder):
    return git(folder, "status", "--porcelain").splitlines()


def test_git_pull_alone_would_refuse(origin, clone):
    write(clone, MINE, "my answer")
    publish(origin, mine="version 2")
    with pytest.raises(subprocess.CalledProcessError):
        git(clone, "pull", "--ff-only")


def test_a_changed_exercise_stays_and_everything_else_is_new(origin, clone):
    write(clone, MINE, "my answer")
    publish(origin, mine="version 2", other="version 2", machine="version 2")
    status, said = update(clone)
    assert status == 0
    assert (clone / MINE).read_text() == "my answer"
    assert (clone / OTHER).read_text() == "version 2"
    assert (clone / MACHINE).read_text() == "version 2"
    assert head(clone) == head(origin)
    assert status_of(clone) == [f" M {MINE}"]
    assert f"{MINE} stays as you have it. `workshop reset 02` gives" in said
    assert OTHER not in said
    assert "Next: `make lab`" in said
    git(clone, "restore", MINE)
    assert (clone / MINE).read_text() == "version 2"


def test_the_file_is_not_even_written(origin, clone):
    write(clone, MINE, "my answer")
    before = (clone / MINE).stat()
    publish(origin, mine="version 2")
    update(clone)
    after = (clone / MINE).stat()
    assert (after.st_ino, after.st_mtime_ns) == (
        before.st_ino,
        before.st_mtime_ns,
    )


def test_an_exercise_that_is_only_mine_stays_without_a_word(origin, clone):
    write(clone, MINE, "my answer")
    publish(origin, machine="version 2")
    _, said = update(clone)
    assert (clone / MINE).read_text() == "my answer"
    assert MINE not in said
    assert head(clone) == head(origin)


def test_one_that_is_staged_stays_too(origin, clone):
    write(clone, MINE, "my answer")
    git(clone, "add", MINE)
    publish(origin, mine="version 2")
    assert update(clone)[0] == 0
    assert (clone / MINE).read_text() == "my answer"


def test_a_lesson_with_notes_in_it_stays(origin, clone):
    write(clone, LESSON, "my notes")
    publish(origin, lesson="version 2")
    _, said = update(clone)
    assert (clone / LESSON).read_text() == "my notes"
    assert f"`git restore {LESSON}` gives you the new version" in said


def test_one_that_was_deleted_here_comes_back(origin, clone):
    (clone / MINE).unlink()
    publish(origin, mine="version 2")
    assert update(clone)[0] == 0
    assert (clone / MINE).read_text() == "version 2"


def test_again_and_nothing_new(origin, clone):
    write(clone, MINE, "my answer")
    publish(origin, mine="version 2")
    update(clone)
    status, said = update(clone)
    assert status == 0
    assert "This is the newest workshop. Next: `workshop progress`." in said
    publish(origin, mine="version 3")
    assert update(clone)[0] == 0
    assert (clone / MINE).read_text() == "my answer"
    assert head(clone) == head(origin)


def refused(clone, sentence):
    """The update is refused, and nothing at all has changed."""
    before = head(clone), status_of(clone)
    texts = {name: (clone / name).read_text() for name in FILES}
    status, said = update(clone)
    assert status == 1
    assert sentence in said
    assert (head(clone), status_of(clone)) == before
    assert {name: (clone / name).read_text() for name in FILES} == texts
    return said


def test_a_network_that_is_gone_changes_nothing(origin, clone):
    write(clone, MINE, "my answer")
    publish(origin, mine="version 2")
    origin.rename(origin.with_name("gone"))
    said = refused(clone, "What is new could not be fetched: ")
    assert "does not appear to be a git repository" in said
    assert "Is the network there? Type this again." in said


def test_another_file_that_both_have_changed_is_named(origin, clone):
    write(clone, MINE, "my answer")
    write(clone, MACHINE, "my machine")
    publish(origin, mine="version 2", machine="version 2")
    refused(clone, f"You have changed {MACHINE}, and the new workshop")
    git(clone, "restore", MACHINE)
    assert update(clone)[0] == 0
    assert (clone / MINE).read_text() == "my answer"


def test_a_file_in_the_way_of_a_new_one_is_named(origin, clone):
    write(clone, MINE, "my answer")
    write(clone, "exercises/99_new.ipynb", "my own")
    publish(origin, mine="version 2", new="version 1")
    refused(clone, "exercises/99_new.ipynb, and the new workshop")
    assert (clone / "exercises" / "99_new.ipynb").read_text() == "my own"


def test_an_exercise_that_is_no_longer_there_is_not_taken_away(origin, clone):
    write(clone, MINE, "my answer")
    publish(origin, mine=None)
    refused(clone, f"You have changed {MINE}, and the new workshop")


def test_commits_of_ones_own_are_kept_by_two_commands(origin, clone):
    write(clone, MINE, "my answer")
    git(clone, "commit", "--quiet", "-am", "mine")
    mine = head(clone)
    publish(origin, mine="version 2")
    said = refused(clone, "You have commits of your own here")
    for line in said.splitlines():
        if line.startswith("    git "):
            git(clone, *line.split()[1:])
    assert update(clone)[0] == 0
    assert (clone / MINE).read_text() == "my answer"
    assert head(clone) == head(origin)
    assert git(clone, "rev-parse", "my-commits") == mine


def test_commits_of_ones_own_and_nothing_new(clone):
    write(clone, MINE, "my answer")
    git(clone, "commit", "--quiet", "-am", "mine")
    assert "This is the newest workshop" in update(clone)[1]


def test_an_update_that_was_killed_half_way_goes_on(origin, clone):
    write(clone, MINE, "my answer")
    publish(origin, mine="version 2", machine="version 2")
    git(clone, "fetch", "--quiet")
    program = (
        "import os\n"
        "from pathlib import Path\n"
        "from workshop.classroom.update import News, _index_ahead\n"
        f"news = News(Path({str(clone)!r}), 'origin/main')\n"
        f"with _index_ahead(news, [{MINE!r}]):\n"
        "    os._exit(9)\n"
    )
    subprocess.run([sys.executable, "-c", program])
    assert status_of(clone) == [f"MM {MINE}"]
    assert (clone / MINE).read_text() == "my answer"
    assert update(clone)[0] == 0
    assert (clone / MINE).read_text() == "my answer"
    assert head(clone) == head(origin)


def test_an_update_that_is_interrupted_takes_the_index_back(origin, clone):
    write(clone, MINE, "my answer")
    publish(origin, mine="version 2")
    git(clone, "fetch", "--quiet")
    news = News(clone, "origin/main")
    with pytest.raises(KeyboardInterrupt), _index_ahead(news, [MINE]):
        raise KeyboardInterrupt
    assert status_of(clone) == [f" M {MINE}"]
    assert (clone / MINE).read_text() == "my answer"


def test_another_git_at_work_changes_nothing(origin, clone):
    write(clone, MINE, "my answer")
    publish(origin, mine="version 2")
    (clone / ".git" / "index.lock").touch()
    refused(clone, "git update-index failed: Unable to create")


def test_a_branch_of_nowhere_is_named(origin, clone):
    git(clone, "switch", "--quiet", "--create", "mine")
    refused(clone, "`git switch main` goes to the one that you cloned")


def test_an_unfinished_merge_comes_first(clone):
    (clone / ".git" / "MERGE_HEAD").write_text(head(clone))
    refused(clone, "A git merge is unfinished here. `git merge --abort`")


def test_a_folder_without_git_says_how_to_go_on(tmp_path):
    for name in FILES:
        write(tmp_path, name, "")
    status, said = typed(Desk(tmp_path), "update")
    assert status == 1
    assert "was not made by git clone" in said
    assert "copy your notebooks from exercises/" in said


def test_a_folder_in_somebody_elses_repository_is_no_clone(clone):
    (clone / "inner").mkdir()
    status, said = typed(Desk(clone / "inner"), "update")
    assert status == 1
    assert "was not made by git clone" in said


def test_without_git_it_is_named(clone):
    status, said = typed(Desk(clone), "update", env={"PATH": "/nowhere"})
    assert status == 1
    assert "git cannot be started (No such file or directory)" in said
