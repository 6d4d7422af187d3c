"""Names on the command line, such as "python,rust"."""

from collections.abc import Iterable

from workshop.errors import WorkshopError


def listed(what: str, names: str, known: Iterable[str]) -> list[str]:
    """Those that a list names, or all; WorkshopError for one unknown."""
    there = list(dict.fromkeys(known))
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    for name in wanted:
        if name not in there:
            raise WorkshopError(
                f"There is no {what} {name}. There are: {', '.join(there)}."
            )
    return wanted or there
