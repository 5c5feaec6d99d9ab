"""What happens to people on the roster: enrolled, corrected, moved, suspended, restored, gone, dead.

Rows are locked in one order everywhere, organizations before members and both by primary key, so that two
transactions wait for each other instead of blocking each other.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from carehelp.lib import idcard
from carehelp.lib.crypto import CannotUnseal, lookup_hash
from carehelp.lib.fields import put, reveal
from members import names, party_age
from members.errors import AlreadyOnRoster, AlreadyRecorded, ChangedMeanwhile, DateNotPossible, NotPossible
from members.models import Member, Organization
from members.signals import member_died, member_moved, members_changed

if TYPE_CHECKING:
    from carehelp.accounts.models import User

__all__ = ["AlreadyOnRoster", "AlreadyRecorded", "ChangedMeanwhile", "DateNotPossible", "NotPossible"]

SEALED = ("id_number", "phone", "landline", "address")


def id_hash(number: str) -> bytes:
    """The keyed hash by which an ID number (18 characters, upper case) is found."""
    return lookup_hash(number, purpose="id-number")


def write(member: Member, **facts: Any) -> Member:
    """Put facts into a member, sealed ones sealed and derived ones derived (not saved)."""
    for fact, value in facts.items():
        if fact in SEALED:
            _reseal(member, fact, value or "")
        else:
            setattr(member, fact, value)
    if "id_number" in facts:
        member.id_hash = id_hash(facts["id_number"]) if facts["id_number"] else None
    if "name" in facts:
        member.sort_name = names.sort_name(member.name)
        member.search = names.search_vector(member.name)
    party_age.apply(member)
    return member


def contradictions(facts: dict[str, Any], *, today: date) -> dict[str, str]:
    """What contradicts in a person's facts, as messages by field.

    Looks at `sex`, `birth_on`, `joined_on`, `full_on`, `full_precision` and `id_number` (18 characters, or empty).
    """
    found: dict[str, str] = {}
    birth, joined, full = facts.get("birth_on"), facts.get("joined_on"), facts.get("full_on")
    if birth and joined and joined <= birth:
        found["joined_on"] = _("This day does not lie after the date of birth.")
    if joined and joined > today:
        found["joined_on"] = _("This day has not come yet.")
    if full and full > today:
        found["full_on"] = _("This day has not come yet.")
    elif full and joined and "joined_on" not in found and full < joined and facts.get("full_precision") != "month":
        found["full_on"] = _("This day lies before the date of joining.")
    return found | _id_contradictions(facts.get("id_number") or "", birth, facts.get("sex"))


def enroll(*, organization: Organization, by: "User | None", today: date, **facts: Any) -> Member:
    """Put a new person on a branch's roster; raises `AlreadyOnRoster` for a known ID number."""
    member = write(Member(organization=organization), **facts)
    _sign(member, by)
    with transaction.atomic(), _one_row_per_person():
        member.organization = _lock_roster(organization)
        member.save(force_insert=True)
        members_changed.send(Member, members=[member.pk], by=by, today=today)
    return member


def newest_change(member: Member) -> int:
    """Number of the newest history row of a person: what an editor has seen."""
    return int(member.history.values_list("history_id", flat=True).first() or 0)


def correct(member: Member, *, by: "User", today: date, seen: int | None = None, **facts: Any) -> Member:
    """Change facts of a person; the history keeps what stood there before.

    `seen` is the `newest_change` that the editor saw; raises `ChangedMeanwhile` when there is a newer one, and
    `AlreadyOnRoster` when the corrected ID number is somebody else's.
    """
    with transaction.atomic(), _one_row_per_person():
        locked = _lock(member)
        if seen is not None and newest_change(locked) != seen:
            raise ChangedMeanwhile(_("Somebody else has changed this person in the meantime."))
        if facts:
            _sign(write(locked, **facts), by).save()
            members_changed.send(Member, members=[locked.pk], by=by, today=today)
    return locked


def move_members(members: Iterable[Member], *, to: Organization, by: "User", today: date) -> int:
    """Transfer people to another branch; their open duties follow (listeners), what is done stays where it was done."""
    given = {member.pk: member for member in members}
    moved = 0
    with transaction.atomic():
        target = _lock_roster(to)
        rows = Member.objects.select_for_update(of=("self",), no_key=True).select_related("organization")
        for member in rows.filter(pk__in=given).order_by("pk"):
            source = member.organization
            if source.pk == target.pk:
                continue
            member.organization = given[member.pk].organization = target
            _sign(member, by).save(update_fields=["organization", "updated_at"])
            member_moved.send(Member, member=member, source=source, target=target, by=by, today=today)
            moved += 1
    return moved


def record_death(member: Member, *, died_on: date, by: "User", today: date) -> Member:
    """Record a death; listeners do in the same transaction all that follows from it (articles 11 and 13.1)."""
    if died_on > today:
        raise DateNotPossible(_("A death cannot be recorded for a day to come."))
    with transaction.atomic():
        locked = _lock(member)
        if locked.died_on is not None:
            raise AlreadyRecorded(_("This death has been recorded already."))
        if died_on < locked.birth_on:
            raise DateNotPossible(_("This day lies before the date of birth."))
        if died_on < locked.joined_on:
            raise DateNotPossible(_("This day lies before the date of joining."))
        locked.died_on = died_on
        _sign(locked, by).save(update_fields=["died_on", "updated_at"])
        member_died.send(Member, member=locked, by=by, today=today)
        members_changed.send(Member, members=[locked.pk], by=by, today=today)
    return locked


