"""The tree: founding, moving, closing and finding organizations."""

from datetime import date
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Concat, Substr
from django.utils.translation import gettext as _

from members.models import Member, Organization
from members.models.organization import step
from members.people import move_members

if TYPE_CHECKING:
    from carehelp.accounts.models import User


class NotPossible(ValueError):
    """What was asked for cannot be done to the tree; the message says what to do instead."""


def found(*, code: str, name: str, kind: str, parent: Organization | None) -> Organization:
    """Add an organization below `parent` (or as a root)."""
    with transaction.atomic():
        path = _next_path(parent)
        return Organization.objects.create(code=code, name=name, kind=kind, parent=parent, path=path)


def move(organization: Organization, *, under: Organization) -> None:
    """Hang an organization with its whole subtree below another one, in one transaction.

    Nothing but organizations is touched: members, duties and records join to them.
    """
    with transaction.atomic():
        # One mover at a time in the whole tree: two that cross each other could make a circle.
        list(Organization.objects.select_for_update().filter(parent__isnull=True).order_by("pk"))
        organization.refresh_from_db()
        under.refresh_from_db()
        if under.path.startswith(organization.path):
            raise NotPossible(_("An organization cannot be moved below itself."))
        if not under.is_open:
            raise NotPossible(_("The organization to move it under is closed."))
        old, new = organization.path, _next_path(under)
        Organization.objects.under(organization).update(path=Concat(Value(new), Substr("path", len(old) + 1)))
        organization.path, organization.parent = new, under
        organization.save(update_fields=["parent"])


def close(organization: Organization, *, on: date, members_to: Organization | None, by: "User", today: date) -> int:
    """Close an organization; its members go to `members_to`.  Gives the number of members moved.

    Raises `NotPossible` while open organizations hang below it, or members stand on its roster and nobody
    said where they go.
    """
    with transaction.atomic():
        locked = Organization.objects.select_for_update().get(pk=organization.pk)
        if not locked.is_open:
            raise NotPossible(_("This organization is closed already."))
        if locked.children.filter(closed_on__isnull=True).exists():
            raise NotPossible(_("Organizations below it are still open: close or move them first."))
        members = Member.objects.in_place().filter(organization=locked)
        moved = 0
        if members.exists():
            if members_to is None:
                raise NotPossible(_("Say where the members of this branch go."))
            moved = move_members(list(members), to=members_to, by=by, today=today)
        locked.closed_on = on
        locked.save(update_fields=["closed_on"])
    return moved


def _next_path(parent: Organization | None) -> str:
    if parent is None:
        roots = Organization.objects.select_for_update().filter(parent__isnull=True).order_by("-path")
        last = roots.first()
        return step(int(last.path, 36) + 1 if last else 1)
    # The counter of the parent is taken by a conditional update, so two founders get two numbers.
    Organization.objects.filter(pk=parent.pk).update(last_child=F("last_child") + 1)
    parent.refresh_from_db(fields=["last_child", "path"])
    return parent.path + step(parent.last_child)
