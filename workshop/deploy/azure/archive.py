"""The zip of an app, as One Deploy takes it.

The bits are those that Core Tools writes: 0777 for the program that the host
starts, 0666 for all else (azure-functions-core-tools, ZipHelper.cs). The
same files give the same bytes.
"""

import io
import stat
import zipfile
from pathlib import Path

EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest date that a zip can hold
PLAIN, PROGRAM = 0o666, 0o777


def archive(folder: Path) -> bytes:
    """The zip of all files in a folder."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                entry = zipfile.ZipInfo(
                    path.relative_to(folder).as_posix(), EPOCH
                )
                entry.create_system = 3  # Unix, on every system
                entry.compress_type = zipfile.ZIP_DEFLATED
                runs = path.stat().st_mode & stat.S_IXUSR
                mode = stat.S_IFREG | (PROGRAM if runs else PLAIN)
                entry.external_attr = mode << 16
                target.writestr(entry, path.read_bytes())
    return buffer.getvalue()
