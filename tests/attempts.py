"""The banks of attempts: what somebody might hand in, and what becomes of it.

An attempt is a file in tests/exercises/attempts/STEM/. Its first line is

    # accepted: what is different about it
    # rejected by test_some_check: words that its message must have

and the rest is the module. Where an answer has more files, a line such as
`# file: host.json` begins the cell of one. What an attempt leaves out is as
in the solution.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from workshop.answers import Answer, Part, load
from workshop.repository import EXERCISE_TESTS, SOLUTIONS

REJECTED = re.compile(r"# rejected by (\w+): (.+)")
BEGINNING = re.compile(r"^# file: (\S+)\n", re.MULTILINE)


@dataclass(frozen=True)
class Attempt:
    """An answer that somebody might hand in."""

    path: Path

    @property
    def fate(self):
        """(the check that rejects it, the words); None if it is right."""
        first_line = self.path.read_text().partition("\n")[0]
        found = REJECTED.fullmatch(first_line)
        return found and found.groups()

    @property
    def answer(self):
        """The answer, with the solution's files where it has none."""
        stem = self.path.parent.name
        solution = load(SOLUTIONS / f"{stem}.ipynb")
        _, _, text = self.path.read_text().partition("\n")
        module, *rest = BEGINNING.split(text)
        own = dict(zip(rest[::2], rest[1::2], strict=True))
        parts = [
            Part(part.file, own.pop(part.file, part.source))
            for part in solution.parts
        ]
        assert not own, f"{self.path.name} has files that the solution lacks"
        source = module if module.strip() else solution.source
        return Answer(stem, solution.module, source, tuple(parts))


def attempts(stem):
    """The bank of an exercise."""
    folder = EXERCISE_TESTS / "attempts" / stem
    return [Attempt(path) for path in sorted(folder.glob("*.py"))]
