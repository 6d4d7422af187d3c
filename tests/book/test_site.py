"""The book as it is written: whole, offline, and true to its sources."""

import functools
import json
import re
from collections import Counter
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup

from tests.book.conftest import SVG, markdown, notebook, opening
from workshop.book.contents import chapters
from workshop.book.site import Site
from workshop.errors import WorkshopError
from workshop.repository import NOTEBOOKS, ROOT


def build(root, output):
    return list(Site(root, output).build())


@functools.cache
def page(path):
    return BeautifulSoup(path.read_text(), "html.parser")


@pytest.fixture
def small(repository, tmp_path):
    """The book of the small repository."""
    built = build(repository, tmp_path / "book")
    assert built == ["One", "Exercise: one", "Two"]
    return tmp_path / "book"


def test_the_contents_open_as_the_readme_does(small):
    contents = page(small / "index.html")
    assert contents.h1.text == contents.title.text == "A book"
    assert contents.main.find("a")["href"] == "code/loop.py.html"
    assert "Not for the contents" not in contents.text
    rows = [
        [cell.text.strip() for cell in row.find_all("td")]
        for row in contents.find_all("tr")[1:]
    ]
    assert rows == [
        ["01 One", "20 minutes", "slides of 01"],
        ["01 Exercise: one", "20 minutes", ""],
        ["02 Two", "20 minutes", "slides of 02"],
    ]


def test_links_between_notebooks_lead_from_page_to_page(small):
    links = [
        a["href"] for a in page(small / "notebooks/01_one.html").main("a")
    ]
    assert links == [
        "../exercises/01_one.html#Part",
        "../code/notes.md.html",
        "https://x.io",
    ]


def test_what_is_linked_to_has_a_page_and_what_that_links_to(small):
    code = page(small / "code" / "loop.py.html")
    assert code.h1.text == "code/loop.py"
    assert code.pre.text.strip() == "print('<loop>')"
    notes = page(small / "code" / "notes.md.html")
    links = [a["href"] for a in notes.main("a")]
    assert links == ["kernel.html", "../exercises/01_one.html"]
    folder = page(small / "code" / "kernel.html")
    entries = [a["href"] for a in folder.main("a")]
    assert entries == ["kernel/kernel.rs.html"]
    assert (small / "code" / "kernel" / "kernel.rs.html").exists()
    assert (small / "notebooks" / "pictures" / "one.svg").read_text() == SVG


def test_the_search_does_not_find_what_is_behind_a_fold(small):
    index = (small / "index.js").read_text()
    assert "before" in index
    assert "secret" not in index


def test_a_book_takes_the_place_of_the_one_before(repository, tmp_path):
    output = tmp_path / "book"
    build(repository, output)
    (repository / "notebooks" / "02_two.ipynb").unlink()
    build(repository, output)
    assert not (output / "notebooks" / "02_two.html").exists()


def test_nothing_but_a_book_is_replaced(repository, tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "letter").touch()
    with pytest.raises(WorkshopError, match="mine is there and is no book"):
        Site(repository, mine)
    assert (mine / "letter").exists()


def test_a_style_sheet_makes_no_book(repository, tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "book.css").touch()
    with pytest.raises(WorkshopError, match=r"it has no \.workshop-book"):
        Site(repository, mine)
    assert (mine / "book.css").exists()


def test_a_build_that_fails_leaves_the_book_before(repository, tmp_path):
    output = tmp_path / "new" / "book"
    build(repository, output)
    before = {path: path.read_bytes() for path in pages(output)}
    path = repository / "notebooks" / "02_two.ipynb"
    path.write_text(json.dumps(notebook(opening("Two"), markdown("[x](y)"))))
    with pytest.raises(WorkshopError, match="leads nowhere"):
        build(repository, output)
    assert {path: path.read_bytes() for path in pages(output)} == before
    assert [path.name for path in output.parent.iterdir()] == ["book"]


