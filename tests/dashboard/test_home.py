"""The first page after signing in, for every kind of power."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from carehelp.accounts.models import User
from members.models import Appointment, Member
from members.roles import Role
from tests import people
from tests.conftest import County, signed_in
from tests.visits.figures import done, given
from visits.models import PlanMark
from visits.rules import catalogue


@pytest.fixture
def planned(db: None, today: date) -> None:
    """Every rule has been planned through today."""
    for rule in catalogue.rules():
        PlanMark.objects.update_or_create(rule_code=rule.code, defaults={"planned_through": today, "fingerprint": "x"})


def read(user: User, address: str = "/") -> str:
    response = signed_in(user).get(address)
    assert response.status_code == 200
    return str(response.content.decode())


class TestSecretary:
    def test_late_possible_and_coming_duties_lead_to_their_lists(
        self, member: Member, secretary: User, planned: None, today: date
    ) -> None:
        given(member, due=today - timedelta(30), grace=7)
        given(member, due=today)
        given(member, due=today + timedelta(1))
        given(member, due=today + timedelta(20))
        view = signed_in(secretary).get("/").context["view"]
        assert [(section.kind.name, section.count) for section in view.sections] == [
            ("overdue", 1),
            ("open", 2),
            ("coming", 1),
        ]
        page = read(secretary)
        for name in ("overdue", "open", "coming"):
            assert f"{reverse('visits:due')}?section={name}" in page

    def test_next_duties_begin_with_the_latest_and_leave_out_what_cannot_be_done_yet(
        self, member: Member, secretary: User, planned: None, today: date
    ) -> None:
        coming, late, possible = (given(member, due=today + timedelta(days)) for days in (20, -30, 2))
        assert signed_in(secretary).get("/").context["view"].next_duties == [late, possible]
        assert coming.opens > today

    def test_what_was_done_last_is_shown(self, member: Member, secretary: User, planned: None, today: date) -> None:
        done(given(member, due=today), on=today, by=secretary)
        assert "李书记" in read(secretary)

    def test_a_neighbour_sees_nothing_of_it(
        self, member: Member, neighbour: User, secretary: User, planned: None, today: date
    ) -> None:
        done(given(member, due=today, rule_code="political-birthday"), on=today, by=secretary)
        assert member.name not in read(neighbour)

    def test_several_branches_of_one_secretary_stand_on_one_page(
        self, county: County, secretary: User, planned: None
    ) -> None:
        Appointment.objects.create(
            user=secretary, organization=county.far_branch, role=Role.SECRETARY, starts=date(2026, 1, 1)
        )
        page = read(secretary)
        assert county.branch.name in page
        assert county.far_branch.name in page


class TestPlannedThrough:
    def test_the_day_is_said(self, officer: User, secretary: User, planned: None) -> None:
        for user in (officer, secretary):
            assert "任务已生成至2026年11月24日" in read(user)

    def test_behind_it_says_so_and_shows_no_percentage(
        self, member: Member, officer: User, secretary: User, planned: None, today: date
    ) -> None:
        done(given(member, due=today), on=today, by=secretary)
        assert all("100%" in read(user) for user in (officer, secretary))
        PlanMark.objects.update(planned_through=today - timedelta(1))
        for user in (officer, secretary):
            page = read(user)
            assert "只生成至2026年11月23日" in page
            assert "%</strong>" not in page

    def test_never_planned_says_so(self, officer: User) -> None:
        assert "尚未生成关怀任务" in read(officer)


class TestOtherPowers:
    def test_an_officer_gets_the_page_of_the_county(self, officer: User, county: County, planned: None) -> None:
        page = read(officer)
        assert county.town.name in page
        assert county.other_county.name not in page
        assert reverse("audit:list") not in page

    def test_an_auditor_gets_the_same_with_reports_and_access_log(self, auditor: User, planned: None) -> None:
        page = read(auditor)
        assert reverse("reports:index") in page
        assert reverse("audit:list") in page

    def test_somebody_with_two_counties_chooses(self, officer: User, county: County, planned: None) -> None:
        Appointment.objects.create(
            user=officer, organization=county.other_county, role=Role.AUDITOR, starts=date(2026, 1, 1)
        )
        page = read(officer)
        for place in (county.county, county.other_county):
            assert reverse("dashboard:organization", args=[place.pk]) in page

    def test_the_fund_officer_gets_counts_of_members_and_organizations_only(
        self, fund_officer: User, member: Member, county: County, planned: None, today: date
    ) -> None:
        given(member, due=today - timedelta(30))
        page = read(fund_officer)
        assert county.town.name in page
        assert "超期" not in page
        assert "/overdue/" not in page

    @pytest.mark.parametrize("who", ["system_admin", "security_admin", "audit_admin"])
    def test_administrators_see_their_office_and_no_people(
        self, who: str, request: Any, member: Member, planned: None, today: date
    ) -> None:
        given(member, due=today)
        page = read(request.getfixturevalue(who))
        assert "管理" in page
        assert member.name not in page
        assert "超期" not in page

    def test_a_stranger_is_told_whom_to_ask(self, stranger: User) -> None:
        assert "请联系所在组织部门的安全管理员" in read(stranger)

    def test_somebody_whose_appointment_ended_sees_which_it_was(self, county: County, today: date) -> None:
        user = people.user("ended")
        Appointment.objects.create(
            user=user, organization=county.branch, role=Role.SECRETARY, starts=date(2020, 1, 1), ends=date(2026, 1, 31)
        )
        page = read(user)
        assert county.branch.name in page
        assert "没有生效的任职" in page

    def test_who_has_not_signed_in_is_sent_to_the_door(self, db: None) -> None:
        assert Client().get("/").status_code == 302
