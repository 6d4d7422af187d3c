"""The search's index: what stands under which heading of which page.

It is a script, not data, since a page that was opened from a file may load
scripts but may not fetch anything.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from bs4 import BeautifulSoup, Tag

HEADINGS = ("h1", "h2", "h3", "h4")


@dataclass(frozen=True)
class Section:
    """A heading's text, up to the next heading."""

    address: str  # the page in the book, and the heading's anchor
    title: str  # of the page
    heading: str
    text: str


def sections(soup: BeautifulSoup, page: str, title: str) -> list[Section]:
    """The sections of a page; what is behind folds is left out."""
    found: list[tuple[Tag | None, list[str]]] = [(None, [])]
    for cell in soup.find_all("section"):
        for part in cell.find_all(True, recursive=False):
            if part.name in HEADINGS:
                found.append((part, []))
            elif part.name != "details":
                found[-1][1].append(part.get_text(" "))
    return [
        Section(
            address=page if heading is None else f"{page}#{heading['id']}",
            title=title,
            heading=title if heading is None else heading.get_text(),
            text=" ".join(" ".join(texts).split()),
        )
        for heading, texts in found
        if heading is not None or texts
    ]


def as_script(index: Iterable[Section]) -> str:
    """The index as a script that the page's own one finds it in."""
    rows = [[s.address, s.title, s.heading, s.text] for s in index]
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    return f"const INDEX = [\n{lines}\n];\n"
