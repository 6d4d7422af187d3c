"""`workshop progress`: the way so far, and what comes next."""

from workshop.classroom.busy import Busy
from workshop.classroom.desk import Desk
from workshop.classroom.standing import Standing, standing_of
from workshop.classroom.way import Stage, way
from workshop.states import DOES_NOT_RUN, count_solved
from workshop.typed import WORKSHOP


def main(desk: Desk) -> int:
    """Print every lesson and exercise, and the next step; the status is 0."""
    stages = way(desk)
    standings: dict[str, Standing] = {}
    with Busy() as busy:
        for stage in stages:
            if stage.exercise:
                busy.say(f"looking at {stage.exercise}")
                standings[stage.number] = standing_of(desk, stage.exercise)
    for stage in stages:
        print(_line(stage, standings.get(stage.number)))
    solved = sum(standing.is_solved for standing in standings.values())
    print(f"\n{count_solved(solved, len(standings))}\n")
    print(f"Next: {_next(desk, stages, standings)}")
    return 0


def _line(stage: Stage, standing: Standing | None) -> str:
    """A stage in words."""
    if standing is None:
        return f"{stage.number} {stage.title}: a lesson to read."
    is_it = "" if standing.state == DOES_NOT_RUN else "is "
    line = f"{stage.number} {stage.title}: the exercise {is_it}{standing}."
    return line if standing.of else f"{line} {standing.why}".strip()


def _next(
    desk: Desk, stages: list[Stage], standings: dict[str, Standing]
) -> str:
    """What to do now: go on with an exercise, begin one, or submit."""
    order = [stage.number for stage in stages if stage.number in standings]
    number = _exercise_to_do(order, standings)
    read = _lessons(desk, stages, standings, number)
    if not number:
        tail = f"read {' and '.join(read)}, and " if read else ""
        return f"{tail}type `{WORKSHOP} submit`. Every exercise is solved."
    stage = next(stage for stage in stages if stage.number == number)
    path = desk.shown(desk.exercise(stage.exercise or ""))
    if standings[number].is_started or standings[number].why:
        return _to_go_on(number, path, standings[number])
    lessons = f"read {' and '.join(read)}, then " if read else ""
    return (
        f"{lessons}open {path}, write your answer in place of the dots, save "
        f"the notebook (Ctrl-S) and type `{WORKSHOP} check {number}`."
    )


def _exercise_to_do(order: list[str], standings: dict[str, Standing]) -> str:
    """The number of the exercise that comes next; "" if all are solved.

    The first that is started, else the one after the last that is solved,
    else the first.
    """
    left = [number for number in order if not standings[number].is_solved]
    solved = [number for number in order if standings[number].is_solved]
    started = [number for number in left if standings[number].is_started]
    later = [number for number in left if number > max(solved, default="")]
    return next(iter([*started, *later, *left]), "")


def _lessons(
    desk: Desk,
    stages: list[Stage],
    standings: dict[str, Standing],
    number: str,
) -> list[str]:
    """The lessons from the last solved exercise to that one, or the end."""
    read: list[str] = []
    for stage in stages:
        standing = standings.get(stage.number)
        if standing and standing.is_solved:
            read = []
        elif stage.lesson:
            read.append(desk.shown(stage.lesson))
        if stage.number == number:
            break
    return read


def _to_go_on(number: str, path: str, standing: Standing) -> str:
    if not standing.of:
        return (
            f"mend {path} as is said above, then type `{WORKSHOP} progress` "
            "again."
        )
    return (
        f"go on with {path}: {number} is at {standing.passed} of "
        f"{standing.of} checks. The first check that fails: "
        f"{standing.check}. `{WORKSHOP} check {number}` says why, and "
        f"`{WORKSHOP} hint {number}` helps."
    )
