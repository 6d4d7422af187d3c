"""What a zip of somebody else's holds, read without unpacking it.

Only what has the name of an exercise is read, and into memory: so no name in
it can lead anywhere. What is larger than a notebook may be is not read, by
the size that is declared and by the size that it turns out to have.
"""

import stat
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from workshop.answers import LIMIT_BYTES
from workshop.errors import WorkshopError
from workshop.exercises import stems
from workshop.grading.handed import too_large
from workshop.grading.plain import line

ARCHIVE_BYTES = 64 * 1024**2
MOST_ENTRIES = 1_000
REPORT = "report.json"
REPORT_BYTES = 1024**2
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
ENCRYPTED = 1  # the bit of it in an entry's flags
BROKEN = (
    *(zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError),
    *(NotImplementedError, RuntimeError),
)


@dataclass
class Contents:
    """The exercises of a submission, and what ails it."""

    notebooks: dict[str, bytes] = field(default_factory=dict)  # by stem
    problems: dict[str, str] = field(default_factory=dict)  # by stem
    report: bytes = b""
    remarks: list[str] = field(default_factory=list)


def contents_of(path: Path) -> Contents:
    """What is in the zip; WorkshopError if it cannot be read at all."""
    try:
        size = path.stat().st_size
        if size > ARCHIVE_BYTES:
            raise WorkshopError(
                f"{path.name} is {size / 1024**2:,.0f} MB large; "
                f"{ARCHIVE_BYTES // 1024**2} MB is the most."
            )
        with zipfile.ZipFile(path) as archive:
            return _read(archive)
    except BROKEN as error:
        raise WorkshopError(
            f"{path.name} cannot be read: {line(str(error))}."
        ) from error


def _read(archive: zipfile.ZipFile) -> Contents:
    entries = archive.infolist()
    if len(entries) > MOST_ENTRIES:
        raise ValueError(f"it has {len(entries):,} entries")
    found = Contents()
    seen: set[str] = set()
    for entry in entries:
        name = entry.filename.replace("\\", "/")
        why = _unsafe(name, entry)
        if why:
            told = f"{line(name)[:100]!r} in it {why}, and is not read."
            found.remarks.append(told)
            continue
        exercise = _exercise(name)
        if exercise in seen:
            found.notebooks.pop(exercise, None)
            found.problems[exercise] = "The zip holds it twice."
            continue
        if exercise:
            seen.add(exercise)
        try:
            if exercise == REPORT:
                found.report = _content(archive, entry, REPORT_BYTES)
            elif exercise:
                content = _content(archive, entry, LIMIT_BYTES)
                found.notebooks[exercise] = content
        except BROKEN as error:
            found.problems[exercise] = (
                f"{line(name)} cannot be read: {line(str(error))}."
            )
        except WorkshopError as error:
            found.problems[exercise] = str(error)
    return found


def _unsafe(name: str, entry: zipfile.ZipInfo) -> str:
    """Why an entry is nothing that `workshop submit` writes, or ""."""
    path = PurePosixPath(name)
    drive = path.parts[:1] and path.parts[0].endswith(":")
    if path.is_absolute() or ".." in path.parts or drive:
        return "leads out of it"
    if stat.S_ISLNK(entry.external_attr >> 16):
        return "is a link"
    return ""


def _exercise(name: str) -> str:
    """The stem of the exercise, REPORT, or "" for what is neither.

    Who packs a submission again may put a folder around it all.
    """
    parts = PurePosixPath(name).parts
    if not parts or len(parts) > 3 or parts[0] == "__MACOSX":
        return ""
    if parts[-1] == REPORT and len(parts) <= 2:
        return REPORT
    stem = parts[-1].removesuffix(".ipynb")
    folder = parts[-2] if len(parts) > 1 else ""
    is_one = folder == "exercises" and f"{stem}.ipynb" == parts[-1]
    return stem if is_one and stem in stems() else ""


def _content(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int
) -> bytes:
    """The bytes of an entry, which may be larger than it says."""
    if entry.flag_bits & ENCRYPTED:
        raise ValueError("it is encrypted")
    if entry.compress_type not in METHODS:
        raise ValueError("it is compressed in an unusual way")
    if entry.file_size > most:
        raise WorkshopError(too_large(Path(entry.filename), entry.file_size))
    with archive.open(entry) as stream:
        return stream.read(most)
