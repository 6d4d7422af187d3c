"""`python -m workshop.book`, as it is typed."""

import subprocess
import sys


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "workshop.book", *arguments],
        capture_output=True,
        text=True,
    )


def test_it_says_what_it_does():
    said = run("--help")
    assert said.returncode == 0
    assert "build the book" in said.stdout and "--output" in said.stdout


def test_a_mistake_is_one_line(tmp_path):
    said = run("--output", str(tmp_path))
    assert said.returncode == 1
    assert said.stderr == (
        f"workshop: {tmp_path} is there and is no book, as it has no "
        ".workshop-book: name another folder, or delete it yourself.\n"
    )
