"""Functions that checks create on the local Lambda.

Around the handler of one that nobody judges is the lean loop of
functions/aws/python-lean: it starts in a fifth of the time, and passes what
judges a learner's loop.
"""

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from workshop.deploy.package import LEAN, package

ROLE = "arn:aws:iam::123456789012:role/workshop"
HANDLER = "handler"  # the module, whose compiled form is left out, too


def create(aws: Any, name: str, code: bytes, **settings: Any) -> None:
    """Create a function of this zip; `settings` as CreateFunction has them."""
    given = {"Role": ROLE, **settings}
    aws.create_function(
        FunctionName=name,
        Runtime="provided.al2023",
        Handler="handler.handler",
        Code={"ZipFile": code},
        **given,
    )


@contextmanager
def created(
    aws: Any, name: str, code: bytes, **settings: Any
) -> Iterator[None]:
    """As create, and delete it at the end."""
    create(aws, name, code, **settings)
    try:
        yield
    finally:
        aws.delete_function(FunctionName=name)


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
