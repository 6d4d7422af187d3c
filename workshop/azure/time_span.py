"""A length of time as .NET reads it: [-][d.]hh:mm[:ss[.fff]], or days alone.

Where the first of three numbers is 24 or more it is days: 24:00:00 is 24
days ("Timer trigger for Azure Functions", read 2026-11).
"""

import re

TIME_SPAN = re.compile(
    r"(?P<sign>-?)(?:(?P<days>\d{1,8})\.(?=\d+:))?"
    r"(?P<numbers>\d{1,8}(?::\d{1,8}){0,3})(?P<fraction>\.\d{1,7})?",
    re.ASCII,
)
LONGEST = "10675199.02:48:05.4775807"  # TimeSpan.MaxValue
LONGEST_S = 922_337_203_685.4775807
LIMITS = (24, 60, 60)  # hours, minutes, seconds
HELP = (
    'Write days, hours, minutes and seconds: "00:05:00" is five minutes, '
    '"1.00:00:00" a day, and "5" five days.'
)


def time_span(text: str) -> float:
    """The length in seconds; a ValueError says how it is written."""
    found = TIME_SPAN.fullmatch(text.strip())
    if not found:
        raise ValueError(HELP)
    numbers = [int(number) for number in found["numbers"].split(":")]
    if found["days"]:
        numbers.insert(0, int(found["days"]))
    elif len(numbers) == 2 or (len(numbers) == 3 and numbers[0] < 24):
        numbers.insert(0, 0)  # no days
    days, *rest = numbers
    clock = rest + [0] * (3 - len(rest))
    seconds_are_written = len(rest) == 3
    if len(clock) > 3 or (found["fraction"] and not seconds_are_written):
        raise ValueError(HELP)
    if any(n >= limit for n, limit in zip(clock, LIMITS, strict=True)):
        raise ValueError(HELP)
    hours, minutes, seconds = clock
    whole = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    length = whole + float(found["fraction"] or 0)
    if length > LONGEST_S:
        raise ValueError(f"The longest there is: {LONGEST}")
    return -length if found["sign"] else length
