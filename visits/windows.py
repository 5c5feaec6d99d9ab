"""A duty's window in words, so that nobody thinks it can be done on one day only."""

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from visits.models import Duty


def window(duty: Duty, today: date) -> str:
    """「6月24日—7月8日（当天 7月1日）」: first and last day in time, and the due day when it is neither of them."""
    years = any(day.year != today.year for day in (duty.opens, duty.grace_until))
    opens, due, last = (_day(day, years) for day in (duty.opens, duty.due, duty.grace_until))
    if duty.opens == duty.grace_until:
        return opens
    if duty.due in (duty.opens, duty.grace_until):
        return _("%(opens)s to %(last)s") % {"opens": opens, "last": last}
    return _("%(opens)s to %(last)s (the day itself: %(due)s)") % {"opens": opens, "last": last, "due": due}


def standing(duty: Duty, today: date) -> str:
    """How the duty stands today: late by so many days, so many days left, or from when it can be done."""
    if duty.status != Duty.Status.OPEN:
        return str(Duty.Status(duty.status).label)
    if duty.grace_until < today:
        days = (today - duty.grace_until).days
        return ngettext("%(days)s day late", "%(days)s days late", days) % {"days": days}
    if duty.opens > today:
        return _("from %(day)s on") % {"day": _day(duty.opens, duty.opens.year != today.year)}
    days = (duty.grace_until - today).days
    if not days:
        return _("last day today")
    return ngettext("%(days)s day left", "%(days)s days left", days) % {"days": days}


def tone(duty: Duty, today: date) -> str:
    """Which badge the state wears: late, open, done or quiet."""
    if duty.status == Duty.Status.DONE:
        return "done"
    if duty.status != Duty.Status.OPEN or duty.opens > today:
        return "quiet"
    return "late" if duty.grace_until < today else "open"


def _day(day: date, with_year: bool) -> str:
    return date_format(day, "DATE_FORMAT" if with_year else "MONTH_DAY_FORMAT")
