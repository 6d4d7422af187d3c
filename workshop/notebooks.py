"""Lessons and solutions, executed and stored: for those who write them."""

from pathlib import Path

import nbformat
from nbclient import NotebookClient
from rich.progress import track

from workshop.errors import WorkshopError
from workshop.repository import NOTEBOOKS, SOLUTIONS

KERNEL = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    "language_info": {"name": "python"},
}
SLIDERS = "application/vnd.jupyter.widget-view+json"
CELL_TIME_LIMIT_S = 120


def execute_all(prefixes: list[str]) -> None:
    """Execute the notebooks whose stems start so; all for an empty list."""
    paths = [
        path
        for folder in (NOTEBOOKS, SOLUTIONS)
        for path in sorted(folder.glob("*.ipynb"))
        if not prefixes or path.stem.startswith(tuple(prefixes))
    ]
    if not paths:
        raise WorkshopError(f"No notebook starts with {prefixes}.")
    for path in track(paths, "executing"):
        execute(path)


def execute(path: Path) -> None:
    """Run a notebook from top to bottom in a fresh kernel, and store it.

    What changes from run to run, such as time stamps, is left out.
    """
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(
        notebook,
        timeout=CELL_TIME_LIMIT_S,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
        record_timing=False,
        coalesce_streams=True,
    ).execute()
    notebook.metadata = nbformat.from_dict(KERNEL)
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            output.get("metadata", {}).clear()
            # Sliders live no longer than their kernel: what stands beside
            # them is then shown in their place.
            output.get("data", {}).pop(SLIDERS, None)
    nbformat.write(notebook, path)
