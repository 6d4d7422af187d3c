# rejected by test_an_event_is_an_object: TypeError

from math import isqrt

MAX_FACTOR = 999_999_999_999
BRUTE_FACTORS = 10_000


class InvalidRange(ValueError):
    pass


def is_palindrome(number):
    return str(number) == str(number)[::-1]


def brute(min_factor, max_factor):
    factors = range(min_factor, max_factor + 1)
    pairs = [
        [a, b]
        for a in factors
        for b in range(a, max_factor + 1)
        if is_palindrome(a * b)
    ]
    if not pairs:
        return {"smallest": report(None, []), "largest": report(None, [])}
    products = [a * b for a, b in pairs]
    return {
        "smallest": report(min(products), pairs),
        "largest": report(max(products), pairs),
    }


def report(value, pairs):
    factors = [pair for pair in pairs if pair[0] * pair[1] == value]
    return {"value": value, "factors": factors}


def mirror(head, length):
    digits = str(head)
    return int(digits[: length // 2] + digits[::-1])


def factor_pairs(value, min_factor, max_factor):
    least = max(min_factor, (value + max_factor - 1) // max_factor)
    return [
        [a, value // a]
        for a in range(least, isqrt(value) + 1)
        if value % a == 0
    ]


def of_length(length, low, high):
    cut = length // 2
    first = max(low, 10 ** (length - 1)) // 10**cut
    last = min(high, 10**length - 1) // 10**cut
    return range(first, last + 1)


def upwards(low, high):
    for length in range(len(str(low)), len(str(high)) + 1):
        for head in of_length(length, low, high):
            yield mirror(head, length)


def downwards(low, high):
    for length in range(len(str(high)), len(str(low)) - 1, -1):
        for head in reversed(of_length(length, low, high)):
            yield mirror(head, length)


def first_with_factors(values, min_factor, max_factor):
    for value in values:
        found = factor_pairs(value, min_factor, max_factor)
        if found:
            return {"value": value, "factors": found}
    return {"value": None, "factors": []}


def fast(min_factor, max_factor):
    low, high = min_factor**2, max_factor**2
    up, down = upwards(low, high), downwards(low, high)
    return {
        "smallest": first_with_factors(up, min_factor, max_factor),
        "largest": first_with_factors(down, min_factor, max_factor),
    }


def factor(event, field):
    if field not in event:
        raise InvalidRange(f"{field} is missing: give both min and max")
    value = event[field]
    if type(value) is not int:
        raise InvalidRange(f"{field} must be a whole number")
    if value < 1:
        raise InvalidRange(f"{field} must be at least 1")
    if value > MAX_FACTOR:
        raise InvalidRange(f"{field} must be at most {MAX_FACTOR}")
    return value


def answer(event):
    if "min" not in event and "max" not in event:
        return {"message": "hello, world"}
    min_factor, max_factor = factor(event, "min"), factor(event, "max")
    if min_factor > max_factor:
        raise InvalidRange("min must not be greater than max")
    kernel = event.get("kernel", "fast")
    if kernel not in ("brute", "fast"):
        raise InvalidRange('kernel must be "brute" or "fast"')
    if kernel == "fast":
        return fast(min_factor, max_factor)
    if max_factor - min_factor + 1 > BRUTE_FACTORS:
        raise InvalidRange(
            f"max must be less than min + {BRUTE_FACTORS} for kernel brute"
        )
    return brute(min_factor, max_factor)
