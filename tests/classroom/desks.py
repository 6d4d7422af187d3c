"""A learner's desk for a test, and what the learner does at it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from workshop.classroom.desk import Desk
from workshop.repository import EXERCISES, FUNCTIONS, NOTEBOOKS, SOLUTIONS

FIRST = "02_palindrome_products"
PROGRAM = """
import importlib, json, sys
from pathlib import Path
from workshop.classroom.desk import Desk
from workshop.errors import WorkshopError
root, command, options = sys.argv[1:]
try:
    main = importlib.import_module(f"workshop.classroom.{command}").main
    sys.exit(main(Desk(Path(root)), **json.loads(options)))
except WorkshopError as error:
    sys.exit(f"workshop: {error}")
"""


def lay_desk(folder):
    """A copy of the repository as a learner gets it."""
    shutil.copytree(EXERCISES, folder / "exercises")
    (folder / "functions").symlink_to(FUNCTIONS)
    (folder / "notebooks").symlink_to(NOTEBOOKS)
    return Desk(folder)


ACTIVE = {  # as in a terminal of JupyterLab
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
}


def command_line(desk, command, **options):
    """A command as a child process is given it."""
    told = json.dumps(options)
    return [sys.executable, "-c", PROGRAM, str(desk.root), command, told]


def typed(desk, command, stdin=subprocess.DEVNULL, env=(), **options):
    """Run a command: its status, and all that it says."""
    run = subprocess.run(
        command_line(desk, command, **options),
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | ACTIVE | dict(env),
    )
    assert "Traceback" not in run.stdout, run.stdout
    return run.returncode, run.stdout


def solve(desk, stem=FIRST):
    """Fill an exercise in as the solution has it."""
    shutil.copy(SOLUTIONS / f"{stem}.ipynb", desk.exercise(stem))


def change(path, edit):
    """Change the notebook's cells, as an editor would store them."""
    notebook = json.loads(path.read_text())
    edit(notebook["cells"])
    path.write_text(json.dumps(notebook))


def paste(path, source):
    """Put a whole module into the answer cells."""

    def edit(cells):
        rest = source
        for cell in cells:
            if "answer" in cell["metadata"].get("tags", []):
                cell["source"], rest = rest, ""

    change(path, edit)


def fill(path, **sources):
    """Put a source into the answer cell that defines this name."""

    def edit(cells):
        for cell in cells:
            for name, source in sources.items():
                if f"def {name}(" in "".join(cell["source"]):
                    cell["source"] = source

    change(path, edit)


def keep_only_answers(path, *sources):
    """Leave out all cells that only try something; add these in front."""

    def edit(cells):
        answers = [
            c for c in cells if "answer" in c["metadata"].get("tags", [])
        ]
        cells[:] = [code(source) for source in sources] + answers

    change(path, edit)


def code(source):
    """A cell that a learner has added."""
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": f"added-{abs(hash(source)) % 10**6}",
        "metadata": {},
        "outputs": [],
        "source": source,
    }
