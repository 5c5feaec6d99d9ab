"""The one door: who may see and do what, decided here and nowhere else.

Power comes from appointments in force today on organizations; it reaches their subtrees.  Rows get their scope
by joining to the organization and comparing its path with the paths of the appointments: one indexed range each.
"""

from dataclasses import dataclass
from datetime import date
from functools import wraps
from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Q

from carehelp.lib import clock
from members.roles import PERMISSIONS, roles_with

if TYPE_CHECKING:
    from collections.abc import Callable

    from carehelp.accounts.models import User

M = TypeVar("M", bound=models.Model)
AFTER_ANY_STEP = "~"  # Sorts after every character that a path is made of.


@dataclass(frozen=True)
class Powers:
    """A person's appointments in force on one day, as (role, path) pairs."""

    day: date
    held: tuple[tuple[str, str], ...]

    def paths(self, perm: str) -> list[str]:
        """Paths of the topmost organizations in which `perm` is held."""
        found = sorted({path for role, path in self.held if role in roles_with(perm)})
        return [path for path in found if not any(path != above and path.startswith(above) for above in found)]

    def reaches(self, perm: str, path: str) -> bool:
        """Whether an organization lies where `perm` is held: what `visible_to` says, for a row that is read already."""
        return any(path.startswith(top) for top in self.paths(perm))

    def permissions(self) -> frozenset[str]:
        return frozenset().union(*(PERMISSIONS[role] for role, _path in self.held))


def powers_of(user: "User") -> Powers:
    """The powers of a person today: one query, kept on the user object (that is, for one request)."""
    today = clock.today()
    kept: Powers | None = getattr(user, "_powers", None)
    if kept is None or kept.day != today:
        held: tuple[tuple[str, str], ...] = ()
        if user.is_authenticated and user.is_active:
            held = tuple(user.appointments.in_force(today).values_list("role", "organization__path"))
        kept = Powers(today, held)
        user._powers = kept  # type: ignore[attr-defined]
    return kept


def forget_powers(user: "User") -> None:
    """Drop what was kept on the object (after an appointment changed within one request or test)."""
    user.__dict__.pop("_powers", None)


def holds(user: "User", perm: str) -> bool:
    """Whether the person holds the permission anywhere: for showing a menu entry, never for opening a row."""
    return bool(powers_of(user).paths(perm))


def can(user: "User", perm: str, row: models.Model) -> bool:
    """Whether `row` is among those that `user` may act on with `perm`: the same query as every list."""
    rows: Any = type(row)._default_manager
    return bool(rows.visible_to(user, perm).filter(pk=row.pk).exists())


def within(paths: list[str], column: str) -> Q:
    """Condition for rows whose organization lies in one of the subtrees (nothing for no paths)."""
    condition = Q(pk__in=[])
    for path in paths:
        condition |= Q(**{f"{column}__gte": path, f"{column}__lt": path + AFTER_ANY_STEP})
    return condition


class ScopedQuerySet(models.QuerySet[M]):
    """A queryset whose rows belong to an organization; `visible_to` is the only way to them from the web."""

    path_column = "organization__path"

    def visible_to(self, user: "User", perm: str) -> Self:
        """Rows in the subtrees in which `user` holds `perm` today."""
        paths = powers_of(user).paths(perm)
        return self.filter(within(paths, self.path_column)) if paths else self.none()

    def under(self, organization: Any) -> Self:
        """Rows of the organization and of everything below it."""
        return self.filter(within([organization.path], self.path_column))


def require_perm(perm: str) -> "Callable[[Callable[..., Any]], Callable[..., Any]]":
    """Let only people through who hold `perm` somewhere; the rows themselves still come from `visible_to`."""
    roles_with(perm)

    def wrap(view: "Callable[..., Any]") -> "Callable[..., Any]":
        @wraps(view)
        def guarded(request: Any, *args: Any, **kwargs: Any) -> Any:
            if not holds(request.user, perm):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.required_perm = perm  # type: ignore[attr-defined]
        return guarded

    return wrap
