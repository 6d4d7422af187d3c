"""From how many requests a month on another platform is the cheaper one."""

from collections.abc import Callable
from decimal import Decimal

Cost = Callable[[int], Decimal]
"""What a month costs, in USD, by its number of requests."""

MOST = 10**12


def break_even(first: Cost, second: Cost, most: int = MOST) -> int | None:
    """The fewest requests at which the dearer of two is the cheaper one.

    The dearer of them at few requests; as long as both cost the same, as
    where all is free, neither is. Both costs grow with the requests and cross
    at most once. None: up to `most` requests they do not.
    """

    def lead(requests: int) -> int:
        difference = first(requests) - second(requests)
        return (difference > 0) - (difference < 0)

    begun, at = lead(0), 0
    while at < most:
        before, at = at, min(max(1, 2 * at), most)
        if not begun and lead(at):
            before = _first(lambda requests: abs(lead(requests)), before, at)
            begun = lead(before)
        if begun and lead(at) == -begun:
            return _first(lead, before, at)
    return None


def _first(lead: Callable[[int], int], low: int, high: int) -> int:
    """The least number above the low one that has the lead of the high one."""
    wanted = lead(high)
    while high - low > 1:
        middle = (low + high) // 2
        if lead(middle) == wanted:
            high = middle
        else:
            low = middle
    return high
