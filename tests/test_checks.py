"""`check` in a notebook: a real kernel, with what a learner does to it."""

import json
import shutil
import subprocess
import sys

import nbformat
import pytest
from nbclient import NotebookClient

from tests.attempts import attempts
from workshop.answers import is_answer, part_in
from workshop.checks import judgement_of
from workshop.repository import EXERCISES, ROOT, SOLUTIONS

STEM = "02_palindrome_products"
# A module, a loop on the local Lambda, an app of several files. The others
# are checked in their own solutions, when nbval runs those.
KINDS = (STEM, "04_lambda_runtime_loop", "08_azure_custom_handler")


class Learner:
    """Somebody with the exercise open, who runs cells one at a time."""

    def __init__(self, path):
        self.path = path
        self.notebook = nbformat.read(path, as_version=4)
        self.client = NotebookClient(
            self.notebook,
            kernel_name="python3",
            resources={"metadata": {"path": str(path.parent)}},
            timeout=120,
            allow_errors=True,
        )
        self.check = nbformat.v4.new_code_cell(
            f"from workshop.checks import check\ncheck({path.stem!r})"
        )
        self.runs = 0

    @property
    def answers(self):
        return [
            cell
            for cell in self.notebook.cells
            if "answer" in cell.metadata.get("tags", [])
        ]

    def write(self, answer):
        """Put a whole module into its first cell, and each part into its."""
        parts = {part.file: part.source for part in answer.parts}
        source = answer.source
        for cell in self.answers:
            part = part_in(cell)
            cell.source = parts[part.file] if part else source
            source = source if part else "..."

    def save(self):
        nbformat.write(self.notebook, self.path)

    def run(self, cell):
        """Run a cell; what it prints."""
        scratch = nbformat.v4.new_code_cell(cell.source)
        self.client.nb.cells.append(scratch)
        index = len(self.client.nb.cells) - 1
        self.client.execute_cell(scratch, index)
        self.client.nb.cells.pop()
        outputs = [dict(out) for out in scratch.outputs]
        assert all(out["output_type"] == "stream" for out in outputs), outputs
        return "".join(out["text"] for out in outputs)


@pytest.fixture
def sit_down(tmp_path):
    """Opens a copy of an exercise in a kernel of its own."""
    kernels = []

    def sit_down(stem):
        path = tmp_path / "exercises" / f"{stem}.ipynb"
        path.parent.mkdir(exist_ok=True)
        shutil.copy(EXERCISES / path.name, path)
        learner = Learner(path)
        context = learner.client.setup_kernel()
        context.__enter__()
        kernels.append(context)
        return learner

    yield sit_down
    for context in kernels:
        context.__exit__(None, None, None)


def attempt(stem, right):
    """The first attempt of the bank that is right, or that is not."""
    return next(a for a in attempts(stem) if (a.fate is None) is right)


@pytest.mark.parametrize("stem", KINDS)
def test_from_the_dots_to_a_wrong_answer_to_a_right_one(sit_down, stem):
    learner = sit_down(stem)
    assert learner.run(learner.check).startswith("· not started")

    wrong = attempt(stem, right=False)
    learner.write(wrong.answer)
    learner.save()
    said = learner.run(learner.check)
    assert wrong.fate[1] in said
    assert "hint" in said
    assert "checks pass" in said
    number = stem.partition("_")[0]
    assert said.splitlines()[-1].startswith("Next: mend")
    assert f"`workshop hint {number}`" in said.splitlines()[-1]

    learner.write(attempt(stem, right=True).answer)
    learner.save()
    said = learner.run(learner.check)
    assert "✗" not in said
    *_, count, next_ = said.splitlines()
    passed, total = count.split()[0:3:2]
    assert passed == total
    assert "`workshop submit`" in next_


def test_what_was_last_run_counts_even_if_it_is_not_saved(sit_down):
    learner = sit_down(STEM)
    cell = next(c for c in learner.answers if "def is_palin" in c.source)
    cell.source = (
        "def is_palindrome(number):\n"
        "    return str(number) == str(number)[::-1]\n"
    )
    learner.run(cell)
    said = learner.run(learner.check)
    assert "✓ passed: a palindrome reads the same backwards" in said
    assert "Save the notebook" in said
    learner.save()
    assert "Save the notebook" not in learner.run(learner.check)


