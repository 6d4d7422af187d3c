"""The result as tables and as a chart."""

import io
import re
from xml.etree import ElementTree

import pytest
from rich.console import Console

from tests.compare.plans import FAST, HELLO, MIDDLE, contender
from workshop.compare.chart import chart
from workshop.compare.row import rows
from workshop.compare.sample import Sample, Samples
from workshop.compare.schedule import cell
from workshop.compare.table import duration, show

LEAN, NODE, RUST = map(contender, ("python-lean", "node", "rust"))
AZURE = contender("rust", "azure")


@pytest.fixture
def found(tmp_path):
    samples = Samples(tmp_path / "samples.jsonl")
    for one, init, warm, middle in (
        (LEAN, 17.0, 0.25, 650.0),
        (NODE, 90.0, 1.0, 104.0),
        (RUST, 5.0, 0.2, 48.0),
        (AZURE, 30.0, 0.3, 4.0),
    ):
        samples.add(Sample(cell(one, HELLO, "cold"), 1.0, init, 20.0, 9.0))
        samples.add(Sample(cell(one, HELLO, "warm"), warm, 0.0, 1.0, 9.0))
        samples.add(Sample(cell(one, MIDDLE, "warm"), middle, 0.0, middle, 9))
        samples.add(Sample(cell(one, FAST[1], "warm"), 0.5, 0.0, 1.0, 9.0))
    return [
        row
        for one in (LEAN, NODE, RUST, AZURE)
        for row in rows(
            samples, one, [HELLO, MIDDLE, FAST[1]], ["brute", "fast"], 128
        )
    ]


def printed(found, missing):
    text = io.StringIO()
    show(Console(file=text, width=80), found, missing)
    return text.getvalue()


def lines_of(text):
    """Each line of the tables: its first word or two, and its cells."""
    return [re.split(r"\s{2,}", line.strip()) for line in text.splitlines()]


def test_the_talks_layout_with_its_figures(found):
    brute, _, _ = printed(found, {}).partition("AWS Lambda, 128 MB, fast")
    lines = lines_of(brute)
    assert ["hello", "100-999"] in lines
    assert ["python-lean cold", "18 ms"] in lines
    assert ["python-lean warm", "0.25 ms", "650 ms"] in lines
    assert ["node cold", "91 ms (200 ms)"] in lines
    assert ["node warm", "1 ms (2 ms)", "104 ms (500 ms)"] in lines
    assert ["rust warm", "0.2 ms (1 ms)", "48 ms (45 ms)"] in lines


def test_the_better_algorithm_is_not_laid_beside_the_talk(found):
    _, _, rest = printed(found, {}).partition("AWS Lambda, 128 MB, fast")
    fast, _, _ = rest.partition("Azure")
    assert ["rust warm", "0.2 ms", "0.5 ms"] in lines_of(fast)


def test_what_it_costs_and_how_the_times_spread(found):
    text = " ".join(printed(found, {}).split())
    assert (
        "python-lean 100-999 brute 1 - 650 ms 650 ms 650 ms 9 1.55 "
    ) in text
    assert "if it takes no more memory than the least, 128 MB." in text


def test_init_beside_that_on_the_real_lambda(found):
    _, _, inits = printed(found, {}).partition("Init, beside")
    lines = lines_of(inits)
    assert ["rust", "5 ms", "1 ms", "15.5 ms, Rust on al2023"] in lines
    assert ["node", "90 ms", "1 ms", "135 ms, nodejs24"] in lines
    assert ["python-lean", "17 ms", "1 ms"] in lines


def test_who_is_missing_has_a_row_that_says_why(found):
    missing = {("lambda", "python-rust"): "no cargo"}
    lines = lines_of(printed(found, missing))
    assert lines.count(["python-rust", "no cargo", "no cargo"]) == 2


def test_no_line_is_cut_off_in_a_terminal(found):
    assert "…" not in printed(found, {})


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (0.1234, "0.12 ms"),
        (1, "1 ms"),
        (24.83, "24.8 ms"),
        (999.4, "999 ms"),
        (999.6, "1 s"),
        (5230, "5.23 s"),
        (9999.6, "10 s"),
        (135_400, "135 s"),
    ],
)
def test_a_duration_has_two_or_three_digits(ms, text):
    assert duration(ms) == text


# The chart

SVG = "{http://www.w3.org/2000/svg}"


def elements(picture, name):
    return list(ElementTree.fromstring(picture.svg).iter(SVG + name))


def test_the_chart_says_everything_in_words(found):
    picture = chart(found)
    assert (
        "AWS Lambda: cold start: python-lean 18 ms, "
        "node 91 ms (talk 200 ms), rust 6 ms (talk 20 ms)."
    ) in picture.words
    assert (
        "Azure Functions: 100-999, warm, brute: "
        "rust 4 ms (talk 15 ms, the better algorithm 0.5 ms)."
    ) in picture.words
    assert f'alt="{picture.words}"' in picture._repr_html_()
    [told] = elements(picture, "desc")
    assert told.text == picture.words


def test_a_bar_is_as_long_as_the_logarithm_of_its_time(found):
    bars = [
        float(rect.get("width"))
        for rect in elements(chart(found), "rect")
        if rect.get("height") == "13"
    ]
    lean, node, rust = bars[:3]  # cold starts of 18, 91 and 6 ms
    assert (node - rust) / (lean - rust) == pytest.approx(2.474, abs=0.01)


def test_nothing_is_drawn_outside(found):
    picture = chart(found)
    [root] = elements(picture, "svg")
    width, height = float(root.get("width")), float(root.get("height"))
    texts = elements(picture, "text")
    assert texts
    assert all(0 < float(text.get("y")) < height for text in texts)
    assert all(0 < float(text.get("x")) < width for text in texts)


def test_one_kernel_alone_has_bars_and_no_rings(found):
    fast = [row for row in found if row.kernel == "fast"]
    picture = chart(fast)
    assert "100-999, warm, fast: python-lean 0.5 ms" in picture.words
    assert "talk" not in picture.words
    assert len(elements(picture, "circle")) == 1  # the legend's


def test_nothing_measured_is_a_chart_as_well():
    assert chart([]).words == ""
