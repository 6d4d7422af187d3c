"""A lesson, as what an instructor shows and says."""

import pytest
from bs4 import BeautifulSoup

from workshop.book.slides import ROOM, sentences, slides

LONG = "Word " * 40 + "ends. Second sentence here. Third leads over:"
CODE = '<section class="code"><div class="highlight"><pre>{}</pre></div>'
PRINTED = '<div class="output"><pre>{}</pre></div></section>'


def of(*parts):
    html = '<section class="text"><h1>Title</h1></section>' + "".join(parts)
    return slides(BeautifulSoup(html, "html.parser"))[1:]


def text(*parts):
    return f'<section class="text">{"".join(parts)}</section>'


def code(source, printed="out"):
    return CODE.format(source) + PRINTED.format(printed)


def test_prose_code_and_output_share_a_slide():
    (slide,) = of(text("<h2>A</h2>", "<p>Do this:</p>"), code("x = 1"))
    assert slide.heading == "A"
    assert [part.split(">")[0] for part in slide.shown] == [
        "<p",
        '<div class="highlight"',
        '<div class="output"',
    ]


def test_what_is_done_next_is_a_slide_of_its_own():
    found = of(
        *(text("<h2>A</h2>", "<p>Do this:</p>"), code("x")),
        *(text("<p>And this:</p>"), code("y")),
    )
    assert [slide.heading for slide in found] == ["A", "A"]
    assert "And this:" in found[1].shown[0]


def test_what_is_said_of_an_output_stays_with_it():
    found = of(
        *(text("<h2>A</h2>", "<p>Do:</p>"), code("x")),
        text("<p>It is so.</p>"),
        text("<h2>B</h2>", "<p>More.</p>"),
    )
    assert [slide.heading for slide in found] == ["A", "B"]
    assert found[0].shown[-1] == "<p>It is so.</p>"
    assert found[0].notes == ["<p>Do:</p>", "<p>It is so.</p>"]


def test_what_has_no_room_is_continued_on_the_next_slide():
    lines = "\n".join("x" * ROOM)
    found = of(text("<h2>A</h2>"), code(lines, lines), text("<p>So.</p>"))
    assert [slide.heading for slide in found] == ["A"] * 3


def test_a_picture_and_a_table_need_room():
    rows = "<tr><td>x</td></tr>" * ROOM
    picture = '<p><img alt="boxes" src="x"/></p>'
    found = of(
        text("<h2>A</h2>", f"<table>{rows}</table>", picture, "<p>x</p>")
    )
    assert len(found) == 2
    assert found[1].shown == [picture, "<p>x</p>"]
    assert found[1].notes == ["<p>x</p>"]


def test_of_a_long_paragraph_the_first_sentence_is_shown_and_the_lead():
    (slide,) = of(text("<h2>A</h2>", f"<p>{LONG}</p>"), code("x"))
    assert slide.shown[0].endswith("ends. Third leads over:</p>")
    assert "Second" not in slide.shown[0]
    assert slide.notes == [f"<p>{LONG}</p>"]
    (slide,) = of(text("<h2>A</h2>", f"<p>{LONG[:-1]}.</p>"))
    assert slide.shown[0].endswith("ends.</p>")


@pytest.mark.parametrize(
    "parts",
    [
        ["One.", "Two?", "<b>Three.</b>"],
        ["It has <em>two. Sentences</em> in it.", "Next."],
        ['<a href="x. Y">A link</a>.', "Next."],
        ["Version 3.11 of 2.0 <br/> or so.", "Next."],
    ],
)
def test_sentences_end_outside_of_elements(parts):
    assert sentences(" ".join(parts)) == parts
