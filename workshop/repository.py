"""Where things are in this repository."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = ROOT / "notebooks"
EXERCISES = ROOT / "exercises"
SOLUTIONS = ROOT / "solutions"
FUNCTIONS = ROOT / "functions"
KERNEL = FUNCTIONS / "palindromes"
EXERCISE_TESTS = ROOT / "tests" / "exercises"
