"""The small closed vocabulary of rules, as frozen values."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Unit = Literal["year", "half-year", "quarter", "month"]
Festival = Literal["new-year", "spring-festival", "july-1", "double-ninth", "mid-autumn"]
Audience = Literal["members.in-place", "members.active", "members.aged-80", "members.fifty-years"]
Responsible = Literal["branch", "leading-cadre"]
Event = Literal["next-step"]


@dataclass(frozen=True)
class Anniversary:
    """Every year on the day of joining (29 February on the 28th in common years), from the year after joining."""

    of: Literal["joined"]


@dataclass(frozen=True)
class Every:
    """Once in every such stretch of the calendar."""

    unit: Unit


@dataclass(frozen=True)
class Yearly:
    """Every year on one civil day."""

    month: int
    day: int


@dataclass(frozen=True)
class Festivals:
    """At each of these festivals, lunar ones on their civil day of the year."""

    names: tuple[Festival, ...]


@dataclass(frozen=True)
class OnEvent:
    """When something happens; whoever records it gives the duty."""

    event: Event


When = Anniversary | Every | Yearly | Festivals | OnEvent


@dataclass(frozen=True)
class DaysBefore:
    """So many days before the day; a stretch longer than a day opens with its first day instead."""

    days: int


@dataclass(frozen=True)
class AtStart:
    """With the first day of the stretch."""


@dataclass(frozen=True)
class OnDayOfYear:
    """On a fixed day of the same year."""

    month: int
    day: int


Opens = DaysBefore | AtStart | OnDayOfYear


@dataclass(frozen=True)
class Dates:
    """A duty's window: the days (all included) from which, by which and, with grace, until which it is in time."""

    opens: date
    due: date
    grace_until: date


@dataclass(frozen=True)
class Window:
    """How the window lies around a stretch of days; it is due on the stretch's last day."""

    opens: Opens
    grace_days: int = 0

    def around(self, first: date, last: date | None = None) -> Dates:
        """The dates of a window around the day `first`, or around the stretch from `first` to `last`."""
        last = last or first
        return Dates(self._opening(first, last), last, last + timedelta(days=self.grace_days))

    def _opening(self, first: date, last: date) -> date:
        match self.opens:
            case OnDayOfYear(month, day):
                return date(first.year, month, day)
            case DaysBefore(days) if first == last:
                return first - timedelta(days=days)
            case _:
                return first
