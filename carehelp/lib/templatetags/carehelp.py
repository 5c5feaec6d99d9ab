"""Filters and tags that every page uses: dates as people read them, icons, masked values."""

from datetime import date
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

register = template.Library()


@register.filter
def civil(day: date | None) -> str:
    """2026年11月24日 周二; empty for no date."""
    if day is None:
        return ""
    return f"{date_format(day, 'DATE_FORMAT')} {_weekday(day)}"


@register.filter
def short_civil(day: date | None) -> str:
    """11月24日 周二, for lists whose year is plain."""
    if day is None:
        return ""
    return f"{date_format(day, 'MONTH_DAY_FORMAT')} {_weekday(day)}"


def _weekday(day: date) -> str:
    return date_format(day, "D") if (get_language() or "").startswith("en") else "周" + "一二三四五六日"[day.weekday()]


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An icon of the installed set; with a label it speaks for itself, without one it is decoration."""
    href = f"{static('icons/bootstrap-icons.svg')}#{name}"
    if label:
        return format_html('<svg class="ch-icon" role="img" aria-label="{}"><use href="{}"></use></svg>', label, href)
    return format_html('<svg class="ch-icon" aria-hidden="true"><use href="{}"></use></svg>', href)


@register.filter
def or_dash(value: Any) -> Any:
    """The value, or a dash that a screen reader can name, for "nothing on file"."""
    return value if value not in (None, "") else format_html('<span aria-label="{}">—</span>', gettext("none"))


@register.filter
def upto(count: int, limit: int = 10_000) -> str:
    """A count that was only counted up to a limit: 「超过 10,000」."""
    if count > limit:
        return gettext("over %(limit)s") % {"limit": f"{limit:,}"}
    return f"{count:,}"
