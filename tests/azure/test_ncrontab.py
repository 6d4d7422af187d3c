"""NCRONTAB schedules; the oracle knows nothing but the calendar."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workshop.azure.ncrontab import Schedule

LIMITS = ((0, 59), (0, 59), (0, 23), (1, 31), (1, 12), (0, 6))
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
NOON = "2026-11-24 12:00:00"  # a Tuesday

# From NCrontab's own CrontabScheduleTests.cs where marked with it, from
# "Timer trigger for Azure Functions" (read 2026-11) where marked docs.
FIRINGS = [
    ("* * * * * *", NOON, "2026-11-24 12:00:01"),
    ("* * * * *", NOON, "2026-11-24 12:01:00"),
    ("* * * * *", "2003-01-01 00:00:00", "2003-01-01 00:01:00"),  # NCrontab
    ("*/2 * * * *", "2003-12-31 23:59:00", "2004-01-01 00:00:00"),
    ("0 */5 * * * *", NOON, "2026-11-24 12:05:00"),  # docs
    ("0 0 * * * *", NOON, "2026-11-24 13:00:00"),  # docs
    ("0 0 */2 * * *", NOON, "2026-11-24 14:00:00"),  # docs
    ("0 0 9-17 * * *", "2026-11-24 17:00:00", "2026-11-25 09:00:00"),  # docs
    ("0 30 9 * * *", NOON, "2026-11-25 09:30:00"),  # docs
    ("0 30 9 * * 1-5", "2026-11-27 10:00:00", "2026-11-30 09:30:00"),  # docs
    ("0 30 9 * Jan Mon", NOON, "2027-01-04 09:30:00"),  # docs
    ("0 0 0 * j *", "2026-02-01 00:00:00", "2027-01-01 00:00:00"),
    ("0 0 0 * * sUnDaY", NOON, "2026-11-29 00:00:00"),
    ("0 0 0 * * 0", NOON, "2026-11-29 00:00:00"),
    ("0 3-30/9 * * * *", NOON, "2026-11-24 12:03:00"),
    ("0 3-30/9 * * * *", "2026-11-24 12:21:00", "2026-11-24 12:30:00"),
    ("0 3-30/9 * * * *", "2026-11-24 12:30:00", "2026-11-24 13:03:00"),
    ("0 35/10 * * * *", "2026-11-24 12:45:01", "2026-11-24 12:55:00"),
    ("0 35/10 * * * *", "2026-11-24 12:55:00", "2026-11-24 13:35:00"),
    ("0 50-10 * * * *", NOON, "2026-11-24 12:10:00"),  # turned round
    ("*/0 * * * * *", NOON, "2026-11-24 12:00:01"),
    ("0 1,15,40-42/2 * * * *", "2026-11-24 12:40:00", "2026-11-24 12:42:00"),
    # Both days have to match: Friday the 13th, and not every Friday.
    ("0 0 12 13 * 5", NOON, "2027-08-13 12:00:00"),
    ("0 0 0 29 2 *", NOON, "2028-02-29 00:00:00"),
    ("0 0 0 29 2 *", "2096-03-01 00:00:00", "2104-02-29 00:00:00"),
    ("0 0 0 29 2 1", "2080-01-01 00:00:00", "2112-02-29 00:00:00"),
    ("0 0 0 31 * *", "2003-01-31 00:00:00", "2003-03-31 00:00:00"),
    ("  0  0 0 1 1   *", NOON, "2027-01-01 00:00:00"),
    ("59 59 23 31 12 *", "2026-12-31 23:59:58", "2026-12-31 23:59:59"),
    ("00:30:00", NOON, "2026-11-24 12:30:00"),
    ("1.00:00:00", NOON, "2026-11-25 12:00:00"),  # docs
    ("25:00:00", NOON, "2026-12-19 12:00:00"),  # docs: 25 days
    ("12:30", NOON, "2026-11-25 00:30:00"),
]


@pytest.mark.parametrize(("text", "moment", "fires"), FIRINGS)
def test_the_next_firing(text, moment, fires):
    schedule = Schedule.parse(text)
    after = schedule.after(datetime.fromisoformat(moment))
    assert after == datetime.fromisoformat(fires)


def test_a_part_of_a_second_is_before_the_next_one():
    moment = datetime(2026, 11, 24, 12, 4, 59, 999_999)
    fires = Schedule.parse("0 */5 * * * *").after(moment)
    assert fires == datetime(2026, 11, 24, 12, 5)
    assert Schedule.parse("0 */5 * * * *").after(fires).minute == 10


WRONG = [
    ("", "0 fields, not 6"),
    ("* * * *", "4 fields, not 6 (second minute hour day month weekday)"),
    ("* * * * * * *", "7 fields"),
    ("0\t*\t*\t*\t*\t*", "1 field,"),  # NCrontab parts fields by spaces
    ("60 * * * * *", "second 60 is above 59"),
    ("* 60 * * * *", "minute 60 is above 59"),
    ("* * 24 * * *", "hour 24 is above 23"),
    ("* * * 0 * *", "day 0 is below 1"),
    ("* * * 1-32 * *", "day 32 is above 31"),
    ("* * * * 13 *", "month 13 is above 12"),
    ("* * * * * 7", "weekday 7 is above 6"),  # no second Sunday
    ("* * * * * noday", "weekday has 'noday' where a number from 0 to 6"),
    ("* * * * februari *", "a name like February"),
    ("x * * * * *", "second has 'x' where a number from 0 to 59 belongs"),
    ("1, * * * * *", "second has ''"),
    ("-5 * * * * *", "second has '-5'"),
    ("1-* * * * * *", "second has '*'"),
    ("*-5 * * * * *", "second has '*'"),
    ("/5 * * * * *", "second has ''"),
    ("*/ * * * * *", "second has '' for a step"),
    ("*/2/3 * * * * *", "second has '2/3' for a step"),
    ("١ * * * * *", "second has '١'"),
    ("0 0 0 31 2 *", "day 31 never comes in month February"),
    ("0 0 0 31 2,4,6,9,11 *", "day 31 never comes in month February,April"),
    ("0 0 0 30-31 feb *", "day 30-31 never comes in month February"),
    ("00:00:00", "longer than no time"),
    ("-00:00:05", "longer than no time"),
    ("999999999.00:00:00", "Write days, hours"),
    ("00:60:00", "five minutes"),
    ("every:five:minutes", "five minutes"),
]


@pytest.mark.parametrize(("text", "wrong"), WRONG)
def test_what_is_no_schedule(text, wrong):
    with pytest.raises(ValueError) as raised:
        Schedule.parse(text)
    said = str(raised.value)
    # The host's sentence: azure-webjobs-sdk-extensions, TimerSchedule.cs.
    assert said.startswith(
        f"The schedule expression '{text}' was not recognized as a valid cron "
        "expression or timespan string"
    )
    assert wrong in said
    assert said.endswith("'0 */5 * * * *' fires every five minutes.")


def test_the_calendar_ends():
    last = datetime(9999, 12, 31, 23, 59, 59)
    for text in ("* * * * * *", "0 0 0 1 1 *", "00:00:01", "9999999"):
        schedule = Schedule.parse(text)
        with pytest.raises(ValueError, match="does not fire"):
            schedule.after(last)


@pytest.mark.parametrize(
    ("text", "printed", "monitored", "dst"),
    [
        ("0 */20 * * * *", "Cron: '0 0,20,40 * * * *'", True, True),
        ("*/20 * * * *", "Cron: '0,20,40 * * * *'", True, True),
        ("0-59 * * 1-31 jan-mar,may 0-6", "", True, True),
        ("*/30 * * * * *", "Cron: '0,30 * * * * *'", False, True),
        ("5 * * * * *", "Cron: '5 * * * * *'", True, True),
        ("* * 0 * * *", "Cron: '* * 0 * * *'", True, True),
        ("00:00:59", "Constant: 00:00:59", False, False),
        ("00:01:00", "Constant: 00:01:00", True, False),
        ("2.03:04:05.5", "Constant: 2.03:04:05.5000000", True, False),
    ],
)
def test_what_the_host_knows_of_a_schedule(text, printed, monitored, dst):
    """CronSchedule.cs, ConstantSchedule.cs, TimerSchedule.cs."""
    schedule = Schedule.parse(text)
    assert str(schedule) == (printed or "Cron: '* * * * 1-3,5 *'")
    assert schedule.monitored is monitored
    assert schedule.adjusts_for_dst is dst


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "0 30 9 * * mon-fri",
            "Fires at second 0, minute 30, hour 9, weekday Monday-Friday "
            "(UTC).",
        ),
        ("* * * * * *", "Fires every second."),
        ("00:30:00", "Fires every 0:30:00."),
    ],
)
def test_a_schedule_in_english(text, sentence):
    assert Schedule.parse(text).describe() == sentence


@st.composite
def fields(draw):
    """Six fields: their texts, and the values each means."""
    texts, meant = [], []
    for low, high in LIMITS:
        elements, values = [], set()
        for _ in range(draw(st.integers(1, 3))):
            first = draw(st.integers(low, high))
            last = draw(st.integers(first, high))
            step = draw(st.integers(1, 20))
            text, those = draw(
                st.sampled_from(
                    (
                        ("*", range(low, high + 1)),
                        (f"{first}", [first]),
                        (f"{first}-{last}", range(first, last + 1)),
                        (f"{last}-{first}", range(first, last + 1)),
                        (f"*/{step}", range(low, high + 1, step)),
                        (f"{first}/{step}", range(first, high + 1, step)),
                        (
                            f"{first}-{last}/{step}",
                            range(first, last + 1, step),
                        ),
                    )
                )
            )
            elements.append(text)
            values |= set(those)
        texts.append(",".join(elements))
        meant.append(values)
    return texts, meant


MOMENTS = st.datetimes(datetime(1999, 1, 1), datetime(2101, 1, 1)) | st.builds(
    lambda year, month, back: datetime(year, month, 1) - back * SECOND,
    st.integers(1999, 2101),
    st.integers(1, 12),
    st.integers(0, 4000),
)


def matches(moment, meant):
    """Whether a schedule of these values fires at a moment."""
    weekday = (moment.weekday() + 1) % 7
    parts = (*moment.timetuple()[5:2:-1], moment.day, moment.month, weekday)
    return all(
        part in values for part, values in zip(parts, meant, strict=True)
    )


@settings(deadline=None, max_examples=60)  # each may take 10,000 steps
@given(fields(), MOMENTS, st.booleans())
def test_no_second_is_left_out(drawn, moment, five):
    """The oracle goes on by one second until one matches."""
    texts, meant = drawn
    if five:
        texts, meant = texts[1:], [{0}, *meant[1:]]
    try:
        fires = Schedule.parse(" ".join(texts)).after(moment)
    except ValueError as error:
        assert "never comes" in str(error)
        assert min(meant[3]) > 29
        return
    step = moment.replace(microsecond=0)
    for _ in range(10_000):
        step += SECOND
        if matches(step, meant):
            break
    else:
        assert fires > step
        assert matches(fires, meant)
        return
    assert fires == step


@settings(deadline=None, max_examples=150)
@given(fields(), MOMENTS)
def test_no_day_is_left_out(drawn, moment):
    """At midnight only; the oracle goes on by one day."""
    texts, meant = drawn
    texts, meant = ["0", "0", "0", *texts[3:]], [{0}, {0}, {0}, *meant[3:]]
    try:
        fires = Schedule.parse(" ".join(texts)).after(moment)
    except ValueError:
        assert min(meant[3]) > 29
        return
    step = moment.replace(hour=0, minute=0, second=0, microsecond=0) + DAY
    while step < fires and not matches(step, meant):
        step += DAY
    assert fires == step
