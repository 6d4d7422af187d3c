"""Whose submission it is: a name, and how it is written in a file's name."""

import getpass
import re
import sys
import unicodedata
from pathlib import Path

from workshop.classroom.git import git
from workshop.errors import WorkshopError
from workshop.typed import WORKSHOP

LONGEST = 40  # characters of a name in a file's name: some take 4 bytes


def author(given: str, root: Path) -> str:
    """The name that is given or, without one, asked for.

    Where nobody can be asked, it is that of git or of the login, and said.
    """
    if given:
        return _plain(given)
    known = _known_to_git(root) or _login()
    if sys.stdin.isatty():
        try:
            said = input(f"Your name, for the submission [{known}]: ")
        except EOFError:  # Ctrl-D
            said = ""
        known = said or known
    elif known:
        print(f"Your name is taken to be {known}; --name NAME gives another.")
    if not known:
        raise WorkshopError(f"Whose is it? `{WORKSHOP} submit --name NAME`.")
    return _plain(known)


def as_file_name(name: str) -> str:
    """The name in letters, digits, - and _, whatever else is in it as -.

    Raises WorkshopError if nothing is left.
    """
    composed = unicodedata.normalize("NFC", name)
    safe = re.sub(r"[^\w-]+", "-", composed).strip("-")[:LONGEST].strip("-")
    if not re.search(r"\w", safe):
        raise WorkshopError(
            f"The name {name!r} has no letter in it: "
            f"`{WORKSHOP} submit --name NAME` gives another."
        )
    return safe


def _plain(name: str) -> str:
    """A name on one line."""
    return " ".join(
        "".join(c if c.isprintable() else " " for c in name).split()
    )


def _known_to_git(root: Path) -> str:
    try:
        return _plain(git(root, "config", "user.name").stdout)
    except WorkshopError:
        return ""


def _login() -> str:
    try:
        return _plain(getpass.getuser())
    except (KeyError, OSError):  # a container may have nobody
        return ""
