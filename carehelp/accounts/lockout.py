"""What a locked account means for its owner.  Counting failures is django-axes' work."""

from datetime import datetime

from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from axes.utils import reset

from carehelp.accounts.names import folded


def locked_until(username: str) -> datetime | None:
    """When the account can be tried again at the latest; None when nothing is counted against it."""
    newest = AccessAttempt.objects.filter(username=folded(username)).order_by("-attempt_time").first()
    wait = get_cool_off()
    return newest.attempt_time + wait if newest is not None and wait is not None else None


def unlock(username: str) -> None:
    """Forget the failures counted against an account."""
    reset(username=folded(username))
