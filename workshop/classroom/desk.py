"""A learner's desk: where their work is, and what is kept of it."""

from dataclasses import dataclass
from pathlib import Path

from workshop.repository import ROOT


@dataclass(frozen=True)
class Desk:
    """A copy of the repository that somebody works in."""

    root: Path = ROOT

    @property
    def exercises(self) -> Path:
        """The notebooks that the learner fills in."""
        return self.root / "exercises"

    @property
    def lessons(self) -> Path:
        """The notebooks that the learner reads."""
        return self.root / "notebooks"

    @property
    def submissions(self) -> Path:
        """What is handed in; git ignores it, and `make clean` leaves it."""
        return self.root / "submissions"

    @property
    def kept(self) -> Path:
        """Copies of what `workshop reset` has replaced."""
        return self.submissions / "kept"

    @property
    def memory(self) -> Path:
        """What may be forgotten: verdicts, and how many hints were taken."""
        return self.root / "build" / "classroom"

    def exercise(self, stem: str) -> Path:
        """The notebook of an exercise."""
        return self.exercises / f"{stem}.ipynb"

    def shown(self, path: Path) -> str:
        """A path as it is typed in the repository's folder."""
        return (
            str(path.relative_to(self.root))
            if path.is_relative_to(self.root)
            else str(path)
        )

    def without_root(self, text: str) -> str:
        """A sentence, with its paths as they are typed here."""
        return text.replace(f"{self.root}/", "")


def number_of(stem: str) -> str:
    """The short name of a lesson or an exercise: 04 for 04_lambda_..."""
    return stem.partition("_")[0]
