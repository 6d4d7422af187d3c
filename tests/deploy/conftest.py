"""Answers of a learner's, as they are before they pass the checks."""

import json

import pytest

from workshop.answers import read_notebook
from workshop.repository import SOLUTIONS


@pytest.fixture
def solved(tmp_path):
    """Copies a solution to where a learner works; gives its path."""

    def solved(stem):
        folder = tmp_path / "exercises"
        folder.mkdir(exist_ok=True)
        path = folder / f"{stem}.ipynb"
        path.write_bytes((SOLUTIONS / path.name).read_bytes())
        return path

    return solved


@pytest.fixture
def worsened(solved):
    """The same, but the answer's module ends in an error when it starts."""

    def worsened(stem):
        path = solved(stem)
        notebook = read_notebook(path)
        cell = next(
            one
            for one in notebook["cells"]
            if one["metadata"].get("tags") == ["answer"]
        )
        text = "".join(cell["source"])
        cell["source"] = f"raise ValueError('not yet')\n{text}"
        path.write_text(json.dumps(notebook))
        return path

    return worsened


@pytest.fixture
def wrong(worsened):
    """An answer of exercise 02 that is begun, and does not pass."""
    return worsened("02_palindrome_products")
