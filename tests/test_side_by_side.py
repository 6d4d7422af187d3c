"""Two sources in two columns: as HTML, and as text for who sees none."""

from html.parser import HTMLParser

import pytest

from workshop.side_by_side import SideBySide

LEFT, RIGHT = "if 1 < 2:\n    pass\n", "x = '</pre>' & \"ü\"\n"


@pytest.fixture
def shown(tmp_path):
    (tmp_path / "left.py").write_text(LEFT)
    (tmp_path / "right.py").write_text(RIGHT)
    return SideBySide(tmp_path / "left.py", tmp_path / "right.py")


class Columns(HTMLParser):
    """The texts of the cells of a table, row by row."""

    def __init__(self, page):
        super().__init__()
        self.rows = []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        if tag == "tr":
            self.rows.append([])
        elif tag in ("th", "td"):
            self.rows[-1].append("")

    def handle_data(self, data):
        self.rows[-1][-1] += data


def test_each_source_is_a_column_as_it_is(shown):
    rows = Columns(shown._repr_html_()).rows
    assert rows == [["left.py", "right.py"], [LEFT, RIGHT]]


def test_the_text_has_both_one_below_the_other(shown):
    assert repr(shown) == f"--- left.py\n{LEFT}\n--- right.py\n{RIGHT}"
