"""What is remembered from one command to the next, as small JSON files.

All of it may be lost without harm: a file that cannot be read is as one
that is not there.
"""

import json
import os
import tempfile
from pathlib import Path
from typing import Any


def recall(path: Path) -> dict[str, Any]:
    """What was remembered; empty if there is nothing to be had."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def remember(path: Path, facts: dict[str, Any]) -> None:
    """Write the facts in the place of those before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    replace(path, json.dumps(facts, indent=1).encode())


def replace(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, whatever happens meanwhile."""
    number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            os.chmod(name, path.stat().st_mode)
        else:
            os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
