"""The files that lessons link to, as pages: text, Markdown, a folder."""

from html import escape
from pathlib import Path

from nbconvert.filters.highlight import Highlight2HTML

from workshop.book.prose import as_html

LANGUAGES = {
    ".json": "json",
    ".mjs": "javascript",
    ".py": "python",
    ".rs": "rust",
    ".sh": "sh",
    ".toml": "toml",
}
LEFT_OUT = ("__pycache__", "target", "node_modules")


def article(root: Path, file: Path) -> str:
    """A page's contents: those of a file or folder, relative to the root."""
    path = root / file
    if path.is_dir():
        return _folder(path, file)
    text = path.read_text(encoding="utf-8", errors="replace")
    if path.suffix == ".md":
        return f'<section class="text">\n{as_html(text)}</section>\n'
    language = LANGUAGES.get(path.suffix, "text")
    paint = Highlight2HTML(  # type: ignore[no-untyped-call]
        pygments_lexer=language
    )
    return f"<h1>{escape(str(file))}</h1>\n{paint(text)}"


def _folder(path: Path, file: Path) -> str:
    entries = "\n".join(
        f'<li><a href="{path.name}/{entry.name}">{entry.name}</a></li>'
        for entry in sorted(path.iterdir())
        if entry.name not in LEFT_OUT and not entry.name.startswith(".")
    )
    return f"<h1>{escape(str(file))}</h1>\n<ul>\n{entries}\n</ul>\n"
