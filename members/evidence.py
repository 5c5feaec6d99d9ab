"""Which organizations and accounts an event on the evidence chain must belong to, to be read by somebody."""

from typing import TYPE_CHECKING, Any

from members.models import Appointment, Organization

if TYPE_CHECKING:
    from carehelp.accounts.models import User


def organizations_of(user: "User", perm: str) -> Any:
    """Ids of the organizations in which `user` holds `perm`."""
    return Organization.objects.visible_to(user, perm).order_by().values("pk")


def accounts_of(user: "User", perm: str) -> Any:
    """Ids of the accounts that have, or had, an appointment in those organizations."""
    return Appointment.objects.visible_to(user, perm).order_by().values("user_id")
