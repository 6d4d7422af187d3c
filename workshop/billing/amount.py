"""Numbers that are exact: what is counted, and what it costs.

A float is taken for what it prints, so 0.1 is a tenth. The precision is
wide enough for every product of a price and a quantity; only a price an
hour, divided by 3,600 seconds, has no end and is cut after 60 digits.
"""

from decimal import Context, Decimal, InvalidOperation
from numbers import Real

from workshop.errors import WorkshopError

EXACT = Context(prec=60)
Number = Decimal | int | float | str
ZERO, ONE = Decimal(0), Decimal(1)
MILLION = Decimal(1_000_000)
MB_PER_GB = Decimal(1024)


def exact(value: Number, what: str) -> Decimal:
    """A number of the user's as a Decimal.

    Raises WorkshopError, with its name, for one that is none, is negative or
    not finite.
    """
    if isinstance(value, bool) or not isinstance(value, Real | Decimal | str):
        raise WorkshopError(f"{what} must be a number, not {value!r}.")
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise WorkshopError(
            f"{what} must be a number, not {value!r}."
        ) from None
    if not number.is_finite():
        raise WorkshopError(f"{what} must be finite, not {value}.")
    if number < 0:
        raise WorkshopError(f"{what} must not be negative, as {value} is.")
    return number


def times(*factors: Decimal) -> Decimal:
    """The exact product."""
    product = ONE
    for factor in factors:
        product = EXACT.multiply(product, factor)
    return product


def ratio(dividend: Decimal, divisor: Decimal) -> Decimal:
    """The quotient; exact where it has an end."""
    return EXACT.divide(dividend, divisor)


def total(*summands: Decimal) -> Decimal:
    """The exact sum."""
    found = ZERO
    for summand in summands:
        found = EXACT.add(found, summand)
    return found


def less(minuend: Decimal, subtrahend: Decimal) -> Decimal:
    """The exact difference."""
    return EXACT.subtract(minuend, subtrahend)


def up_to_step(value: Decimal, step: Decimal) -> Decimal:
    """The least multiple of the step that is no less than the value."""
    steps, rest = EXACT.divmod(value, step)
    return EXACT.multiply(steps + 1 if rest else steps, step)


def grouped(value: Decimal) -> str:
    """A number for people: all of its digits, thousands apart."""
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
