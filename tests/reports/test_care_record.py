"""The care record of one person."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.urls import reverse

from carehelp.accounts.models import User
from carehelp.audit.models import AuditEvent
from carehelp.jobs.models import Job
from carehelp.lib import clock
from carehelp.reports import care_record, printing, sheets
from carehelp.reports.periods import Period
from members.models import Member
from tests import people
from tests.conftest import signed_in
from tests.reports import reading
from visits import actions
from visits.models import Duty

YEAR = Period(date(2026, 1, 1), people.TODAY)
MADE = printing.Made("李书记", datetime(2026, 11, 24, 10, 30, tzinfo=clock.SHANGHAI))


def record(member: Member, by: User | None = None) -> care_record.CareRecord:
    return care_record.gather(member, YEAR, by=by, today=people.TODAY)


def test_it_tells_facts_duties_and_what_was_done(
    member: Member, outcomes: dict[str, Duty], planned: None, tmp_path: Path
) -> None:
    printing.print_record(record(member), title="关怀帮扶记录", made=MADE, output=tmp_path / "record.pdf")
    text = reading.text(tmp_path / "record.pdf")
    for words in (
        "王建国",
        "党龄 35 年",
        "第6.2条",
        "身体好，精神好",
        "送上祝贺",
        "李书记、张委员",
        "填表人（签字）",
        "共 2 页",
    ):
        assert words in text


def test_sensitive_facts_stay_masked_everywhere(
    member: Member, outcomes: dict[str, Duty], planned: None, tmp_path: Path
) -> None:
    printing.print_record(record(member), title="记录", made=MADE, output=tmp_path / "record.pdf")
    sheets.write_record(record(member), title="记录", made=MADE, output=tmp_path / "record.xlsx")
    for text in (reading.text(tmp_path / "record.pdf"), str(reading.sheets(tmp_path / "record.xlsx"))):
        assert "199****1111" in text
        assert "19900001111" not in text
        assert "云岭县红旗镇1号" not in text


def test_a_cancelled_action_shows_as_such(
    member: Member, outcomes: dict[str, Duty], planned: None, officer: User
) -> None:
    action = outcomes["late"].fulfilled_by
    assert action is not None
    actions.cancel_action(action, reason="记错了人", by=officer, today=people.TODAY)
    told = {given.on: given.cancelled for given in record(member).actions}
    assert told[action.on] == "记错了人"


def test_the_export_is_on_the_chain_under_the_person(
    member: Member, outcomes: dict[str, Duty], planned: None, secretary: User, asked: Any
) -> None:
    job, client = asked(secretary, "care-record", f"?member={member.pk}")
    assert job.state == Job.State.DONE, job.message
    event = AuditEvent.objects.get(verb="exported")
    assert (event.person_id, event.actor_id, event.target) == (str(member.pk), secretary.pk, "report:care-record")
    assert event.organization_id == member.organization_id
    assert member.name not in str(event.detail) + event.target + event.reason
    assert client.get(reverse("jobs:file", args=[job.pk])).status_code == 200


def test_the_neighbour_cannot_ask_for_it(member: Member, neighbour: User) -> None:
    address = reverse("reports:ask", args=["care-record"]) + f"?member={member.pk}"
    assert signed_in(neighbour).get(address).status_code == 404
    assert signed_in(neighbour).post(address, {"preset": "year", "format": "pdf"}).status_code == 404


def test_the_neighbour_does_not_find_the_person(member: Member, neighbour: User, secretary: User) -> None:
    address = reverse("reports:ask", args=["care-record"])
    assert member.name in signed_in(secretary).get(address, {"q": "wjg"}).content.decode()
    assert str(member.pk) not in signed_in(neighbour).get(address, {"q": "wjg"}).content.decode()
