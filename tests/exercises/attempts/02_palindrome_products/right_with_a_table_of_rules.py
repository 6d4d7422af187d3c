# accepted: rules in tables, a class for the range, prints while it works

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


RULES = [
    (lambda n: type(n) is int, "must be a whole number"),
    (lambda n: n >= 1, "must be at least 1"),
    (lambda n: n <= MAX_FACTOR, f"must be at most {MAX_FACTOR}"),
]


def require(holds, sentence):
    if not holds:
        raise InvalidRange(sentence)


class Range:
    def __init__(self, event):
        self.min = self.factor(event, "min")
        self.max = self.factor(event, "max")
        require(self.min <= self.max, "min must not be greater than max")

    def factor(self, event, field):
        missing = f"{field} is missing: give both min and max"
        require(field in event, missing)
        for rule, sentence in RULES:
            require(rule(event[field]), f"{field} {sentence}")
        return event[field]

    def __len__(self):
        return self.max - self.min + 1


def answer(event):
    print("event:", event)
    require(isinstance(event, dict), "event must be a JSON object")
    if not {"min", "max"} & event.keys():
        return {"message": "hello, world"}
    limits = Range(event)
    kernels = [("brute", brute), ("fast", fast)]
    chosen = event.get("kernel", "fast")
    for name, kernel in kernels:
        if name == chosen:
            break
    else:
        raise InvalidRange('kernel must be "brute" or "fast"')
    require(
        kernel is fast or len(limits) <= BRUTE_FACTORS,
        f"max must be less than min + {BRUTE_FACTORS} for kernel brute",
    )
    return kernel(limits.min, limits.max)
