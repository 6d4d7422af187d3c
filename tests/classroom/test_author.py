"""Whose submission it is, given, asked for or found."""

import os
import pty
import subprocess

import pytest

from tests.classroom.desks import command_line, lay_desk
from workshop.classroom.author import as_file_name, author
from workshop.errors import WorkshopError


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("ada_L-2", "ada_L-2"),
        ("Ada Lovelace", "Ada-Lovelace"),
        ("../../etc/passwd", "etc-passwd"),
        ("a\\b:c*d?e", "a-b-c-d-e"),
        ("Zo\u0065\u0308", "Zo\u00eb"),
        ("李雷", "李雷"),
        (".hidden", "hidden"),
        ("x" * 300, "x" * 40),
        ("x" * 39 + " y", "x" * 39),
    ],
)
def test_a_name_becomes_part_of_a_files_name(name, safe):
    assert as_file_name(name) == safe


@pytest.mark.parametrize("name", ["", "...", "--", "✗"])
def test_a_name_needs_a_letter(name):
    with pytest.raises(WorkshopError, match="has no letter in it"):
        as_file_name(name)


def test_the_name_that_is_given_counts(tmp_path):
    assert author("  Ada\n\x07Lovelace ", tmp_path) == "Ada Lovelace"


@pytest.fixture
def nobody(tmp_path, monkeypatch):
    """A learner that neither git nor the system knows."""
    (tmp_path / ".gitconfig").write_text("")
    for name in "LOGNAME", "USER", "LNAME", "USERNAME":
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / ".gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    with open(os.devnull) as nothing:
        monkeypatch.setattr("sys.stdin", nothing)
        yield tmp_path


def test_git_is_asked_and_it_is_said(nobody, capsys):
    (nobody / ".gitconfig").write_text("[user]\nname = Ada Lovelace\n")
    assert author("", nobody) == "Ada Lovelace"
    assert "taken to be Ada Lovelace; --name NAME" in capsys.readouterr().out


def test_then_the_login(nobody, monkeypatch):
    monkeypatch.setenv("USER", "ada")
    assert author("", nobody) == "ada"


def test_also_without_git(nobody, monkeypatch):
    monkeypatch.setenv("PATH", str(nobody))
    monkeypatch.setenv("USER", "ada")
    assert author("", nobody) == "ada"


def test_nobody_at_all_is_asked_for_a_name(nobody, monkeypatch):
    monkeypatch.setattr(
        "getpass.getuser", lambda: (_ for _ in ()).throw(KeyError())
    )
    with pytest.raises(WorkshopError, match="--name NAME"):
        author("", nobody)


@pytest.mark.parametrize(
    ("answer", "name"), [(b"Grace Hopper\n", "Grace Hopper"), (b"\n", "ada")]
)
def test_on_a_terminal_it_is_asked(tmp_path, answer, name):
    desk = lay_desk(tmp_path)
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command_line(desk, "submit"),
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ
        | {"USER": "ada", "LOGNAME": "ada", "GIT_CONFIG_NOSYSTEM": "1"}
        | {"GIT_CONFIG_GLOBAL": os.devnull},
    )
    os.close(theirs)
    os.write(ours, answer)
    said = process.communicate()[0].decode()
    os.close(ours)
    assert "Your name, for the submission [ada]: " in said
    assert "Nothing is started" in said
    if name != "ada":
        assert "The file calls you Grace-Hopper." in said
