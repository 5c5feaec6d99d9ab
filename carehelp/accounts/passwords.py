"""Password rules beyond Django's own."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

KINDS = (r"[a-z]", r"[A-Z]", r"[0-9]", r"[^A-Za-z0-9]")


class ThreeKindsValidator:
    """At least three of small letters, capitals, digits and other characters (GB/T 22239 asks for complexity)."""

    def validate(self, password: str, user: object = None) -> None:
        if sum(bool(re.search(kind, password)) for kind in KINDS) < 3:
            raise ValidationError(self.get_help_text(), code="password_too_simple")

    def get_help_text(self) -> str:
        return _("Use at least three of: small letters, capital letters, digits, other characters.")
