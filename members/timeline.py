"""What a person's page tells about time: the events of a Party life, and who changed which fact when."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from carehelp.lib import clock
from carehelp.lib.crypto import CannotUnseal
from carehelp.lib.fields import reveal
from members import dates
from members.models import Member, Organization
from members.people import SEALED

if TYPE_CHECKING:
    from carehelp.accounts.models import User

NEWEST = 200  # History rows that are looked at; far more than anybody's facts change.
FACTS = (
    "organization_id", "name", "sex", "ethnicity", "birth_on", "education", "occupation", *SEALED, "category",
    "party_status", "joined_on", "joined_precision", "full_on", "full_precision", "suspended_on", "suspended_days",
    "medal_on", "lost_contact", "lost_since", "floating", "floating_to", "died_on", "left_on", "left_reason",
)  # fmt: skip


@dataclass(frozen=True)
class FactChange:
    """One fact that changed; for sealed facts `before` and `after` stay empty: that they changed is all to be read."""

    fact: str
    label: str
    before: str = ""
    after: str = ""
    sealed: bool = False


@dataclass(frozen=True)
class Change:
    """What one person wrote at one moment."""

    at: datetime
    by: str
    reason: str
    created: bool = False
    facts: list[FactChange] = field(default_factory=list)


@dataclass(frozen=True)
class Event:
    """One station of a Party life."""

    day: date
    when: str
    title: str
    text: str = ""


def changes(member: Member, nameable: "QuerySet[Organization, Any]", *, since: int = 0) -> list[Change]:
    """Changes of a person's facts, newest first, in two queries however many there are.

    `nameable` are the organizations whose names the reader may see; `since` (a history number) leaves out that
    row and older ones, but compares with it.
    """
    rows = list(
        member.history.filter(history_id__gte=since).select_related("history_user").order_by("-history_id")[:NEWEST]
    )
    named = {row.pk: row.name for row in nameable.filter(pk__in={row.organization_id for row in rows})}
    found = [_change(newer, older, named) for newer, older in zip(rows, rows[1:], strict=False)]
    if rows and not since and rows[-1].history_type == "+":
        found.append(Change(rows[-1].history_date, _who(rows[-1].history_user), "", created=True))
    return [change for change in found if change.created or change.facts]


def events(member: Member, changed: list[Change]) -> list[Event]:
    """Joining, full membership, medal, moves between branches, suspension, end; newest first."""
    found = [
        _event(member.joined_on, _("Joined the Party"), member.joined_precision),
        _event(member.full_on, _("Became a full member"), member.full_precision),
        _event(member.suspended_on, _("Membership suspended")),
        _event(member.medal_on, _("Received the medal for 50 years in the Party")),
        _event(member.left_on, _("Left the roster"), text=member.left_reason),
        _event(member.died_on, _("Died")),
    ]
    for change in changed:
        for fact in change.facts:
            if fact.fact == "organization_id":
                moved = change.at.astimezone(clock.SHANGHAI).date()
                found.append(_event(moved, _("Moved to another branch"), text=f"{fact.before} → {fact.after}"))
    return sorted((event for event in found if event), key=lambda event: event.day, reverse=True)


def _event(day: date | None, title: str, precision: str = "day", *, text: str = "") -> Event | None:
    return Event(day, dates.in_words(day, precision), title, text) if day else None


def _change(newer: Any, older: Any, named: dict[int, str]) -> Change:
    facts = []
    for fact in FACTS:
        if fact in SEALED:
            if _sealed_differ(newer, older, fact):
                facts.append(FactChange(fact, _label(fact), sealed=True))
        elif getattr(newer, fact) != getattr(older, fact):
            facts.append(FactChange(fact, _label(fact), _words(older, fact, named), _words(newer, fact, named)))
    return Change(newer.history_date, _who(newer.history_user), newer.history_change_reason or "", facts=facts)


def _sealed_differ(newer: Any, older: Any, fact: str) -> bool:
    """Two seals of one text differ, so what differs is decided by what is inside."""
    if (getattr(newer, fact) or b"") == (getattr(older, fact) or b""):
        return False
    try:
        return reveal(newer, fact) != reveal(older, fact)
    except CannotUnseal:
        return True


def _words(row: Any, fact: str, named: dict[int, str]) -> str:
    value = getattr(row, fact)
    if fact == "organization_id":
        return named.get(value, _("an organization outside your area"))
    if value is None or value == "":
        return _("none")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, date):
        return dates.in_words(value, getattr(row, fact.replace("_on", "_precision"), "day"))
    display = getattr(row, f"get_{fact}_display", None)
    return str(display() if display else value)


def _label(fact: str) -> str:
    if fact.endswith("_precision"):
        return _("exactness of “%(date)s”") % {"date": _label(fact.replace("_precision", "_on"))}
    return str(Member._meta.get_field(fact).verbose_name)  # type: ignore[union-attr]  # All are plain fields.


def _who(user: "User | None") -> str:
    return str(user) if user else _("the system")
