"""A small repository to make books of, and the whole book."""

import json

import pytest

from tests.book.whole import whole_book

README = """# A book

One sentence, and [a file](code/loop.py).

![A picture](notebooks/pictures/one.svg)

## Not for the contents

A [lesson](notebooks/01_one.ipynb).
"""
SVG = '<svg xmlns="http://www.w3.org/2000/svg"/>'


def markdown(text):
    return {"cell_type": "markdown", "metadata": {}, "source": text}


def code(text, *printed, tags=()):
    return {
        "cell_type": "code",
        "execution_count": 1,
        "metadata": {"tags": list(tags)},
        "outputs": list(printed),
        "source": text,
    }


def stream(text):
    return {"output_type": "stream", "name": "stdout", "text": text}


def result(**data):
    return {
        "output_type": "execute_result",
        "execution_count": 1,
        "metadata": {},
        "data": data,
    }


def notebook(*cells):
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    return {
        "cells": list(cells),
        "metadata": {"language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def opening(title, time="20 minutes"):
    return markdown(f"# {title}\n\n**Time:** {time}. It is short.")


@pytest.fixture
def repository(tmp_path):
    """A repository with two lessons, one exercise and what they link to."""
    root = tmp_path / "repository"

    def put(name, content):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = content if isinstance(content, str) else json.dumps(content)
        path.write_text(text)

    put("README.md", README)
    put("code/loop.py", "print('<loop>')\n")
    put(
        "code/notes.md",
        "# Notes\n\nSee [it](kernel), [done](../solutions/01_one.ipynb).\n",
    )
    put("code/kernel/kernel.rs", "fn main() {}\n")
    put("code/kernel/.hidden", "")
    put("notebooks/pictures/one.svg", SVG)
    put(
        "notebooks/01_one.ipynb",
        notebook(
            opening("One"),
            markdown(
                "## Part\n\n[Write it](../exercises/01_one.ipynb#Part), read "
                "[the notes](../code/notes.md), see [the cloud](https://x.io)"
                ".\n\n![Boxes](pictures/one.svg)"
            ),
            code("1 < 2", result(**{"text/plain": "True"})),
        ),
    )
    put("notebooks/02_two.ipynb", notebook(opening("Two")))
    put(
        "solutions/01_one.ipynb",
        notebook(
            opening("Exercise: one"),
            markdown("## Part"),
            code("print('before')", stream("before\n")),
            code(
                "# BEGIN ANSWER (about 1 line)\nx = 'secret'\n# END ANSWER",
                tags=["answer"],
            ),
            code("print(x)", stream("secret\n")),
        ),
    )
    put("exercises/01_one.ipynb", notebook(opening("Exercise: one")))
    return root


@pytest.fixture(scope="session")
def whole(tmp_path_factory):
    """The book of this repository."""
    return whole_book(tmp_path_factory)
