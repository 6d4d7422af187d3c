"""A question before something happens that cannot be undone, or may cost."""

from workshop.errors import WorkshopError


def ask(question: str, is_agreed: bool) -> None:
    """Return if the learner agrees, or has agreed with --yes before.

    Raises WorkshopError if they do not; or cannot, since nobody is there.
    """
    if is_agreed:
        return
    try:
        said = input(f"{question} [y/N] ")
    except EOFError:
        said = ""
        print()
    if said.strip().lower() not in ("y", "yes"):
        raise WorkshopError(
            "You have not agreed, so nothing was changed. --yes agrees "
            "beforehand."
        )
