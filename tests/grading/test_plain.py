"""Text of others that is shown."""

import pytest

from workshop.grading import plain


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Ada  Lovelace\n", "Ada Lovelace"),
        ("\x1b[2Jgone", "[2Jgone"),
        ("a\u202eb", "a b"),
        ("half \ud800", "half"),
        ("x" * 3_000, "x" * 2_000 + " ..."),
    ],
)
def test_a_line(text, said):
    assert plain.line(text) == said


def test_lines():
    assert plain.lines("a\n  b\x07\r\nc") == "a\n  b\nc"
