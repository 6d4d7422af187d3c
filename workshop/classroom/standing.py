"""Where a learner stands in an exercise.

To judge one takes seconds, so a verdict is remembered, for the answer and
the checks that it was about.
"""

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path

from workshop.answers import Answer, Missing, Unreadable, load
from workshop.checks import judgement_of
from workshop.classroom.desk import Desk
from workshop.classroom.memory import recall, remember
from workshop.errors import WorkshopError
from workshop.exercises import is_started
from workshop.repository import EXERCISE_TESTS
from workshop.states import DOES_NOT_RUN, NOT_STARTED, SOLVED, UNREADABLE


@dataclass(frozen=True)
class Standing:
    """The state of an exercise."""

    state: str  # one of workshop.states
    passed: int = 0
    of: int = 0
    check: str = ""  # the first one that fails, as a sentence
    why: str = ""  # and why, or what keeps it from being judged

    @property
    def is_solved(self) -> bool:
        """Whether every check passes."""
        return self.state == SOLVED

    @property
    def is_started(self) -> bool:
        """Whether there is something to go on with."""
        return self.state != NOT_STARTED

    def __str__(self) -> str:
        if self.of:
            return f"{self.state}, {self.passed} of {self.of} checks pass"
        return self.state


def standing_of(desk: Desk, stem: str) -> Standing:
    """How the saved exercise stands. Takes seconds for a new answer."""
    path = desk.exercise(stem)
    try:
        answer = load(path)
        if not is_started(answer):
            return Standing(NOT_STARTED)
        return _remembered(desk, answer) or _judged(desk, answer, path)
    except Missing as error:
        return Standing(NOT_STARTED, why=desk.without_root(str(error)))
    except Unreadable as error:
        return Standing(UNREADABLE, why=desk.without_root(str(error)))
    except WorkshopError as error:
        return Standing(DOES_NOT_RUN, why=desk.without_root(str(error)))


def _judged(desk: Desk, answer: Answer, path: Path) -> Standing:
    judgement = judgement_of(path)
    first = judgement.failures[0] if judgement.failures else None
    standing = Standing(
        judgement.state,
        judgement.passed,
        len(judgement.verdicts),
        first.sentence if first else "",
        first.message if first else judgement.mistake,
    )
    known = recall(_place(desk))
    known[answer.stem] = {"of": fingerprint(answer)} | {
        "standing": asdict(standing)
    }
    remember(_place(desk), known)
    return standing


def _remembered(desk: Desk, answer: Answer) -> Standing | None:
    known = recall(_place(desk)).get(answer.stem, {})
    try:
        if known["of"] == fingerprint(answer):
            return Standing(**known["standing"])
    except (KeyError, TypeError):  # another version wrote it
        pass
    return None


def _place(desk: Desk) -> Path:
    return desk.memory / "standings.json"


def fingerprint(answer: Answer) -> str:
    """What an answer is known by, together with its checks."""
    checks = EXERCISE_TESTS / f"test_{answer.stem}.py"
    texts = [answer.source]
    texts += [part.file + part.source for part in answer.parts]
    whole = checks.read_bytes() + "\0".join(texts).encode()
    return hashlib.sha256(whole).hexdigest()
