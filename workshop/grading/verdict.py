"""What the judge said of one answer, from what it wrote on its way."""

import json
import re
import sys
from collections.abc import Sequence
from typing import Any

from workshop.checks import Judgement, Verdict
from workshop.classroom.outcome import Outcome
from workshop.grading.confined import End, Place, run
from workshop.grading.handed import Handed
from workshop.grading.limits import Limits
from workshop.grading.plain import lines
from workshop.repository import EXERCISE_TESTS
from workshop.states import DOES_NOT_RUN, NOT_STARTED, UNREADABLE

CHECK = re.compile(r"^def test_", re.MULTILINE)
MISSING = "not handed in"


def checks_of(stem: str) -> int:
    """How many checks an exercise has."""
    text = (EXERCISE_TESTS / f"test_{stem}.py").read_text(encoding="utf-8")
    return len(CHECK.findall(text))


def without_judge(stem: str, handed: Handed | str | None) -> Outcome | None:
    """The outcome where there is no answer to judge; None where there is."""
    of = checks_of(stem)
    if handed is None:
        return Outcome(stem, MISSING, of=of)
    if isinstance(handed, str):
        return Outcome(stem, UNREADABLE, of=of, hint=handed)
    if not handed.is_started:
        return Outcome(stem, NOT_STARTED, of=of)
    if handed.answer.mistake:
        mistake = lines(handed.answer.mistake)
        return Outcome(stem, DOES_NOT_RUN, of=of, hint=mistake)
    return None


async def judged(
    stem: str, handed: Handed, place: Place, limits: Limits
) -> Outcome:
    """Judge an answer that is started, shut in."""
    end = await run(
        lambda given: (
            *(sys.executable, "-m", "workshop.grading.judge"),
            *(stem, str(given)),
        ),
        {f"{stem}.ipynb": handed.notebook},
        place,
        limits,
    )
    return _outcome(stem, end)


def _outcome(stem: str, end: End) -> Outcome:
    """What came of it; what is not known of a check is that it passes."""
    said = _said(end.output)
    of = max([checks_of(stem), *(int(one.get("of", 0)) for one in said)])
    found = Judgement(
        tuple(
            Verdict(one["check"], one["passed"], one["message"])
            for one in said
            if "check" in one
        )
    )
    seconds = round(end.seconds, 1)
    why = end.stopped
    if not why and len(found.verdicts) < of:
        last = end.last_words.splitlines()[-1:]
        why = "the judge ended before its last check" + "".join(
            f": {line}" for line in last
        )
    if why:
        hint = lines(f"After {len(found.verdicts)} of {of} checks {why}")
        return Outcome(stem, DOES_NOT_RUN, found.passed, of, hint, seconds)
    return Outcome(
        stem, found.state, found.passed, of, _first_hint(found), seconds
    )


def _said(output: bytes) -> Sequence[dict[str, Any]]:
    """The lines that are whole."""
    return [json.loads(line) for line in output.split(b"\n")[:-1]]


def _first_hint(judgement: Judgement) -> str:
    if not judgement.failures:
        return ""
    first = judgement.failures[0]
    return lines(f"failed: {first.sentence}\n{first.message}")
