"""Giving power and taking it back.  Whoever appoints gets nothing by it, and every change is evidence."""

from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from carehelp.audit import trail
from carehelp.audit.models import AuditEvent
from members.errors import NotPossible
from members.models import Appointment, Organization
from members.roles import kind_of_power

if TYPE_CHECKING:
    from carehelp.accounts.models import User

ONE_DAY = timedelta(days=1)


def appoint(
    user: "User",
    *,
    organization: Organization,
    role: str,
    starts: date,
    ends: date | None,
    by: "User | None",
    today: date,
) -> Appointment:
    """Give `user` a role at an organization from the first to the last day, both included (None: until further notice).

    `by` is the security administrator, or None from the shell.  Raises `NotPossible`: appointing oneself, a second
    kind of power at the same time, a closed account or organization, days that are over.
    """
    if by is not None and by.pk == user.pk:
        raise NotPossible(_("Nobody appoints themselves: ask another security administrator."))
    if not user.is_active:
        raise NotPossible(_("This account is deactivated; the system administrator can open it again."))
    if not organization.is_open:
        raise NotPossible(_("This organization is closed."))
    if ends is not None and ends < max(starts, today):
        raise NotPossible(_("The last day lies before the first day or is over already."))
    _refuse_mixing(user, role, starts, ends)
    appointment = Appointment(user=user, organization=organization, role=role, starts=starts, ends=ends)
    try:
        with transaction.atomic():
            appointment.save(force_insert=True)
            _record(appointment, by, "appointed")
    except IntegrityError as fault:  # Somebody else appointed the same person a moment ago.
        raise NotPossible(_already_appointed()) from fault
    return appointment


def end(appointment: Appointment, *, last_day: date, reason: str, by: "User", today: date) -> Appointment | None:
    """Let an appointment end with `last_day`; yesterday takes the power away at once.

    One that would then have lasted no day at all is withdrawn (None): history and evidence keep that it was given.
    """
    if by.pk == appointment.user_id:
        raise NotPossible(_("Nobody ends their own appointment: ask another security administrator."))
    if last_day < today - ONE_DAY:
        raise NotPossible(_("What is over cannot be changed: choose yesterday (ends at once) or a later day."))
    with transaction.atomic():
        locked = Appointment.objects.select_for_update().get(pk=appointment.pk)
        if locked.ends is not None and locked.ends < today:
            raise NotPossible(_("This appointment has ended already."))
        if last_day < locked.starts:
            _record(locked, by, "withdrawn", reason)
            locked.delete()
            return None
        locked.ends = last_day
        locked.save(update_fields=["ends"])
        _record(locked, by, "ended", reason)
    return locked


def hand_over(appointment: Appointment, *, to: "User", on: date, by: "User", today: date) -> Appointment:
    """Let somebody else take over the same role at the same organization from `on`; both or nothing happens."""
    if to.pk == appointment.user_id:
        raise NotPossible(_("This person holds the appointment already."))
    with transaction.atomic():
        end(appointment, last_day=on - ONE_DAY, reason=_("handed over"), by=by, today=today)
        return appoint(
            to, organization=appointment.organization, role=appointment.role, starts=on, ends=None, by=by, today=today
        )


def _refuse_mixing(user: "User", role: str, starts: date, ends: date | None) -> None:
    same_time = user.appointments.filter(Q(ends__isnull=True) | Q(ends__gte=starts))
    if ends is not None:
        same_time = same_time.filter(starts__lte=ends)
    if any(kind_of_power(held) != kind_of_power(role) for held in same_time.values_list("role", flat=True)):
        raise NotPossible(
            _(
                "Administrators see no people, and system, security and audit administration are three persons: "
                "this person holds another kind of appointment in that time."
            )
        )


def _already_appointed() -> str:
    return _("This person holds this or another kind of appointment in that time already.")


def _record(appointment: Appointment, by: "User | None", what: str, reason: str = "") -> None:
    trail.record(
        AuditEvent.Verb.POWER,
        by=by,
        target=f"appointment:{appointment.pk}",
        organization_id=appointment.organization_id,
        reason=reason,
        action=what,
        account=appointment.user_id,
        role=str(appointment.role),
        starts=appointment.starts.isoformat(),
        ends=appointment.ends.isoformat() if appointment.ends else None,
    )
