"""The page about one organization and the rows behind its figures."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from carehelp.accounts.models import User
from carehelp.dashboard import behind
from members import people as moving
from members.models import Member, Organization
from tests import people
from tests.conftest import County, signed_in
from tests.visits.figures import done, given, waived


@pytest.fixture
def late(member: Member, today: date) -> object:
    return given(member, due=today - timedelta(60))


def address(place: Organization, figure: str = "", **query: str) -> str:
    if figure:
        base = reverse("dashboard:rows", args=[place.pk, figure])
    else:
        base = reverse("dashboard:organization", args=[place.pk])
    return base + ("?" + "&".join(f"{key}={value}" for key, value in query.items()) if query else "")


class TestAccess:
    def test_what_lies_outside_the_scope_is_not_found(self, officer: User, neighbour: User, county: County) -> None:
        for user, place in ((officer, county.other_county), (neighbour, county.branch), (neighbour, county.town)):
            assert signed_in(user).get(address(place)).status_code == 404
            assert signed_in(user).get(address(place, "overdue")).status_code == 404

    def test_the_fund_officer_gets_no_rows(self, fund_officer: User, county: County, late: object) -> None:
        assert signed_in(fund_officer).get(address(county.branch)).status_code == 200
        assert signed_in(fund_officer).get(address(county.branch, "overdue")).status_code == 404

    def test_a_figure_that_does_not_exist_is_not_found(self, officer: User, county: County) -> None:
        assert signed_in(officer).get(address(county.branch, "best")).status_code == 404

    def test_the_way_up_ends_where_the_power_ends(self, secretary: User, county: County) -> None:
        page = signed_in(secretary).get(address(county.branch)).content.decode()
        assert address(county.town) not in page


class TestFigures:
    def test_every_figure_leads_to_as_many_rows(
        self, member: Member, officer: User, secretary: User, county: County, today: date, late: object
    ) -> None:
        done(given(member, due=date(2026, 5, 1)), on=date(2026, 5, 1), by=secretary)
        done(given(member, due=date(2026, 6, 1)), on=date(2026, 7, 1), by=secretary)
        waived(given(member, due=date(2026, 7, 1)), by=secretary)
        waived(given(member, due=date(2026, 7, 1)), by=secretary, status="void")
        client = signed_in(officer)
        figures = client.get(address(county.county)).context["view"].figures
        shown = {figure.name: figure.count for figure in figures}
        assert shown == {"overdue": 1, "open": 1, "done_in_time": 1, "done_late": 1, "waived": 1, "given": 4}
        for name, count in shown.items():
            rows = client.get(address(county.county, name)).context["shown"].rows
            assert rows.paginator.count == count

    def test_children_stand_in_the_order_of_what_needs_attention(
        self, officer: User, county: County, late: object, today: date
    ) -> None:
        given(people.member(county.neighbour_branch), due=today)
        page = signed_in(officer).get(address(county.town)).context["view"].children
        assert [row.organization for row in page] == [county.branch, county.neighbour_branch]

    def test_the_period_is_kept_on_the_way_down(self, officer: User, county: County, late: object) -> None:
        page = signed_in(officer).get(address(county.county, period="2026-Q3")).content.decode()
        assert f"{address(county.town)}?period=2026-Q3" in page
        assert f"{address(county.town, 'overdue')}?period=2026-Q3" in page

    def test_an_unknown_period_means_this_year(self, officer: User, county: County) -> None:
        view = signed_in(officer).get(address(county.county, period="1066")).context["view"]
        assert view.period.between == (date(2026, 1, 1), date(2026, 12, 31))

    def test_a_hundred_children_stand_on_a_page_and_the_sum_speaks_of_all(self, officer: User, county: County) -> None:
        for number in range(101):
            branch = people.organization(f"支部{number}", "branch", county.town)
            if number > 98:
                people.member(branch)
        view = signed_in(officer).get(address(county.town)).context["view"]
        assert (len(view.children), view.children.paginator.count, view.members) == (100, 103, 2)

    def test_nobody_is_called_the_best(self, officer: User, county: County, late: object) -> None:
        page = signed_in(officer).get(address(county.county)).content.decode()
        for word in ("最佳", "先进", "第一名", "得分", "积分"):
            assert word not in page


class TestRows:
    def test_one_rule_and_what_hangs_on_the_organization_itself(
        self, member: Member, officer: User, county: County, today: date, late: object
    ) -> None:
        group = people.organization("第一党小组", "group", county.branch)
        given(people.member(group, "赵铁柱"), due=today - timedelta(60))
        given(member, due=today - timedelta(60), rule_code="festival-visit", article="14.1")
        client = signed_in(officer)

        def counted(**query: str) -> int:
            rows = client.get(address(county.branch, "overdue", **query)).context["shown"].rows
            return int(rows.paginator.count)

        assert (counted(), counted(own="1"), counted(rule="festival-visit")) == (3, 2, 1)

    def test_somebody_who_moved_out_of_reach_is_named_without_a_way_to_their_page(
        self, member: Member, secretary: User, county: County, officer: User, today: date
    ) -> None:
        done(given(member, due=today), on=today, by=secretary)
        moving.move_members([member], to=county.far_branch, by=officer, today=today)
        page = signed_in(secretary).get(address(county.branch, "done")).content.decode()
        assert member.name in page
        assert reverse("members:detail", args=[member.pk]) not in page

    def test_a_done_duty_leads_to_its_record(
        self, member: Member, secretary: User, county: County, today: date
    ) -> None:
        duty = done(given(member, due=today), on=today, by=secretary)
        page = signed_in(secretary).get(address(county.branch, "done")).content.decode()
        assert reverse("visits:action", args=[duty.fulfilled_by_id]) in page

    def test_too_many_rows_are_told_by_organization_below(
        self, member: Member, officer: User, county: County, late: object, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(behind, "MOST_ROWS", 0)
        shown = signed_in(officer).get(address(county.county, "overdue")).context["shown"]
        assert shown.rows is None
        assert [(row.organization, count) for row, count in shown.children] == [(county.town, 1)]


class TestQueries:
    def counted(self, client: object, where: str) -> int:
        client.get(where)  # type: ignore[attr-defined]
        with CaptureQueriesContext(connection) as caught:
            client.get(where)  # type: ignore[attr-defined]
        return len(caught)

    def test_pages_take_as_many_for_one_child_as_for_many(
        self, officer: User, secretary: User, county: County, member: Member, today: date, late: object
    ) -> None:
        client = signed_in(officer)
        places = [address(county.town), address(county.town, "overdue")]
        before = [self.counted(client, place) for place in places]
        for number in range(20):
            other = people.member(people.organization(f"支部{number}", "branch", county.town))
            given(other, due=today - timedelta(60))
            done(given(other, due=today), on=today, by=secretary)
        assert [self.counted(client, place) for place in places] == before
        assert max(before) <= 16
