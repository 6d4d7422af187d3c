"""How long does it take to grade a class?

Run `python benchmarks/grade.py` on a machine that does nothing else. Thirty
submissions of all exercises are graded as `workshop grade FOLDER` does it.
All are right, and no two alike to the last character, so that each is judged.
Writes grade.json beside this file.
"""

import json
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from time import perf_counter

import psutil
import report

from workshop.answers import is_answer, read_notebook, source_of
from workshop.exercises import stems
from workshop.repository import SOLUTIONS

SUBMISSIONS = 30


def distinct(stem: str, number: int) -> str:
    """The solution of an exercise, as no other number has it."""
    notebook = read_notebook(SOLUTIONS / f"{stem}.ipynb")
    cell = next(filter(is_answer, notebook["cells"]))
    cell["source"] = f"{source_of(cell)}\n# This is answer {number}."
    return json.dumps(notebook)


def hand_in(folder: Path, number: int) -> None:
    """Write a submission as `workshop submit` names it."""
    path = folder / f"learner-{number:03}-2026-01-05.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for stem in stems():
            name = f"exercises/{stem}.ipynb"
            archive.writestr(name, distinct(stem, number))


def grade() -> dict[str, object]:
    """Grade a class: what it took by the clock, and of all processors."""
    exercises = list(stems())
    with tempfile.TemporaryDirectory(prefix="workshop-benchmark-") as folder:
        for number in range(SUBMISSIONS):
            hand_in(Path(folder), number)
        before = busy_s()
        begun = perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "workshop", "grade", folder],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        seconds = perf_counter() - begun
    all_of_them = rf"^learner-\d+, .*: {len(exercises)} of "
    solved = re.findall(all_of_them, done.stdout, re.M)
    assert len(solved) == SUBMISSIONS, done.stdout
    cpu_s = busy_s() - before
    return {
        "submissions": SUBMISSIONS,
        "exercises": exercises,
        "shut_in": "were closed to the submissions" not in done.stdout,
        "seconds": round(seconds, 1),
        "cpu_s": round(cpu_s, 1),
        "cpu_s_a_submission": round(cpu_s / SUBMISSIONS, 1),
    }


def busy_s() -> float:
    """How long the processors have worked.

    Of the children alone too little is known: what ends with its namespace
    is nobody's child.
    """
    spent = psutil.cpu_times()
    return float(spent.user + spent.system)


if __name__ == "__main__":
    report.run(__file__, __doc__, {"class": grade})
