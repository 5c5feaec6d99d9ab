"""Duties made and ended straight in the database, for counting them."""

import itertools
from datetime import date, timedelta

from carehelp.accounts.models import User
from members.models import Member
from visits.models import CareAction, Duty

_periods = itertools.count(1)


def given(
    member: Member, *, due: date, grace: int = 7, rule_code: str = "political-birthday", article: str = "6.2"
) -> Duty:
    """An open duty with a window of a week before `due` and `grace` days after it."""
    return Duty.objects.create(
        rule_code=rule_code,
        article=article,
        organization=member.organization,
        member=member,
        subject_key=f"m:{member.pk}",
        period=f"test-{next(_periods)}",
        opens=due - timedelta(7),
        due=due,
        grace_until=due + timedelta(grace),
    )


def done(duty: Duty, *, on: date, by: User) -> Duty:
    """End it by a visit on that day."""
    action = CareAction.objects.create(
        organization=duty.organization, member=duty.member, kind="visit", on=on, who_went="李书记", created_by=by
    )
    duty.status, duty.ended_on, duty.ended_by, duty.fulfilled_by = "done", on, by, action
    duty.save()
    return duty


def waived(duty: Duty, *, by: User, status: str = "waived") -> Duty:
    """End it without care, as waived or void."""
    duty.status, duty.ended_on, duty.ended_by, duty.end_reason = status, duty.due, by, "理由"
    duty.save()
    return duty
