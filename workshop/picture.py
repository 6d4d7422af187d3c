"""A drawing together with what it says in words.

JupyterLab shows an SVG as an image without a text, and one that somebody
else has made not at all until its cell is run. An `<img>` with the words as
its `alt` has neither fault; what shows no HTML gets the SVG or the words.
"""

from base64 import b64encode
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True)
class Picture:
    """An SVG, and the same in words; a notebook shows the one it can."""

    svg: str
    words: str

    def _repr_html_(self) -> str:
        data = b64encode(self.svg.encode()).decode()
        return (
            f'<img alt="{escape(self.words)}" '
            f'src="data:image/svg+xml;base64,{data}">'
        )

    def _repr_svg_(self) -> str:
        return self.svg

    def __repr__(self) -> str:
        return self.words


def svg(
    width: float, height: float, title: str, words: str, *parts: str
) -> str:
    """A whole SVG on white, so that it is legible in a dark theme, too.

    Sizes in pixels; the parts are drawn one over the other.
    """
    return "\n".join(
        [
            '<svg xmlns="http://www.w3.org/2000/svg" role="img" '
            f'viewBox="0 0 {width:g} {height:g}" '
            f'width="{width:g}" height="{height:g}" '
            'font-family="system-ui, sans-serif" font-size="13" fill="#222">',
            f"<title>{escape(title)}</title><desc>{escape(words)}</desc>",
            f'<rect width="{width:g}" height="{height:g}" rx="10" '
            'fill="#fff"/>',
            *parts,
            "</svg>",
        ]
    )


def text(x: float, y: float, content: str, style: str = "") -> str:
    """One line of text; `style` is further attributes."""
    return f'<text x="{x:g}" y="{y:g}" {style}>{escape(content)}</text>'


def width_of(content: str) -> float:
    """About how wide a line of text is in the font above, in pixels."""
    return 7.2 * len(content)
