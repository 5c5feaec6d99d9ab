"""The words in which a rule is read by the people it binds."""

from collections.abc import Sequence

from django.utils.translation import get_language, gettext_lazy, ngettext, npgettext, pgettext_lazy
from django.utils.translation import gettext as _

from visits.models import CareAction
from visits.rules.vocabulary import (
    Anniversary,
    AtStart,
    Audience,
    DaysBefore,
    Every,
    Festivals,
    OnDayOfYear,
    OnEvent,
    Opens,
    Responsible,
    When,
    Window,
    Yearly,
)

WHO = {
    "members.in-place": gettext_lazy("each member on the roster"),
    "members.active": gettext_lazy("each active member on the roster"),
    "members.aged-80": gettext_lazy("each active member of 80 and over on that day"),
    "members.fifty-years": gettext_lazy("each active member with 50 years of party age by that day and no medal yet"),
}
EVERY = {
    "year": gettext_lazy("every year"),
    "half-year": gettext_lazy("every half-year"),
    "quarter": gettext_lazy("every quarter"),
    "month": gettext_lazy("every month"),
}
FESTIVALS = {
    "new-year": gettext_lazy("New Year"),
    "spring-festival": gettext_lazy("Spring Festival"),
    "july-1": pgettext_lazy("festival", "1 July"),
    "double-ninth": gettext_lazy("Double Ninth"),
    "mid-autumn": gettext_lazy("Mid-Autumn"),
}
BY = {
    "branch": gettext_lazy("the branch answers for it"),
    "leading-cadre": gettext_lazy("a leading cadre answers for it"),
}


def parts(who: Audience, when: When, window: Window, by: Responsible, kinds: Sequence[str]) -> dict[str, str]:
    """The sentence of a rule in its parts, in the active language; a part that says nothing is empty."""
    return {
        "who": str(WHO[who]),
        "when": _when(when),
        "opens": _opens(window.opens),
        "due": _("due at its end") if isinstance(when, Every) else _("due on the day"),
        "grace": _grace(window.grace_days),
        "by": str(BY[by]),
        "fulfilled_by": _fulfilment(kinds),
    }


def article(number: str) -> str:
    """Where it stands in the regulation: 第六条第二款 for "6.2"."""
    if (get_language() or "").startswith("en"):
        return _("article %(article)s") % {"article": number}
    whole, _dot, paragraph = number.partition(".")
    return f"第{_numeral(int(whole))}条" + (f"第{_numeral(int(paragraph))}款" if paragraph else "")


def _numeral(number: int) -> str:
    """A number below 100 as it is written in Party documents."""
    tens, ones = divmod(number, 10)
    digits = "零一二三四五六七八九"
    head = ("" if tens == 1 else digits[tens]) + "十" if tens else ""
    return head + (digits[ones] if ones or not tens else "")


def _when(when: When) -> str:
    match when:
        case Anniversary():
            return _("anniversary of joining the Party")
        case Every(unit):
            return str(EVERY[unit])
        case Yearly(month, day):
            return _("every year on %(day)s") % {"day": _day_of_year(month, day)}
        case Festivals(names):
            return pgettext_lazy("between kinds", ", ").join(str(FESTIVALS[name]) for name in names)
        case OnEvent():
            return _("the day named as the next step of a care action")


def _opens(opens: Opens) -> str:
    match opens:
        case DaysBefore(days):
            return ngettext("opens %(days)s day before", "opens %(days)s days before", days) % {"days": days}
        case OnDayOfYear(month, day):
            return _("opens on %(day)s") % {"day": _day_of_year(month, day)}
        case AtStart():
            return _("opens at its start")


def _grace(days: int) -> str:
    if not days:
        return ""
    return npgettext("rule", "%(days)s day of grace", "%(days)s days of grace", days) % {"days": days}


def _fulfilment(kinds: Sequence[str]) -> str:
    if set(kinds) == set(CareAction.Kind.values):
        return _("fulfilled by any care action")
    words = pgettext_lazy("between kinds", ", ").join(str(CareAction.Kind(kind).label) for kind in kinds)
    return _("fulfilled by %(kinds)s") % {"kinds": words}


def _day_of_year(month: int, day: int) -> str:
    return _("%(month)02d-%(day)02d") % {"month": month, "day": day}
