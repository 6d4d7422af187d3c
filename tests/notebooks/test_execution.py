"""`workshop notebooks`: executed in a fresh kernel, stored in one form."""

import nbformat
import pytest

from workshop import notebooks
from workshop.errors import WorkshopError


def store(path, *sources):
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    for cell in cells:
        cell.execution_count = 7
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata["language_info"] = {"name": "python", "version": "2.7"}
    nbformat.write(notebook, path)


def test_a_notebook_is_executed_in_its_own_folder(tmp_path):
    path = tmp_path / "lesson.ipynb"
    store(path, "import os", "print(os.getcwd())\nprint(1)", "6 * 7")
    notebooks.execute(path)
    stored = nbformat.read(path, as_version=4)
    assert [cell.execution_count for cell in stored.cells] == [1, 2, 3]
    assert stored.cells[1].outputs[0].text == f"{tmp_path}\n1\n"
    assert stored.cells[2].outputs[0].data == {"text/plain": "42"}
    assert stored.metadata == notebooks.KERNEL


def test_a_cell_that_fails_leaves_the_stored_notebook_alone(tmp_path):
    path = tmp_path / "lesson.ipynb"
    store(path, "1 / 0")
    before = path.read_bytes()
    with pytest.raises(Exception, match="ZeroDivisionError"):
        notebooks.execute(path)
    assert path.read_bytes() == before


def test_a_name_that_no_notebook_has():
    with pytest.raises(WorkshopError, match="99"):
        notebooks.execute_all(["99"])
