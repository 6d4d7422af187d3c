"""A chart of lines: what it shows, and that it is always the same."""

import xml.etree.ElementTree as ET
from base64 import b64decode

import pytest

from workshop.line_chart import Axis, Mark, Series, line_chart

LINES = [
    Series("fixed fleet", [0, 24], [4, 4], steps=True),
    Series("functions", [0, 8, 16, 24], [0, 3, 9, 1], steps=True),
]
HOURS, INSTANCES = Axis("hour of the day"), Axis("instances")


@pytest.fixture
def picture():
    words = "A fleet of four, and functions that follow the load."
    return line_chart(
        LINES, HOURS, INSTANCES, words, [Mark(16, 9, "the peak")]
    )


def texts(picture):
    tree = ET.fromstring(picture.svg)
    return [
        "".join(one.itertext()).strip()
        for one in tree.iter("{http://www.w3.org/2000/svg}text")
    ]


def test_lines_axes_and_marks_have_their_names(picture):
    names = {"fixed fleet", "functions", "hour of the day", "instances"}
    assert names | {"the peak"} <= set(texts(picture))


def test_the_same_data_give_the_same_bytes(picture):
    again = line_chart(
        LINES, HOURS, INSTANCES, picture.words, [Mark(16, 9, "the peak")]
    )
    assert again == picture


def test_amounts_begin_at_nothing(picture):
    assert "0" in texts(picture)
    high = line_chart(
        [Series("fleet", [0, 1], [100, 101])], HOURS, INSTANCES, ""
    )
    assert texts(high).count("0") >= 1
    assert "100.2" not in texts(high)


def test_each_line_has_a_dash_of_its_own(picture):
    tree = ET.fromstring(picture.svg)
    styles = {
        one.get("style")
        for one in tree.iter("{http://www.w3.org/2000/svg}path")
        if "stroke-width: 2" in (one.get("style") or "")
    }
    dashed = [one for one in styles if "stroke-dasharray" in one]
    assert dashed
    assert len(styles) > len(dashed)


def test_a_logarithmic_axis_goes_by_powers_of_ten():
    bill = line_chart(
        [Series("bill", [1e3, 1e9], [0.01, 1e4])],
        Axis("requests a month", "log"),
        Axis("USD a month", "log"),
        "",
    )
    shown = texts(bill)
    assert {"1,000", "1 million", "100 million", "1 billion"} <= set(shown)
    assert {"0.01", "1", "10,000"} <= set(shown)


def test_the_words_stand_for_the_picture(picture):
    assert repr(picture) == picture.words
    assert f'alt="{picture.words}"' in picture._repr_html_()
    data = picture._repr_html_().partition("base64,")[2].rstrip('">')
    assert b64decode(data).decode() == picture.svg
