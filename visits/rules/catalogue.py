"""The rules in force and how to look one up.  The file is read once per process; a fault in it is found by a check."""

from functools import cache
from pathlib import Path

from visits.models import CareAction
from visits.rules.loader import load
from visits.rules.rule import Rule

__all__ = ["FOLLOW_UP", "NATIONAL", "Rule", "rule", "rules", "title_of"]

NATIONAL = Path(__file__).with_name("national.toml")
FOLLOW_UP = "follow-up"  # Given for the next step of a care action, not by the calendar.


@cache
def rules() -> tuple[Rule, ...]:
    """All rules in the order of the file.  Raises `RuleFileError` when the file cannot be read."""
    return load(NATIONAL, kinds=CareAction.Kind.values)


def rule(code: str) -> Rule:
    """The rule with this code; raises `KeyError` for one that does not exist."""
    for found in rules():
        if found.code == code:
            return found
    raise KeyError(code)


def title_of(code: str) -> str:
    """The rule's title in the active language; the code itself for a rule that is no longer in the file."""
    try:
        return rule(code).title
    except KeyError:
        return code
