"""A class for a test: what its learners hand in."""

import io
import json
import zipfile

from workshop.repository import EXERCISES, SOLUTIONS

FIRST = "02_palindrome_products"
LAST = "11_billing"
DAY = "2026-11-20"


def solved(stem=FIRST):
    """The bytes of a notebook that is right."""
    return (SOLUTIONS / f"{stem}.ipynb").read_bytes()


def unstarted(stem=FIRST):
    """The bytes of a notebook as the learner gets it."""
    return (EXERCISES / f"{stem}.ipynb").read_bytes()


def answered(source, stem=FIRST):
    """A notebook whose answer is this module."""

    def edit(cells):
        rest = source
        for cell in cells:
            if "answer" in cell["metadata"].get("tags", []):
                cell["source"], rest = rest, ""

    return changed(unstarted(stem), edit)


def changed(content, edit):
    """A notebook with its cells edited."""
    notebook = json.loads(content)
    edit(notebook["cells"])
    return json.dumps(notebook).encode()


def module(stem=FIRST):
    """The source of the solution's answer, in one piece."""
    cells = json.loads(solved(stem))["cells"]
    return "\n\n\n".join(
        "".join(cell["source"])
        for cell in cells
        if "answer" in cell["metadata"].get("tags", [])
    )


def hand_in(folder, name, notebooks, report=None):
    """A zip as `workshop submit` writes it; returns its path."""
    entries = {f"exercises/{s}.ipynb": text for s, text in notebooks.items()}
    if report is not None:
        entries["report.json"] = json.dumps(report)
    path = folder / f"{name}.zip"
    path.write_bytes(zipped(entries))
    return path


def zipped(entries):
    """The bytes of a zip; an entry's name may be a ZipInfo."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return buffer.getvalue()
