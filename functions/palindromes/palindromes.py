"""The kernel that every function of the workshop deploys.

A palindrome product reads the same backwards and is a product of two
factors of a range: 9009 = 91 × 99. The kernel finds the smallest and the
largest one of a range, each with all its pairs of factors. `brute` tries
every pair and is easy to believe; `fast` gives the same report without
trying them, and `brute` is its oracle in the tests.

Imports are part of a cold start, so there is one: two C functions.
"""

from math import gcd, isqrt

MAX_FACTOR = 999_999_999_999
"""The largest factor an event may ask for: twelve digits."""

BRUTE_FACTORS = 10_000
"""The most factors a range may hold for `brute`: 50 million pairs."""

Pairs = list[tuple[int, int]]
Report = dict[str, object]


class InvalidRange(ValueError):
    """The event breaks a rule; the message names the field and the rule."""


def answer(event: object) -> Report:
    """Turn an event (what a client sent, parsed) into a body (what it gets).

    - `{"min": 10, "max": 99}` gives `{"smallest": ..., "largest": ...}`.
    - `"kernel"` may say `"brute"` or `"fast"`; without it, `"fast"`.
    - An object with neither `min` nor `max` gives `{"message": ...}`.

    `min` and `max` are whole numbers from 1 to `MAX_FACTOR`, `min` not
    above `max`; `brute` takes at most `BRUTE_FACTORS` of them. Raises
    InvalidRange for the first rule broken, in this order: event, min, max,
    kernel.
    """
    if not isinstance(event, dict):
        raise InvalidRange("event must be a JSON object")
    if "min" not in event and "max" not in event:
        return {"message": "hello, world"}
    min_factor = _factor(event, "min")
    max_factor = _factor(event, "max")
    if min_factor > max_factor:
        raise InvalidRange("min must not be greater than max")
    kernel = event.get("kernel", "fast")
    if kernel == "fast":
        return fast(min_factor, max_factor)
    if kernel != "brute":
        raise InvalidRange('kernel must be "brute" or "fast"')
    if max_factor - min_factor >= BRUTE_FACTORS:
        raise InvalidRange(
            f"max must be less than min + {BRUTE_FACTORS} for kernel brute"
        )
    return brute(min_factor, max_factor)


def _factor(event: dict[str, object], field: str) -> int:
    """The factor in this field of the event, or InvalidRange."""
    if field not in event:
        raise InvalidRange(f"{field} is missing: give both min and max")
    factor = event[field]
    if not isinstance(factor, int) or isinstance(factor, bool):
        raise InvalidRange(f"{field} must be a whole number")
    if factor < 1:
        raise InvalidRange(f"{field} must be at least 1")
    if factor > MAX_FACTOR:
        raise InvalidRange(f"{field} must be at most {MAX_FACTOR}")
    return factor


def brute(min_factor: int, max_factor: int) -> Report:
    """Try all pairs a <= b. The time grows with the square of the range."""
    pairs = [
        (a, b)
        for a in range(min_factor, max_factor + 1)
        for b in range(a, max_factor + 1)
        if (digits := str(a * b)) == digits[::-1]
    ]
    products = [a * b for a, b in pairs]
    return {
        "smallest": _found(min(products, default=None), pairs),
        "largest": _found(max(products, default=None), pairs),
    }


def fast(min_factor: int, max_factor: int) -> Report:
    """Give the report of `brute`, trying few pairs. Three ideas:

    1. Search from the ends. The largest palindrome is near the largest
       product: cut the products into blocks, begin at the end, and stop
       after the first block that holds a palindrome.
    2. Palindromes that begin alike end alike. A block is the numbers of
       one length with the same leading digits; if they are 9998, its
       palindromes end with 8999. So a factor a tells how its partner b
       ends: a × b ≡ 8999 (mod 10000) leaves one b in 10000, or none.
    3. A palindrome with an even number of digits is a multiple of 11, so
       one of its factors is: try those only.

    It is right for every range, as a block is searched whole and no block
    before the answer is left out. The work grows with the square root of
    the factors, not with the square of the range. It is slowest where idea
    3 is no help and an answer is far from the end: 12-digit factors, some
    millions of them, products of 23 digits. There it takes seconds; the
    worst of 200 such ranges is a row of benchmarks/kernel.json.
    """
    return {
        "smallest": _search(min_factor, max_factor, from_top=False),
        "largest": _search(min_factor, max_factor, from_top=True),
    }


palindrome_products = fast


def _search(min_factor: int, max_factor: int, from_top: bool) -> Report:
    """The palindrome product nearest to one end of the range."""
    low, high = min_factor**2, max_factor**2
    blocks = 0
    while low <= high:
        # First thin blocks, as the answer may be near; then wider ones.
        edge = high if from_top else low
        length = len(str(edge))
        leading = max((length + 3) // 4, length // 2 - blocks)
        rest = 10 ** (length - leading)
        head = edge // rest
        first = max(low, head * rest)
        last = min(high, head * rest + rest - 1)

        pairs = _pairs(first, last, leading, min_factor, max_factor)
        if pairs:
            products = [a * b for a, b in pairs]
            return _found(max(products) if from_top else min(products), pairs)
        if from_top:
            high = first - 1
        else:
            low = last + 1
        blocks += 1
    return _found(None, [])


def _pairs(
    first: int, last: int, leading: int, min_factor: int, max_factor: int
) -> Pairs:
    """All pairs with a palindrome product in the block first..last.

    The products of a block share their length and `leading` digits.
    """
    digits = str(first)
    ending = int(digits[:leading][::-1])
    modulus = 10**leading
    least = max(min_factor, -(-first // max_factor))
    if len(digits) % 2 == 0:
        # One factor is a multiple of 11; it may be the larger one.
        most = min(max_factor, last // min_factor)
        candidates = range(least + -least % 11, most + 1, 11)
    else:
        candidates = range(least, isqrt(last) + 1)

    pairs = set()
    for a in candidates:
        # Solve a × b ≡ ending (mod modulus): b ≡ residue (mod step).
        common = gcd(a, modulus)
        if ending % common:
            continue
        step = modulus // common
        residue = ending // common * pow(a // common, -1, step) % step
        start = max(min_factor, -(-first // a))
        start += (residue - start) % step
        stop = min(max_factor, last // a) + 1
        for b in range(start, stop, step):
            product = str(a * b)
            if product == product[::-1]:
                pairs.add((min(a, b), max(a, b)))
    return sorted(pairs)


def _found(value: int | None, pairs: Pairs) -> Report:
    """A palindrome product and those of the pairs that multiply to it."""
    factors = [[a, b] for a, b in pairs if a * b == value]
    return {"value": value, "factors": factors}
