"""The tree: founding, renaming, moving, closing organizations, and looking at one level of it.

Every path is its parent's path plus one step.  Founders hold a shared lock on the tree and movers an exclusive
one: whoever is founded while a subtree moves would otherwise keep a path below a place that is gone.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, connection, transaction
from django.db.models import F, QuerySet, Value
from django.db.models.functions import Concat, Substr
from django.utils.translation import gettext as _

from carehelp.audit import trail
from carehelp.audit.models import AuditEvent
from members.errors import NotPossible
from members.models import Appointment, Member, Organization
from members.models.organization import STEP, step
from members.people import move_members

if TYPE_CHECKING:
    from carehelp.accounts.models import User

__all__ = ["NotPossible"]

TREE_LOCK = 0x6F726773  # "orgs": the key of the advisory lock.
MAX_PATH = Organization._meta.get_field("path").max_length or STEP
ORDER = list(Organization.Kind.values)  # From the province down to the group.


def possible_kinds(parent: Organization | None) -> list[str]:
    """Kinds that may stand below `parent`: lower ones, and committees below committees."""
    if parent is None:
        return ORDER
    below = ORDER[ORDER.index(parent.kind) + 1 :]
    return [parent.kind, *below] if parent.kind == Organization.Kind.COMMITTEE else below


def found(*, code: str, name: str, kind: str, parent: Organization | None, by: "User | None" = None) -> Organization:
    """Add an organization below `parent` (or as a root); raises `NotPossible` for a code that is taken."""
    with transaction.atomic():
        _lock_tree(exclusively=parent is None)
        if Organization.objects.filter(code=code).exists():
            raise NotPossible(_("This code belongs to another organization."))
        path = _next_path(parent)
        made = _sign(Organization(code=code, name=name, kind=kind, parent=parent, path=path), by)
        try:
            with transaction.atomic():
                made.save(force_insert=True)
        except IntegrityError as error:  # Somebody else took the code a moment ago.
            raise NotPossible(_("This code belongs to another organization.")) from error
    return made


def rename(organization: Organization, *, name: str, by: "User | None" = None) -> Organization:
    """Give an organization another name; the history keeps the old one."""
    with transaction.atomic():
        locked = Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
        locked.name = name
        _sign(locked, by).save(update_fields=["name"])
    return locked


def change_kind(organization: Organization, *, kind: str, by: "User | None" = None) -> Organization:
    """Give an organization another kind (a branch that has grown into a general branch); the history keeps the old."""
    with transaction.atomic():
        locked = Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
        locked.kind = kind
        _sign(locked, by).save(update_fields=["kind"])
    return locked


@dataclass(frozen=True)
class Load:
    """What goes along when a subtree moves."""

    organizations: int
    members: int


def load_of(organization: Organization) -> Load:
    """How many open organizations (itself included) and people in place a subtree has."""
    return Load(
        Organization.objects.under(organization).open().count(),
        Member.objects.in_place().under(organization).count(),
    )


def move(organization: Organization, *, under: Organization, by: "User | None" = None) -> None:
    """Hang an organization with its whole subtree below another one, in one transaction.

    Nothing but organizations is touched: members, duties and records join to them.
    """
    with transaction.atomic():
        _lock_tree(exclusively=True)
        organization.refresh_from_db()
        under.refresh_from_db()
        _check_move(organization, under)
        old, new = organization.path, _next_path(under)
        Organization.objects.under(organization).update(path=Concat(Value(new), Substr("path", len(old) + 1)))
        organization.path, organization.parent = new, under
        _sign(organization, by).save(update_fields=["parent"])


def close(organization: Organization, *, on: date, members_to: Organization | None, by: "User", today: date) -> int:
    """Close an organization; its members go to `members_to`.  Gives the number of members moved.

    Appointments there end with that day, and those that were still to begin are withdrawn.  Raises `NotPossible`
    while open organizations hang below it, or members stand on its roster and nobody said where they go.
    """
    if on > today:
        raise NotPossible(_("An organization cannot be closed for a day to come."))
    if members_to is not None and members_to.pk == organization.pk:
        raise NotPossible(_("Members cannot stay at the branch that is closed."))
    with transaction.atomic():
        both = [organization.pk, *([members_to.pk] if members_to else [])]
        # Both in one order, so that two branches closed into each other wait instead of blocking each other.
        rows = Organization.objects.select_for_update(no_key=True).filter(pk__in=both).order_by("pk")
        locked = {row.pk: row for row in rows}
        closing = locked[organization.pk]
        if not closing.is_open:
            raise NotPossible(_("This organization is closed already."))
        if closing.children.open().exists():
            raise NotPossible(_("Organizations below it are still open: close or move them first."))
        moved = _send_members(closing, members_to, by=by, today=today)
        closing.closed_on = on
        _sign(closing, by).save(update_fields=["closed_on"])
        _end_appointments(closing, on, by)
    return moved


def member_counts(organizations: list[Organization]) -> dict[int, int]:
    """People in place per organization with everything below it, for one shown level: one query, by primary key."""
    if not organizations:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT top.id, count(m.id)
              FROM members_organization top
              JOIN members_organization o ON o.path >= top.path AND o.path < top.path || '~'
              JOIN members_member m ON m.organization_id = o.id AND m.died_on IS NULL AND m.left_on IS NULL
             WHERE top.id = ANY(%s)
             GROUP BY top.id
            """,
            [[row.pk for row in organizations]],
        )
        counted: dict[int, int] = dict(cursor.fetchall())
    return counted


