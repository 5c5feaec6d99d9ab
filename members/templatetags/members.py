"""Words about people that several pages need."""

from datetime import date

from django import template

from members import dates

register = template.Library()


@register.filter
def exactly(day: date | None, precision: str) -> str:
    """1974年5月3日, or 1974年5月 where the file names only the month; empty for no date."""
    return dates.in_words(day, precision) if day else ""
