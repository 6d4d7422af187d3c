"""When a timer trigger fires: NCRONTAB schedules.

A schedule has six fields, second minute hour day month weekday, or five
without the second, which is then 0. A field is a list of `*`, values and
ranges, each with a step if wanted: `*/5`, `3-30/9`, `1,15`, `mon-fri`. Rules
that differ from Unix cron (NCrontab 3.3, CrontabFieldImpl.cs, CrontabField.cs
and CrontabSchedule.cs, read 2026-11):

- day **and** weekday have to match, also where both are given;
- Sunday is 0, and 7 is no weekday;
- `5/10` is every tenth value from 5 on; a step of 0 counts as 1;
- a range the wrong way round is turned: `50-10` is `10-50`;
- a name may be cut short (`j` is January, the first that begins with it).

"hh:mm:ss" is a constant interval, which Azure keeps on App Service plans only
(azure-webjobs-sdk-extensions 5, TimerSchedule.cs and TimerTriggerAttribute.cs,
read 2026-11). Times are UTC, as in Azure unless an app sets a time zone.

The real host takes a schedule that never fires, as on 31 February, and waits
until the year 9999; here it is refused.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from workshop.azure.time_span import time_span

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
WEEKDAYS = (
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
)
MONTH_LENGTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)  # at most
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Field:
    """One place of a schedule, and what may stand in it."""

    name: str
    lowest: int
    highest: int
    names: tuple[str, ...] = ()  # of the values, the lowest first

    @property
    def every(self) -> frozenset[int]:
        """All its values, as `*` says."""
        return frozenset(range(self.lowest, self.highest + 1))

    def parse(self, text: str) -> frozenset[int]:
        """The values that a list of elements means."""
        return frozenset(
            value
            for element in text.split(",")
            for value in self._element(element)
        )

    def _element(self, text: str) -> range:
        values, slash, step = text.partition("/")
        if slash and not re.fullmatch("[0-9]+", step):
            raise ValueError(f"{self.name} has {step!r} for a step")
        first, dash, last = values.partition("-")
        if values == "*":
            low, high = self.lowest, self.highest
        elif dash and first:
            low, high = sorted((self._value(first), self._value(last)))
        else:
            low = self._value(values)
            high = self.highest if slash else low
        return range(low, high + 1, max(int(step or 1), 1))

    def _value(self, text: str) -> int:
        for value, name in enumerate(self.names, self.lowest):
            if text and name.lower().startswith(text.lower()):
                return value
        if not re.fullmatch("[0-9]+", text):
            names = f" or a name like {self.names[1]}" if self.names else ""
            raise ValueError(
                f"{self.name} has {text!r} where a number from {self.lowest} "
                f"to {self.highest}{names} belongs"
            )
        value = int(text)
        if value < self.lowest:
            raise ValueError(f"{self.name} {value} is below {self.lowest}")
        if value > self.highest:
            raise ValueError(f"{self.name} {value} is above {self.highest}")
        return value

    def told(self, values: frozenset[int], named: bool = False) -> str:
        """The values, those in a row as a range; `*` if they are all."""
        if values == self.every:
            return "*"
        runs: list[list[int]] = []
        for value in sorted(values):
            if runs and value == runs[-1][-1] + 1:
                runs[-1].append(value)
            else:
                runs.append([value])
        return ",".join(
            "-".join(
                self.names[value - self.lowest]
                if named and self.names
                else str(value)
                for value in dict.fromkeys((run[0], run[-1]))
            )
            for run in runs
        )


FIELDS = (
    Field("second", 0, 59),
    Field("minute", 0, 59),
    Field("hour", 0, 23),
    Field("day", 1, 31),
    Field("month", 1, 12, MONTHS),
    Field("weekday", 0, 6, WEEKDAYS),
)


class Schedule(ABC):
    """When a timer fires. Its text is how the host prints it in its log."""

    @staticmethod
    def parse(text: str) -> "Schedule":
        """The schedule of a timer trigger, settings in it expanded already.

        Raises ValueError with the host's sentence and what is wrong.
        """
        try:
            if ":" in text or re.fullmatch(" *[0-9]+ *", text):
                return Interval.of_seconds(time_span(text))
            return Cron.of_fields([part for part in text.split(" ") if part])
        except ValueError as error:
            wrong = str(error).removesuffix(".")
            raise ValueError(
                f"The schedule expression '{text}' was not recognized as a "
                f"valid cron expression or timespan string: {wrong}. For "
                "example, '0 */5 * * * *' fires every five minutes."
            ) from error

    @property
    @abstractmethod
    def adjusts_for_dst(self) -> bool:
        """What the trigger's data says about Schedule.AdjustForDST."""

    @property
    @abstractmethod
    def monitored(self) -> bool:
        """Whether a ScheduleStatus is kept: not if it fires within a minute.

        TimerSchedule.cs: otherwise the trigger's data says null for it.
        """

    @abstractmethod
    def after(self, moment: datetime) -> datetime:
        """The next firing after a moment, both naive UTC.

        Raises ValueError if there is none before the year 10000.
        """

    @abstractmethod
    def describe(self) -> str:
        """The schedule as an English sentence."""


