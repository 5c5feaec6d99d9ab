"""The due list: what is late, what can be done now, what opens soon."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Q, prefetch_related_objects
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from members import roles
from members.models import Member
from members.names import search_query
from members.search import NameQuery
from visits.models import CareAction, Duty
from visits.models.duty import DutyQuerySet

if TYPE_CHECKING:
    from carehelp.accounts.models import User

COMING_DAYS = 30
COUNT_UP_TO = 1_000  # Nobody works down a longer list; exact figures for large scopes stand on the dashboard.
PAGE = 30
FIRST = 12  # Rows of each section while all three are shown.
MOST_NAMED = 300  # People that a search for a name follows to their duties.
PEOPLE = 8  # Suggestions of each kind on the page that asks for whom.


@dataclass(frozen=True)
class Kind:
    """One section: its name in the address, heading, column that it is sorted by, and which open duties it holds."""

    name: str
    title: Promise
    order: str
    holds: Callable[[date], Q]


SECTIONS = (
    Kind("overdue", _("Overdue"), "grace_until", lambda today: Q(grace_until__lt=today)),
    Kind("open", _("To be done now"), "grace_until", lambda today: Q(grace_until__gte=today, opens__lte=today)),
    Kind(
        "coming",
        _("Opening within 30 days"),
        "opens",
        lambda today: Q(opens__gt=today, opens__lte=today + timedelta(days=COMING_DAYS)),
    ),
)


@dataclass(frozen=True)
class Section:
    """A section as shown: rows, how many there are (counted up to `COUNT_UP_TO`), where the next page begins."""

    kind: Kind
    rows: list[Duty]
    count: int
    next_after: str = ""
    limit: int = COUNT_UP_TO

    @property
    def has_more(self) -> bool:
        return bool(self.next_after)


def narrowed(duties: DutyQuerySet, user: "User", *, q: str = "", rule: str = "") -> DutyQuerySet:
    """Only the duties of one rule, and of people whose name, pinyin or initials begin as typed."""
    if rule:
        duties = duties.filter(rule_code=rule)
    if q:
        # Looked up once: as a part of each section's queries a common surname would be searched for six times.
        found = named(user, q, perm=roles.VIEW_PEOPLE).values_list("pk", flat=True)[:MOST_NAMED]
        duties = duties.filter(member__in=list(found))
    return duties


def named(user: "User", typed: str, *, perm: str) -> Any:
    """People on the roster in the user's scope, found by name, pinyin or initials; nobody for nothing typed."""
    literal = search_query(typed)
    rows = Member.objects.visible_to(user, perm).in_place()
    return rows.filter(search=NameQuery(literal)).order_by("sort_name", "id") if literal else rows.none()


def all_sections(duties: DutyQuerySet, today: date) -> list[Section]:
    """The three sections with their first rows."""
    return [section(duties, kind, today, size=FIRST) for kind in SECTIONS]


def section(duties: DutyQuerySet, kind: Kind, today: date, *, size: int = PAGE, after: str = "") -> Section:
    """One section from the position `after` on (as given in `next_after`; a broken one begins anew).

    People and branches are not fetched yet: `with_people` does it for the rows of all sections at once.
    """
    held = duties.filter(kind.holds(today), status=Duty.Status.OPEN)
    # On large scopes the indexes `duty_open_first` and `duty_open_soon` give the first rows in order, and counting
    # along them stops early too.
    rows = list(_from(held, kind.order, after)[: size + 1])
    more = len(rows) > size
    count = held.order_by(kind.order, "id")[: COUNT_UP_TO + 1].count() if more or after else len(rows)
    rows = rows[:size]
    return Section(kind, rows, count, _position(rows[-1], kind.order) if more else "")


def with_people(duties: list[Duty]) -> list[Duty]:
    """The same rows with their people and branches; joined, these would be read for every row that is sorted."""
    prefetch_related_objects(duties, "member", "organization")
    return duties


def _from(held: DutyQuerySet, order: str, after: str) -> DutyQuerySet:
    day, _comma, pk = after.partition(",")
    try:
        start = (date.fromisoformat(day), UUID(pk))
    except ValueError:
        return held.order_by(order, "id")
    later = Q(**{f"{order}__gt": start[0]}) | Q(**{order: start[0], "id__gt": start[1]})
    # The first condition is implied by the second; it lets the index start at the right place.
    return held.filter(Q(**{f"{order}__gte": start[0]}), later).order_by(order, "id")


def _position(duty: Duty, order: str) -> str:
    return f"{getattr(duty, order).isoformat()},{duty.pk}"


def people_due(user: "User", today: date) -> list[Duty]:
    """The most urgent duty of each of the people whom `user` may log care for, the most urgent first."""
    rows = Duty.objects.visible_to(user, roles.LOG_CARE).open_on(today).filter(member__isnull=False)
    first: dict[UUID | None, Duty] = {}
    for duty in rows.order_by("grace_until", "id")[: PEOPLE * 5]:
        first.setdefault(duty.member_id, duty)
    return with_people(list(first.values())[:PEOPLE])


def people_of_late(user: "User") -> list[Member]:
    """The people for whom `user` last recorded something, newest first."""
    mine = CareAction.objects.visible_to(user, roles.LOG_CARE).filter(created_by=user)
    ids = dict.fromkeys(mine.order_by("-created_at").values_list("member_id", flat=True)[: PEOPLE * 5])
    found = Member.objects.visible_to(user, roles.LOG_CARE).in_place().select_related("organization").in_bulk(list(ids))
    return [found[pk] for pk in ids if pk in found][:PEOPLE]
