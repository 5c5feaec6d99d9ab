"""Reading the evidence chain: narrowed, with the names that the reader may know, and checked as a whole."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.paginator import Paginator
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from carehelp.audit import trail
from carehelp.audit.models import AuditEvent, AuditQuerySet
from carehelp.jobs.work import Context
from carehelp.lib import clock
from carehelp.reports import catalogue
from members.models import Member, Organization
from members.roles import VIEW_ORGANIZATIONS, VIEW_PEOPLE

if TYPE_CHECKING:
    from carehelp.accounts.models import User

KIND = "verify-audit"
MOST_COUNTED = 10_000
DETAILS: dict[str, Promise] = {
    "rows": _lazy("rows"),
    "format": _lazy("format"),
    "first": _lazy("from"),
    "last": _lazy("through"),
    "fields": _lazy("fields"),
    "photos": _lazy("photos"),
    "system": _lazy("by a command of the system"),
    "checked": _lazy("checked"),
    "broken": _lazy("broken"),
    "fault": _lazy("fault"),
    "role": _lazy("role"),
    "starts": _lazy("from"),
    "ends": _lazy("through"),
}


class Pages(Paginator):
    """Pages over at most `MOST_COUNTED` events: nobody turns to page 400, but counting them all would cost seconds."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        counted: int = rows[: MOST_COUNTED + 1].count()
        return counted


@dataclass(frozen=True)
class Entry:
    """One event with what the reader may know beside it: names only of people whom they may see anyway."""

    event: AuditEvent
    organization: str
    person: str
    reason: str
    has_hidden_reason: bool
    target: str  # What was touched, unless it is the person named beside.
    counts: str  # The event's details in words.


def narrowed(
    events: AuditQuerySet,
    *,
    verb: str = "",
    actor: str = "",
    person: str = "",
    organization: Organization | None = None,
    first: date | None = None,
    last: date | None = None,
) -> AuditQuerySet:
    """Only events of one kind, by one account, about one person, at an organization or below it, in a period."""
    if verb:
        events = events.filter(verb=verb)
    if actor:
        events = events.filter(actor_name__icontains=actor)
    if person:
        events = events.about_person(person)
    if organization:
        below = Organization.objects.under(organization).values("pk")
        events = events.filter(organization_id__in=below)
    if first:
        events = events.filter(at__gte=_midnight(first))
    if last:
        events = events.filter(at__lt=_midnight(last + timedelta(days=1)))
    return events


def entries(events: Iterable[AuditEvent], reader: "User") -> list[Entry]:
    """Events ready to be shown, in two queries more; administrators get ids where others get people's names.

    A reason is free text and may name somebody: only those who may see people at that organization read it.
    """
    events = list(events)
    at = {event.organization_id for event in events if event.organization_id}
    named = Organization.objects.visible_to(reader, VIEW_ORGANIZATIONS).filter(pk__in=at)
    organizations = dict(named.values_list("pk", "name"))
    of_people = set(Organization.objects.visible_to(reader, VIEW_PEOPLE).filter(pk__in=at).values_list("pk", flat=True))
    people = _people(events, reader)
    return [_entry(event, organizations, of_people, people, reader) for event in events]


def verify_chain(context: Context) -> None:
    """The job: walk the whole chain, say how far it holds, and note that it was checked."""
    verdict = trail.verify(context.progress)
    trail.record(
        AuditEvent.Verb.VERIFIED,
        by=context.job.owner,
        target="audit-chain",
        checked=verdict.checked,
        broken=verdict.broken_id,
        fault=verdict.fault,
    )
    context.job.message = sentence(verdict)


def sentence(verdict: trail.Verdict) -> str:
    if verdict.intact:
        return _("The chain is intact: %(count)s events.") % {"count": f"{verdict.checked:,}"}
    fault = {"missing": _("is missing"), "altered": _("was altered")}[verdict.fault]
    return _("The chain is broken: event %(id)s %(fault)s; the %(count)s events before it hold.") % {
        "id": verdict.broken_id,
        "fault": fault,
        "count": f"{verdict.checked:,}",
    }


def name_for(reader: "User", person_id: UUID) -> str:
    """The name of a person, for readers who may see people there; empty for administrators."""
    found = Member.objects.visible_to(reader, VIEW_PEOPLE).filter(pk=person_id)
    return found.values_list("name", flat=True).first() or ""


def last_check() -> tuple[datetime, str] | None:
    """When the chain was last checked, and with what result."""
    event = AuditEvent.objects.filter(verb=AuditEvent.Verb.VERIFIED).first()
    if event is None:
        return None
    found = event.detail
    return event.at, sentence(trail.Verdict(found["checked"], found["broken"], found["fault"]))


def _people(events: list[AuditEvent], reader: "User") -> dict[str, str]:
    ids = {pk for pk in (_uuid(event.person_id) for event in events) if pk}
    seen = Member.objects.visible_to(reader, VIEW_PEOPLE).filter(pk__in=ids)
    return {str(pk): name for pk, name in seen.values_list("pk", "name")}


def _entry(
    event: AuditEvent, organizations: dict[int, str], of_people: set[int], people: dict[str, str], reader: "User"
) -> Entry:
    readable = event.organization_id in of_people or event.actor_id == reader.pk
    return Entry(
        event=event,
        organization=organizations.get(event.organization_id or 0, ""),
        person=people.get(event.person_id, ""),
        reason=event.reason if readable else "",
        has_hidden_reason=bool(event.reason) and not readable,
        target=_target(event),
        counts=_details(event.detail),
    )


def _target(event: AuditEvent) -> str:
    kind, _colon, what = event.target.partition(":")
    if kind == "report":
        try:
            return str(catalogue.report(what).title)
        except catalogue.UnknownReport:
            return what
    return "" if event.person_id and kind == "member" else event.target


def _details(detail: dict[str, Any]) -> str:
    """Counts, codes and ids in words: 「行数 12 · 格式 pdf」; what says nothing is left out."""
    told = ((key, value) for key, value in detail.items() if value not in (None, "", False, []))
    return " · ".join(f"{DETAILS.get(key, key)} {_plain(value)}" for key, value in told)


def _plain(value: object) -> str:
    if value is True:
        return ""
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), clock.SHANGHAI)
