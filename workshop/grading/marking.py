"""Every answer of every submission judged, some at a time."""

import asyncio
import compileall
import secrets
import signal
import sys
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from workshop.classroom.outcome import Outcome
from workshop.compare.progress import Shown
from workshop.exercises import stems
from workshop.grading import untouched
from workshop.grading.confined import Means, Place, why_not_closed
from workshop.grading.handed import Handed
from workshop.grading.intake import Submission
from workshop.grading.limits import Limits
from workshop.grading.verdict import judged, without_judge
from workshop.repository import EXERCISE_TESTS, ROOT
from workshop.serving import run, scratch

WORKSHOP = ROOT / "workshop"
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
OPEN = (
    "Neither the network nor this machine's files were closed to the "
    "submissions: {}. Limits are kept, and after each it is seen that the "
    "tests and the solutions are unchanged."
)
GUESS_S = 3.0  # how long an answer takes, while none is known

Key = tuple[str, ...]


@dataclass
class Marking:
    """What is known of all submissions, which grows."""

    submissions: Sequence[Submission]
    outcomes: dict[tuple[str, str], Outcome] = field(default_factory=dict)
    """By the submission's name and the exercise's stem."""
    open: str = ""  # why the submissions were not shut in, as a sentence
    reused: int = 0  # verdicts that are those of an identical answer
    is_interrupted: bool = False
    failure: str = ""  # why the rest was not judged


@dataclass(frozen=True)
class _Task:
    """The answers of a submission that nobody before it has handed in."""

    name: str
    answers: dict[str, Handed]  # by the exercise's stem
    sharers: dict[str, list[str]]  # the names of all who have that answer


def mark(
    submissions: Sequence[Submission],
    limits: Limits,
    jobs: int,
    means: Means = Means.NAMESPACES,
    hidden: Sequence[Path] = (),
) -> Marking:
    """Judge every answer, those of each submission in processes of its own.

    Answers that are identical to the last character are judged once. Where
    the means do not work on this machine, the limits alone are kept. Ctrl-C,
    SIGTERM and SIGHUP end it with what is known by then.
    """
    marking = Marking(submissions)
    tasks = _tasks(marking)
    _compile()
    token = secrets.token_hex(16)
    with scratch("workshop-grade-", token) as folder:
        place = Place(folder, token, means, tuple(hidden))
        run(_mark(marking, tasks, place, limits, jobs))
    return marking


def _compile() -> None:
    """Compile what judges: a judge that is shut in can keep nothing."""
    if not sys.dont_write_bytecode:
        compileall.compile_dir(WORKSHOP, quiet=2)
        compileall.compile_dir(EXERCISE_TESTS, maxlevels=0, quiet=2)


def _tasks(marking: Marking) -> list[_Task]:
    """What is to be judged; what is not is an outcome already."""
    sharers: dict[tuple[str, Key], list[str]] = {}
    tasks = []
    order = deque(stems())
    for submission in marking.submissions:
        task = _Task(submission.name, {}, {})
        # Each begins with another exercise: in some of them there is more to
        # wait for than to do, and all would wait at the same time.
        order.rotate(-1)
        for stem in order:
            # Where nothing can be read, the submission's remark says why.
            everything = submission.handed
            handed = "" if everything is None else everything.get(stem)
            known = without_judge(stem, handed)
            if known is not None:
                marking.outcomes[submission.name, stem] = known
            elif isinstance(handed, Handed):
                who = sharers.setdefault((stem, handed.same), [])
                if not who:
                    task.answers[stem] = handed
                    task.sharers[stem] = who
                who.append(submission.name)
        if task.answers:
            tasks.append(task)
    marking.reused = sum(len(who) - 1 for who in sharers.values())
    return tasks


async def _mark(
    marking: Marking,
    tasks: Sequence[_Task],
    place: Place,
    limits: Limits,
    jobs: int,
) -> None:
    loop = asyncio.get_running_loop()
    this = asyncio.current_task()
    assert this
    for number in SIGNALS:
        loop.add_signal_handler(number, this.cancel)
    try:
        with Shown() as shown:
            await _Desk(marking, tasks, limits, shown).work(place, jobs)
    except asyncio.CancelledError:
        marking.is_interrupted = True
    finally:
        for number in SIGNALS:
            loop.remove_signal_handler(number)


class _Desk:
    """Where answers lie that are not judged yet."""

    def __init__(
        self,
        marking: Marking,
        tasks: Sequence[_Task],
        limits: Limits,
        shown: Shown,
    ) -> None:
        self._marking = marking
        self._left = list(reversed(tasks))
        self._all = sum(len(task.answers) for task in tasks)
        self._done = 0
        self._took_s = 0.0
        self._limits = limits
        self._shown = shown
        self._digest = ""

    async def work(self, place: Place, jobs: int) -> None:
        """Judge all of it, `jobs` submissions at a time."""
        place = await self._closed(place)
        if not place.is_closed:
            self._digest = untouched.state()
        async with asyncio.TaskGroup() as group:
            for _ in range(jobs):
                group.create_task(self._judge_some(place, jobs))

    async def _closed(self, place: Place) -> Place:
        """The place, or one without what does not work on this machine.

        That is said before anything is judged: whoever grades may prefer to
        stop it here.
        """
        why = "namespaces were not asked for"
        if place.is_closed:
            why = await why_not_closed(place)
        if not why:
            return place
        self._marking.open = OPEN.format(why)
        print(f"{self._marking.open} Ctrl-C stops it.", file=sys.stderr)
        return replace(place, means=Means.LIMITS)

    async def _judge_some(self, place: Place, jobs: int) -> None:
        while self._left and not self._marking.failure:
            task = self._left.pop()
            begun = time.monotonic()
            self._tell(task, jobs)
            outcomes = await judged(task.answers, place, self._limits)
            self._took_s += time.monotonic() - begun
            self._done += len(outcomes)
            if self._digest and untouched.state() != self._digest:
                self._marking.failure = (
                    f"The tests or the solutions were changed while "
                    f"{task.name}'s answers were judged. What was judged "
                    "beside them and after them does not count: bring the "
                    "repository back (`git status` shows what has changed), "
                    "take that submission out, and grade again."
                )
            if not self._marking.failure:
                for stem, outcome in outcomes.items():
                    for name in task.sharers[stem]:
                        self._marking.outcomes[name, stem] = outcome

    def _tell(self, task: _Task, jobs: int) -> None:
        each = self._took_s / self._done if self._done else GUESS_S
        many = len(task.answers)
        self._shown.step(
            f"{self._done} of {self._all} answers judged; now "
            f"{task.name}, {many} answer{'s' * (many > 1)}",
            each * (self._all - self._done) / jobs,
        )
