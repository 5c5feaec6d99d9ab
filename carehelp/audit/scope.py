"""Which organizations' events somebody may read; the answer comes from the floor that owns organizations."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from carehelp.accounts.models import User

_resolve: list[Callable[["User", str], Any]] = []


def register(resolve: Callable[["User", str], Any]) -> None:
    """`resolve(user, perm)` gives a queryset or list of organization ids; called once, when the apps are ready."""
    _resolve[:] = [resolve]


def organizations(user: "User", perm: str) -> Any:
    """Ids for an `IN` condition; none when nobody registered."""
    return _resolve[0](user, perm) if _resolve else []
