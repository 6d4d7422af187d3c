"""A notebook's cells as HTML."""

import pytest
from bs4 import BeautifulSoup

from tests.book.conftest import code, markdown, notebook, result, stream
from workshop.book.cells import Cells


@pytest.fixture(scope="module")
def cells():
    return Cells()


def soup(html):
    return BeautifulSoup(html, "html.parser")


def test_code_and_what_it_prints(cells):
    html = soup(cells.of(notebook(code("1 < 2", stream("a <b>\n")))))
    assert html.select_one("section.code .highlight").text.strip() == "1 < 2"
    assert html.select_one(".output pre").text == "a <b>"


def test_prose(cells):
    html = soup(cells.of(notebook(markdown("Some *prose*."))))
    assert str(html.section.p) == "<p>Some <em>prose</em>.</p>"


@pytest.mark.parametrize(
    ("data", "selector"),
    [
        ({"text/plain": "x", "text/html": '<b class="h">x</b>'}, "b.h"),
        ({"text/plain": "x", "text/markdown": "**x**"}, "strong"),
        ({"text/plain": "x", "image/svg+xml": "<svg/>"}, "img[src*=svg]"),
        ({"text/plain": "x", "image/png": "aGk=\n"}, "img[src*='png']"),
        ({"text/plain": "x"}, "pre"),
    ],
    ids=["html", "markdown", "svg", "png", "text"],
)
@pytest.mark.parametrize("kind", ["execute_result", "display_data"])
def test_a_result_is_shown_at_its_best(cells, data, selector, kind):
    shown = result(**data) | {"output_type": kind}
    if kind == "display_data":
        del shown["execution_count"]
    output = soup(cells.of(notebook(code("x", shown)))).select_one(".output")
    assert len(output.find_all(True, recursive=False)) == 1
    assert output.select_one(selector)


def test_what_went_wrong_is_shown(cells):
    error = {
        "output_type": "error",
        "ename": "E",
        "evalue": "",
        "traceback": ["\x1b[31mline 1\x1b[0m"],
    }
    stderr = stream("careful") | {"name": "stderr"}
    output = soup(cells.of(notebook(code("x", error, stderr))))
    assert [pre.text for pre in output.select(".output pre")] == [
        "line 1",
        "careful",
    ]


def test_an_exercise_has_gaps_and_its_solution_behind_a_fold(cells):
    answer = "# BEGIN ANSWER (about 1 line)\nx = 1\n# END ANSWER"
    html = soup(
        cells.of_exercise(
            notebook(
                code("before", stream("open")),
                code("import x", tags=["answer"]),
                code(answer, stream("told"), tags=["answer"]),
                markdown("Then:"),
                code("after", stream("hidden")),
            )
        )
    )
    assert len(html.select("details.solution")) == 1
    assert html.select_one("details.solution pre").text.strip() == "x = 1"
    folded = [pre.text for pre in html.select("details.output pre")]
    assert folded == ["told", "hidden"]
    for fold in html.select("details"):
        fold.decompose()
    text = html.get_text()
    assert "Your answer, about 1 line" in text and "open" in text
    assert "x = 1" not in text and "ANSWER" not in text


def test_a_solution_is_left_as_it_was(cells):
    answer = "# BEGIN ANSWER (about 1 line)\nx = 1\n# END ANSWER"
    solution = notebook(code(answer, tags=["answer"]))
    before = repr(solution)
    cells.of_exercise(solution)
    assert repr(solution) == before
