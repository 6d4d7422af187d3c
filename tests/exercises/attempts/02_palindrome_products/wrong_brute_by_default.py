# rejected by test_an_event_without_a_kernel_gets_the_fast_one: max must be less than min + 10000 for kernel brute

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


def heads(low, high, length):
    """The first halves of the palindromes of this length."""
    half = (length + 1) // 2
    first = str(max(low, 10 ** (length - 1)))[:half]
    last = str(min(high, 10**length - 1))[:half]
    return range(int(first), int(last) + 1)


def fast(min_factor, max_factor):
    """Walk over palindromes from each end, stop at one with factors."""
    low, high = min_factor**2, max_factor**2
    lengths = range(len(str(low)), len(str(high)) + 1)
    return {
        "smallest": smallest(low, high, lengths, min_factor, max_factor),
        "largest": largest(low, high, lengths, min_factor, max_factor),
    }


def smallest(low, high, lengths, min_factor, max_factor):
    for length in lengths:
        for head in heads(low, high, length):
            value = mirror(head, length)
            pairs = factor_pairs(value, min_factor, max_factor)
            if pairs:
                return {"value": value, "factors": pairs}
    return {"value": None, "factors": []}


def largest(low, high, lengths, min_factor, max_factor):
    for length in reversed(lengths):
        for head in reversed(heads(low, high, length)):
            value = mirror(head, length)
            pairs = factor_pairs(value, min_factor, max_factor)
            if pairs:
                return {"value": value, "factors": pairs}
    return {"value": None, "factors": []}


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
    kernel = event.get("kernel", "brute")
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
