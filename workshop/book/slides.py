"""A lesson as slides: what an instructor shows, and in notes what to say.

A slide has a heading, the first sentence of each paragraph and, whole, what
is shown: lists, tables, pictures, code, outputs. The whole prose is in its
notes.
"""

import re
from dataclasses import dataclass, field

from bs4 import BeautifulSoup, Tag

from workshop.book.search import HEADINGS

ROOM = 22  # lines, after which a slide is continued on a next one
PICTURE_LINES = 12
LINE_CHARACTERS = 70
SHORT = 140  # characters of a paragraph that is shown whole
SENTENCE_ENDS = re.compile(r"(?<=[.?!])\s+(?=[A-Z0-9<(\"'])")
OPENED = re.compile(r"<(?!/|img\b|br\b)")


@dataclass
class Slide:
    """One slide; each text is HTML."""

    heading: str
    shown: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    lines: int = 0  # about how many it fills
    demonstrates: bool = False  # whether it shows code, or a picture

    def take(self, other: "Slide") -> None:
        """Show as well what the other one shows."""
        self.shown += other.shown
        self.notes += other.notes
        self.lines += other.lines

    def show(self, part: Tag) -> None:
        """Put a block of a lesson on the slide."""
        self.shown.append(_shown(part))
        self.lines += _lines(part)
        self.demonstrates |= part.name != "p" or bool(part.find("img"))
        if part.name == "p" and not part.find("img"):
            self.notes.append(str(part))


def slides(soup: BeautifulSoup) -> list[Slide]:
    """The slides of a lesson's page."""
    found: list[Slide] = []
    for cell in soup.find_all("section"):
        follows = "text" in cell["class"]  # prose after code: a next slide
        for part in cell.find_all(True, recursive=False):
            if part.name in HEADINGS:
                found.append(Slide(part.decode_contents()))
                follows = False
                continue
            last = found[-1]
            full = last.lines + _lines(part) > ROOM and last.demonstrates
            if full or (follows and last.demonstrates):
                found.append(Slide(last.heading))
            follows = False
            found[-1].show(part)
    return _joined(found)


def sentences(html: str) -> list[str]:
    """The sentences of a paragraph's HTML; none begins inside an element."""
    found = []
    start = 0
    for end in SENTENCE_ENDS.finditer(html):
        before = html[start : end.start()]
        if len(OPENED.findall(before)) == before.count("</"):
            found.append(before)
            start = end.end()
    return [*found, html[start:]]


def _joined(found: list[Slide]) -> list[Slide]:
    """The same, with what is said of an output on the output's own slide."""
    joined = found[:1]
    for slide in found[1:]:
        last = joined[-1]
        remark = slide.heading == last.heading and not slide.demonstrates
        if remark and last.lines + slide.lines <= ROOM:
            last.take(slide)
        else:
            joined.append(slide)
    return joined


def _shown(part: Tag) -> str:
    """A paragraph's first sentence, and what leads over to code."""
    if part.name != "p" or len(part.get_text()) <= SHORT:
        return str(part)
    first, *others = sentences(part.decode_contents().strip())
    if others and others[-1].endswith(":"):
        first = f"{first} {others[-1]}"
    return f"<p>{first}</p>"


def _lines(part: Tag) -> int:
    pictures = len(part.find_all("img", class_=lambda name: not name))
    rows = len(part.find_all(("li", "tr")))
    code = part.find_all("pre") or ([part] if part.name == "pre" else [])
    printed = sum(pre.get_text().strip().count("\n") + 1 for pre in code)
    prose = part.name == "p" and len(_shown(part)) // LINE_CHARACTERS + 1
    return PICTURE_LINES * pictures + rows + printed + prose
