"""Looking after accounts.  The system administrator opens and closes them; power comes from appointments alone."""

import secrets
from datetime import date
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from carehelp.accounts import lockout
from carehelp.accounts.models import User
from carehelp.accounts.names import folded
from carehelp.audit import trail
from carehelp.audit.models import AuditEvent
from members.access import powers_of, within
from members.errors import NotPossible
from members.models import Appointment, Organization
from members.roles import MANAGE_ACCOUNTS

if TYPE_CHECKING:
    from collections.abc import Sequence

# Without the characters that look alike in print or over the telephone.
LETTERS = ("abcdefghjkmnpqrstuvwxyz", "ABCDEFGHJKMNPQRSTUVWXYZ", "23456789")
GROUPS, GROUP = 4, 4


def in_reach(administrator: User, today: date) -> QuerySet[User]:
    """Accounts that a system administrator looks after.

    An account with appointments (in force or to come) belongs to those whose area holds all of them: who looks after
    a county must not get at the account of somebody who also sees the province.  One without any belongs to the
    area where it was last appointed or made.
    """
    paths = powers_of(administrator).paths(MANAGE_ACCOUNTS)
    if not paths:
        return User.objects.none()
    inside = within(paths, "organization__path")
    own = Appointment.objects.filter(user=OuterRef("pk"))
    living = own.filter(Q(ends__isnull=True) | Q(ends__gte=today))
    of_maker = Appointment.objects.filter(inside, user=OuterRef("created_by"))
    return User.objects.filter(
        (Exists(living) & ~Exists(living.exclude(inside)))
        | (~Exists(living) & (Exists(own.filter(inside)) | Exists(of_maker)))
    ).order_by("username")


def active(username: str) -> User | None:
    """The active account of exactly this user name, however it was typed."""
    return User.objects.filter(username=folded(username), is_active=True).first()


def create(*, username: str, display_name: str, by: User | None) -> tuple[User, str]:
    """Open an account (`by` is None from the shell); gives it with its one-time password.

    Of the password only the hash is kept, so this is the only moment at which it can be read.
    """
    if not folded(username):
        raise NotPossible(_("A user name is needed."))
    password = one_time_password()
    try:
        with transaction.atomic():
            account = User.objects.create_user(
                username, password=password, display_name=display_name, must_change_password=True, created_by=by
            )
            _record(account, by, "created")
    except IntegrityError as fault:
        raise NotPossible(
            _("There is an account of this name already (capitals, spaces and full width make no difference).")
        ) from fault
    return account, password


def close(account: User, *, by: User) -> None:
    """Deactivate: signed out at the next click, nothing is lost, and it can be opened again."""
    _set_active(account, False, by, "closed")


def reopen(account: User, *, by: User) -> None:
    """Activate again what was deactivated."""
    _set_active(account, True, by, "reopened")


def reset_password(account: User, *, by: User) -> str:
    """Give a new one-time password; every session of the account ends, and a lock is lifted."""
    _refuse_oneself(account, by)
    password = one_time_password()
    with transaction.atomic():
        account.set_password(password)
        account.must_change_password = True
        account.save(update_fields=["password", "must_change_password"])
        lockout.unlock(account.username)
        _record(account, by, "password-reset")
    return password


def unlock(account: User, *, by: User) -> None:
    """Lift the lock that failed attempts brought, before its time is over."""
    _refuse_oneself(account, by)
    with transaction.atomic():
        lockout.unlock(account.username)
        _record(account, by, "unlocked")


def one_time_password() -> str:
    """Sixteen characters of three kinds in groups of four, to be read out; about 88 bits."""
    every = "".join(LETTERS)
    while True:
        chosen = "".join(secrets.choice(every) for _position in range(GROUPS * GROUP))
        if all(set(kind) & set(chosen) for kind in LETTERS):
            return "-".join(chosen[start : start + GROUP] for start in range(0, len(chosen), GROUP))


def _set_active(account: User, active: bool, by: User, what: str) -> None:
    _refuse_oneself(account, by)
    with transaction.atomic():
        # The row count decides who won when two do it at once.
        if User.objects.filter(pk=account.pk, is_active=not active).update(is_active=active):
            account.is_active = active
            account.save(update_fields=["is_active"])  # For the history, which an update alone does not write.
            _record(account, by, what)


def _refuse_oneself(account: User, by: User) -> None:
    if account.pk == by.pk:
        raise NotPossible(_("Nobody does this to their own account: ask another system administrator."))


def _record(account: User, by: User | None, what: str) -> None:
    seats: Sequence[str] = powers_of(by).paths(MANAGE_ACCOUNTS) if by else ()
    seat = Organization.objects.filter(path__in=seats[:1]).values_list("pk", flat=True).first()
    trail.record(
        AuditEvent.Verb.POWER,
        by=by,
        target=f"account:{account.pk}",
        organization_id=seat,
        action=what,
        account=account.pk,
    )
