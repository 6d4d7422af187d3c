"""Markdown as HTML that asks nothing of a network."""

import re
from html import escape, unescape
from typing import Any

from nbconvert.filters.markdown_mistune import (
    IPythonRenderer,
    MarkdownWithMath,
)

from workshop.book.formula import picture
from workshop.errors import WorkshopError

TAG = re.compile(r"<[^>]+>")


class Renderer(IPythonRenderer):
    """nbconvert's, with formulas drawn here and not by the reader's page."""

    def __init__(self) -> None:
        super().__init__(escape=False, exclude_anchor_links=True)

    def heading(self, text: str, level: int, **attributes: Any) -> str:
        """A heading, with the anchor that JupyterLab gives it."""
        anchor = unescape(TAG.sub("", text)).replace(" ", "-")
        return f'<h{level} id="{escape(anchor)}">{text}</h{level}>\n'

    def inline_math(self, body: str) -> str:
        """A formula in a line."""
        return picture(body)

    def block_math(self, body: str) -> str:
        """A formula on a line of its own."""
        return f'<span class="display">{picture(body)}</span>'

    def block_mermaidjs(self, code: str) -> str:
        """None: mermaid draws in the reader's page, out of a network."""
        raise WorkshopError(
            "The book cannot draw a mermaid diagram; draw it as an SVG in "
            f"notebooks/pictures instead of:\n{code.strip()}"
        )


def as_html(markdown: str) -> str:
    """The HTML of a Markdown text.

    WorkshopError for a diagram or a formula that cannot be drawn.
    """
    html: str = MarkdownWithMath(renderer=Renderer()).render(markdown)
    return html
