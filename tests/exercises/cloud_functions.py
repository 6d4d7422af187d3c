"""The package of a function that checks invoke, and nobody judges.

Around its handler is the lean loop of functions/aws/python-lean: it starts in
a fifth of the time, and passes what judges a learner's loop.
"""

import io
import zipfile
from functools import cache

from workshop.deploy.package import LEAN, package

HANDLER = "handler"  # the module, whose compiled form is left out, too


def package_lean(source: str) -> bytes:
    """The zip of a function with this text as its handler.py."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for entry, data in _loop():
            archive.writestr(entry, data)
        entry = zipfile.ZipInfo(f"{HANDLER}.py")
        entry.external_attr = 0o644 << 16
        archive.writestr(entry, source)
    return content.getvalue()


@cache
def _loop() -> list[tuple[zipfile.ZipInfo, bytes]]:
    """The files of the loop, compiled."""
    with zipfile.ZipFile(io.BytesIO(package(LEAN))) as archive:
        return [
            (entry, archive.read(entry))
            for entry in archive.infolist()
            if HANDLER not in entry.filename
        ]
