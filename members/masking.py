"""Sensitive facts on screen: masked for everybody, open for one look by those who say why."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from carehelp.audit import trail
from carehelp.audit.models import AuditEvent
from carehelp.lib import idcard
from carehelp.lib.crypto import CannotUnseal
from carehelp.lib.fields import reveal
from members.errors import NotPossible
from members.models import Member

if TYPE_CHECKING:
    from carehelp.accounts.models import User

# What one reason opens: never everything at once.
GROUPS: dict[str, tuple[str, ...]] = {
    "id-number": ("id_number",),
    "contact": ("phone", "landline"),
    "address": ("address",),
}
GROUP_TITLES: dict[str, Promise] = {
    "id-number": gettext_lazy("ID number"),
    "contact": gettext_lazy("telephone"),
    "address": gettext_lazy("home address"),
}
PURPOSES: dict[str, Promise] = {
    "visit": gettext_lazy("To visit or call this person"),
    "verify": gettext_lazy("To verify identity"),
    "correct": gettext_lazy("To check the roster against the file"),
    "apply": gettext_lazy("To handle an application or referral"),
    "other": gettext_lazy("Another reason"),
}
LEAST_WORDS = 5  # Characters: enough for 「核对身份」 and what for.
UP_TO_TOWN = re.compile(r"^.{2,}?(?:街道|镇|乡|苏木)")


@dataclass(frozen=True)
class Fact:
    """One sensitive fact as it may be shown; `text` is empty when nothing is on file."""

    field: str
    label: str
    text: str


def masked(member: Member, group: str) -> list[Fact]:
    """The facts of a group, masked."""
    return [Fact(field, _label(field), _mask(field, _opened(member, field))) for field in GROUPS[group]]


def unmask(member: Member, group: str, *, purpose: str, words: str, by: "User") -> list[Fact]:
    """The facts of a group in full; who looked at whom, and why, is on the evidence chain before anybody sees them.

    Raises `NotPossible` without a purpose of the list and at least `LEAST_WORDS` characters of explanation.
    """
    words = " ".join(words.split())
    if purpose not in PURPOSES or len(words) < LEAST_WORDS:
        raise NotPossible(_("Say in a few words what you need it for."))
    with transaction.atomic():
        trail.record(
            AuditEvent.Verb.UNMASKED,
            by=by,
            target=f"member:{member.pk}",
            organization_id=member.organization_id,
            person_id=member.pk,
            reason=f"{purpose}: {words}",
            fields=list(GROUPS[group]),
        )
        return [Fact(field, _label(field), reveal(member, field)) for field in GROUPS[group]]


def mask_phone(number: str) -> str:
    """`199****1111`; shorter numbers keep their last two digits."""
    digits = number.strip()
    if len(digits) >= 11:
        return digits[:3] + "*" * (len(digits) - 7) + digits[-4:]
    return "*" * max(0, len(digits) - 2) + digits[-2:] if len(digits) > 4 else "*" * len(digits)


def mask_address(address: str) -> str:
    """Down to the town or street office; the first six characters (never more than half) where none is named."""
    town = UP_TO_TOWN.match(address)
    shown = town.group() if town else address[: min(6, len(address) // 2)]
    return f"{shown}****" if address else ""


def _mask(field: str, text: str) -> str:
    if field == "id_number":
        return idcard.masked(text)
    return mask_address(text) if field == "address" else mask_phone(text)


def _opened(member: Member, field: str) -> str:
    """One value that cannot be opened (a key that is gone) must not close the whole page."""
    try:
        return reveal(member, field)
    except CannotUnseal:
        return "************"


def _label(field: str) -> str:
    return str(Member._meta.get_field(field).verbose_name)  # type: ignore[union-attr]  # All are plain fields.
