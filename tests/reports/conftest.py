from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from carehelp.accounts.models import User
from carehelp.jobs.models import Job
from carehelp.lib.ids import uuid7
from members.models import Member
from tests import people
from tests.conftest import County, signed_in
from tests.visits import duties
from visits import actions, planner
from visits.models import Duty, PlanMark
from visits.rules import catalogue


@pytest.fixture
def planned(county: County) -> None:
    """Duties have been planned through today."""
    for rule in catalogue.rules():
        PlanMark.objects.update_or_create(
            rule_code=rule.code, defaults={"planned_through": people.TODAY, "fingerprint": rule.fingerprint}
        )
    assert planner.planned_through() == people.TODAY


@pytest.fixture
def outcomes(member: Member, secretary: User, officer: User) -> dict[str, Duty]:
    """One duty of every outcome in 2026, all about one member."""
    made = {
        "in-time": duties.duty(member, due=date(2026, 7, 1)),
        "late": duties.duty(member, "festival-visit", due=date(2026, 2, 17), period="2026-spring-festival"),
        "overdue": duties.duty(member, "festival-visit", due=date(2026, 7, 1), period="2026-party-day"),
        "waived": duties.duty(member, "medal-50", due=date(2026, 7, 1)),
    }
    told = {"found": "身体好，精神好", "done": "送上祝贺", "by": secretary, "today": people.TODAY}
    for name, on in (("in-time", date(2026, 7, 2)), ("late", date(2026, 3, 20))):
        duty = made[name]
        actions.record_action(
            id=uuid7(), member=member, kind=actions.kinds_for(duty)[0], on=on, who_went="李书记、张委员",
            duties=[duty], **told,
        )  # fmt: skip
    actions.waive_duty(made["waived"], reason="本人放弃领取", by=officer, today=people.TODAY)
    for duty in made.values():
        duty.refresh_from_db()
    return made


@pytest.fixture
def asked(django_capture_on_commit_callbacks: Any, settings: Any, tmp_path: Path) -> Callable[..., tuple[Job, Client]]:
    """Ask for a report on screen and let the worker make it."""
    settings.MEDIA_ROOT = tmp_path / "media"

    def ask(user: User, name: str, query: str = "", **form: Any) -> tuple[Job, Client]:
        client = signed_in(user)
        with django_capture_on_commit_callbacks(execute=True):
            answer = client.post(
                reverse("reports:ask", args=[name]) + query, {"preset": "year", "format": "pdf"} | form
            )
        assert answer.status_code == 302, answer.content.decode()
        return Job.objects.latest("created_at"), client

    return ask
