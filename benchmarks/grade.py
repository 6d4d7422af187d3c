"""How long does it take to grade a class?

Run `python benchmarks/grade.py` on a machine that does nothing else. Thirty
submissions, or GRADE_SUBMISSIONS, of the exercises 02 and 04: all right, and
no two alike to the last character, so that each is judged. They are graded as
`workshop grade FOLDER` does it. Writes grade.json beside this file.
"""

import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from time import perf_counter

import report

from workshop.answers import is_answer, read_notebook, source_of
from workshop.repository import SOLUTIONS

STEMS = ("02_palindrome_products", "04_lambda_runtime_loop")
STUDENTS = int(os.environ.get("GRADE_SUBMISSIONS", "30"))


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
        for stem in STEMS:
            name = f"exercises/{stem}.ipynb"
            archive.writestr(name, distinct(stem, number))


def grade() -> dict[str, object]:
    """Grade them: what it took by the clock, and of all processors."""
    with tempfile.TemporaryDirectory(prefix="workshop-benchmark-") as folder:
        for number in range(STUDENTS):
            hand_in(Path(folder), number)
        before = _cpu_s()
        begun = perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "workshop", "grade", folder],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        seconds = perf_counter() - begun
    solved = re.findall(r"^learner-\d+, .*: 2 of ", done.stdout, re.M)
    assert len(solved) == STUDENTS, done.stdout
    cpu_s = _cpu_s() - before
    return {
        "submissions": STUDENTS,
        "exercises": STEMS,
        "judged_at_a_time": os.cpu_count(),
        "shut_in": "were closed to the submissions" not in done.stdout,
        "seconds": round(seconds, 1),
        "cpu_s": round(cpu_s, 1),
        "seconds_a_submission": round(seconds / STUDENTS, 1),
        "cpu_s_a_submission": round(cpu_s / STUDENTS, 1),
    }


def _cpu_s() -> float:
    """What all children that have ended took."""
    took = resource.getrusage(resource.RUSAGE_CHILDREN)
    return took.ru_utime + took.ru_stime


if __name__ == "__main__":
    report.run(__file__, __doc__, {"grade": grade})
