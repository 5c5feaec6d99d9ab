"""Writing down who signed in, or tried to."""

from typing import Any

from axes.signals import user_locked_out
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from carehelp.accounts import clients
from carehelp.accounts.models import SignIn, User
from carehelp.accounts.names import folded
from carehelp.accounts.signals import locked_out


@receiver(user_logged_in, dispatch_uid="note_sign_in")
def note_sign_in(request: HttpRequest | None, user: User, **kwargs: Any) -> None:
    _note(user, request, succeeded=True)


@receiver(user_login_failed, dispatch_uid="note_failed_sign_in")
def note_failed_sign_in(credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any) -> None:
    """An attempt for a known account is shown to its owner; what was typed for an unknown one is kept nowhere here."""
    user = _account(credentials.get("username", ""))
    if user is not None:
        _note(user, request, succeeded=False)


@receiver(user_locked_out, dispatch_uid="note_lockout")
def note_lockout(request: HttpRequest, username: str, **kwargs: Any) -> None:
    """Announced with the failure that locks, not with every attempt that the lock turns away."""
    user = _account(username)
    if user is not None and getattr(request, "axes_failures_since_start", None):
        locked_out.send(User, user=user)


def _account(username: object) -> User | None:
    return User.objects.filter(username=folded(str(username))).first()


def _note(user: User, request: HttpRequest | None, *, succeeded: bool) -> None:
    SignIn.objects.create(
        user=user,
        succeeded=succeeded,
        ip_address=clients.address(request) if request else None,
        device=clients.device(request) if request else "",
    )
