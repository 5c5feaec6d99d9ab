"""Figures against small data counted by hand."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from members import organizations, people
from members.models import Member
from tests import people as ready
from tests.conftest import County
from tests.visits.figures import done, given, waived
from visits import compliance, tallies
from visits.compliance import Tally
from visits.models import CareAction, Duty

YEAR = (date(2026, 1, 1), date(2026, 12, 31))


@pytest.fixture
def hand_counted(member: Member, county: County, secretary: Any) -> Member:
    """One branch: two in time (one on the last day of grace), one late, one waived, one void, one overdue, one open."""
    done(given(member, due=date(2026, 3, 1)), on=date(2026, 2, 27), by=secretary)
    done(given(member, due=date(2026, 4, 1), grace=7), on=date(2026, 4, 8), by=secretary)
    done(given(member, due=date(2026, 5, 1), grace=7), on=date(2026, 5, 9), by=secretary)
    waived(given(member, due=date(2026, 6, 1)), by=secretary)
    waived(given(member, due=date(2026, 7, 1)), by=secretary, status="void")
    given(member, due=date(2026, 8, 1))
    given(member, due=date(2026, 12, 31), rule_code="leader-contact", article="7.2")
    return member


class TestCounting:
    def test_every_part_is_what_was_counted_by_hand(self, hand_counted: Member, county: County, today: date) -> None:
        counted = compliance.tally(county.branch, YEAR, today)
        assert counted == Tally(done_in_time=2, done_late=1, waived=1, void=1, open=2, overdue=1)
        assert (counted.done, counted.given, counted.judged, counted.not_yet_due) == (3, 6, 5, 1)

    def test_a_duty_is_overdue_from_the_day_after_its_last_day(self, member: Member, county: County) -> None:
        duty = given(member, due=date(2026, 11, 20), grace=4)
        for day, late in ((duty.grace_until, 0), (duty.grace_until + timedelta(1), 1)):
            assert compliance.tally(county.branch, YEAR, day).overdue == late

    def test_superiors_have_the_same_figures_and_neighbours_none(
        self, hand_counted: Member, county: County, today: date
    ) -> None:
        below = compliance.tally(county.branch, YEAR, today)
        assert compliance.tally(county.town, YEAR, today) == compliance.tally(county.county, YEAR, today) == below
        assert not compliance.tally(county.neighbour_branch, YEAR, today)
        assert not compliance.tally(county.other_county, YEAR, today)

    def test_the_period_goes_by_the_due_day(self, hand_counted: Member, county: County, today: date) -> None:
        assert compliance.tally(county.branch, (date(2026, 5, 1), date(2026, 5, 31)), today) == Tally(done_late=1)
        assert compliance.tally(county.branch, (date(2026, 5, 2), date(2026, 7, 31)), today) == Tally(waived=1, void=1)

    def test_what_is_done_stays_where_it_was_done_when_a_member_moves(
        self, hand_counted: Member, county: County, officer: Any, today: date
    ) -> None:
        people.move_members([hand_counted], to=county.far_branch, by=officer, today=today)
        old, new = (compliance.tally(branch, YEAR, today) for branch in (county.branch, county.far_branch))
        assert (old.done, old.open, new.done, new.open) == (3, 0, 0, 2)
        assert compliance.tally(county.county, YEAR, today).given == 6

    def test_a_moved_organization_takes_its_figures_along(
        self, hand_counted: Member, county: County, today: date
    ) -> None:
        tallies.fold()
        before = compliance.tally(county.branch, YEAR, today)
        organizations.move(county.branch, under=county.other_town)
        county.branch.refresh_from_db()
        assert not compliance.tally(county.town, YEAR, today)
        for place in (county.branch, county.other_town, county.county):
            assert compliance.tally(place, YEAR, today) == before


class TestPercentage:
    COUNTED = Tally(done_in_time=2, done_late=1, waived=1, void=5, open=4, overdue=1)

    def test_it_is_the_share_of_what_could_be_judged(self, today: date) -> None:
        assert compliance.percentage(self.COUNTED, planned_through=today, today=today) == 40

    def test_it_never_rounds_up_to_all(self, today: date) -> None:
        assert compliance.percentage(Tally(done_in_time=999, overdue=1), planned_through=today, today=today) == 99

    def test_there_is_none_while_nothing_can_be_judged(self, today: date) -> None:
        assert compliance.percentage(Tally(open=3), planned_through=today, today=today) is None

    def test_there_is_none_while_planning_is_behind_or_was_never_done(self, today: date) -> None:
        for through in (today - timedelta(1), None):
            assert compliance.percentage(self.COUNTED, planned_through=through, today=today) is None


class TestRows:
    def test_children_come_with_members_and_last_action(
        self, hand_counted: Member, county: County, today: date
    ) -> None:
        ready.member(county.neighbour_branch)
        rows = {row.organization.pk: row for row in compliance.tally_by_child(county.town, YEAR, today)}
        assert set(rows) == {county.branch.pk, county.neighbour_branch.pk}
        mine, beside = rows[county.branch.pk], rows[county.neighbour_branch.pk]
        assert (mine.members, mine.last_action_on, mine.tally.given) == (1, date(2026, 5, 9), 6)
        assert (beside.members, beside.last_action_on, beside.tally.given) == (1, None, 0)

    def test_the_dead_and_the_gone_are_no_longer_members(
        self, member: Member, county: County, secretary: Any, today: date
    ) -> None:
        other = ready.member(county.branch)
        people.record_death(member, died_on=today, by=secretary, today=today)
        people.record_leaving(other, left_on=today, reason="迁出", by=secretary, today=today)
        assert compliance.tally_by_child(county.branch, YEAR, today) == []

    def test_a_cancelled_action_was_no_last_action(
        self, hand_counted: Member, county: County, secretary: Any, today: date
    ) -> None:
        newest = CareAction.objects.order_by("-on")[0]
        newest.cancelled_at, newest.cancelled_by, newest.cancel_reason = newest.created_at, secretary, "误记"
        newest.save()
        (row,) = compliance.tally_by_child(county.branch, YEAR, today)
        assert row.last_action_on == date(2026, 4, 8)

    def test_what_hangs_on_the_organization_itself_has_a_row(self, county: County, today: date) -> None:
        group = ready.organization("第一党小组", "group", county.branch)
        given(ready.member(county.branch), due=today)
        given(ready.member(group), due=today)
        rows = compliance.tally_by_child(county.branch, YEAR, today)
        assert [(row.own, row.members, row.tally.given) for row in rows] == [(True, 1, 1), (False, 1, 1)]

    def test_rules_come_in_the_order_of_the_articles(self, hand_counted: Member, county: County, today: date) -> None:
        given(hand_counted, due=today, rule_code="festival-visit", article="14.1")
        rows = compliance.tally_by_rule(county.county, YEAR, today)
        assert [(row.article, row.tally.given) for row in rows] == [("6.2", 5), ("7.2", 1), ("14.1", 1)]

    def test_twelve_months_end_with_this_one(self, hand_counted: Member, county: County, today: date) -> None:
        rows = compliance.months(county.county, today)
        assert [rows[0].first, rows[-1].first, len(rows)] == [date(2025, 12, 1), date(2026, 11, 1), 12]
        assert {row.first.month: row.tally.given for row in rows if row.tally.given} == {3: 1, 4: 1, 5: 1, 6: 1, 8: 1}

    def test_most_overdue_comes_first_then_open_and_long_without_action(
        self, hand_counted: Member, county: County, secretary: Any, today: date
    ) -> None:
        waiting, fresh = ready.member(county.neighbour_branch), ready.member(county.far_branch)
        given(waiting, due=today)
        given(fresh, due=today)
        done(given(fresh, due=today), on=today, by=secretary)
        rows = compliance.tally_by_child(county.town, YEAR, today)
        rows += compliance.tally_by_child(county.other_town, YEAR, today)
        order = [row.organization for row in compliance.by_attention(reversed(rows))]
        assert order == [county.branch, county.neighbour_branch, county.far_branch]


def test_the_number_of_queries_does_not_grow_with_the_children(county: County, today: date) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as caught:
            compliance.tally_by_child(county.town, YEAR, today)
        return len(caught)

    few = queries()
    for number in range(30):
        given(ready.member(ready.organization(f"支部{number}", "branch", county.town)), due=today)
    assert queries() == few


def test_a_figure_that_does_not_exist_is_refused(today: date) -> None:
    with pytest.raises(KeyError):
        Duty.objects.filter(compliance.behind("best", today))
