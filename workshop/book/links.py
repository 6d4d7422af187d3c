"""Links between notebooks and files, as links between pages of the book.

The book lies as the repository does: a link stays what it is but for its
end. What it leads to is collected, so that the book has a page of it, and
so are the headings that links name, which are looked for at the end.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from bs4 import BeautifulSoup, Tag

from workshop.errors import WorkshopError

PICTURES = (".svg", ".png", ".jpg")
PLACES = {"solutions": "exercises"}  # a solution is on its exercise's page


@dataclass(frozen=True)
class Anchored:
    """A link to a place in a page."""

    source: Path  # the file that it stands in
    link: str
    page: str  # of the book
    anchor: str


@dataclass
class Links:
    """The links of a book, and the files of `root` that they lead to."""

    root: Path
    files: set[Path] = field(default_factory=set)  # relative to the root
    pictures: set[Path] = field(default_factory=set)
    anchors: dict[str, set[str]] = field(default_factory=dict)  # by page
    anchored: list[Anchored] = field(default_factory=list)

    def rewrite(self, soup: BeautifulSoup, page: str, source: Path) -> None:
        """Point the links of a page that was made from `source` to pages.

        `source` is relative to the root. WorkshopError names a link that
        leads nowhere.
        """
        found = {str(tag["id"]) for tag in soup.find_all(id=True)}
        self.anchors[page] = found
        for tag, attribute in _targets(soup):
            tag[attribute] = self._leading(str(tag[attribute]), page, source)

    def check(self) -> None:
        """WorkshopError names a link to a heading that there is not."""
        for one in self.anchored:
            if one.anchor not in self.anchors.get(one.page, ()):
                raise WorkshopError(
                    f"{one.source}: the link {one.link} leads to no heading: "
                    f"there is no {one.anchor} where it leads."
                )

    def _leading(self, link: str, begin: str, source: Path) -> str:
        parts = urlsplit(link)
        if parts.scheme or parts.netloc:
            return link
        anchor = unquote(parts.fragment)
        if not parts.path:
            if anchor:
                self.anchored.append(Anchored(source, link, begin, anchor))
            return link
        folder = Path(begin).parent
        path = self.root / folder / unquote(parts.path)
        target = Path(os.path.relpath(path.resolve(), self.root.resolve()))
        if not path.exists() or ".." in target.parts:
            raise WorkshopError(f"{source}: the link {link} leads nowhere.")
        page = self._page(target)
        if anchor:
            self.anchored.append(Anchored(source, link, page, anchor))
        relative = quote(os.path.relpath(page, folder))
        return parts._replace(path=relative).geturl()

    def _page(self, target: Path) -> str:
        """The path in the book of what stands for a file or a folder."""
        if target.suffix == ".ipynb":
            folder = target.parent.name
            return f"{PLACES.get(folder, folder)}/{target.stem}.html"
        if target.suffix in PICTURES:
            self.pictures.add(target)
            return str(target)
        self.files.add(target)
        return page_of(target)


def page_of(file: Path) -> str:
    """The path in the book of a source file's page, or of a folder's."""
    return f"{file}.html"


def _targets(soup: BeautifulSoup) -> Iterable[tuple[Tag, str]]:
    for name, attribute in (("a", "href"), ("img", "src")):
        for tag in soup.find_all(name, attrs={attribute: True}):
            yield tag, attribute