def test_a_file_that_was_last_run_counts_too(sit_down):
    learner = sit_down("08_azure_custom_handler")
    cell = next(c for c in learner.answers if "# host.json" in c.source)
    assert learner.run(nbformat.v4.new_code_cell("host = {}")) == ""
    assert learner.run(learner.check).startswith("· not started")
    cell.source = "# host.json\nhost = {'version': '2.0', 'mine': 1}"
    learner.run(cell)
    said = learner.run(learner.check)
    assert "✗ failed: host json starts the handler" in said
    assert "Save the notebook" in said
    learner.save()
    assert "Save the notebook" not in learner.run(learner.check)


def test_a_lost_answer_cell_is_named_with_its_remedy(sit_down):
    learner = sit_down(STEM)
    for cell in learner.answers:
        learner.notebook.cells.remove(cell)
    learner.save()
    said = learner.run(learner.check)
    assert said.startswith("✗ ")
    assert str(learner.path) in said
    assert "workshop reset 02`" in said


def test_a_notebook_that_is_gone_is_a_sentence_and_no_traceback(sit_down):
    learner = sit_down(STEM)
    learner.path.unlink()
    assert "✗ There is no notebook" in learner.run(learner.check)
    learner.path.write_text(json.dumps({"cells": 3}))
    assert learner.run(learner.check).startswith("✗ ")


def test_a_failure_tells_of_a_cell_that_is_lost(tmp_path):
    path = tmp_path / f"{STEM}.ipynb"
    notebook = json.loads((SOLUTIONS / path.name).read_text())
    for cell in notebook["cells"]:
        if "def mirror(" in "".join(cell["source"]):
            lost = cell
    notebook["cells"].remove(lost)
    path.write_text(json.dumps(notebook))
    judgement = judgement_of(path)
    assert judgement.state == "wrong"
    first = judgement.failures[0]
    assert "the notebook has lost the cell of `def mirror(" in first.message
    assert judgement.passed + len(judgement.failures) == 26
    assert b"<testsuite " in judgement.junit


def test_what_python_cannot_read_is_one_sentence(sit_down):
    learner = sit_down(STEM)
    cell = learner.answers[0]
    cell.source = f"{cell.source}\ndef f(:\n"
    learner.save()
    said = learner.run(learner.check)
    assert "✗ Python cannot read the line `def f(:`: invalid syntax." in said
    assert "checks pass" not in said
    assert "not written yet: " in said
    assert "Next: mend" in said


@pytest.mark.parametrize(
    "stem", [STEM, "06_memory_and_cpu", "12_deploy_to_aws"]
)
def test_what_cannot_be_imported_says_so_in_every_check(tmp_path, stem):
    path = tmp_path / f"{stem}.ipynb"
    notebook = json.loads((SOLUTIONS / path.name).read_text())
    first = next(c for c in notebook["cells"] if is_answer(c))
    first["source"] = ["import not_there\n", *first["source"]]
    path.write_text(json.dumps(notebook))
    judgement = judgement_of(path)
    assert judgement.verdicts
    for verdict in judgement.verdicts:
        assert "in the line `import not_there`" in verdict.message
        assert "mend that line" in verdict.message


def test_pytest_itself_says_the_same(tmp_path):
    path = tmp_path / f"{STEM}.ipynb"
    notebook = json.loads((EXERCISES / path.name).read_text())
    for cell in notebook["cells"]:
        if "answer" in cell["metadata"].get("tags", []):
            cell["source"] = "def f(:"
    path.write_text(json.dumps(notebook))
    done = subprocess.run(
        [
            *(
                sys.executable,
                "-m",
                "pytest",
                "--answers",
                str(tmp_path),
                "-q",
            ),
            *(f"tests/exercises/test_{STEM}.py", "-x"),
            *("-p", "no:cacheprovider", f"--basetemp={tmp_path / 'pytest'}"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert "Python cannot read the line `def f(:`" in done.stdout
    assert "hint" not in done.stdout
