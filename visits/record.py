"""Reading what was recorded: an action's text and its changes, a person's care over time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from carehelp.audit import trail
from carehelp.audit.models import AuditEvent
from carehelp.lib.fields import reveal
from members.models import Member
from visits.actions import SEALED
from visits.models import CareAction, Duty
from visits.models.duty import DutyQuerySet

if TYPE_CHECKING:
    from carehelp.accounts.models import User

SHOWN = ("kind", "on", "who_went", "found", "done", "next_step", "next_on", "cancel_reason")
TIMELINE = 100  # Actions and duties on one page about a person.


@dataclass(frozen=True)
class Change:
    """One version of a record against the one before: who, when, and (label, old, new) for each field."""

    at: datetime
    by: "User | None"
    what: str
    fields: list[tuple[str, str, str]]


def texts(action: CareAction) -> dict[str, str]:
    """The sealed text of an action, opened; call `viewed` in the same breath."""
    return {name: reveal(action, name) for name in SEALED}


def viewed(action: CareAction, by: "User", *, photos: int) -> None:
    """Note that somebody opened the sealed text (once for each page)."""
    trail.record(
        AuditEvent.Verb.VIEWED,
        by=by,
        target=f"action:{action.pk}",
        organization_id=action.organization_id,
        person_id=action.member_id,
        photos=photos,
    )


def changes(action: CareAction) -> list[Change]:
    """How the record came to be what it is, newest first."""
    versions = list(action.history.select_related("history_user").order_by("history_id"))
    told = [
        Change(version.history_date, version.history_user, _what(before, version), _differences(before, version))
        for before, version in zip([None, *versions], versions, strict=False)
    ]
    return told[::-1]


def next_duty(duties: DutyQuerySet, member: Member) -> Duty | None:
    """What comes next for a person among the duties that the reader may see: the one with the nearest last day."""
    return duties.filter(member=member, status=Duty.Status.OPEN).order_by("grace_until", "id").first()


def timeline(actions: Iterable[CareAction], duties: Iterable[Duty]) -> list[tuple[date, str, Any]]:
    """Actions and ended duties of a person in one order, newest first, as (day, "action" or "duty", row)."""
    told: list[tuple[date, str, Any]] = [(action.on, "action", action) for action in actions]
    told += [(duty.ended_on or duty.due, "duty", duty) for duty in duties if duty.fulfilled_by_id is None]
    return sorted(told, key=lambda entry: (entry[0], str(entry[2].pk)), reverse=True)


def _what(before: Any, version: Any) -> str:
    if before is None:
        return _("recorded")
    return _("cancelled") if version.cancelled_at and not before.cancelled_at else _("corrected")


def _differences(before: Any, version: Any) -> list[tuple[str, str, str]]:
    if before is None:
        return []
    told = []
    for name in SHOWN:
        old, new = _value(before, name), _value(version, name)
        if old != new:
            told.append((str(CareAction._meta.get_field(name).verbose_name), old, new))  # type: ignore[union-attr]
    return told


def _value(version: Any, name: str) -> str:
    if name in SEALED:
        return reveal(version, name)
    value = getattr(version, name)
    if name == "kind":
        return str(CareAction.Kind(value).label)
    return date_format(value) if isinstance(value, date) else str(value or "")
