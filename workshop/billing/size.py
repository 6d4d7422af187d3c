"""The sizes that a platform offers, and the error for another one."""

from collections.abc import Iterable
from decimal import Decimal

from workshop.billing.amount import Number, exact, grouped
from workshop.errors import WorkshopError


def within(
    what: str, value: Number, least: int, most: int, on: str
) -> Decimal:
    """A whole number from the least to the most; WorkshopError otherwise."""
    size = exact(value, what)
    if not least <= size <= most or size % 1:
        raise WorkshopError(
            f"{on} takes {what} from {least:,} to {most:,} in whole numbers, "
            f"not {value}."
        )
    return size


def one_of(
    what: str, value: Number, sizes: Iterable[int | str], on: str
) -> Decimal:
    """One of the sizes; WorkshopError for any other."""
    size = exact(value, what)
    there = [Decimal(one) for one in sizes]
    if size not in there:
        names = ", ".join(map(grouped, there))
        raise WorkshopError(f"{on} takes {what} of {names}, not {value}.")
    return size
