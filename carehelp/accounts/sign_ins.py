"""Writing down who signed in, or tried to."""

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from carehelp.accounts import clients
from carehelp.accounts.models import SignIn, User
from carehelp.accounts.names import folded


@receiver(user_logged_in, dispatch_uid="note_sign_in")
def note_sign_in(request: HttpRequest | None, user: User, **kwargs: Any) -> None:
    _note(user, request, succeeded=True)


@receiver(user_login_failed, dispatch_uid="note_failed_sign_in")
def note_failed_sign_in(credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any) -> None:
    """An attempt for a known account is shown to its owner; what was typed for an unknown one is kept nowhere here."""
    user = User.objects.filter(username=folded(str(credentials.get("username", "")))).first()
    if user is not None:
        _note(user, request, succeeded=False)


def _note(user: User, request: HttpRequest | None, *, succeeded: bool) -> None:
    SignIn.objects.create(
        user=user,
        succeeded=succeeded,
        ip_address=clients.address(request) if request else None,
        device=clients.device(request) if request else "",
    )
