"""What happens to people on the roster: enrolled, corrected, moved, gone, dead."""

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from carehelp.lib.crypto import lookup_hash
from carehelp.lib.fields import put
from members import names, party_age
from members.models import Member, Organization
from members.signals import member_died, member_moved, members_changed

if TYPE_CHECKING:
    from carehelp.accounts.models import User

SEALED = ("id_number", "phone", "landline", "address")


class AlreadyRecorded(ValueError):
    """Somebody else recorded it first."""


class DateNotPossible(ValueError):
    """The date contradicts what is known; the message says how."""


class NotPossible(ValueError):
    """What was asked for cannot be done; the message says why."""


def id_hash(number: str) -> bytes:
    """The keyed hash by which an ID number (18 characters, upper case) is found."""
    return lookup_hash(number, purpose="id-number")


def write(member: Member, **facts: Any) -> Member:
    """Put facts into a member, sealed ones sealed and derived ones derived (not saved)."""
    for fact, value in facts.items():
        if fact in SEALED:
            put(member, fact, value or "")
        else:
            setattr(member, fact, value)
    if "id_number" in facts:
        member.id_hash = id_hash(facts["id_number"]) if facts["id_number"] else None
    if "name" in facts:
        member.sort_name = names.sort_name(member.name)
        member.search = names.search_vector(member.name)
    party_age.apply(member)
    return member


def enroll(*, organization: Organization, by: "User | None", today: date, **facts: Any) -> Member:
    """Put a new person on a branch's roster."""
    member = write(Member(organization=organization), **facts)
    with transaction.atomic():
        member.save(force_insert=True)
        members_changed.send(Member, members=[member.pk], by=by, today=today)
    return member


def correct(member: Member, *, by: "User", today: date, **facts: Any) -> Member:
    """Change facts of a person; the history keeps what stood there before."""
    with transaction.atomic():
        locked = Member.objects.select_for_update().get(pk=member.pk)
        write(locked, **facts).save()
        members_changed.send(Member, members=[locked.pk], by=by, today=today)
    return locked


def move_members(members: Iterable[Member], *, to: Organization, by: "User", today: date) -> int:
    """Transfer people to another branch; their open duties follow (listeners), what is done stays where it was done."""
    moved = 0
    if not to.is_open:
        raise NotPossible(_("The branch to move to is closed."))
    if to.kind not in (Organization.Kind.BRANCH, Organization.Kind.GROUP):
        raise NotPossible(_("Members belong to a branch or a Party group."))
    with transaction.atomic():
        for member in members:
            source = member.organization
            if source.pk == to.pk:
                continue
            member.organization = to
            member.save(update_fields=["organization", "updated_at"])
            member_moved.send(Member, member=member, source=source, target=to, by=by, today=today)
            moved += 1
    return moved


def record_death(member: Member, *, died_on: date, by: "User", today: date) -> Member:
    """Record a death; listeners do in the same transaction all that follows from it (articles 11 and 13.1)."""
    if died_on > today:
        raise DateNotPossible(_("A death cannot be recorded for a day to come."))
    if died_on < member.birth_on:
        raise DateNotPossible(_("This day lies before the date of birth."))
    with transaction.atomic():
        locked = Member.objects.select_for_update().get(pk=member.pk)
        if locked.died_on is not None:
            raise AlreadyRecorded(_("This death has been recorded already."))
        locked.died_on = died_on
        locked.save(update_fields=["died_on", "updated_at"])
        member_died.send(Member, member=locked, by=by, today=today)
        members_changed.send(Member, members=[locked.pk], by=by, today=today)
    return locked


def record_leaving(member: Member, *, left_on: date, reason: str, by: "User", today: date) -> Member:
    """Take somebody off the roster who is alive (moved out of the product's reach, left the Party)."""
    if left_on > today:
        raise DateNotPossible(_("Leaving cannot be recorded for a day to come."))
    if not reason.strip():
        raise NotPossible(_("Say why this person leaves the roster."))
    with transaction.atomic():
        locked = Member.objects.select_for_update().get(pk=member.pk)
        if not locked.is_in_place:
            raise AlreadyRecorded(_("This person is no longer on the roster."))
        locked.left_on, locked.left_reason = left_on, reason.strip()[:100]
        locked.save(update_fields=["left_on", "left_reason", "updated_at"])
        members_changed.send(Member, members=[locked.pk], by=by, today=today)
    return locked