def with_children(organizations: list[Organization]) -> set[int]:
    """Which of the organizations have others below them, by primary key: one query."""
    if not organizations:
        return set()
    return set(Organization.objects.filter(parent__in=organizations).values_list("parent_id", flat=True).distinct())


def chain(organization: Organization) -> list[Organization]:
    """The superiors of an organization, topmost first."""
    return list(Organization.objects.above(organization))


def label(organization: Organization) -> str:
    """How an organization stands in a box that people type into: 「红旗镇东风村党支部（610101）」."""
    return f"{organization.name}（{organization.code}）"


def named(organizations: "QuerySet[Organization, Any]", typed: str) -> list[Organization]:
    """What somebody meant who typed a label, a code or a whole name; more than one where a name is not unique."""
    typed = typed.strip().rstrip("）)")
    code = typed.replace("(", "（").rpartition("（")[2].strip()
    by_code = list(organizations.filter(code=code)[:1])
    return by_code or list(organizations.filter(name=typed)[:2])


def matching(organizations: "QuerySet[Organization, Any]", typed: str, *, limit: int) -> list[Organization]:
    """Organizations whose name holds the words typed, or whose code begins with them; parents loaded along."""
    rows = organizations.select_related("parent")
    for word in typed.replace("\x00", " ").split():  # PostgreSQL knows no such character.
        rows = rows.filter(name__contains=word) | rows.filter(code__startswith=word)
    return list(rows.order_by("path")[:limit])


def topmost(organizations: "QuerySet[Organization, Any]", paths: list[str]) -> "QuerySet[Organization, Any]":
    """Where somebody's tree begins: the organizations of their own appointments."""
    return organizations.filter(path__in=paths).order_by("path")


def _check_move(organization: Organization, under: Organization) -> None:
    if under.path.startswith(organization.path):
        raise NotPossible(_("An organization cannot be moved below itself."))
    if organization.parent_id == under.pk:
        raise NotPossible(_("It stands there already."))
    if organization.kind not in possible_kinds(under):
        raise NotPossible(
            _("A %(kind)s cannot stand below a %(parent)s.")
            % {"kind": organization.get_kind_display(), "parent": under.get_kind_display()}
        )
    deepest = max(Organization.objects.under(organization).values_list("path", flat=True), key=len)
    if len(under.path) + STEP + len(deepest) - len(organization.path) > MAX_PATH:
        raise NotPossible(_("The tree would become too deep."))


def _send_members(closing: Organization, to: Organization | None, *, by: "User", today: date) -> int:
    members = list(Member.objects.in_place().filter(organization=closing))
    if not members:
        return 0
    if to is None:
        raise NotPossible(_("Say where the members of this branch go."))
    return move_members(members, to=to, by=by, today=today)


def _end_appointments(closing: Organization, on: date, by: "User") -> None:
    """Nobody keeps power at a closed organization, and nobody gets it there later."""
    for appointment in closing.appointments.select_for_update().in_force(on).exclude(ends=on):
        appointment.ends = on
        vars(appointment)["_history_user"] = by
        appointment.save(update_fields=["ends"])
        _witness(appointment, by, "ended")
    for appointment in closing.appointments.select_for_update().filter(starts__gt=on):
        vars(appointment)["_history_user"] = by
        _witness(appointment, by, "withdrawn")
        appointment.delete()


def _witness(appointment: Appointment, by: "User", what: str) -> None:
    trail.record(
        AuditEvent.Verb.POWER,
        by=by,
        target=f"appointment:{appointment.pk}",
        organization_id=appointment.organization_id,
        change=what,
        user=appointment.user_id,
        role=appointment.role,
    )


def _lock_tree(*, exclusively: bool) -> None:
    """Until the transaction ends: movers and founders of roots alone, founders of children side by side."""
    function = "pg_advisory_xact_lock" if exclusively else "pg_advisory_xact_lock_shared"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [TREE_LOCK])  # noqa: S608 - one of the two names above.


def _next_path(parent: Organization | None) -> str:
    if parent is None:
        last = Organization.objects.filter(parent__isnull=True).order_by("-path").first()
        return step(int(last.path, 36) + 1 if last else 1)
    # The update locks the row: two founders get two numbers, and whoever closes the parent waits or is seen here.
    Organization.objects.filter(pk=parent.pk).update(last_child=F("last_child") + 1)
    parent.refresh_from_db(fields=["last_child", "path", "closed_on"])
    if not parent.is_open:
        raise NotPossible(_("The organization above it is closed."))
    if len(parent.path) + STEP > MAX_PATH:
        raise NotPossible(_("The tree would become too deep."))
    return parent.path + step(parent.last_child)


def _sign(organization: Organization, by: "User | None") -> Organization:
    """Who will stand in the history row of the next save."""
    if by is not None:
        vars(organization)["_history_user"] = by
    return organization
