"""JSON values as .NET has them. No .NET is here: what it is known to do."""

import json
import math
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workshop.azure.dotnet_json import (
    LOCAL,
    decode,
    encode,
    expando,
    read,
    to_string,
    with_times,
    write,
)

NOON = datetime(2026, 11, 24, 12)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(JSON | st.floats(allow_nan=False, allow_infinity=False), st.booleans())
def test_what_is_written_can_be_read(value, indented):
    assert json.loads(write(value, indented)) == value


@given(JSON)
def test_compact_and_indented_are_laid_out_as_elsewhere(value):
    python = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    lines = json.dumps(value, ensure_ascii=False, indent=2)
    if not set("\x85\u2028\u2029") & set(python):
        assert write(value) == python
        assert write(value, indented=True) == lines


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_printed_with_digits_enough(value):
    assert float(to_string(value)) == value
    assert "e" not in to_string(value)


@pytest.mark.parametrize(
    ("value", "printed", "written"),
    [
        (2.0, "2", "2.0"),
        (0.1, "0.1", "0.1"),
        (-0.0, "-0", "-0.0"),
        (100_000_000_000_000.0, "100000000000000", "100000000000000.0"),
        (1e15, "1E+15", "1E+15"),
        (1_234_567_890_123_456.0, *["1.234567890123456E+15"] * 2),
        (0.0001, "0.0001", "0.0001"),
        (-0.00001, "-1E-05", "-1E-05"),
        (1e300, "1E+300", "1E+300"),
        (math.nan, "NaN", '"NaN"'),
        (-math.inf, "-Infinity", '"-Infinity"'),
        (True, "True", "true"),
        (10**30, str(10**30), str(10**30)),
        ("a/ü\x7f\u2028", "a/ü\x7f\u2028", '"a/ü\x7f\\u2028"'),
        (b"\x00\xff", "System.Byte[]", '"AP8="'),
        ([1, {}], "[\n  1,\n  {}\n]", "[1,{}]"),
        ({"a": [2.0]}, '{\n  "a": [\n    2.0\n  ]\n}', '{"a":[2.0]}'),
        (
            expando({"a": []}),
            "System.Dynamic.ExpandoObject",
            '{"a":[]}',
        ),
        (
            expando([1]),
            "System.Collections.Generic.List`1[System.Object]",
            "[1]",
        ),
        (NOON, "11/24/2026 12:00:00", '"2026-11-24T12:00:00"'),
    ],
)
def test_printed_and_written(value, printed, written):
    assert to_string(value) == printed
    assert write(value) == written


@pytest.mark.parametrize(
    ("text", "time", "written"),
    [
        ("2026-11-24T12:00:00", NOON, "2026-11-24T12:00:00"),
        (
            "2026-11-24T12:00:00.000Z",
            NOON.replace(tzinfo=UTC),
            "2026-11-24T12:00:00Z",
        ),
        (
            "2026-11-24T14:30:00.1200000+02:30",
            NOON.replace(microsecond=120_000, tzinfo=LOCAL),
            "2026-11-24T12:00:00.12+00:00",
        ),
        (
            "2026-11-24T11:00:00-01",
            NOON.replace(tzinfo=LOCAL),
            "2026-11-24T12:00:00+00:00",
        ),
        (
            "2026-11-24T12:00:00.1234567Z",
            NOON.replace(microsecond=123_456, tzinfo=UTC),
            "2026-11-24T12:00:00.123456Z",
        ),
    ],
)
def test_strings_that_are_times(text, time, written):
    assert with_times({"a": [text]}) == {"a": [time]}
    assert write(with_times(text)) == f'"{written}"'


@pytest.mark.parametrize(
    "text",
    [
        "noon",
        "2026-11-24",
        "2026-11-24 12:00:00",
        "2026-13-24T12:00:00",
        "2026-11-24T12:00",
        "2026-11-24T12:00:00.12345678",
        "0001-01-01T00:00:00+02:00",
        " 2026-11-24T12:00:00",
    ],
)
def test_strings_that_are_none(text):
    assert with_times(text) == text


def test_depth():
    deep = "[" * 64 + "]" * 64
    assert read(deep)
    with pytest.raises(ValueError, match="deep"):
        read(f"[{deep}]")
    with pytest.raises(ValueError, match="deep"):
        read("[" * 100_000 + "]" * 100_000)


def test_what_follows_the_value():
    assert read(' {"a": 1} rest', rest_allowed=True) == {"a": 1}
    with pytest.raises(ValueError, match="Extra data"):
        read('{"a": 1} rest')


def test_text_in_bytes_and_back():
    assert decode(b"\xef\xbb\xbf\xc3\xbc\xff") == "ü\ufffd"
    assert decode("ü".encode("utf-16")) == "ü"
    assert encode("ü\ud800") == "ü\ufffd".encode()
    assert encode("ü", "utf-16-le") == b"\xfc\x00"
