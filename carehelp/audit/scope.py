"""Whose events somebody may read; the answer comes from the floor that owns organizations and appointments."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from carehelp.accounts.models import User

Resolve = Callable[["User", str], Any]
_resolve: list[tuple[Resolve, Resolve]] = []


def register(organizations: Resolve, accounts: Resolve) -> None:
    """Called once, when the apps are ready, with two functions of a user and a permission.

    `organizations` gives the ids of organizations in which the user holds the permission, `accounts` the ids of
    accounts with an appointment there (for events that happened at no organization, such as signing in).
    """
    _resolve[:] = [(organizations, accounts)]


def organizations(user: "User", perm: str) -> Any:
    """Ids for an `IN` condition; none when nobody registered."""
    return _resolve[0][0](user, perm) if _resolve else []


def accounts(user: "User", perm: str) -> Any:
    return _resolve[0][1](user, perm) if _resolve else []
