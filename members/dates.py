"""Dates of which the file may name only the month, in words; and full years between two days."""

from calendar import monthrange
from datetime import date

from django.utils.formats import date_format


def in_words(day: date, precision: str) -> str:
    """1974年5月3日, or 1974年5月 where the file names only the month."""
    return date_format(day, "YEAR_MONTH_FORMAT" if precision == "month" else "DATE_FORMAT")


def month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def full_years(start: date, day: date) -> int:
    """Full years from `start` to `day`; one that began on 29 February is full on 1 March of common years."""
    return day.year - start.year - ((day.month, day.day) < (start.month, start.day))


def years_before(day: date, years: int) -> date:
    """The latest start from which `years` full years have passed on `day`."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)
