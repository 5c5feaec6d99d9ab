"""Sign-ins and lockouts on the chain.  They happen at no organization: who may read them follows the account."""

from typing import Any

from django.dispatch import receiver

from carehelp.accounts.models import User
from carehelp.accounts.signals import locked_out, signed_in
from carehelp.audit import trail
from carehelp.audit.models import AuditEvent


@receiver(signed_in, dispatch_uid="sign_in_is_evidence")
def note_sign_in(user: User, **kwargs: Any) -> None:
    trail.record(AuditEvent.Verb.SIGNED_IN, by=user, target=f"account:{user.pk}")


@receiver(locked_out, dispatch_uid="lockout_is_evidence")
def note_lockout(user: User, **kwargs: Any) -> None:
    trail.record(AuditEvent.Verb.REFUSED, by=user, target=f"account:{user.pk}", action="locked")
