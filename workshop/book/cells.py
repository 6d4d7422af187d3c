"""A notebook's cells as HTML: one `section` each, made by nbconvert."""

import json
from pathlib import Path

import nbformat
from jinja2 import pass_context
from jinja2.runtime import Context
from nbconvert.exporters import HTMLExporter

from workshop.answers import MARKER, Cell, Notebook, is_answer, source_of
from workshop.book.prose import as_html
from workshop.exercises import generate

FOLDER = Path(__file__).parent


class CellsExporter(HTMLExporter):
    """nbconvert's HTML, in this folder's template and with our prose."""

    @pass_context
    def markdown2html(self, context: Context, source: str) -> str:
        """A cell's Markdown as HTML."""
        return as_html(source)


class Cells:
    """What turns notebooks into HTML; made once, for it takes a second."""

    def __init__(self) -> None:
        self._exporter = CellsExporter(  # type: ignore[no-untyped-call]
            template_name="template", extra_template_basedirs=[str(FOLDER)]
        )

    def of(self, notebook: Notebook) -> str:
        """The cells of a notebook with what they printed."""
        return self._html(notebook)

    def of_exercise(self, solution: Notebook) -> str:
        """An exercise: gaps to fill in, and behind folds the answers.

        Behind folds is as well what the cells after the first gap print.
        """
        marked = generate(solution)
        solved = False
        for cell, answered in zip(
            marked["cells"], solution["cells"], strict=True
        ):
            if answered["cell_type"] != "code":
                continue
            cell["outputs"] = answered["outputs"]
            if is_answer(cell) and source_of(cell) != source_of(answered):
                cell["metadata"]["answer"] = _without_marks(answered)
                solved = True
            cell["metadata"]["folded"] = solved
        return self._html(marked)

    def _html(self, notebook: Notebook) -> str:
        node = nbformat.reads(json.dumps(notebook), as_version=4)
        html, _ = self._exporter.from_notebook_node(node)
        return html


def _without_marks(cell: Cell) -> str:
    return MARKER.sub("", source_of(cell)).strip()