def record_leaving(member: Member, *, left_on: date, reason: str, by: "User", today: date) -> Member:
    """Take somebody off the roster who is alive (moved out of the product's reach, left the Party)."""
    if left_on > today:
        raise DateNotPossible(_("Leaving cannot be recorded for a day to come."))
    if not reason.strip():
        raise NotPossible(_("Say why this person leaves the roster."))
    with _in_place(member, by, today) as locked:
        if left_on < locked.joined_on:
            raise DateNotPossible(_("This day lies before the date of joining."))
        locked.left_on, locked.left_reason = left_on, reason.strip()[:100]
    return locked


def put_back(member: Member, *, reason: str, by: "User", today: date) -> Member:
    """Put somebody back on the roster whose death or leaving was recorded by mistake, or who came back."""
    if not reason.strip():
        raise NotPossible(_("Say why this person is put back on the roster."))
    with transaction.atomic():
        _lock_roster(member.organization)
        locked = _lock(member)
        if locked.is_in_place:
            raise AlreadyRecorded(_("This person stands on the roster already."))
        locked.died_on, locked.left_on, locked.left_reason = None, None, ""
        _sign(locked, by, reason).save(update_fields=["died_on", "left_on", "left_reason", "updated_at"])
        members_changed.send(Member, members=[locked.pk], by=by, today=today)
    return locked


def suspend(member: Member, *, suspended_on: date, by: "User", today: date) -> Member:
    """Record that membership is suspended (停止党籍) from that day on; party age stands still from then."""
    if suspended_on > today:
        raise DateNotPossible(_("This day has not come yet."))
    with _in_place(member, by, today) as locked:
        if locked.party_status == Member.PartyStatus.SUSPENDED:
            raise AlreadyRecorded(_("Membership is suspended already."))
        if suspended_on < locked.joined_on:
            raise DateNotPossible(_("This day lies before the date of joining."))
        locked.party_status, locked.suspended_on = Member.PartyStatus.SUSPENDED, suspended_on
    return locked


def restore(member: Member, *, restored_on: date, by: "User", today: date, suspended_on: date | None = None) -> Member:
    """Restore suspended membership from that day on; the days between do not count as party age.

    `suspended_on` is needed where the file did not say since when (a roster only says that it is suspended).
    """
    if restored_on > today:
        raise DateNotPossible(_("This day has not come yet."))
    with _in_place(member, by, today) as locked:
        if locked.party_status != Member.PartyStatus.SUSPENDED:
            raise AlreadyRecorded(_("Membership is not suspended."))
        since = locked.suspended_on or suspended_on
        if since is None:
            raise NotPossible(_("Say since when membership was suspended."))
        if not locked.joined_on <= since <= restored_on:
            raise DateNotPossible(_("Membership cannot be restored before it was suspended."))
        locked.suspended_days += (restored_on - since).days
        locked.party_status, locked.suspended_on = Member.PartyStatus.NORMAL, None
        party_age.apply(locked)
    return locked


@contextmanager
def _in_place(member: Member, by: "User", today: date) -> Iterator[Member]:
    """Lock somebody who stands on the roster, let the caller change facts, then save and announce them."""
    with transaction.atomic():
        locked = _lock(member)
        if not locked.is_in_place:
            raise AlreadyRecorded(_("This person is no longer on the roster."))
        yield locked
        _sign(locked, by).save()
        members_changed.send(Member, members=[locked.pk], by=by, today=today)


@contextmanager
def _one_row_per_person() -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if "one_member_per_id_number" in str(error):
            raise AlreadyOnRoster(_("This ID number is on a roster already.")) from error
        raise


def _lock(member: Member) -> Member:
    return Member.objects.select_for_update(of=("self",), no_key=True).select_related("organization").get(pk=member.pk)


def _lock_roster(organization: Organization) -> Organization:
    """The organization as it stands now, locked against being closed while people are put there."""
    locked = Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    if not locked.is_open:
        raise NotPossible(_("The branch to move to is closed."))
    if locked.kind not in (Organization.Kind.BRANCH, Organization.Kind.GROUP):
        raise NotPossible(_("Members belong to a branch or a Party group."))
    return locked


def _sign(member: Member, by: "User | None", reason: str = "") -> Member:
    """Who will stand in the history row of the next save, and why."""
    vars(member).update(_history_user=by, _change_reason=reason.strip()[:100] or None)
    return member


def _reseal(member: Member, field: str, text: str) -> None:
    """Seal only what is new: a fresh seal of the same text would look like a change in the history."""
    try:
        if reveal(member, field) == text:
            return
    except CannotUnseal:
        pass  # Unreadable, so whatever comes now replaces it.
    put(member, field, text)


def _id_contradictions(number: str, birth: date | None, sex: str | None) -> dict[str, str]:
    if not number:
        return {}
    if not idcard.is_well_formed(number):
        return {"id_number": _("An ID number has 18 characters: 17 digits and a digit or X.")}
    if not idcard.check_holds(number):
        return {"id_number": _("The last character does not fit: please compare the number with the document.")}
    if birth and idcard.birth_of(number) != birth:
        return {"birth_on": _("This differs from the date of birth in the ID number.")}
    if sex and idcard.is_male(number) != (sex == Member.Sex.MALE):
        return {"sex": _("This differs from the sex in the ID number.")}
    return {}
