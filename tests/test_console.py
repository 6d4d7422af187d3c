"""What a process prints, by lines."""

from workshop.console import LINE_LIMIT, Console


def logged(*pieces):
    """The lines that these pieces of output become."""
    lines = []
    console = Console(lines.append)
    for piece in pieces:
        console.take(piece)
    console.close()
    return lines


def test_lines_of_a_console():
    assert logged(b"one\ntw", b"o\r\n", b"\n") == ["one", "two", ""]


def test_what_has_no_line_end_is_logged_at_last():
    assert logged(b"half") == ["half"]
    assert logged(b"") == []


def test_what_is_no_utf_8():
    assert logged(b"caf\xe9\n") == ["caf\N{REPLACEMENT CHARACTER}"]
    assert logged("café\n".encode()[:4], "café\n".encode()[4:]) == ["café"]


def test_a_line_without_end_becomes_several():
    piece = b"x" * (LINE_LIMIT // 2 + 1)
    lines = logged(*[piece] * 5)
    assert "".join(lines) == "x" * (5 * len(piece))
    assert len(lines) == 3
