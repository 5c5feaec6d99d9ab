"""Periods that reports are asked for: whole civil days, both ends included."""

from dataclasses import dataclass
from datetime import date

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Preset(TextChoices):
    YEAR = "year", _("This year so far")
    QUARTER = "quarter", _("This quarter so far")
    MONTH = "month", _("This month so far")
    LAST_YEAR = "last-year", _("Last year")
    OTHER = "other", _("Other dates")


@dataclass(frozen=True)
class Period:
    """From the first to the last civil day; raises `ValueError` when they stand in the wrong order."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError("A period ends on or after the day it begins.")

    @property
    def ends(self) -> tuple[date, date]:
        return self.first, self.last


def of(preset: str, today: date) -> Period:
    """The period that a preset names on a civil day; raises `KeyError` for `other`, which names none."""
    quarter = date(today.year, (today.month - 1) // 3 * 3 + 1, 1)
    return {
        Preset.YEAR.value: Period(date(today.year, 1, 1), today),
        Preset.QUARTER.value: Period(quarter, today),
        Preset.MONTH.value: Period(today.replace(day=1), today),
        Preset.LAST_YEAR.value: Period(date(today.year - 1, 1, 1), date(today.year - 1, 12, 31)),
    }[preset]
