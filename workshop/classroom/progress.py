"""`workshop progress`: the way so far, and what comes next."""

from workshop.classroom.busy import Busy
from workshop.classroom.desk import Desk
from workshop.classroom.standing import Standing, standing_of
from workshop.classroom.way import Stage, way


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
    print(f"\n{solved} of {len(standings)} exercises are solved.\n")
    print(f"Next: {_next(desk, stages, standings)}")
    return 0


def _line(stage: Stage, standing: Standing | None) -> str:
    """A stage in words."""
    if standing is None:
        return f"{stage.number} {stage.title}: a lesson to read."
    line = f"{stage.number} {stage.title}: the exercise is {standing}."
    return f"{line} {standing.why}" if standing.state == "unclear" else line


def _next(
    desk: Desk, stages: list[Stage], standings: dict[str, Standing]
) -> str:
    """What to do now: the first exercise that is not solved, or submit."""
    read: list[str] = []
    for stage in stages:
        standing = standings.get(stage.number)
        if standing and standing.is_solved:
            read = []
            continue
        if stage.lesson:
            read.append(desk.shown(stage.lesson))
        if stage.exercise and standing:
            path = desk.shown(desk.exercise(stage.exercise))
            return _with_exercise(stage.number, path, standing, read)
    tail = f"read {' and '.join(read)}, and " if read else ""
    return f"{tail}type `workshop submit`. Every exercise is solved."


def _with_exercise(
    number: str, path: str, standing: Standing, read: list[str]
) -> str:
    if standing.state == "unclear":
        return "mend what is said above, then type `workshop progress` again."
    if standing.state == "wrong":
        return (
            f"go on with {path}. The first check that fails: "
            f"{standing.check}. `workshop check {number}` says why, and "
            f"`workshop hint {number}` helps."
        )
    lessons = f"read {' and '.join(read)}, then " if read else ""
    return (
        f"{lessons}open {path}, write your answer in place of the dots, save "
        f"the notebook (Ctrl-S) and type `workshop check {number}`."
    )
