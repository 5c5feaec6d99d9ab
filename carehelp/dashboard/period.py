"""The stretch of time that a dashboard speaks of: whole calendar months, by the day on which duties fall due."""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from visits.compliance import Between, month_end


@dataclass(frozen=True)
class Period:
    """`key` stands in addresses: `2026`, `2026-Q3` or `2026-07`."""

    key: str
    label: str
    between: Between


def choices(today: date) -> list[Period]:
    """What is offered; the first one is meant when nobody chose."""
    quarter = (today.month - 1) // 3
    first_of_month = today.replace(day=1)
    before_month = date.fromordinal(first_of_month.toordinal() - 1).replace(day=1)
    before_quarter = (today.year, quarter - 1) if quarter else (today.year - 1, 3)
    return [
        _year(today.year, _("This year")),
        _quarter(today.year, quarter, _("This quarter")),
        _month(first_of_month, _("This month")),
        _year(today.year - 1, _("Last year")),
        _quarter(*before_quarter, _("Last quarter")),
        _month(before_month, _("Last month")),
    ]


def chosen(key: str, today: date) -> Period:
    """The period with this key, or this year for anything else."""
    offered = choices(today)
    return next((period for period in offered if period.key == key), offered[0])


def _year(year: int, label: str) -> Period:
    return Period(str(year), label, (date(year, 1, 1), date(year, 12, 31)))


def _quarter(year: int, quarter: int, label: str) -> Period:
    first, last = date(year, quarter * 3 + 1, 1), month_end(date(year, quarter * 3 + 3, 1))
    return Period(f"{year}-Q{quarter + 1}", label, (first, last))


def _month(first: date, label: str) -> Period:
    return Period(f"{first:%Y-%m}", label, (first, month_end(first)))
