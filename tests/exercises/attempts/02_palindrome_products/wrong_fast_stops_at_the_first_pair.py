# rejected by test_fast_says_what_brute_says: 888888

import math

MAX_FACTOR = 999_999_999_999
BRUTE_FACTORS = 10_000


class InvalidRange(ValueError):
    """The event breaks a rule; the message names the field and the rule."""


def is_palindrome(number):
    """Whether the number reads the same backwards."""
    digits = str(number)
    return digits == "".join(reversed(digits))


def brute(min_factor, max_factor):
    """Try all pairs a <= b."""
    found = {}
    for a in range(min_factor, max_factor + 1):
        for b in range(a, max_factor + 1):
            if is_palindrome(a * b):
                found.setdefault(a * b, []).append([a, b])
    smallest = min(found, default=None)
    largest = max(found, default=None)
    return {
        "smallest": {"value": smallest, "factors": found.get(smallest, [])},
        "largest": {"value": largest, "factors": found.get(largest, [])},
    }


def mirror(head, length):
    """The palindrome of this length that begins with head."""
    left = str(head)
    right = left[::-1]
    if length % 2 == 1:
        right = right[1:]
    return int(left + right)


def factor_pairs(value, min_factor, max_factor):
    """All pairs [a, b] of the range, a <= b, whose product is value."""
    pairs = []
    a = max(min_factor, math.ceil(value / max_factor))
    while a * a <= value:
        if value % a == 0:
            pairs.append([a, value // a])
        a += 1
    return pairs


def fast(min_factor, max_factor):
    """From each end, stop at the first pair whose product fits."""
    factors = range(min_factor, max_factor + 1)
    return {"smallest": first(factors), "largest": first(factors[::-1])}


def first(factors):
    """The first palindrome product on the way."""
    for i, a in enumerate(factors):
        for b in nearer_to_the_end(factors, i):
            if is_palindrome(a * b):
                low, high = min(factors), max(factors)
                return {
                    "value": a * b,
                    "factors": factor_pairs(a * b, low, high),
                }
    return {"value": None, "factors": []}


def nearer_to_the_end(factors, i):
    return factors[: i + 1]


def factor(event, field):
    """The factor in this field of the event, or InvalidRange."""
    if field not in event:
        raise InvalidRange(f"{field} is missing: give both min and max")
    number = event[field]
    if isinstance(number, bool) or not isinstance(number, int):
        raise InvalidRange(f"{field} must be a whole number")
    if number < 1:
        raise InvalidRange(f"{field} must be at least 1")
    if number > MAX_FACTOR:
        raise InvalidRange(f"{field} must be at most {MAX_FACTOR}")
    return number


def answer(event):
    """Turn an event into a body."""
    if not isinstance(event, dict):
        raise InvalidRange("event must be a JSON object")
    if "min" not in event and "max" not in event:
        return {"message": "hello, world"}
    low = factor(event, "min")
    high = factor(event, "max")
    if low > high:
        raise InvalidRange("min must not be greater than max")
    kernel = event.get("kernel", "fast")
    if kernel == "fast":
        return fast(low, high)
    elif kernel == "brute":
        if high - low >= BRUTE_FACTORS:
            raise InvalidRange(
                f"max must be less than min + {BRUTE_FACTORS} "
                "for kernel brute"
            )
        return brute(low, high)
    raise InvalidRange('kernel must be "brute" or "fast"')