@dataclass(frozen=True)
class Cron(Schedule):
    """The values of each field, in the order of FIELDS."""

    seconds: frozenset[int]
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    with_seconds: bool = True  # whether the text had six fields

    @classmethod
    def of_fields(cls, texts: list[str]) -> "Cron":
        """Of five or six fields."""
        if len(texts) not in (5, 6):
            fields = " ".join(field.name for field in FIELDS)
            count = f"{len(texts)} field" + ("" if len(texts) == 1 else "s")
            raise ValueError(
                f"it has {count}, not 6 ({fields}), nor 5 (without the second)"
            )
        six = len(texts) == 6
        told = texts if six else ["0", *texts]
        values = [
            field.parse(text) for field, text in zip(FIELDS, told, strict=True)
        ]
        seconds, minutes, hours, days, months, weekdays = values
        cron = cls(seconds, minutes, hours, days, months, weekdays, six)
        cron._check_that_it_fires()
        return cron

    def _check_that_it_fires(self) -> None:
        # Every day of the year falls on every weekday some day, 29 February
        # too, so only month and day can exclude each other.
        if min(self.days) > max(MONTH_LENGTHS[m - 1] for m in self.months):
            month = FIELDS[4].told(self.months, named=True)
            raise ValueError(
                f"day {FIELDS[3].told(self.days)} never comes in month {month}"
            )

    @property
    def adjusts_for_dst(self) -> bool:
        return True

    @property
    def monitored(self) -> bool:
        return len(self.seconds) == 1 or any(
            values != field.every
            for field, values in zip(FIELDS[1:], self._values[1:], strict=True)
        )

    def after(self, moment: datetime) -> datetime:
        earliest = moment.replace(microsecond=0)
        try:
            earliest += SECOND
            for day in self._days(earliest.date()):
                midnight = datetime(day.year, day.month, day.day)
                fires = self._time(max(earliest, midnight))
                if fires is not None:
                    return fires
        except OverflowError:
            pass
        raise ValueError(
            f"{self} does not fire between {moment} and the end of 9999"
        )

    def _days(self, day: date) -> Iterator[date]:
        """The days on which it fires, from this one on."""
        while True:
            if day.month not in self.months:
                day = day.replace(day=1) + 31 * DAY
                day = day.replace(day=1)
                continue
            if (
                day.day in self.days
                and day.isoweekday() % len(WEEKDAYS) in self.weekdays
            ):
                yield day
            day += DAY

    def _time(self, earliest: datetime) -> datetime | None:
        """The first firing on a day, from a moment on."""
        for hour in sorted(self.hours):
            for minute in sorted(self.minutes):
                last = earliest.replace(hour=hour, minute=minute, second=59)
                if last < earliest:
                    continue
                for second in sorted(self.seconds):
                    fires = last.replace(second=second)
                    if fires >= earliest:
                        return fires
        return None

    def describe(self) -> str:
        told = [
            f"{field.name} {field.told(values, named=True)}"
            for field, values in zip(FIELDS, self._values, strict=True)
            if values != field.every
        ]
        if not told:
            return "Fires every second."
        return f"Fires at {', '.join(told)} (UTC)."

    def __str__(self) -> str:
        told = [
            field.told(values)
            for field, values in zip(FIELDS, self._values, strict=True)
        ]
        return f"Cron: '{' '.join(told[not self.with_seconds :])}'"

    @property
    def _values(self) -> tuple[frozenset[int], ...]:
        return (
            self.seconds,
            self.minutes,
            self.hours,
            self.days,
            self.months,
            self.weekdays,
        )


@dataclass(frozen=True)
class Interval(Schedule):
    """The same time between any two firings."""

    length: timedelta

    @classmethod
    def of_seconds(cls, length_s: float) -> "Interval":
        """Of a length in seconds, which has to be above 0."""
        length = timedelta(seconds=length_s)
        if length <= timedelta():
            raise ValueError("it has to be longer than no time at all")
        return cls(length)

    @property
    def adjusts_for_dst(self) -> bool:
        return False

    @property
    def monitored(self) -> bool:
        return self.length >= timedelta(minutes=1)

    def after(self, moment: datetime) -> datetime:
        try:
            return moment + self.length
        except OverflowError as error:
            raise ValueError(
                f"{self} does not fire between {moment} and the end of 9999"
            ) from error

    def describe(self) -> str:
        return f"Fires every {self.length}."

    def __str__(self) -> str:
        minutes, seconds = divmod(self.length.seconds, 60)
        hours, minutes = divmod(minutes, 60)
        days = f"{self.length.days}." if self.length.days else ""
        micro = self.length.microseconds
        fraction = f".{micro:06}0" if micro else ""
        return (
            f"Constant: {days}{hours:02}:{minutes:02}:{seconds:02}{fraction}"
        )
