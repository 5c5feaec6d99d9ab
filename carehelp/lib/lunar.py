"""Dates of the lunar calendar on the civil one, in China's time (years 1900 to 2099).

Months begin with the new moon as `lunar_python` reckons it; the table of `lunardate` is a day off in three of the
1800 months from 1950 to 2099, Mid-Autumn of 1978 among them.
"""

from datetime import date
from functools import cache

from lunar_python import LunarYear, Solar


def spring_festival(year: int) -> date:
    """The civil day of lunar 1/1 in a civil year.  Raises `ValueError` outside 1900 to 2099."""
    return kept_on(year, 1, 1)


def double_ninth(year: int) -> date:
    """The civil day of lunar 9/9, the elders' day."""
    return kept_on(year, 9, 9)


def mid_autumn(year: int) -> date:
    """The civil day of lunar 8/15."""
    return kept_on(year, 8, 15)


def kept_on(lunar_year: int, month: int, day: int) -> date:
    """The civil day on which a lunar birthday or festival is kept in the lunar year that begins in `lunar_year`.

    A day 30 that the month lacks is kept on day 29.  Somebody born in a leap month keeps the ordinary month of the
    same number, so the leap month itself is never asked for.  Raises `ValueError` for a year outside 1900 to 2099
    or for something that is no day of the calendar.
    """
    if not 1900 <= lunar_year <= 2099:
        raise ValueError(f"no lunar calendar for the year {lunar_year}: only 1900 to 2099")
    if not (1 <= month <= 12 and 1 <= day <= 30):
        raise ValueError(f"no day of the lunar calendar: {month}/{day}")
    first, days = _month(lunar_year, month)
    return date.fromordinal(first.toordinal() + min(day, days) - 1)


@cache
def _month(year: int, month: int) -> tuple[date, int]:
    """The civil day with which an ordinary lunar month begins, and how many days it has."""
    found = LunarYear.fromYear(year).getMonth(month)
    first = Solar.fromJulianDay(found.getFirstJulianDay())
    return date(first.getYear(), first.getMonth(), first.getDay()), found.getDayCount()
