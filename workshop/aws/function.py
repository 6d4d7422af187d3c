"""A Lambda function as the local cloud runs it, and its unpacked code."""

import io
import shutil
import stat
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

UNZIPPED_LIMIT = 262_144_000  # bytes, "Lambda quotas", read 2026-08


class BadZip(Exception):
    """The uploaded code cannot be unpacked; says why."""


@dataclass(frozen=True)
class Function:
    """One revision of a function: its settings and where its code lies."""

    name: str
    arn: str
    runtime: str
    handler: str
    memory_mb: int
    timeout_s: int
    variables: Mapping[str, str]
    task_root: Path
    revision: str  # changes whenever code or settings change


def check_zip(content: bytes) -> None:
    """Refuse a zip that cannot safely be unpacked (BadZip says why)."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            if sum(entry.file_size for entry in entries) > UNZIPPED_LIMIT:
                raise BadZip(
                    f"unzipped size must be under {UNZIPPED_LIMIT} bytes"
                )
            if archive.testzip():
                raise BadZip("an entry's checksum is wrong")
    except BadZip:
        raise
    except Exception as error:  # zipfile, zlib and lzma have a dozen
        raise BadZip(str(error) or type(error).__name__) from error
    names = [entry.filename for entry in entries]
    files = {name for name in names if not name.endswith("/")}
    if len(set(names)) < len(names):
        raise BadZip("two entries have the same name")
    if any(str(parent) in files for n in names for parent in Path(n).parents):
        raise BadZip("an entry is a file and a folder")
    for entry in entries:
        name = Path(entry.filename)
        if name.is_absolute() or ".." in name.parts:
            raise BadZip(f"the entry {entry.filename} leaves the folder")
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise BadZip(f"the entry {entry.filename} is a link")


def unpack(content: bytes, folder: Path) -> None:
    """Unpack a checked zip with its permission bits, then write-protect it.

    zipfile's own extract drops the bits, and with them the execute bit that
    `bootstrap` needs. The folder is there when all of it is.
    """
    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)  # of an unpacking that failed
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for entry in archive.infolist():
            path = Path(archive.extract(entry, part))
            mode = entry.external_attr >> 16 & 0o777
            if path.is_file():
                path.chmod((mode or 0o644) & ~0o222 | 0o400)
    for path in part.rglob("*"):
        if path.is_dir():
            path.chmod(0o555)
    part.rename(folder)
    folder.chmod(0o555)
