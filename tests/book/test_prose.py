"""Markdown, and the formulas in it, as HTML without a script."""

import re
from base64 import b64decode

import pytest

from workshop.book.formula import picture
from workshop.book.prose import as_html
from workshop.errors import WorkshopError


def test_a_heading_has_the_anchor_that_jupyterlab_gives_it():
    html = as_html("## Step 1: `next` & *on*")
    assert 'id="Step-1:-next-&amp;-on"' in html
    assert "<code>next</code> &amp; <em>on</em></h2>" in html


def test_a_formula_is_a_picture_with_its_text():
    html = as_html("The cost $c = p \\cdot t$ is\n\n$$\\frac{a}{b}$$\n")
    assert 'alt="c = p \\cdot t"' in html
    assert 'class="display"' in html
    assert html.count("data:image/svg+xml;base64,") == 2
    assert "$" not in html


def test_a_formula_is_as_large_as_the_text_around_it():
    tall, flat = map(picture, (r"\frac{a}{b}", "a"))
    height = {
        img: float(re.search(r"height: ([\d.]+)em", img)[1])
        for img in (tall, flat)
    }
    assert 0.4 < height[flat] < 1 < height[tall] < 3


def test_a_formula_is_the_same_whenever_it_is_drawn():
    assert picture("x^2") == picture("x^2")
    svg = b64decode(re.search(r"base64,([^\"]+)", picture("x"))[1])
    assert b"<metadata>" not in svg


def test_a_formula_that_cannot_be_drawn_is_named():
    with pytest.raises(WorkshopError, match=r"The formula \\unknown"):
        as_html("$\\unknown{x}$")


def test_a_price_in_code_is_no_formula():
    assert "<code>$1</code> and <code>$2</code>" in as_html("`$1` and `$2`")


def test_a_mermaid_diagram_is_refused_with_its_remedy():
    with pytest.raises(WorkshopError, match=r"as an SVG(.|\n)*graph TD"):
        as_html("```mermaid\ngraph TD\n```")
