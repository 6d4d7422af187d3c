"""Sliders in a live kernel, and the picture alone without one."""

import sys

import nbformat
import pytest
from nbclient import NotebookClient

from workshop.explorer import Explorer
from workshop.notebooks import SLIDERS
from workshop.picture import Picture

SETUP = """
from workshop.explorer import Explorer
from workshop.picture import Picture

def draw(memory_mb, requests):
    words = f"{memory_mb} MB, {requests} requests"
    return Picture(f"<svg>{words}</svg>", words)

Explorer(draw, memory_mb=[128, 256, 512], requests=[1000, 1000000])
"""
# What a browser does when a slider is moved.
MOVE = """
from ipywidgets import HTML, SelectionSlider
from ipywidgets.widgets.widget import _instances

found = list(_instances.values())
sliders = [one for one in found if isinstance(one, SelectionSlider)]
[memory] = [one for one in sliders if one.description == "memory mb"]
[page] = [one for one in found if isinstance(one, HTML)]
memory.value = 512
print(page.value)
"""


def draw(size):
    return Picture(f"<svg>{size}</svg>", f"of size {size}")


@pytest.fixture(scope="module")
def outputs():
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in (SETUP, MOVE)]
    )
    NotebookClient(notebook, kernel_name="python3").execute()
    return [cell.outputs[0] for cell in notebook.cells]


def test_a_live_kernel_shows_sliders_and_has_the_picture_beside(outputs):
    data = outputs[0].data
    assert SLIDERS in data
    assert data["text/plain"] == "256 MB, 1000000 requests"
    assert data["text/html"].startswith('<img alt="256 MB, 1000000 requests"')


def test_a_slider_draws_the_picture_again(outputs):
    assert 'alt="512 MB, 1000000 requests"' in outputs[1].text


def test_without_ipywidgets_there_is_the_picture(monkeypatch):
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    bundle = Explorer(draw, size=[1, 2, 3])._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html"}
    assert bundle["text/plain"] == "of size 2"


def test_a_slider_without_a_choice_is_an_error():
    with pytest.raises(ValueError, match="size has nothing to choose from"):
        Explorer(draw, size=[])
