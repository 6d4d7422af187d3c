"""host.json and function.json as text: JSON, with comments.

The real host reads them with Newtonsoft.Json, which takes comments, but also
single quotes, names without quotes and a comma before a closing bracket. Here
comments are taken, since templates and documentation have them; the rest is
refused with its line, since it is no JSON and other tools stumble over it.
"""

import difflib
import json
import re
from collections.abc import Iterable
from pathlib import Path

# A string is matched first, so that "http://..." has no comment in it.
STRING_OR_COMMENT = re.compile(
    r'"(?:[^"\\\n]|\\.)*"|//[^\n]*|/\*.*?\*/', re.DOTALL
)


def read(path: Path) -> object:
    """The value in the file; OSError, or ValueError that says where."""
    text = path.read_text("utf-8-sig", errors="replace")
    try:
        return json.loads(STRING_OR_COMMENT.sub(_without_comment, text))
    except json.JSONDecodeError as error:
        raise ValueError(
            f"It is not JSON: {error.msg}, line {error.lineno}, "
            f"column {error.colno}."
        ) from error
    except RecursionError as error:
        raise ValueError("It is nested too deeply to be read.") from error


def _without_comment(found: re.Match[str]) -> str:
    """A string as it is; a comment as blanks, so that columns still count."""
    text = found.group()
    return text if text.startswith('"') else re.sub(r"[^\n]", " ", text)


def as_text(value: object) -> str:
    """A JSON value as the host's configuration holds it: always a text."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return f"{value:.0f}"  # as .NET writes 2.0
    return str(value)  # a bool as .NET writes it, too: True, False


def did_you_mean(key: str, known: Iterable[str]) -> str:
    """' Did you mean "x"?' with the nearest known key, or nothing."""
    names = {name.lower(): name for name in known}
    near = difflib.get_close_matches(key.lower(), names, 1, 0.7)
    return f' Did you mean "{names[near[0]]}"?' if near else ""
