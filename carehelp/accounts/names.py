"""User names: one person must not pass as two by typing the same name in another form."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

LONGEST = 150
_SPACES = re.compile(r"\s+")


def folded(username: str) -> str:
    """The one form of a user name, in which it is stored, looked up and counted (no full width, capitals, spaces)."""
    # Some characters unfold to many, so the cut comes last.
    return _SPACES.sub("", unicodedata.normalize("NFKC", username).casefold())[:LONGEST]


def username_for_lockout(request: HttpRequest | None, credentials: Mapping[str, Any] | None) -> str:
    """What django-axes counts failures under."""
    given = (credentials or {}).get("username") or (request.POST.get("username") if request else "") or ""
    return folded(str(given)).replace("\0", "")
