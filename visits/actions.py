"""Recording care: what somebody did for somebody, which duties it ends, what comes next.

An action is corrected with history and cancelled with a reason; it is never deleted.  Whoever records from the
same form twice gets the same record: the form carries the primary key.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Max, Value
from django.db.models.functions import Greatest
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from simple_history.utils import bulk_update_with_history

from carehelp.audit import trail
from carehelp.audit.models import AuditEvent
from carehelp.lib import clock
from carehelp.lib.fields import put, reveal
from members.models import Member
from visits import photos as photo_store
from visits import planner
from visits.models import CareAction, Duty
from visits.photos import CleanPhoto
from visits.rules import catalogue

if TYPE_CHECKING:
    from carehelp.accounts.models import User

AFTER_DEATH = (CareAction.Kind.CONDOLENCE,)
SEALED = ("found", "done", "next_step")
ENDING = ["status", "ended_on", "ended_by", "end_reason", "fulfilled_by"]


class NotPossible(ValueError):
    """What was typed contradicts what is known; `field` says where, the message says how."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class IdTaken(NotPossible):
    """The form's id belongs to a record of somebody else or about somebody else; that record stays untouched."""


class AlreadyEnded(NotPossible):
    """Somebody else was first."""


@dataclass(frozen=True)
class Recorded:
    """What came of a form: its record, whether it is new, and what happened to the ticked duties.

    `differs` is true when the record stood already and the form now says something else.
    """

    action: CareAction
    is_new: bool = True
    differs: bool = False
    ended: list[Duty] = field(default_factory=list)
    ended_before: list[Duty] = field(default_factory=list)


def kinds_for(duty: Duty) -> tuple[str, ...]:
    """The kinds of action that end this duty, by the terms under which it was given."""
    return tuple(duty.terms.get("fulfilled_by") or catalogue.rule(duty.rule_code).fulfilled_by)


def fits(duty: Duty, kind: str, on: date) -> bool:
    """Whether an action of this kind on this day does what the duty asks, early is not done, late is."""
    return kind in kinds_for(duty) and duty.opens <= on


def open_duties(member: Member, today: date) -> list[Duty]:
    """The member's duties that can be done today, the most urgent first."""
    return list(Duty.objects.open_on(today).filter(member=member).order_by("grace_until", "id"))


def record_action(
    *,
    id: UUID,
    member: Member,
    kind: str,
    on: date,
    who_went: str,
    found: str,
    done: str = "",
    next_step: str = "",
    next_on: date | None = None,
    duties: Iterable[Duty] = (),
    photos: Iterable[CleanPhoto] = (),
    by: "User",
    today: date,
) -> Recorded:
    """Write down what was done for a member, end the given duties with it, and open a duty for the next step.

    Duties end on the day of the action, not of typing.  One that somebody else ended meanwhile stays as it is.
    Raises `NotPossible`, and `IdTaken` for an id that belongs to another record.
    """
    _check_day(member, kind, on, today)
    _check_next_step(next_step, next_on, today)
    chosen = list(duties)
    for duty in chosen:
        if not fits(duty, kind, on):
            raise _misfit(duty, kind, on)
    action = CareAction(id=id, member=member, organization_id=member.organization_id, created_by=by)
    _write(action, kind=kind, on=on, who_went=who_went, found=found, done=done, next_step=next_step, next_on=next_on)
    with transaction.atomic():
        if not _insert(action, by):
            return _sent_before(action, photos, by)
        # The member's row before the duties', in the order in which a death or a move takes them.
        Member.objects.filter(pk=member.pk).update(last_care_on=Greatest("last_care_on", Value(on)))
        ended, ended_before = _end(chosen, action, by)
        photo_store.attach(action, photos)
        _follow_up(action, by)
        _note(action, "recorded", by, duties=len(ended))
    return Recorded(action, ended=ended, ended_before=ended_before)


def correct_action(
    action: CareAction,
    *,
    version: int,
    kind: str,
    on: date,
    who_went: str,
    found: str,
    done: str = "",
    next_step: str = "",
    next_on: date | None = None,
    by: "User",
    today: date,
) -> list[Duty]:
    """Change a record; the history keeps what stood there.  Gives the duties that it no longer fulfils (open again).

    `version` is the history row that the corrector had before them: two who correct at once do not overwrite
    each other (`AlreadyEnded`).
    """
    with transaction.atomic():
        locked = _standing(action)
        if version_of(locked) != version:
            raise AlreadyEnded(_("Somebody else has corrected this record meanwhile. Please look at it again."))
        _check_day(locked.member, kind, on, today)
        if next_on != locked.next_on:
            _check_next_step(next_step, next_on, today)
        _write(
            locked, kind=kind, on=on, who_went=who_went, found=found, done=done, next_step=next_step, next_on=next_on
        )
        locked._history_user = by  # type: ignore[attr-defined]
        locked.save()
        fulfilled = _fulfilled(locked)
        lost = [duty for duty in fulfilled if not fits(duty, kind, on)]
        reopened = _reopen(lost, by, today)
        _change([duty for duty in fulfilled if duty not in lost], by, ended_on=on)
        _reckon_last_care(locked.member_id)
        _follow_up(locked, by, today=today)
        _note(locked, "corrected", by, reopened=len(reopened))
    return reopened


