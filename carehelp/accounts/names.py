"""User names: one person must not pass as two by typing the same name in another form."""

import unicodedata
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest


def folded(username: str) -> str:
    """The form in which two spellings of the same user name are equal (full width, case, spaces)."""
    return unicodedata.normalize("NFKC", username).strip().casefold()


def username_for_lockout(request: HttpRequest | None, credentials: Mapping[str, Any] | None) -> str:
    """What django-axes counts failures under."""
    given = (credentials or {}).get("username") or (request.POST.get("username") if request else "") or ""
    return folded(str(given))
