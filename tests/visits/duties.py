"""Ready-made duties for tests about what people do with them."""

from datetime import date
from typing import Any

from members.models import Member
from visits.models import Duty
from visits.rules import catalogue


def duty(member: Member, rule_code: str = "political-birthday", *, due: date, **facts: Any) -> Duty:
    """A duty as the planner gives it; say what is different."""
    rule = catalogue.rule(rule_code)
    window = rule.window.around(due)
    facts = {
        "opens": window.opens,
        "due": window.due,
        "grace_until": window.grace_until,
        "period": str(due.year),
        "terms": {"fulfilled_by": list(rule.fulfilled_by)},
    } | facts
    return Duty.objects.create(
        rule_code=rule_code,
        article=rule.article,
        organization=member.organization,
        member=member,
        subject_key=f"m:{member.pk}",
        **facts,
    )
