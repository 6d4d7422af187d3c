"""A formula as a picture, drawn when the book is built.

matplotlib's mathtext knows a large part of TeX and needs neither a network
nor an installed TeX.
"""

import io
import re
from base64 import b64encode
from html import escape

from workshop.errors import WorkshopError

SIZE = 12  # points, of the font that it is drawn in
METADATA = re.compile(r"<metadata>.*?</metadata>", re.DOTALL)


def picture(tex: str) -> str:
    """An `img` that stands in a line of text and grows with it.

    Its text is the TeX itself. WorkshopError if that cannot be drawn.
    """
    from matplotlib import mathtext, rc_context
    from matplotlib.font_manager import FontProperties

    file = io.StringIO()
    words = " ".join(tex.split())
    try:
        with rc_context({"svg.hashsalt": "book"}):  # equal at each build
            depth = mathtext.math_to_image(
                f"${words}$",
                file,
                prop=FontProperties(size=SIZE),
                dpi=72,
                format="svg",
            )
    except ValueError as error:
        raise WorkshopError(
            f"The formula {words} cannot be drawn: {error}"
        ) from error
    svg = METADATA.sub("", file.getvalue())
    height = re.search(r'height="([\d.]+)pt"', svg)
    assert height, "matplotlib says how high its pictures are"
    style = (
        f"height: {float(height[1]) / SIZE:.2f}em; "
        f"vertical-align: {-depth / SIZE:.2f}em"
    )
    data = b64encode(svg.encode()).decode()
    return (
        f'<img class="formula" alt="{escape(words)}" style="{style}" '
        f'src="data:image/svg+xml;base64,{data}">'
    )
