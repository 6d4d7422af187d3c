"""The submissions in a folder: whose they are, and what is in them."""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from workshop.classroom.author import as_file_name
from workshop.errors import WorkshopError
from workshop.grading import archive, clone
from workshop.grading.archive import Contents
from workshop.grading.handed import Handed, handed_in
from workshop.grading.plain import line

# What `workshop submit` writes: NAME-DATE.zip, then NAME-DATE-2.zip.
NAMED = re.compile(r"(.+)-(\d{4}-\d\d-\d\d)(?:-(\d{1,6}))?")
TO_COME = timedelta(days=2)  # it is tomorrow already, elsewhere
LONGEST_NAME = 80  # characters of a name that is shown


@dataclass(frozen=True)
class Submission:
    """What one person has handed in."""

    name: str  # no other submission of the class has it
    date: str  # ISO 8601; of the file's name or, without one, of the file
    source: str  # the file or the folder, as a path in that of the class
    number: int = 1  # of those of one day
    handed: Mapping[str, Handed | str] | None = None
    """By stem, what was handed in, or a sentence; None if unreadable."""
    claims: Mapping[str, str] | None = None  # the states in its report.json
    remarks: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    """What it may be called, shortest first: the next if one is taken."""

    @property
    def is_to_come(self) -> bool:
        """Whether its date has not been yet, anywhere."""
        today = date.today()
        return self.date > (today + TO_COME).isoformat()


@dataclass(frozen=True)
class Entries:
    """What lies in the folder of a class, or in a folder in it."""

    submissions: Sequence[Path] = ()  # zips and clones
    others: Sequence[Path] = ()  # what is neither


def submissions_in(folder: Path) -> list[Submission]:
    """The latest submission of each name, by name.

    In two folders the same name is two people's. Raises WorkshopError where
    there is no submission.
    """
    if not folder.is_dir():
        raise WorkshopError(f"There is no folder {folder}.")
    try:
        entries = entries_of(folder)
        found: dict[Path, list[Submission]] = {}
        for path in entries.submissions:
            one = _submission(path, folder)
            found.setdefault(path.parent, []).append(one)
    except OSError as error:
        raise WorkshopError(
            f"{folder} cannot be read: {error.strerror}."
        ) from error
    if not found:
        looked = "".join(not_looked_at(folder, entries.others))
        raise WorkshopError(
            f"There is no submission in {folder}: neither a zip of `workshop "
            f"submit` nor a folder with exercises/ in it. {looked}".strip()
        )
    kept = [one for of_one in found.values() for one in _latest(of_one)]
    return sorted(_told_apart(kept), key=lambda one: _key(one.name))


def entries_of(folder: Path) -> Entries:
    """Zips and clones, here or in a folder for each person; and the rest.

    What begins with a dot is no one's submission.
    """
    found: list[Path] = []
    others: list[Path] = []
    for path in _visible(folder):
        if _is_submission(path):
            found.append(path)
        elif path.is_dir() and not path.is_symlink():
            inner = _visible(path)
            handed = [one for one in inner if _is_submission(one)]
            found += handed
            rest = [one for one in inner if one not in handed]
            others += rest if handed else [path]
        else:
            others.append(path)
    return Entries(found, others)


def not_looked_at(folder: Path, others: Sequence[Path]) -> list[str]:
    """A sentence that names what is no submission; none without any."""
    if not others:
        return []
    names = [
        line(str(one.relative_to(folder))) + ("/" if one.is_dir() else "")
        for one in others
    ]
    return [
        f"Not looked at: {', '.join(names)}. A submission is a zip, or a "
        "folder with exercises/ in it."
    ]


def _visible(folder: Path) -> list[Path]:
    return sorted(p for p in folder.iterdir() if not p.name.startswith("."))


def _is_submission(path: Path) -> bool:
    is_zip = path.suffix.lower() == ".zip" and path.is_file()
    return is_zip or (path.is_dir() and clone.is_clone(path))


def _submission(path: Path, folder: Path) -> Submission:
    """What is in this path, somewhere in the folder of the class."""
    is_folder = path.is_dir()
    name, day, number, remarks = _named(path)
    source = line(str(path.relative_to(folder)))
    with_folder = f"{line(path.parent.name)}/{name}"
    names = (name, with_folder if path.parent != folder else source)
    # A clone in a person's folder is called as the repository is.
    is_inner = is_folder and path.parent != folder
    about = Submission(
        name,
        day,
        source,
        number,
        remarks=remarks,
        names=names[1:] if is_inner else names,
    )
    try:
        read = clone.contents_of if is_folder else archive.contents_of
        return _filled(about, read(path))
    except WorkshopError as error:
        return replace(about, remarks=(*about.remarks, str(error)))


