"""A second oracle, for ranges with too many pairs to try.

Nothing in it is an idea of `fast`: it walks over every single palindrome
from one end of the products, and finds factors as Fermat did. If a × b = p
and a + b = s, then s² - 4p = (b - a)² is a square; near the ends of the
products only few sums s are possible.
"""

from math import isqrt


def report(min_factor, max_factor):
    """The report of the kernel on this range."""
    return {
        "smallest": nearest(min_factor, max_factor, from_top=False),
        "largest": nearest(min_factor, max_factor, from_top=True),
    }


def nearest(min_factor, max_factor, from_top):
    """The palindrome product nearest to one end of the range."""
    for value in palindromes(min_factor**2, max_factor**2, from_top):
        factors = pairs(value, min_factor, max_factor)
        if factors:
            return {"value": value, "factors": factors}
    return {"value": None, "factors": []}


def palindromes(low, high, from_top):
    """Every palindrome from low to high, in order, from one of the ends."""
    lengths = range(len(str(low)), len(str(high)) + 1)
    for length in reversed(lengths) if from_top else lengths:
        half = (length + 1) // 2
        first = str(max(low, 10 ** (length - 1)))[:half]
        last = str(min(high, 10**length - 1))[:half]
        heads = range(int(first), int(last) + 1)
        for head in reversed(heads) if from_top else heads:
            digits = str(head)
            palindrome = int(digits + digits[::-1][length % 2 :])
            if low <= palindrome <= high:
                yield palindrome


def pairs(value, min_factor, max_factor):
    """All pairs of factors of the value in the range, ascending."""
    least = max(min_factor, -(-value // max_factor))
    sums = range(isqrt(4 * value - 1) + 1, least + value // least + 1)
    squares = [(s, s * s - 4 * value) for s in reversed(sums)]
    found = []
    for s, square in squares:
        root = isqrt(square)
        a, b = (s - root) // 2, (s + root) // 2
        if root * root == square and min_factor <= a and b <= max_factor:
            found.append([a, b])
    return found
