"""Roles and what each may do: verbs, about a dozen; whose rows they reach is the scope's business."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    SECRETARY = "secretary", _("branch secretary")
    OFFICER = "officer", _("organization-department officer")
    FUND_OFFICER = "fund-officer", _("dues and fund officer")
    AUDITOR = "auditor", _("auditor")
    SYSTEM_ADMIN = "system-admin", _("system administrator")
    SECURITY_ADMIN = "security-admin", _("security administrator")
    AUDIT_ADMIN = "audit-admin", _("audit administrator")


VIEW_ORGANIZATIONS = "view_organizations"
MANAGE_ORGANIZATIONS = "manage_organizations"
VIEW_PEOPLE = "view_people"
EDIT_PEOPLE = "edit_people"
UNMASK_PEOPLE = "unmask_people"
IMPORT_PEOPLE = "import_people"
LOG_CARE = "log_care"
WAIVE_DUTY = "waive_duty"
EXPORT = "export"
VIEW_AUDIT = "view_audit"
MANAGE_ACCOUNTS = "manage_accounts"
MANAGE_POWERS = "manage_powers"

PERMISSIONS: dict[str, frozenset[str]] = {
    Role.SECRETARY: frozenset(
        {VIEW_ORGANIZATIONS, VIEW_PEOPLE, EDIT_PEOPLE, UNMASK_PEOPLE, IMPORT_PEOPLE, LOG_CARE, EXPORT}
    ),
    Role.OFFICER: frozenset(
        {VIEW_ORGANIZATIONS, MANAGE_ORGANIZATIONS, VIEW_PEOPLE, EDIT_PEOPLE, UNMASK_PEOPLE, IMPORT_PEOPLE}
        | {LOG_CARE, WAIVE_DUTY, EXPORT}
    ),
    Role.FUND_OFFICER: frozenset({VIEW_ORGANIZATIONS, VIEW_PEOPLE}),
    Role.AUDITOR: frozenset({VIEW_ORGANIZATIONS, VIEW_PEOPLE, EXPORT, VIEW_AUDIT}),
    # Three separate people; none of them sees a member or a case.
    Role.SYSTEM_ADMIN: frozenset({VIEW_ORGANIZATIONS, MANAGE_ACCOUNTS}),
    Role.SECURITY_ADMIN: frozenset({VIEW_ORGANIZATIONS, MANAGE_POWERS}),
    Role.AUDIT_ADMIN: frozenset({VIEW_ORGANIZATIONS, VIEW_AUDIT}),
}


def roles_with(perm: str) -> list[str]:
    """The roles that hold a permission; raises `KeyError` for one that no role holds (a typing error)."""
    holders = [role for role, perms in PERMISSIONS.items() if perm in perms]
    if not holders:
        raise KeyError(perm)
    return holders


ADMINISTRATORS = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})


def kind_of_power(role: str) -> str:
    """Roles of different kinds never meet in one person (constraint `one_kind_of_power` says the same)."""
    return role if role in ADMINISTRATORS else "people"
