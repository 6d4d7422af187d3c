"""Numbers that a simulation can work with, or a sentence on why not."""

from math import inf

from workshop.errors import WorkshopError


def at_least(least: float, /, **named: float) -> None:
    """WorkshopError for a number that is not finite, or below `least`."""
    for name, number in named.items():
        if not _is_number(number) or not least <= number < inf:
            raise WorkshopError(
                f"{name} is {number!r}; it must be a finite number, "
                f"{least:g} or more."
            )


def above_zero(**named: float) -> None:
    """WorkshopError for a number that is not finite, or not above 0."""
    for name, number in named.items():
        if not _is_number(number) or not 0 < number < inf:
            raise WorkshopError(
                f"{name} is {number!r}; it must be a finite number above 0."
            )


def whole(least: int, /, **named: float) -> None:
    """WorkshopError for a number that is not whole, or below `least`.

    Infinity is taken for "no limit".
    """
    for name, number in named.items():
        if number == inf and _is_number(number):
            continue
        if not _is_number(number) or not number >= least or number % 1:
            raise WorkshopError(
                f"{name} is {number!r}; it must be a whole number, "
                f"{least} or more."
            )


def no_less(least: float, /, **named: float) -> None:
    """WorkshopError for a time below `least`; infinity means "never"."""
    for name, number in named.items():
        if not _is_number(number) or not number >= least:
            raise WorkshopError(
                f"{name} is {number!r}; it must be a number of seconds, "
                f"{least:g} or more (math.inf for no limit)."
            )


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
