"""The book and its slides in a browser, opened as files."""

import re

import pytest

from tests.book.whole import whole_book
from tests.browser.watched import THEMES
from workshop.book.contents import chapters
from workshop.repository import ROOT

PICTURES = "[...document.images].every(image => image.naturalWidth > 0)"


@pytest.fixture(scope="session")
def book(tmp_path_factory):
    """The address of the whole book."""
    return whole_book(tmp_path_factory).as_uri()


@pytest.fixture
def quiet(window):
    """A window in which the console must stay empty."""
    yield window
    assert window.complaints == []


@pytest.fixture
def page(quiet):
    quiet.page.set_default_timeout(10_000)
    return quiet.page


CHAPTERS = chapters(ROOT)
LESSON = next(c for c in CHAPTERS if c.notebook.stem.startswith("03"))
EXERCISE = next(
    c for c in CHAPTERS if not c.is_lesson and c.notebook.stem.startswith("04")
)


def test_the_pages_lead_from_one_to_the_next(page, book):
    page.goto(f"{book}/index.html")
    page.get_by_role("link", name=CHAPTERS[0].title, exact=True).click()
    seen = []
    while True:
        page.wait_for_load_state()
        assert page.evaluate(PICTURES), page.url
        seen.append(page.url)
        following = page.locator("footer a[rel=next]")
        if not following.count():
            break
        following.click()
    assert seen == [f"{book}/{chapter.page}" for chapter in CHAPTERS]
    page.locator("footer a[rel=prev]").click()
    page.wait_for_url(seen[-2])


def test_a_search_leads_to_the_place(page, book):
    page.goto(f"{book}/{CHAPTERS[0].page}")
    page.keyboard.press("/")
    page.keyboard.type("idle for long")
    found = page.get_by_role("search").get_by_role("link")
    assert re.search(r"^\d+ sections?$", status(page))
    assert "Idle for long" in found.first.inner_text()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{LESSON.page}#Idle-for-long")
    heading = page.get_by_role("heading", name="Idle for long")
    assert heading.evaluate("it => it.getBoundingClientRect().top") < 100


def status(page):
    return page.get_by_role("search").get_by_role("status").inner_text()


def test_a_search_may_find_nothing_and_be_given_up(page, book):
    page.goto(f"{book}/index.html")
    page.get_by_label("Search").fill("zeppelin")
    assert status(page) == "No sections"
    page.get_by_label("Search").fill("lambda")
    assert "the first 20 shown" in status(page)
    page.keyboard.press("Escape")
    assert status(page) == ""
    assert page.get_by_role("search").get_by_role("link").count() == 0


def test_a_solution_is_behind_a_fold(page, book):
    page.goto(f"{book}/{EXERCISE.page}")
    fold = page.locator("details.solution").first
    solution = fold.locator("pre")
    assert not solution.is_visible()
    fold.locator("summary").focus()
    page.keyboard.press("Enter")
    assert solution.is_visible()
    assert "getresponse" in solution.inner_text()


def test_the_first_stop_of_the_keyboard_skips_to_the_content(page, book):
    page.goto(f"{book}/{LESSON.page}")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


@pytest.mark.parametrize("theme", THEMES)
def test_the_pages_are_legible(quiet, page, book, theme):
    page.emulate_media(color_scheme=theme)
    pages = {"index": "index.html", "03": LESSON.page, "04": EXERCISE.page}
    for name, address in pages.items():
        page.goto(f"{book}/{address}")
        assert page.evaluate(FAINTEST) >= 4.5
        quiet.keep(f"book_{name}_{theme}", full_page=True)


# The least contrast of a text on its ground, of 1 to 21 (WCAG 2.2, 1.4.3).
FAINTEST = """() => {
  const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = (color) => {
    const [r, g, b] = numbers(color).map((part) => part / 255)
      .map((p) => (p <= 0.04045 ? p / 12.92 : ((p + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor;
      const [, , , alpha = 1] = numbers(color);
      if (alpha > 0) return color;
    }
  };
  const ratios = [...document.body.querySelectorAll("*")]
    .filter((element) => [...element.childNodes].some(
      (node) => node.nodeType === Node.TEXT_NODE && node.data.trim()))
    .map((element) => [
      light(getComputedStyle(element).color), light(ground(element))])
    .map(([one, other]) =>
      (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05));
  return Math.min(...ratios);
}"""


# Slides


def shown(page):
    return page.locator(".slide:visible")


def counter(page):
    return page.locator("footer output").inner_text()


def test_slides_advance_by_key_and_by_click(page, book):
    page.goto(f"{book}/{LESSON.page}")
    page.get_by_role("link", name="Slides of this lesson").click()
    total = page.locator(".slide").count()
    assert shown(page).locator("h1").inner_text() == LESSON.title
    for key, number in (
        ("ArrowRight", 2),
        (" ", 3),
        ("PageDown", 4),
        ("ArrowLeft", 3),
        ("PageUp", 2),
        ("End", total),
        ("ArrowRight", total),
        ("Home", 1),
        ("ArrowLeft", 1),
    ):
        page.keyboard.press(key)
        assert counter(page) == f"{number} / {total}"
        assert shown(page).count() == 1
        assert page.url.endswith(f"#{number}")
    page.get_by_role("button", name="Next slide").click()
    page.reload()
    assert counter(page) == f"2 / {total}"


def test_notes_have_the_whole_prose(page, book):
    page.goto(f"{book}/{LESSON.slides}#2")
    notes = shown(page).get_by_role("complementary", name="Notes")
    assert not notes.is_visible()
    page.keyboard.press("n")
    assert notes.is_visible()
    page.get_by_role("button", name="Notes").click()
    assert not notes.is_visible()


@pytest.mark.parametrize("theme", THEMES)
def test_slides_are_legible_from_afar(quiet, page, book, theme):
    page.set_viewport_size({"width": 1280, "height": 720})
    page.emulate_media(color_scheme=theme)
    page.goto(f"{book}/{LESSON.slides}")
    total = page.locator(".slide").count()
    sizes = []
    for _ in range(total):
        size = "it => parseFloat(getComputedStyle(it).fontSize)"
        sizes.append(shown(page).evaluate(size))
        page.keyboard.press("ArrowRight")
    assert page.evaluate(PICTURES)
    # A twentieth of the height is the rule of thumb for a heading, half of
    # it for what is said; few slides have so much that it must be smaller.
    assert sum(size >= 18 for size in sizes) >= 0.9 * total
    assert page.evaluate(FAINTEST) >= 4.5
    page.goto(f"{book}/{LESSON.slides}#13")
    page.reload()
    quiet.keep(f"slides_03_{theme}")


def test_without_scripts_all_is_there_but_the_search(chromium, book):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{book}/{LESSON.page}")
    assert page.get_by_role("heading", name=LESSON.title).is_visible()
    assert not page.locator("form").is_visible()
    page.goto(f"{book}/{LESSON.slides}")
    assert page.locator(".slide").last.is_visible()
    assert not page.get_by_role("button").first.is_visible()
    context.close()
