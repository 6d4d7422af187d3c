"""The whole book, written as a folder of files that need no server."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from workshop.answers import read_notebook
from workshop.book.cells import Cells
from workshop.book.contents import TITLE, Chapter, chapters
from workshop.book.links import Links, page_of
from workshop.book.prose import as_html
from workshop.book.search import Section, as_script, sections
from workshop.book.slides import slides
from workshop.book.sources import article
from workshop.errors import WorkshopError

TEMPLATE = Path(__file__).parent / "template"
ASSETS = ("book.css", "slides.css", "search.js", "slides.js")
README = Path("README.md")
MARK = ".workshop-book"  # only a folder with this file in it is replaced
MARK_SAYS = "`workshop book` built this folder, and replaces all of it.\n"


class Site:
    """The book of the repository `root`, to be built in `output`.

    WorkshopError if what is in `output` is no book, and so not replaced.
    """

    def __init__(self, root: Path, output: Path) -> None:
        if output.exists() and not (output / MARK).is_file():
            raise WorkshopError(
                f"{output} is there and is no book, as it has no {MARK}: "
                "name another folder, or delete it yourself."
            )
        self.chapters = chapters(root)
        self._root = root
        self._output = output.resolve()
        self._folder = self._output  # where the book is while it is built
        self._links = Links(root)
        self._cells = Cells()
        self._index: list[Section] = []
        readme = (root / README).read_text(encoding="utf-8")
        self._opening, *_ = readme.partition("\n## ")
        title = TITLE.search(self._opening)
        self._book = title[1] if title else root.name
        self._templates = Environment(
            loader=FileSystemLoader(TEMPLATE),
            autoescape=True,
            undefined=StrictUndefined,
        )

    def build(self) -> Iterator[str]:
        """Build the book; yields the name of each chapter when it is done.

        It is built aside. Until it is whole, the one before stays.
        """
        output = self._output
        output.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(
            prefix=f".{output.name}.", dir=output.parent
        ) as aside:
            self._folder = Path(aside) / "book"
            yield from self._parts()
            if output.exists():
                output.rename(Path(aside) / "before")
            self._folder.rename(output)

    def _parts(self) -> Iterator[str]:
        self._write(MARK, MARK_SAYS)
        for name in ASSETS:
            self._write(name, (TEMPLATE / name).read_text(encoding="utf-8"))
        self._write_contents()
        for number, chapter in enumerate(self.chapters):
            self._write_chapter(number, chapter)
            yield chapter.title
        self._write_files()
        self._write("index.js", as_script(self._index))
        self._links.check()

    def _write_contents(self) -> None:
        opening = self._linked(as_html(self._opening), "index.html", README)
        html = self._fill(
            "contents.html.j2",
            opening=Markup(opening),
            chapters=self.chapters,
        )
        self._write_page("index.html", self._book, html)

    def _write_chapter(self, number: int, chapter: Chapter) -> None:
        notebook = read_notebook(chapter.notebook)
        if chapter.is_lesson:
            html = self._cells.of(notebook)
        else:
            html = self._cells.of_exercise(notebook)
        source = chapter.notebook.relative_to(self._root)
        soup = self._linked(html, chapter.page, source)
        self._index += sections(soup, chapter.page, chapter.title)
        around = dict(enumerate(self.chapters))
        self._write_page(
            chapter.page,
            f"{chapter.number} {chapter.title}",
            soup,
            slides=Path(chapter.slides).name if chapter.is_lesson else "",
            previous=around.get(number - 1),
            next=around.get(number + 1),
        )
        if chapter.is_lesson:
            self._write_slides(chapter, soup)

    def _write_slides(self, chapter: Chapter, soup: BeautifulSoup) -> None:
        shown = [
            {
                "heading": Markup(slide.heading),
                "shown": [Markup(part) for part in slide.shown],
                "notes": [Markup(note) for note in slide.notes],
            }
            for slide in slides(soup)
        ]
        html = self._fill(
            "slides.html.j2",
            chapter=chapter,
            page=Path(chapter.page).name,
            slides=shown,
            up=_up(chapter.slides),
        )
        self._write(chapter.slides, html)

    def _write_files(self) -> None:
        """The files that pages lead to, and those that these lead to."""
        written: set[Path] = set()
        self._links.files.add(README)
        while waiting := self._links.files - written:
            for file in sorted(waiting):
                html, page = article(self._root, file), page_of(file)
                soup = self._linked(html, page, file)
                self._write_page(page, str(file), soup)
            written |= waiting
        for picture in self._links.pictures:
            target = self._folder / picture
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self._root / picture, target)

    def _linked(self, html: str, page: str, source: Path) -> BeautifulSoup:
        soup = BeautifulSoup(html, "html.parser")
        self._links.rewrite(soup, page, source)
        return soup

    def _write_page(
        self, page: str, title: str, content: object, **around: Any
    ) -> None:
        names = {"slides": "", "previous": None, "next": None} | around
        html = self._fill(
            "page.html.j2",
            article=Markup(content),
            title=title,
            book=self._book,
            up=_up(page),
            **names,
        )
        self._write(page, html)

    def _fill(self, template: str, **names: Any) -> str:
        return self._templates.get_template(template).render(**names)

    def _write(self, name: str, text: str) -> None:
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _up(page: str) -> str:
    """What leads from a page to the folder of the book."""
    return "../" * (len(Path(page).parts) - 1)
