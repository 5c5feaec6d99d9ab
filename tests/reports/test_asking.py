"""Asking for a report on screen: form, job, download, evidence."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from carehelp.accounts.models import User
from carehelp.audit.models import AuditEvent
from carehelp.jobs.models import Job
from carehelp.reports import making, periods
from members.access import forget_powers
from members.models import Appointment
from tests.conftest import County, signed_in
from tests.reports import reading
from visits.models import Duty

LEDGER = "duty-ledger"


class TestWhoMayAsk:
    def test_the_catalogue_is_for_those_who_export(self, secretary: User, auditor: User, fund_officer: User) -> None:
        for user, status in ((secretary, 200), (auditor, 200), (fund_officer, 403)):
            assert signed_in(user).get(reverse("reports:index")).status_code == status

    def test_an_unknown_report_is_not_found(self, officer: User) -> None:
        assert signed_in(officer).get(reverse("reports:ask", args=["nonsense"])).status_code == 404

    def test_an_organization_out_of_scope_is_refused_like_one_that_does_not_exist(
        self, county: County, neighbour: User
    ) -> None:
        client = signed_in(neighbour)
        told = []
        for code in (county.branch.code, "no-such-code"):
            form = {"organization": code, "preset": "year", "format": "pdf"}
            answer = client.post(reverse("reports:ask", args=[LEDGER]), form).content.decode()
            assert county.branch.name not in answer
            told.append(answer.replace(code, ""))
        assert told[0].count("alert-danger") == told[1].count("alert-danger") == 1
        assert not Job.objects.exists()


class TestTheForm:
    def test_begins_with_ones_own_organization(self, county: County, secretary: User) -> None:
        assert county.branch.code in signed_in(secretary).get(reverse("reports:ask", args=[LEDGER])).content.decode()

    def test_takes_the_organization_of_the_page_it_was_opened_from(self, county: County, officer: User) -> None:
        page = signed_in(officer).get(reverse("reports:ask", args=[LEDGER]), {"organization": county.town.pk})
        assert county.town.code in page.content.decode()

    @pytest.mark.parametrize(
        ("first", "last"),
        [("2026-05-01", "2026-04-01"), ("", "2026-04-01"), ("2026-04-01", ""), ("0202-01-01", "2026-01-01")],
    )
    def test_says_what_is_wrong_with_other_dates(self, county: County, officer: User, first: str, last: str) -> None:
        form = {"organization": county.county.code, "preset": "other", "first": first, "last": last, "format": "pdf"}
        answer = signed_in(officer).post(reverse("reports:ask", args=[LEDGER]), form)
        assert answer.status_code == 200
        assert "alert-danger" in answer.content.decode()


class TestTheJob:
    def test_makes_the_pdf_and_notes_it(
        self, county: County, officer: User, outcomes: dict[str, Duty], planned: None, asked: Any, tmp_path: Path
    ) -> None:
        job, client = asked(officer, LEDGER, organization=county.county.code)
        assert job.state == Job.State.DONE, job.message
        answer = client.get(reverse("jobs:file", args=[job.pk]))
        (tmp_path / "got.pdf").write_bytes(b"".join(answer.streaming_content))
        assert "关怀任务台账" in reading.text(tmp_path / "got.pdf")
        event = AuditEvent.objects.get(verb="exported")
        assert (event.actor_id, event.organization_id, event.person_id) == (officer.pk, county.county.pk, "")
        assert event.detail == {
            "format": "pdf", "first": "2026-01-01", "last": "2026-11-24", "rows": 4, "system": False
        }  # fmt: skip

    def test_makes_the_workbook(
        self, county: County, officer: User, outcomes: dict[str, Duty], planned: None, asked: Any
    ) -> None:
        job, _client = asked(officer, LEDGER, organization=county.county.code, format="xlsx")
        assert job.state == Job.State.DONE, job.message
        assert job.result_name.endswith(".xlsx")

    def test_refuses_when_the_appointment_ended_in_between(
        self, county: County, officer: User, planned: None, asked: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        original = making.make

        def later(*args: Any, by: User, **kwargs: Any) -> Any:
            Appointment.objects.filter(user=by).update(ends=date(2026, 11, 23))
            forget_powers(by)
            return original(*args, by=by, **kwargs)

        monkeypatch.setattr(making, "make", later)
        job, _client = asked(officer, LEDGER, organization=county.county.code)
        assert job.state == Job.State.FAILED
        assert not job.result_file
        assert not AuditEvent.objects.filter(verb="exported").exists()

    def test_says_what_to_choose_when_there_is_too_much(
        self,
        county: County,
        officer: User,
        outcomes: dict[str, Duty],
        planned: None,
        asked: Any,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(making, "MOST_ON_PAPER", 3)
        job, _client = asked(officer, LEDGER, organization=county.county.code)
        assert job.state == Job.State.FAILED
        assert "Excel" in job.message

    def test_is_on_the_list_of_whoever_asked_only(
        self, county: County, officer: User, auditor: User, planned: None, asked: Any
    ) -> None:
        job, client = asked(officer, LEDGER, organization=county.county.code, format="xlsx")
        assert str(job.pk) in client.get(reverse("reports:index")).content.decode()
        assert str(job.pk) not in signed_in(auditor).get(reverse("reports:index")).content.decode()
        assert signed_in(auditor).get(reverse("jobs:file", args=[job.pk])).status_code == 404


@pytest.mark.parametrize(
    ("preset", "first", "last"),
    [
        ("year", date(2026, 1, 1), date(2026, 11, 24)),
        ("quarter", date(2026, 10, 1), date(2026, 11, 24)),
        ("month", date(2026, 11, 1), date(2026, 11, 24)),
        ("last-year", date(2025, 1, 1), date(2025, 12, 31)),
    ],
)
def test_presets_are_whole_days(preset: str, first: date, last: date) -> None:
    assert periods.of(preset, date(2026, 11, 24)).ends == (first, last)