@pytest.mark.parametrize(
    "link",
    [
        "#Nowhere",
        "02_two.ipynb#Nowhere",
        "../solutions/01_one.ipynb#Nowhere",
        "../code/notes.md#Nowhere",
    ],
)
def test_a_link_to_no_heading_is_named(repository, tmp_path, link):
    path = repository / "notebooks" / "02_two.ipynb"
    cells = opening("Two"), markdown(f"[x]({link}), [itself](#Two)")
    path.write_text(json.dumps(notebook(*cells)))
    said = rf"^notebooks/02_two\.ipynb: the link {re.escape(link)} leads to no"
    with pytest.raises(WorkshopError, match=said):
        build(repository, tmp_path / "book")
    assert not (tmp_path / "book").exists()


def test_a_link_of_a_solution_is_named_by_its_file(repository, tmp_path):
    path = repository / "solutions" / "01_one.ipynb"
    cells = opening("Exercise: one"), markdown("[x](nowhere.md)")
    path.write_text(json.dumps(notebook(*cells)))
    with pytest.raises(WorkshopError, match=r"^solutions/01_one\.ipynb: the"):
        build(repository, tmp_path / "book")


@pytest.mark.parametrize(
    "link", ["nowhere.ipynb", "../../outside.txt", "../exercises/no.md#x"]
)
def test_a_link_that_leads_nowhere_is_named(repository, tmp_path, link):
    (tmp_path / "outside.txt").touch()
    path = repository / "notebooks" / "02_two.ipynb"
    cells = opening("Two"), markdown(f"[x]({link})")
    path.write_text(json.dumps(notebook(*cells)))
    with pytest.raises(
        WorkshopError, match=rf"02_two\.ipynb.*{re.escape(link)}"
    ):
        build(repository, tmp_path / "book")


def test_it_is_the_same_at_each_build(small, repository, tmp_path):
    build(repository, tmp_path / "again")
    for path in pages(small):
        again = tmp_path / "again" / path.relative_to(small)
        assert again.read_bytes() == path.read_bytes(), path


# The whole book


def pages(folder):
    return sorted(folder.rglob("*.html"))


def test_every_notebook_has_its_page_and_every_lesson_its_slides(whole):
    found = chapters(ROOT)
    assert {c.notebook for c in found if c.is_lesson} == {
        *NOTEBOOKS.glob("*.ipynb")
    }
    for chapter in found:
        assert (whole / chapter.page).exists()
        assert (whole / chapter.slides).exists() is chapter.is_lesson


def test_every_link_leads_somewhere(whole):
    anchors = {
        path: {tag["id"] for tag in page(path).find_all(id=True)}
        for path in pages(whole)
    }
    for path in anchors:
        for tag in page(path).find_all(["a", "link", "script", "img"]):
            link = urlsplit(tag.get("href") or tag.get("src") or "")
            if link.scheme:
                continue
            target = (path.parent / unquote(link.path)).resolve()
            target = target if link.path else path
            assert target.is_file(), f"{path}: {link.geturl()}"
            if link.fragment and tag.name == "a":
                anchor = unquote(link.fragment)
                assert anchor in anchors[target], f"{path}: {anchor}"


def test_nothing_comes_from_a_network(whole):
    for path in whole.rglob("*"):
        if path.suffix in (".css", ".js") and path.name != "index.js":
            assert not re.search(r"https?:|//\w+\.", path.read_text()), path
        if path.suffix == ".html":
            soup = page(path)
            loaded = [tag["src"] for tag in soup.find_all(src=True)]
            loaded += [tag["href"] for tag in soup.find_all("link")]
            far = [x for x in loaded if re.match(r"(https?:)?//", x)]
            assert far == [], path


def test_every_page_is_whole(whole):
    for path in pages(whole):
        soup = page(path)
        assert soup.html["lang"] == "en", path
        assert len(soup.find_all("h1")) == 1, path
        assert soup.title.text.strip(), path
        assert all(img.get("alt") for img in soup.find_all("img")), path
        ids = Counter(tag["id"] for tag in soup.find_all(id=True))
        assert [name for name in ids if ids[name] > 1] == [], path


def test_nothing_says_where_it_was_made(whole):
    for path in whole.rglob("*"):
        if path.suffix in (".html", ".js"):
            assert str(ROOT) not in path.read_text(), path
