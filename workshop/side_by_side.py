"""Two sources in two columns, for a notebook."""

from html import escape
from pathlib import Path

STYLE = (
    "text-align: left; vertical-align: top; font-size: 0.75em; "
    "white-space: pre; overflow-x: auto"
)


class SideBySide:
    """Two files, shown beside each other, or one below the other as text."""

    def __init__(self, left: Path, right: Path) -> None:
        self.files = {path.name: path.read_text() for path in (left, right)}

    def __repr__(self) -> str:
        """The files one below the other, each with its name above it."""
        return "\n".join(
            f"--- {name}\n{source}" for name, source in self.files.items()
        )

    def _repr_html_(self) -> str:
        heads = "".join(f"<th>{escape(name)}</th>" for name in self.files)
        cells = "".join(
            f'<td style="{STYLE}"><pre>{escape(source)}</pre></td>'
            for source in self.files.values()
        )
        return f"<table><tr>{heads}</tr><tr>{cells}</tr></table>"
