"""The rule file is checked with everything else, before anything runs on it."""

from typing import Any

from django.core.checks import CheckMessage, Error

from visits.rules import catalogue
from visits.rules.loader import RuleFileError


def check_rules(**_kwargs: Any) -> list[CheckMessage]:
    """Refuses a rule file that cannot be read, naming file, entry and key."""
    try:
        catalogue.rules()
    except RuleFileError as reason:
        return [Error(str(reason), hint="Mend the entry; the head of the file lists the words.", id="visits.E001")]
    return []
