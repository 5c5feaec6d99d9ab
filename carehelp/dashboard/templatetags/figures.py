"""A figure that leads to its rows.  A tag and not a fragment: a county's page shows hundreds of them."""

from functools import cache
from urllib.parse import urlencode

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from carehelp.dashboard.period import Period
from members.models import Organization

register = template.Library()
NONE = SafeString('<span class="ch-zero">0</span>')


@register.simple_tag
def figure(
    organization: Organization, name: str, count: int, period: Period, *, own: bool = False, rule: str = ""
) -> SafeString:
    """The count as a link to the duties behind it; a plain 0 where there are none."""
    if not count:
        return NONE
    query = {"period": period.key} | ({"own": "1"} if own else {}) | ({"rule": rule} if rule else {})
    before, after = _around(name)
    return format_html(
        '<a class="ch-figure-link" href="{}{}{}?{}">{}</a>',
        before,
        organization.pk,
        after,
        urlencode(query),
        f"{count:,}",
    )


@cache
def _around(name: str) -> tuple[str, str]:
    """What stands before and after the organization's number in the address of its rows."""
    before, after = reverse("dashboard:rows", args=[0, name]).split("/0/")
    return f"{before}/", f"/{after}"
