"""When a rule's duties open and fall due: pure dates, without the database.

Anniversaries come as one occurrence per civil day for everybody who joined on it, so that a year is some 380
occurrences however many members there are.
"""

from calendar import isleap, monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from carehelp.lib import lunar
from visits.rules.vocabulary import (
    Anniversary,
    Dates,
    DaysBefore,
    Every,
    Festival,
    Festivals,
    OnEvent,
    When,
    Window,
    Yearly,
)

MONTHS_IN = {"year": 12, "half-year": 6, "quarter": 3, "month": 1}


@dataclass(frozen=True)
class Occurrence:
    """One time at which a rule asks for something.

    `period` names it for the person ("2026", "2026-Q3", "2026-spring-festival"); `anchor` is the day (or "2026-07"
    for a month) that it hangs on, so that a duty whose person's dates were corrected can be told apart; `joined_keys`
    are the `Member.joined_key`s that it concerns, empty when it concerns everybody.
    """

    period: str
    anchor: str
    dates: Dates
    joined_keys: tuple[int, ...] = ()

    @property
    def year(self) -> int:
        """The civil year of the occurrence itself, not of its opening."""
        return int(self.anchor[:4])


def opening_between(when: When, window: Window, first: date, last: date) -> list[Occurrence]:
    """Occurrences whose windows open from `first` to `last` (both included), in the order of opening."""
    return _ordered(found for found in _around(when, window, first, last) if first <= found.dates.opens <= last)


def in_window_on(when: When, window: Window, day: date) -> list[Occurrence]:
    """Occurrences that can be fulfilled in time on `day`: opened, and the grace not over."""
    return _ordered(
        found for found in _around(when, window, day, day) if found.dates.opens <= day <= found.dates.grace_until
    )


def _ordered(found: Iterator[Occurrence]) -> list[Occurrence]:
    return sorted(found, key=lambda occurrence: (occurrence.dates.opens, occurrence.period, occurrence.anchor))


def _around(when: When, window: Window, first: date, last: date) -> Iterator[Occurrence]:
    # An occurrence lies in the civil year of its stretch; only days before and grace reach over New Year.
    before = window.opens.days if isinstance(window.opens, DaysBefore) else 0
    earliest, latest = first - timedelta(days=window.grace_days), last + timedelta(days=before)
    for year in range(earliest.year, latest.year + 1):
        yield from of_year(when, window, year)


def of_year(when: When, window: Window, year: int) -> Iterator[Occurrence]:
    """The occurrences of one civil year; none for a rule that waits for an event."""
    match when:
        case Anniversary():
            yield from _anniversaries(window, year)
        case Every(unit):
            yield from _stretches(window, year, MONTHS_IN[unit])
        case Yearly(month, day):
            civil = date(year, month, day)
            yield Occurrence(str(year), civil.isoformat(), window.around(civil))
        case Festivals(names):
            for name in names:
                civil = festival(name, year)
                yield Occurrence(f"{year}-{name}", civil.isoformat(), window.around(civil))
        case OnEvent():
            return


def _anniversaries(window: Window, year: int) -> Iterator[Occurrence]:
    for month in range(1, 13):
        days = monthrange(year, month)[1]
        whole = window.around(date(year, month, 1), date(year, month, days))
        yield Occurrence(str(year), f"{year}-{month:02}", whole, (month * 100,))
        for day in range(1, days + 1):
            civil = date(year, month, day)
            yield Occurrence(str(year), civil.isoformat(), window.around(civil), _keys(civil))


def _keys(civil: date) -> tuple[int, ...]:
    key = civil.month * 100 + civil.day
    # Who joined on 29 February keeps the 28th in common years.
    return (key, 229) if key == 228 and not isleap(civil.year) else (key,)


def _stretches(window: Window, year: int, months: int) -> Iterator[Occurrence]:
    for number, first_month in enumerate(range(1, 13, months), start=1):
        last_month = first_month + months - 1
        first = date(year, first_month, 1)
        last = date(year, last_month, monthrange(year, last_month)[1])
        name = {12: f"{year}", 6: f"{year}-H{number}", 3: f"{year}-Q{number}", 1: f"{year}-{number:02}"}[months]
        yield Occurrence(name, first.isoformat(), window.around(first, last))


def festival(name: Festival, year: int) -> date:
    """The civil day of a festival in a year.  Raises `ValueError` for a lunar one outside 1900 to 2099."""
    match name:
        case "new-year":
            return date(year, 1, 1)
        case "july-1":
            return date(year, 7, 1)
        case "spring-festival":
            return lunar.spring_festival(year)
        case "double-ninth":
            return lunar.double_ninth(year)
        case "mid-autumn":
            return lunar.mid_autumn(year)


def years_before(day: date, years: int) -> date:
    """The latest date of birth (or of beginning) with which somebody has so many full years on `day`."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February, and that year had none.
        return date(day.year - years, 2, 28)
