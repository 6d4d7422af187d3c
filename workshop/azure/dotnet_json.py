"""JSON values as the host holds, writes and prints them.

The host reads JSON with Newtonsoft.Json 13 into .NET objects, and what it
writes or prints of one can differ from what was read:

- a string that looks like an ISO 8601 time is one: it is printed
  "11/24/2026 12:00:00" and written without zeros at the end of its fraction;
- an object or array (JObject, JArray) prints as JSON on many lines, an object
  that the host made itself (ExpandoObject) as the name of its type;
- true prints "True", and 2.0 prints "2".

[inferred] throughout: what Newtonsoft.Json (JsonTextReader, JsonTextWriter)
and .NET 8 do was not run here, and the culture is taken to be the invariant
one, the time zone UTC, the operating system Linux. A seventh digit of a
second is dropped. Single quotes, comments and other things that Newtonsoft
reads beyond JSON are refused.
"""

import base64
import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

INDENT = "  "
LOCAL = timezone(timedelta(), "local")  # DateTimeKind.Local; UTC is Utc
TIME = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,7}))?"
    r"(?:(Z)|([+-]\d\d)(?::?(\d\d))?)?",
    re.ASCII,
)
LINE_ENDS = {ord(end): f"\\u{ord(end):04x}" for end in "\x85\u2028\u2029"}


class Expando(dict[str, object]):
    """An ExpandoObject."""


class ObjectList(list[object]):
    """A List<object>, as an ExpandoObject holds it instead of a JArray."""


def read(text: str, depth: int = 64, rest_allowed: bool = False) -> object:
    """The value of a JSON text, with strings as they are written.

    Raises ValueError if it is none, or nested deeper than the depth, by
    default the one of JsonConvert and JObject.Parse.
    """
    try:
        if rest_allowed:
            value, _ = json.JSONDecoder().raw_decode(text.lstrip())
        else:
            value = json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    level: list[object] = [value]
    while level := [inner for outer in level for inner in _inside(outer)]:
        depth -= 1
        if depth < 0:
            raise ValueError("nested too deeply")
    return value


def _inside(value: object) -> list[object]:
    """What an object or array holds; an empty one counts as a level too."""
    if isinstance(value, dict):
        return [*value.values(), None]
    return [*value, None] if isinstance(value, list) else []


def with_times(value: object) -> object:
    """The value with the strings that look like times read as such."""
    if isinstance(value, dict):
        return {name: with_times(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [with_times(inner) for inner in value]
    return _time(value) if isinstance(value, str) else value


def _time(text: str) -> str | datetime:
    found = TIME.fullmatch(text)
    if not found:
        return text
    moment, fraction, zulu, hours, minutes = found.groups()
    try:
        time = datetime.fromisoformat(moment)
        time = time.replace(microsecond=int(f"{fraction or 0:0<6}"[:6]))
        if zulu:
            return time.replace(tzinfo=UTC)
        if hours:
            east = timedelta(minutes=int(hours[1:]) * 60 + int(minutes or 0))
            time -= -east if hours.startswith("-") else east
            return time.replace(tzinfo=LOCAL)
    except (ValueError, OverflowError):
        return text
    return time


def expando(value: object) -> object:
    """The value as an ExpandoObject holds it."""
    if isinstance(value, dict):
        return Expando({name: expando(inner) for name, inner in value.items()})
    if isinstance(value, list):
        return ObjectList(expando(inner) for inner in value)
    return value


def write(value: object, indented: bool = False) -> str:
    """The value as JSON, compact or on many lines."""
    return _write(value, "\n" if indented else "")


def _write(value: object, line: str) -> str:
    if isinstance(value, Mapping):
        members = [
            f"{_quoted(str(name))}:{' ' * bool(line)}"
            f"{_write(inner, line and line + INDENT)}"
            for name, inner in value.items()
        ]
        return _lines("{", members, "}", line)
    if isinstance(value, list | tuple):
        items = [_write(item, line and line + INDENT) for item in value]
        return _lines("[", items, "]", line)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _float_as_json(value)
    if isinstance(value, bytes):
        return _quoted(base64.b64encode(value).decode())
    if isinstance(value, datetime):
        return _quoted(iso(value))
    return _quoted(value) if isinstance(value, str) else str(value)


def _lines(start: str, parts: list[str], end: str, line: str) -> str:
    if not parts:
        return start + end
    inner = line and line + INDENT
    return f"{start}{inner}{f',{inner}'.join(parts)}{line}{end}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).translate(LINE_ENDS)


def iso(time: datetime) -> str:
    """A time as JSON has it; a naive one has no zone."""
    text = time.replace(tzinfo=None, microsecond=0).isoformat()
    if time.microsecond:
        text += f".{time.microsecond:06}".rstrip("0")
    if time.tzinfo is None:
        return text
    return text + ("Z" if time.tzinfo is UTC else "+00:00")


def to_string(value: object) -> str:
    """What ToString gives: how the host prints a value. None has none."""
    if isinstance(value, Expando):
        return "System.Dynamic.ExpandoObject"
    if isinstance(value, ObjectList):
        return "System.Collections.Generic.List`1[System.Object]"
    if isinstance(value, dict | list):
        return write(value, indented=True)
    if isinstance(value, bytes):
        return "System.Byte[]"
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, datetime):
        return (
            f"{value.month:02}/{value.day:02}/{value.year:04} "
            f"{value.hour:02}:{value.minute:02}:{value.second:02}"
        )
    return str(value)


def _float(value: float) -> str:
    """The shortest digits that mean it, as .NET sets them."""
    if not math.isfinite(value):
        return {"nan": "NaN", "inf": "Infinity"}.get(str(value), "-Infinity")
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    assert isinstance(exponent, int)
    power = len(digits) - 1 + exponent  # of ten, of the first digit
    if -5 < power < 15:
        return f"{Decimal(repr(value)).normalize():f}"
    first, *others = map(str, digits)
    rest = f".{''.join(others)}" if others else ""
    return f"{'-' * sign}{first}{rest}E{power:+03}"


def _float_as_json(value: float) -> str:
    text = _float(value)
    if not math.isfinite(value):
        return f'"{text}"'
    return text if "." in text or "E" in text else f"{text}.0"


def encode(text: str, encoding: str = "utf-8") -> bytes:
    """The text's bytes; half a surrogate pair becomes U+FFFD."""
    whole = text.encode("utf-16-le", "surrogatepass")
    return whole.decode("utf-16-le", "replace").encode(encoding)


def decode(content: bytes) -> str:
    """A body's text, as .NET's StreamReader reads it: UTF-8 unless it begins
    with another byte order mark, and U+FFFD for what is not."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    return content.decode("utf-8-sig", "replace")
