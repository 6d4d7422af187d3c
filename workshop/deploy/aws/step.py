"""One step of a plan: a thing that is made, or brought up to date."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from workshop.deploy.aws.call import Call, Reply


class State(Enum):
    """What is there already, of what a step makes."""

    ABSENT = "absent"
    OURS = "ours"
    FOREIGN = "foreign"  # it has the name, and not our tag


@dataclass(frozen=True)
class Step:
    """What is made, what it costs, and the requests for it.

    `look` asks whether it is there, and `state` reads the replies, which are
    empty where there is nothing. Then either `create` is sent or `update`.
    """

    what: str
    cost: str
    look: tuple[Call, ...]
    state: Callable[[Sequence[Reply]], State]
    create: tuple[Call, ...] = ()
    update: tuple[Call, ...] = ()

    def calls(self, state: State) -> tuple[Call, ...]:
        """The requests that it takes where this is there."""
        return self.create if state is State.ABSENT else self.update

    def all_calls(self) -> Iterator[Call]:
        """Every request that it may send."""
        yield from (*self.look, *self.create, *self.update)
