"""What the judge said of a submission, from what it wrote on its way."""

import json
import re
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from workshop.checks import Judgement, Verdict
from workshop.classroom.outcome import Outcome
from workshop.grading.confined import End, Place, run
from workshop.grading.handed import Handed
from workshop.grading.judge import BEGINS
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
    handed: Mapping[str, Handed], place: Place, limits: Limits
) -> dict[str, Outcome]:
    """Judge the answers of a submission that are started, shut in.

    They are judged in turn and in one process, since what judges takes a
    while to begin. Where one answer ends that, the next ones get another.
    """
    outcomes: dict[str, Outcome] = {}
    while left := [stem for stem in handed if stem not in outcomes]:
        end = await run(
            partial(_judge_of, left),
            {f"{stem}.ipynb": handed[stem].notebook for stem in left},
            place,
            limits,
            BEGINS,
        )
        outcomes |= _outcomes(left, end)
    return outcomes


def _judge_of(stems: Sequence[str], given: Path) -> Sequence[str]:
    """The command that judges these exercises."""
    judge = (sys.executable, "-m", "workshop.grading.judge")
    return (*judge, str(given), *stems)


def _outcomes(stems: Sequence[str], end: End) -> dict[str, Outcome]:
    """What came of those that it has begun, of the first one at least."""
    said = _said(end.output)
    begun = [one["begins"] for one in said if "begins" in one] or stems[:1]
    return {
        stem: _outcome(
            stem,
            [one for one in said if one.get("stem") == stem],
            end.stopped if stem == begun[-1] else "",
            end.last_words,
        )
        for stem in begun
    }


def _outcome(
    stem: str, said: Sequence[dict[str, Any]], why: str, last_words: str
) -> Outcome:
    """What came of it; what is not known of a check is that it passes.

    `why` says why it was stopped, if it was.
    """
    of = max([checks_of(stem), *(int(one.get("of", 0)) for one in said)])
    found = Judgement(
        tuple(
            Verdict(one["check"], one["passed"], one["message"])
            for one in said
            if "check" in one
        )
    )
    if not why and len(found.verdicts) < of:
        last = last_words.splitlines()[-1:]
        why = "the judge ended before its last check" + "".join(
            f": {line}" for line in last
        )
    if why:
        hint = lines(f"After {len(found.verdicts)} of {of} checks {why}")
        return Outcome(stem, DOES_NOT_RUN, found.passed, of, hint)
    return Outcome(stem, found.state, found.passed, of, _first_hint(found))


def _said(output: bytes) -> Sequence[dict[str, Any]]:
    """The lines that are whole."""
    return [json.loads(line) for line in output.split(b"\n")[:-1]]


def _first_hint(judgement: Judgement) -> str:
    if not judgement.failures:
        return ""
    first = judgement.failures[0]
    return lines(f"failed: {first.sentence}\n{first.message}")
