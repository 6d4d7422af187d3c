"""A drawing that a notebook shows, with its words wherever it goes."""

from base64 import b64decode
from xml.etree import ElementTree

from IPython.core.formatters import DisplayFormatter

from workshop.picture import Picture, svg, text


def shown(picture):
    """What a notebook stores of it, by media type."""
    data, _ = DisplayFormatter().format(picture)
    return data


def test_a_notebook_gets_the_drawing_with_its_words_as_its_alt():
    words = 'A: "x" & <y> → z.'
    drawing = svg(10, 20, "Title", words, text(1, 2, "a < b"))
    data = shown(Picture(drawing, words))
    image = ElementTree.fromstring(data["text/html"].replace('">', '"/>'))
    assert image.tag == "img"
    assert image.get("alt") == words
    head, _, content = image.get("src").partition(",")
    assert head == "data:image/svg+xml;base64"
    assert b64decode(content).decode() == data["image/svg+xml"] == drawing
    assert data["text/plain"] == words


def test_the_svg_says_what_it_shows_and_has_a_ground_of_its_own():
    root = ElementTree.fromstring(svg(10, 20, "A title", "Some words"))
    _, title, words, ground = root.iter()
    assert root.get("role") == "img"
    assert (title.text, words.text) == ("A title", "Some words")
    assert (ground.get("width"), ground.get("height")) == ("10", "20")
    assert ground.get("fill") == "#fff"