def cancel_action(action: CareAction, *, reason: str, by: "User", today: date) -> list[Duty]:
    """Take a record back, with a reason; what it fulfilled is owed again.  Gives the duties that are open again."""
    if not reason.strip():
        raise NotPossible(_("Say why this record is cancelled."), field="reason")
    with transaction.atomic():
        locked = _standing(action)
        locked.cancelled_at, locked.cancelled_by, locked.cancel_reason = clock.now(), by, reason.strip()[:200]
        locked._history_user = by  # type: ignore[attr-defined]
        locked.save(update_fields=["cancelled_at", "cancelled_by", "cancel_reason"])
        reopened = _reopen(_fulfilled(locked), by, today)
        _void_follow_up(locked, by, today)
        _reckon_last_care(locked.member_id)
        _note(locked, "cancelled", by, reopened=len(reopened))
    return reopened


def waive_duty(duty: Duty, *, reason: str, by: "User", today: date) -> None:
    """Declare that a duty need not be done.  Raises `AlreadyEnded` when it has ended otherwise."""
    if not reason.strip():
        raise NotPossible(_("Say why this duty need not be done."), field="reason")
    with transaction.atomic():
        locked = Duty.objects.select_for_update().filter(pk=duty.pk, status=Duty.Status.OPEN).first()
        if locked is None:
            raise AlreadyEnded(_("This duty has ended already."))
        _change([locked], by, status=Duty.Status.WAIVED, ended_on=today, ended_by=by, end_reason=reason.strip()[:200])
        trail.record(
            AuditEvent.Verb.CHANGED,
            by=by,
            target=f"duty:{locked.pk}",
            organization_id=locked.organization_id,
            person_id=locked.member_id or "",
            what="waived",
        )


def version_of(action: CareAction) -> int:
    """The newest history row of the record."""
    return int(action.history.latest("history_id").history_id)


def _check_day(member: Member, kind: str, on: date, today: date) -> None:
    message = ""
    if on > today:
        message = _("This day lies in the future: record it when it has been done.")
    elif on < member.joined_on:
        message = _("%(name)s joined the Party on %(day)s; the date cannot lie before that.")
    elif member.died_on and on > member.died_on and kind not in AFTER_DEATH:
        message = _("%(name)s died on %(day)s; from then on only condolences to the family can be recorded.")
    elif member.left_on and on > member.left_on:
        message = _("%(name)s left the roster on %(day)s; the date cannot lie after that.")
    if message:
        day = member.joined_on if on < member.joined_on else member.died_on or member.left_on
        raise NotPossible(message % {"name": member.name, "day": date_format(day) if day else ""}, field="on")


def _check_next_step(next_step: str, next_on: date | None, today: date) -> None:
    if next_step and not next_on:
        raise NotPossible(_("Say by which day the next step is to be done."), field="next_on")
    if next_on and not next_step:
        raise NotPossible(_("Say what the next step is."), field="next_step")
    if next_on and next_on < today:
        raise NotPossible(_("The next step lies in the past: name a day from today on."), field="next_on")


def _misfit(duty: Duty, kind: str, on: date) -> NotPossible:
    title = catalogue.title_of(duty.rule_code)
    if duty.opens > on:
        words = _("“%(duty)s” can be done from %(day)s on: choose a later date, or untick it.")
        return NotPossible(words % {"duty": title, "day": date_format(duty.opens)}, field="duties")
    words = _("“%(duty)s” is not fulfilled by “%(kind)s”: choose another kind, or untick it.")
    return NotPossible(words % {"duty": title, "kind": CareAction.Kind(kind).label}, field="duties")


def _write(action: CareAction, **facts: object) -> None:
    for fact, value in facts.items():
        if fact not in SEALED:
            setattr(action, fact, value)
        elif reveal(action, fact) != value:
            # Sealing anew gives other bytes: done only for another text, so that history shows real changes.
            put(action, fact, str(value))


def _insert(action: CareAction, by: "User") -> bool:
    """Whether the record is new.  Of two that send the same form at once the second waits here for the first."""
    action._history_user = by  # type: ignore[attr-defined]
    try:
        with transaction.atomic():
            action.save(force_insert=True)
    except IntegrityError:
        if not CareAction.objects.filter(pk=action.pk).exists():
            raise
        return False
    return True


