"""A plan, carried out: what is there is looked at first, then changed.

Nothing is sent that changes anything before all that is there has been
looked at. What goes wrong after that says what stands, and how it goes.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from workshop.deploy.aws import refusals
from workshop.deploy.aws.account import Account
from workshop.deploy.aws.plan import Plan
from workshop.deploy.aws.step import State, Step
from workshop.errors import WorkshopError

Say = Callable[[str], None]


def deploy(account: Account, plan: Plan, say: Say) -> None:
    """Make what is not there, and bring the rest up to date.

    Raises WorkshopError, and KeyboardInterrupt after having told what is
    made by then.
    """
    begun: list[str] = []
    with _accounted_for(begun, say):
        states = [_look(account, step) for step in plan.steps]
        for step, state in zip(plan.steps, states, strict=True):
            if step.calls(state):
                begun.append(step.what)
                say(f"{_done(_take(account, step, state))}: {step.what}")


def _take(account: Account, step: Step, state: State) -> State:
    """Send a step's requests; the state that they were for.

    Where another deployment has made it meanwhile, it is looked at again.
    """
    try:
        for call in step.calls(state):
            account.ask(call)
    except WorkshopError as error:
        meanwhile = refusals.is_there_already(error.__cause__)
        if state is not State.ABSENT or not meanwhile:
            raise
        return _take(account, step, _owned(account, step, error))
    return state


def _owned(account: Account, step: Step, error: WorkshopError) -> State:
    """What stands there now; the error, where that is nothing."""
    state = _look(account, step)
    if state is State.ABSENT:
        raise error
    return state


def _look(account: Account, step: Step) -> State:
    state = step.state([account.ask(call) for call in step.look])
    if state is State.FOREIGN:
        raise WorkshopError(
            f"There is already what would be {step.what}, in {account}, "
            "without the workshop's tag: it is somebody else's and is not "
            "touched. Choose another name with --name."
        )
    return state


def _done(state: State) -> str:
    return "created" if state is State.ABSENT else "updated"


@contextmanager
def _accounted_for(begun: list[str], say: Say) -> Iterator[None]:
    """If it ends early, tell what may be left: the last one is half made."""
    try:
        yield
    except KeyboardInterrupt:
        say(_left(begun))
        raise
    except WorkshopError as error:
        raise WorkshopError(f"{error}\n{_left(begun)}") from error


def _left(begun: list[str]) -> str:
    if not begun:
        return "Nothing was changed."
    *whole, last = begun
    lines = ["What stands now:", *(f"  {what}" for what in whole)]
    lines += [f"  begun, perhaps not whole: {last}"]
    return "\n".join(
        [
            *lines,
            "The same command goes on from there; `workshop destroy aws` "
            "deletes all of it.",
        ]
    )