def _named(path: Path) -> tuple[str, str, int, tuple[str, ...]]:
    """The name, the date, the number of that day, and what is odd in it."""
    if path.is_dir():
        return _one_line(path.name), clone.date_of(path), 1, ()
    of_file = clone.as_date(path.stat().st_mtime)
    named = NAMED.fullmatch(path.stem)
    if not named:
        return _one_line(path.stem), of_file, 1, ()
    try:
        day = date.fromisoformat(named[2]).isoformat()
    except ValueError:
        odd = (
            f"{line(named[2])} in its file's name is no date: {of_file} is "
            "that of the file."
        )
        return _one_line(path.stem), of_file, 1, (odd,)
    return _one_line(named[1]), day, int(named[3] or 1), ()


def _one_line(name: str) -> str:
    return line(unicodedata.normalize("NFC", name))


def _filled(about: Submission, contents: Contents) -> Submission:
    """The submission with what was found in it."""
    handed: dict[str, Handed | str] = {**contents.problems}
    for stem, content in contents.notebooks.items():
        try:
            handed[stem] = handed_in(stem, content)
        except WorkshopError as error:
            handed[stem] = line(str(error))
    remarks = [*about.remarks, *contents.remarks]
    report_fails = handed.pop(archive.REPORT, "")
    if report_fails:
        remarks.append(f"Its {archive.REPORT}: {report_fails}")
    claimed, claims = _report(contents.report)
    names = about.names
    if claimed and _safe(claimed) not in about.name:
        remarks.append(f"Its report.json names {_safe(claimed)}.")
    elif claimed and _safe(claimed) == about.name:
        names = (line(claimed), *names)
    if not handed:
        remarks.append(
            "No exercise is in it: exercises/STEM.ipynb is looked for."
        )
    return replace(
        about,
        handed=handed,
        claims=claims,
        remarks=tuple(remarks),
        names=names,
    )


def _report(content: bytes) -> tuple[str, dict[str, str]]:
    """The name and the states in a report.json, which may say anything."""
    try:
        report: Any = json.loads(content)
        name = str(report["name"])
        states = {
            str(one["stem"]): line(str(one["state"]))
            for one in report["exercises"]
        }
    except (ValueError, LookupError, TypeError, RecursionError):
        return "", {}
    return (name if _safe(name) else ""), states


def _safe(name: str) -> str:
    """A name as it is in a file's name; "" for one that is none."""
    try:
        return as_file_name(name) if len(name) <= LONGEST_NAME else ""
    except WorkshopError:  # it has no letter
        return ""


def _latest(found: list[Submission]) -> list[Submission]:
    """The latest of each name in one folder, which tells of the others.

    A date to come is of a clock that is wrong, or of somebody who wishes to
    come last: one that has been counts before it.
    """
    by_name: dict[str, list[Submission]] = {}
    for one in found:
        by_name.setdefault(_key(one.name), []).append(one)
    kept = []
    for same in by_name.values():
        *others, last = sorted(
            same, key=lambda one: (not one.is_to_come, one.date, one.number)
        )
        told = [_why_not(other) for other in others]
        if last.is_to_come:
            told.insert(0, f"Its date, {last.date}, is to come.")
        kept.append(replace(last, remarks=(*last.remarks, *told)))
    return kept


def _why_not(other: Submission) -> str:
    why = "has a date to come" if other.is_to_come else "is not the latest"
    return f"{other.source} has the same name and {why}: it does not count."


def _told_apart(found: list[Submission]) -> list[Submission]:
    """Each with a name that no other has: the first of its own that is so."""
    counts = Counter(_key(name) for one in found for name in set(one.names))
    taken: set[str] = set()
    named = []
    for one in found:
        name = next((n for n in one.names if counts[_key(n)] == 1), one.source)
        number, free = 1, name
        while _key(free) in taken:
            number += 1
            free = f"{name} ({number})"
        taken.add(_key(free))
        named.append(replace(one, name=free))
    return named


def _key(name: str) -> str:
    return name.casefold()
