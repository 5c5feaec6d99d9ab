"""Turns rules into duties."""

from datetime import date

from visits.models import PlanMark
from visits.rules import catalogue


def planned_through() -> date | None:
    """The day through which every rule in force has been planned; None when some rule never was."""
    marks = dict(PlanMark.objects.values_list("rule_code", "planned_through"))
    days = [marks.get(rule.code) for rule in catalogue.rules() if rule.is_planned]
    return None if None in days else min((day for day in days if day), default=None)
