"""Folders of others: a link in one is not followed."""

import os

import pytest

from tests.grading.classes import FIRST, LAST, solved
from workshop.grading import clone


def lay(tmp_path):
    (tmp_path / "ada" / "exercises").mkdir(parents=True)
    return tmp_path / "ada"


def test_the_exercises_in_it(tmp_path):
    folder = lay(tmp_path)
    path = folder / "exercises" / f"{FIRST}.ipynb"
    path.write_bytes(solved())
    os.utime(path, (0, 1_764_000_000))
    assert clone.is_clone(folder)
    assert clone.contents_of(folder).notebooks == {FIRST: solved()}
    assert clone.date_of(folder).startswith("2025-11-2")


def test_links_and_what_is_no_file(tmp_path):
    folder = lay(tmp_path)
    secret = tmp_path / "secret"
    secret.write_text("secret")
    exercises = folder / "exercises"
    (exercises / f"{FIRST}.ipynb").symlink_to(secret)
    os.mkfifo(exercises / f"{LAST}.ipynb")
    (exercises / "01_what_is_serverless.ipynb").mkdir()
    with open(exercises / "06_memory_and_cpu.ipynb", "wb") as large:
        large.truncate(50 * 1024**2)
    found = clone.contents_of(folder)
    assert found.notebooks == {}
    assert found.problems == {
        FIRST: f"exercises/{FIRST}.ipynb is a link, and is not read.",
        LAST: f"exercises/{LAST}.ipynb is no file.",
        "01_what_is_serverless": "exercises/01_what_is_serverless.ipynb is "
        "no file.",
        "06_memory_and_cpu": "exercises/06_memory_and_cpu.ipynb is 50 MB "
        "large; 10 MB is the most. Its outputs can be cleared.",
    }
    assert clone.date_of(folder)


def test_a_folder_that_is_a_link(tmp_path):
    folder = tmp_path / "ada"
    folder.mkdir()
    (folder / "exercises").symlink_to(lay(tmp_path / "other") / "exercises")
    found = clone.contents_of(folder)
    assert found.notebooks == {}
    assert found.remarks == ["'exercises' in it is a link, and is not read."]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read it")
def test_one_that_may_not_be_read(tmp_path):
    path = lay(tmp_path) / "exercises" / f"{FIRST}.ipynb"
    path.touch(0)
    found = clone.contents_of(tmp_path / "ada")
    assert "cannot be read: Permission" in found.problems[FIRST]
