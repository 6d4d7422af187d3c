"""What somebody else has written, so that it does no harm when it is shown.

A name or a message may hold what moves a terminal's cursor, what reverses
the order of the letters, half a character, or very much text.
"""

LONGEST = 2_000  # characters


def line(text: str) -> str:
    """The text on one line."""
    return " ".join(_printable(text).split())


def lines(text: str) -> str:
    """The text with its lines, of which each is plain."""
    kept = [_printable(one).rstrip() for one in text.splitlines()]
    return "\n".join(kept)


def _printable(text: str) -> str:
    short = text if len(text) <= LONGEST else f"{text[:LONGEST]} ..."
    return "".join(c if c.isprintable() else " " for c in short)
