"""The submissions in a folder: whose they are, and what is in them."""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
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


@dataclass(frozen=True)
class Submission:
    """What one person has handed in."""

    name: str
    date: str  # ISO 8601; of the file's name or, without one, of the file
    source: str  # the file's or the folder's name
    number: int = 1  # of those of one day
    handed: Mapping[str, Handed | str] | None = None
    """By stem, what was handed in, or a sentence; None if unreadable."""
    claims: Mapping[str, str] | None = None  # the states in its report.json
    remarks: tuple[str, ...] = ()


def submissions_in(folder: Path) -> list[Submission]:
    """The latest submission of each name, by name.

    Raises WorkshopError where the folder has none.
    """
    if not folder.is_dir():
        raise WorkshopError(f"There is no folder {folder}.")
    try:
        found = [_submission(path) for path in _paths(folder)]
    except OSError as error:
        raise WorkshopError(
            f"{folder} cannot be read: {error.strerror}."
        ) from error
    if not found:
        raise WorkshopError(
            f"There is no submission in {folder}: neither a zip of `workshop "
            "submit` nor a folder with exercises/ in it."
        )
    return sorted(_latest(found), key=lambda one: _key(one.name))


def _paths(folder: Path) -> Iterator[Path]:
    """Zips and clones, here or in a folder for each person."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if _is_zip(path) or (path.is_dir() and clone.is_clone(path)):
            yield path
        elif path.is_dir() and not path.is_symlink():
            yield from sorted(filter(_is_zip, path.iterdir()))


def _is_zip(path: Path) -> bool:
    return path.suffix.lower() == ".zip" and path.is_file()


def _submission(path: Path) -> Submission:
    is_folder = path.is_dir()
    stem = path.name if is_folder else path.stem
    named = None if is_folder else NAMED.fullmatch(stem)
    if named:
        name, date, number = named[1], named[2], int(named[3] or 1)
    else:
        name, number = stem, 1
        date = (
            clone.date_of(path)
            if is_folder
            else clone.as_date(path.stat().st_mtime)
        )
    about = Submission(
        line(unicodedata.normalize("NFC", name)),
        date,
        line(path.name),
        number,
    )
    try:
        read = clone.contents_of if is_folder else archive.contents_of
        return _filled(about, read(path))
    except WorkshopError as error:
        return replace(about, remarks=(str(error),))


def _filled(about: Submission, contents: Contents) -> Submission:
    """The submission with what was found in it."""
    handed: dict[str, Handed | str] = {**contents.problems}
    for stem, content in contents.notebooks.items():
        try:
            handed[stem] = handed_in(stem, content)
        except WorkshopError as error:
            handed[stem] = line(str(error))
    remarks = [*contents.remarks]
    report_fails = handed.pop(archive.REPORT, "")
    if report_fails:
        remarks.append(f"Its {archive.REPORT}: {report_fails}")
    claimed, claims = _report(contents.report)
    if claimed and claimed not in about.name:
        remarks.append(f"Its report.json names {claimed}.")
    if not handed:
        remarks.append(
            "No exercise is in it: exercises/STEM.ipynb is looked for."
        )
    return replace(about, handed=handed, claims=claims, remarks=tuple(remarks))


def _report(content: bytes) -> tuple[str, dict[str, str]]:
    """The name and the states in a report.json, which may say anything."""
    try:
        report: Any = json.loads(content)
        name = as_file_name(str(report["name"]))
        states = {
            str(one["stem"]): line(str(one["state"]))
            for one in report["exercises"]
        }
    except (ValueError, LookupError, TypeError, RecursionError):
        return "", {}
    except WorkshopError:  # a name without a letter
        return "", {}
    return name, states


def _latest(found: list[Submission]) -> list[Submission]:
    """The latest of each name, which tells of the others."""
    by_name: dict[str, list[Submission]] = {}
    for one in found:
        by_name.setdefault(_key(one.name), []).append(one)
    kept = []
    for same in by_name.values():
        *others, last = sorted(same, key=lambda one: (one.date, one.number))
        told = [
            f"{other.source} has the same name and is not the latest: it "
            "does not count."
            for other in others
        ]
        kept.append(replace(last, remarks=(*last.remarks, *told)))
    return kept


def _key(name: str) -> str:
    return name.casefold()