def _sent_before(sent: CareAction, photos: Iterable[CleanPhoto], by: "User") -> Recorded:
    stands = CareAction.objects.get(pk=sent.pk)
    if stands.member_id != sent.member_id or stands.created_by_id != by.pk:
        raise IdTaken(_("This form had been used for another record. Please check it and save again."))
    photo_store.attach(stands, photos)
    plain = ("kind", "on", "who_went", "next_on")
    differs = any(getattr(stands, name) != getattr(sent, name) for name in plain) or any(
        reveal(stands, name) != reveal(sent, name) for name in SEALED
    )
    return Recorded(stands, is_new=False, differs=differs)


def _end(duties: Sequence[Duty], action: CareAction, by: "User") -> tuple[list[Duty], list[Duty]]:
    """End those that are still open, by locking them under that condition; gives (ended now, ended before)."""
    ids = [duty.pk for duty in duties]
    rows = Duty.objects.select_for_update().filter(pk__in=ids, member=action.member_id, status=Duty.Status.OPEN)
    ended = list(rows.order_by("pk"))
    _change(ended, by, status=Duty.Status.DONE, ended_on=action.on, ended_by=by, fulfilled_by=action)
    return ended, [duty for duty in duties if duty not in ended]


def _change(duties: Sequence[Duty], by: "User", **facts: object) -> None:
    if not duties:
        return
    for duty in duties:
        for fact, value in facts.items():
            setattr(duty, fact, value)
    bulk_update_with_history(list(duties), Duty, ENDING, default_user=by)


def _fulfilled(action: CareAction) -> list[Duty]:
    return list(Duty.objects.select_for_update(of=("self",)).filter(fulfilled_by=action).order_by("pk"))


def _reopen(duties: Sequence[Duty], by: "User", today: date) -> list[Duty]:
    """Make duties owed again; gives those that are.

    They stood closed while the person may have moved, died or been corrected: the planner looks at the person once
    more, lets open duties follow and ends those whose ground is gone.
    """
    if not duties:
        return []
    open_again = {
        "status": Duty.Status.OPEN,
        "ended_on": None,
        "ended_by": None,
        "end_reason": "",
        "fulfilled_by": None,
    }
    _change(duties, by, **open_again)
    planner.replan_members([duty.member_id for duty in duties[:1] if duty.member_id], on=today, by=by)
    return list(Duty.objects.filter(pk__in=[duty.pk for duty in duties], status=Duty.Status.OPEN))


def _follow_up(action: CareAction, by: "User", *, today: date | None = None) -> None:
    """Make, move or void the duty of the next step, so that it says what the record says."""
    if action.next_on is None:
        if today is not None:
            _void_follow_up(action, by, today)
        return
    rule = catalogue.rule(catalogue.FOLLOW_UP)
    window = asdict(rule.window.around(action.next_on))
    kept = Duty.objects.select_for_update().filter(**_next(action)).first()
    if kept is None:
        terms = {"fulfilled_by": list(rule.fulfilled_by), "action": str(action.pk)}
        made = Duty(**_next(action), article=rule.article, member=action.member, terms=terms, **window)
        made.organization_id = Member.objects.values_list("organization_id", flat=True).get(pk=action.member_id)
        made._history_user = by  # type: ignore[attr-defined]
        made.save(force_insert=True)
    elif kept.status in (Duty.Status.OPEN, Duty.Status.VOID) and (kept.due != action.next_on or kept.end_reason):
        for name, day in window.items():
            setattr(kept, name, day)
        kept.status, kept.ended_on, kept.ended_by, kept.end_reason = Duty.Status.OPEN, None, None, ""
        kept._history_user = by  # type: ignore[attr-defined]
        kept.save()


def _void_follow_up(action: CareAction, by: "User", today: date) -> None:
    rows = Duty.objects.select_for_update().filter(**_next(action), status=Duty.Status.OPEN)
    reason = _("The record that named this next step was cancelled or corrected.")
    _change(list(rows), by, status=Duty.Status.VOID, ended_on=today, ended_by=by, end_reason=reason)


def _next(action: CareAction) -> dict[str, str]:
    return {"rule_code": catalogue.FOLLOW_UP, "subject_key": f"m:{action.member_id}", "period": f"action:{action.pk}"}


def _standing(action: CareAction) -> CareAction:
    locked = CareAction.objects.select_for_update(of=("self",)).select_related("member").get(pk=action.pk)
    if locked.cancelled_at is not None:
        raise AlreadyEnded(_("This record was cancelled already."))
    return locked


def _reckon_last_care(member_id: UUID) -> None:
    newest = CareAction.objects.standing().filter(member=member_id).aggregate(day=Max("on"))["day"]
    Member.objects.filter(pk=member_id).update(last_care_on=newest)


def _note(action: CareAction, what: str, by: "User", **numbers: Any) -> None:
    trail.record(
        AuditEvent.Verb.CHANGED,
        by=by,
        target=f"action:{action.pk}",
        organization_id=action.organization_id,
        person_id=action.member_id,
        what=what,
        **numbers,
    )
