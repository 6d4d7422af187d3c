"""The steps of a plan: what each of them leaves, and what stands after one.

AWS has steps of its own, which can be looked at before they are made.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from workshop.errors import WorkshopError


@dataclass(frozen=True)
class Step:
    """One step: what it does, what it leaves there, what that costs."""

    name: str
    does: str
    leaves: str  # what stands there afterwards, or ""
    costs: str


def costs(steps: Sequence[Step]) -> Iterator[str]:
    """What is left and what it costs, in lines."""
    for step in steps:
        if step.leaves:
            yield f"  {step.leaves}"
            yield f"    costs {step.costs}"


class Walk:
    """The way through a plan. `say` gets a line for each step.

    `place` is what all of it is in, and `undoing` the command that deletes it.
    """

    def __init__(
        self, place: str, undoing: str, say: Callable[[str], None]
    ) -> None:
        self._place = place
        self._undoing = undoing
        self._say = say
        self._left: dict[str, str] = {}  # what stands, and what of it

    def found(self, thing: str, what: str = "") -> None:
        """Something of ours was there before."""
        self._left[thing] = what

    def go(
        self, steps: Sequence[Step], perform: Callable[[str], None]
    ) -> None:
        """Perform each step, by its name.

        Raises WorkshopError that names the step, and what stands by then.
        """
        for number, step in enumerate(steps, start=1):
            self._say(f"[{number}/{len(steps)}] {step.does}")
            if step.leaves:
                self._left.setdefault(step.leaves, "perhaps")
            try:
                perform(step.name)
            except WorkshopError as error:
                raise WorkshopError(
                    f"Step {number}, {step.name}: {error}\n{self.standing()}"
                ) from error
            if step.leaves:
                self._left[step.leaves] = ""

    def standing(self) -> str:
        """What this has left there, and how to take it away."""
        if not self._left:
            return "Nothing was made."
        things = "\n".join(
            f"  {thing} ({what})" if what else f"  {thing}"
            for thing, what in self._left.items()
        )
        return (
            f"This stands in your {self._place}:\n{things}\nThe same command "
            f"goes on with it; `{self._undoing}` deletes it."
        )
