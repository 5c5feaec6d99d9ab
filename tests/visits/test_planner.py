"""From rules and people to duties."""

from datetime import date
from typing import Any

import pytest

from members import people as roster
from members.models import Member
from tests import people
from tests.conftest import County
from visits import giving, tasks
from visits.models import Duty, PlanMark
from visits.planner import plan, planned_through

BIRTHDAY, MEDAL, FESTIVAL, CONTACT = "political-birthday", "medal-50", "festival-visit", "leader-contact"


def duties(code: str, **conditions: Any) -> list[str]:
    return list(Duty.objects.filter(rule_code=code, **conditions).order_by("period").values_list("period", flat=True))


class TestPoliticalBirthday:
    def test_its_duty_is_there_on_the_day_the_window_opens_and_not_before(self, member: Member) -> None:
        plan(date(2026, 6, 23))
        assert duties(BIRTHDAY) == []
        plan(date(2026, 6, 24))
        duty = Duty.objects.get(rule_code=BIRTHDAY)
        assert (duty.opens, duty.due, duty.grace_until) == (date(2026, 6, 24), date(2026, 7, 1), date(2026, 7, 8))
        assert (duty.member, duty.organization, duty.status) == (member, member.organization, Duty.Status.OPEN)
        assert (duty.article, duty.period, duty.subject_key) == ("6.2", "2026", f"m:{member.pk}")

    def test_the_first_is_in_the_year_after_joining(self, county: County) -> None:
        people.member(county.branch, joined_on=date(2025, 7, 1), full_on=None, category="probationary")
        plan(date(2025, 7, 1))
        assert duties(BIRTHDAY) == []
        plan(date(2026, 7, 1))
        assert duties(BIRTHDAY) == ["2026"]

    def test_a_member_of_the_29th_of_february_has_it_on_the_28th_in_a_common_year(self, county: County) -> None:
        leap = people.member(county.branch, joined_on=date(1988, 2, 29), full_on=date(1989, 2, 28))
        plan(date(2027, 2, 21))
        assert Duty.objects.get(member=leap, rule_code=BIRTHDAY).due == date(2027, 2, 28)
        plan(date(2028, 2, 22))
        assert Duty.objects.get(member=leap, rule_code=BIRTHDAY, period="2028").due == date(2028, 2, 29)

    def test_where_the_file_names_only_the_month_it_runs_through_the_month(self, county: County) -> None:
        people.member(county.branch, joined_on=date(1987, 7, 1), joined_precision="month", full_on=date(1988, 7, 2))
        plan(date(2026, 6, 30))
        assert duties(BIRTHDAY) == []
        plan(date(2026, 7, 1))
        duty = Duty.objects.get(rule_code=BIRTHDAY)
        assert (duty.opens, duty.due, duty.grace_until) == (date(2026, 7, 1), date(2026, 7, 31), date(2026, 8, 7))

    @pytest.mark.parametrize(
        "facts",
        [{"died_on": date(2026, 1, 1)}, {"left_on": date(2026, 1, 1)}, {"party_status": "suspended"}],
        ids=["dead", "gone", "suspended"],
    )
    def test_who_is_no_active_member_has_none(self, county: County, facts: dict[str, Any]) -> None:
        people.member(county.branch, **facts)
        plan(date(2026, 7, 1))
        assert duties(BIRTHDAY) == []


class TestMedal:
    def joined(self, county: County, day: date, **facts: Any) -> Member:
        return people.member(
            county.branch, **({"birth_on": date(1940, 1, 1), "joined_on": day, "full_on": None} | facts)
        )

    def test_fifty_years_on_1_july_itself_count(self, county: County) -> None:
        self.joined(county, date(1976, 7, 1))
        self.joined(county, date(1976, 7, 2))
        plan(date(2026, 2, 28))
        assert duties(MEDAL) == []
        plan(date(2026, 3, 1))
        duty = Duty.objects.get(rule_code=MEDAL)
        assert (duty.opens, duty.due, duty.grace_until) == (date(2026, 3, 1), date(2026, 7, 1), date(2026, 7, 1))
        assert duty.member is not None
        assert duty.member.joined_on == date(1976, 7, 1)

    def test_party_age_counts_from_full_membership_where_probation_existed(self, county: County) -> None:
        self.joined(county, date(1968, 5, 1), full_on=date(1977, 1, 1))
        plan(date(2026, 3, 1))
        assert duties(MEDAL) == []

    def test_suspended_days_do_not_count(self, county: County) -> None:
        self.joined(county, date(1976, 7, 1), suspended_days=1)
        plan(date(2026, 3, 1))
        assert duties(MEDAL) == []

    def test_who_has_it_gets_no_second(self, county: County) -> None:
        self.joined(county, date(1970, 7, 1), medal_on=date(2021, 7, 1))
        plan(date(2026, 3, 1))
        assert duties(MEDAL) == []

    def test_whose_party_age_cannot_be_reckoned_gets_none(self, county: County) -> None:
        self.joined(county, date(1960, 7, 1))
        plan(date(2026, 3, 1))
        assert duties(MEDAL) == []

    def test_one_that_is_still_open_is_not_asked_for_again_next_year(self, county: County) -> None:
        self.joined(county, date(1970, 7, 1))
        plan(date(2026, 3, 1))
        plan(date(2027, 3, 1))
        assert duties(MEDAL) == ["2026"]

    def test_days_without_a_run_give_one_and_not_one_a_year(self, county: County) -> None:
        self.joined(county, date(1970, 7, 1))
        plan(date(2025, 12, 31))
        plan(date(2028, 3, 1))
        assert duties(MEDAL) == ["2026"]


class TestFestivalVisit:
    def test_it_is_for_who_is_80_on_the_festival(self, county: County) -> None:
        people.member(county.branch, name="正好", birth_on=date(1946, 7, 1))
        people.member(county.branch, name="差一天", birth_on=date(1946, 7, 2))
        plan(date(2026, 5, 31))
        assert duties(FESTIVAL) == []
        plan(date(2026, 6, 1))
        duty = Duty.objects.get(rule_code=FESTIVAL)
        assert (duty.period, duty.opens, duty.due) == ("2026-july-1", date(2026, 6, 1), date(2026, 7, 1))
        assert duty.member is not None
        assert duty.member.name == "正好"

    def test_a_year_has_three(self, county: County) -> None:
        people.member(county.branch, birth_on=date(1935, 1, 1))
        plan(date(2025, 11, 30))
        plan(date(2026, 11, 30))
        assert duties(FESTIVAL) == ["2026-july-1", "2026-new-year", "2026-spring-festival"]


class TestLeaderContact:
    def test_it_opens_with_the_year_and_is_due_at_its_end(self, member: Member) -> None:
        plan(date(2026, 1, 1))
        duty = Duty.objects.get(rule_code=CONTACT)
        assert (duty.period, duty.opens, duty.due) == ("2026", date(2026, 1, 1), date(2026, 12, 31))


class TestTheMark:
    def test_the_first_run_gives_every_window_that_is_open_that_day(self, member: Member) -> None:
        outcome = plan(date(2026, 7, 8))
        assert duties(BIRTHDAY) == duties(CONTACT) == ["2026"]
        assert (outcome.created, outcome.planned_through) == (2, date(2026, 7, 8))

    def test_the_first_run_gives_nothing_whose_grace_is_over(self, member: Member) -> None:
        plan(date(2026, 7, 9))
        assert duties(BIRTHDAY) == []

    def test_after_days_without_a_run_what_opened_meanwhile_is_given_late(self, member: Member) -> None:
        plan(date(2026, 6, 23))
        outcome = plan(date(2026, 7, 20))
        assert [rule.code for rule in outcome.rules if rule.created] == [BIRTHDAY]
        assert Duty.objects.overdue_on(date(2026, 7, 20)).count() == 1

    def test_twice_gives_the_same(self, member: Member) -> None:
        plan(date(2026, 7, 1))
        assert plan(date(2026, 7, 1)).created == 0
        assert Duty.objects.count() == Duty.history.count() == 2

    def test_an_earlier_day_is_planned_and_moves_no_mark_back(self, member: Member) -> None:
        plan(date(2026, 11, 24))
        outcome = plan(date(2026, 7, 1))
        assert duties(BIRTHDAY) == ["2026"]
        assert outcome.planned_through == planned_through() == date(2026, 11, 24)

    def test_who_changed_is_looked_at_again_after_an_earlier_day_was_planned(self, county: County) -> None:
        member = people.member(county.branch, joined_on=date(1990, 11, 20), full_on=date(1991, 11, 20))
        plan(people.TODAY)
        Duty.objects.all().delete()
        Member.objects.filter(pk=member.pk).update(suspended_days=1, party_age_from=date(1991, 11, 21))
        plan(date(2026, 7, 1))
        plan(people.TODAY)
        assert duties(BIRTHDAY) == ["2026"]

    def test_a_date_corrected_before_a_whole_window_is_planned_again_finds_its_place(self, county: County) -> None:
        member = people.member(county.branch, joined_on=date(1990, 11, 20), full_on=date(1991, 11, 20))
        plan(people.TODAY)
        PlanMark.objects.update(fingerprint="other")
        Member.objects.filter(pk=member.pk).update(joined_on=date(1990, 11, 26))
        plan(people.TODAY)
        assert Duty.objects.get(rule_code=BIRTHDAY, status="open").due == date(2026, 11, 26)

    def test_a_rule_that_changed_is_planned_over_its_whole_window_again(self, member: Member) -> None:
        plan(date(2026, 7, 1))
        PlanMark.objects.filter(rule_code=CONTACT).update(fingerprint="other")
        Duty.objects.all().delete()
        plan(date(2026, 7, 1))
        assert (duties(CONTACT), duties(BIRTHDAY)) == (["2026"], [])

    def test_before_every_rule_was_planned_nothing_is_planned_through(self, member: Member) -> None:
        assert planned_through() is None
        plan(date(2026, 7, 1))
        assert planned_through() == date(2026, 7, 1)
        PlanMark.objects.filter(rule_code=MEDAL).update(planned_through=date(2026, 6, 1))
        assert planned_through() == date(2026, 6, 1)


class TestTheHourlyTask:
    def test_plans_through_today_however_often_it_is_called(self, member: Member) -> None:
        for _ in range(3):
            tasks.plan_today()
        assert planned_through() == people.TODAY
        assert Duty.objects.count() == 1


class TestARuleThatFails:
    @pytest.fixture
    def broken(self, monkeypatch: pytest.MonkeyPatch) -> None:
        give = giving.give

        def failing(rule: Any, *args: Any) -> Any:
            if rule.code == FESTIVAL:
                raise ValueError("no lunar calendar for this year\nwith a second line")
            return give(rule, *args)

        monkeypatch.setattr("visits.planner.give", failing)

    def test_stops_no_other_and_is_written_down(self, member: Member, broken: None) -> None:
        outcome = plan(date(2026, 7, 1))
        assert outcome.failed == [FESTIVAL]
        assert duties(BIRTHDAY) == duties(CONTACT) == ["2026"]
        mark = PlanMark.objects.get(rule_code=FESTIVAL)
        assert mark.failure == "ValueError: no lunar calendar for this year"
        assert mark.failed_at is not None
        assert outcome.planned_through is None

    def test_keeps_its_mark_and_is_made_good_by_the_next_run(
        self, county: County, request: pytest.FixtureRequest
    ) -> None:
        people.member(county.branch, birth_on=date(1935, 1, 1))
        plan(date(2026, 5, 31))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("visits.planner.give", _refuse)
            assert plan(date(2026, 6, 5)).planned_through == date(2026, 5, 31)
        assert plan(date(2026, 6, 6)).planned_through == date(2026, 6, 6)
        assert duties(FESTIVAL) == ["2026-july-1"]
        assert PlanMark.objects.get(rule_code=FESTIVAL).failure == ""

    def test_members_that_changed_meanwhile_are_looked_at_by_the_next_run(self, county: County) -> None:
        plan(date(2026, 7, 1))
        Duty.objects.all().delete()
        late = people.member(county.branch)
        Duty.objects.all().delete()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("visits.planner.give", _refuse)
            plan(date(2026, 7, 1))
        plan(date(2026, 7, 1))
        assert duties(BIRTHDAY, member=late) == ["2026"]


def _refuse(*_args: Any) -> Any:
    raise ValueError("not now")


class TestPeopleWhoChange:
    def test_a_person_put_on_the_roster_gets_at_once_what_is_due(self, county: County) -> None:
        plan(people.TODAY)
        newcomer = people.member(county.branch, joined_on=date(1990, 11, 20), full_on=date(1991, 11, 20))
        assert duties(BIRTHDAY, member=newcomer) == ["2026"]

    def test_a_large_import_is_seen_to_right_after_its_commit(
        self, county: County, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
    ) -> None:
        plan(people.TODAY)
        monkeypatch.setattr("visits.listeners.MOST_AT_ONCE", 0)
        with django_capture_on_commit_callbacks(execute=True) as nudges:
            newcomer = people.member(county.branch, joined_on=date(1990, 11, 20), full_on=date(1991, 11, 20))
            assert duties(BIRTHDAY, member=newcomer) == []
        assert len(nudges) == 1
        assert duties(BIRTHDAY, member=newcomer) == ["2026"]

    def test_rows_written_by_hand_are_found_by_the_next_run(self, county: County) -> None:
        member = people.member(county.branch, joined_on=date(1990, 11, 20), full_on=date(1991, 11, 20))
        plan(people.TODAY)
        Member.objects.filter(pk=member.pk).update(died_on=people.TODAY)
        assert plan(people.TODAY).voided == 2
        assert set(Duty.objects.values_list("status", "end_reason")) == {("void", giving.DIED)}

    def test_the_dead_owe_and_are_owed_nothing(self, member: Member, secretary: Any) -> None:
        plan(people.TODAY)
        roster.record_death(member, died_on=date(2026, 11, 20), by=secretary, today=people.TODAY)
        duty = Duty.objects.get()
        assert (duty.status, duty.end_reason, duty.ended_on) == ("void", giving.DIED, people.TODAY)
        assert duty.ended_by == secretary
        newest = duty.history.first()
        assert (newest.history_type, newest.status, newest.history_user) == ("~", "void", secretary)

    def test_who_left_has_nothing_open(self, member: Member, secretary: Any) -> None:
        plan(people.TODAY)
        roster.record_leaving(member, left_on=people.TODAY, reason="转出", by=secretary, today=people.TODAY)
        assert Duty.objects.get().end_reason == giving.LEFT

    def test_whose_membership_is_suspended_has_nothing_open(self, member: Member, secretary: Any) -> None:
        plan(people.TODAY)
        roster.correct(member, party_status="suspended", by=secretary, today=people.TODAY)
        assert Duty.objects.get().end_reason == giving.SUSPENDED

    def test_what_was_voided_by_mistake_opens_again(self, member: Member, secretary: Any) -> None:
        plan(people.TODAY)
        roster.correct(member, party_status="suspended", by=secretary, today=people.TODAY)
        roster.correct(member, party_status="normal", by=secretary, today=people.TODAY)
        duty = Duty.objects.get()
        assert (duty.status, duty.end_reason, duty.ended_on, duty.ended_by) == ("open", "", None, None)
        assert [row.history_type for row in duty.history.all()] == ["~", "~", "+"]

    def test_what_a_person_waived_stays_waived(self, member: Member, secretary: Any) -> None:
        plan(people.TODAY)
        Duty.objects.update(status="waived", ended_on=people.TODAY, end_reason="长期在外")
        roster.correct(member, party_status="suspended", by=secretary, today=people.TODAY)
        roster.correct(member, party_status="normal", by=secretary, today=people.TODAY)
        assert Duty.objects.get().status == "waived"

    def test_open_duties_follow_to_the_new_branch(self, member: Member, county: County, officer: Any) -> None:
        plan(date(2026, 7, 1))
        Duty.objects.filter(rule_code=BIRTHDAY).update(status="void", ended_on=people.TODAY, end_reason="other")
        roster.move_members([member], to=county.far_branch, by=officer, today=people.TODAY)
        assert Duty.objects.get(rule_code=CONTACT).organization == county.far_branch
        assert Duty.objects.get(rule_code=BIRTHDAY).organization == county.branch
        assert Duty.history.filter(rule_code=CONTACT).first().history_user == officer

    def test_a_corrected_date_of_joining_takes_its_duty_along(self, county: County, officer: Any) -> None:
        member = people.member(county.branch, joined_on=date(1990, 11, 20), full_on=date(1991, 11, 20))
        plan(people.TODAY)
        roster.correct(member, joined_on=date(1990, 12, 25), by=officer, today=people.TODAY)
        wrong = Duty.objects.get(rule_code=BIRTHDAY)
        assert (wrong.status, wrong.end_reason) == ("void", giving.GROUND_GONE)
        plan(date(2026, 12, 18))
        right = Duty.objects.get(rule_code=BIRTHDAY)
        assert (right.status, right.due, right.terms["anchor"]) == ("open", date(2026, 12, 25), "2026-12-25")

    def test_a_date_corrected_within_the_open_window_moves_it_at_once(self, county: County, officer: Any) -> None:
        member = people.member(county.branch, joined_on=date(1990, 11, 20), full_on=date(1991, 11, 20))
        plan(people.TODAY)
        roster.correct(member, joined_on=date(1990, 11, 26), by=officer, today=people.TODAY)
        assert Duty.objects.get(rule_code=BIRTHDAY).due == date(2026, 11, 26)

    def test_a_medal_recorded_elsewhere_ends_its_duty(self, county: County, officer: Any) -> None:
        member = people.member(county.branch, birth_on=date(1950, 1, 1), joined_on=date(1972, 1, 9), full_on=None)
        plan(date(2026, 6, 1))
        assert duties(MEDAL, status="open") == ["2026"]
        roster.correct(member, medal_on=date(2021, 7, 1), by=officer, today=date(2026, 6, 2))
        assert Duty.objects.get(rule_code=MEDAL).end_reason == giving.GROUND_GONE

    def test_a_late_duty_of_years_ago_keeps_its_ground(self, member: Member, officer: Any) -> None:
        plan(date(2023, 7, 1))
        plan(people.TODAY)
        roster.correct(member, name="王建设", suspended_days=3, by=officer, today=people.TODAY)
        assert duties(BIRTHDAY, status="open") == ["2023", "2024", "2025", "2026"]

    def test_a_follow_up_ends_with_the_person_and_outlasts_a_suspension(self, member: Member, officer: Any) -> None:
        plan(date(2026, 11, 1))
        duty = Duty.objects.create(
            rule_code="follow-up", article="3", organization=member.organization, member=member,
            subject_key=f"m:{member.pk}", period="event:1", opens=people.TODAY, due=people.TODAY,
            grace_until=people.TODAY,
        )  # fmt: skip
        roster.correct(member, party_status="suspended", by=officer, today=people.TODAY)
        duty.refresh_from_db()
        assert duty.status == "open"
        roster.record_death(member, died_on=people.TODAY, by=officer, today=people.TODAY)
        duty.refresh_from_db()
        assert (duty.status, duty.end_reason) == ("void", giving.DIED)

    def test_nothing_happens_before_the_first_planning(self, member: Member, officer: Any) -> None:
        roster.correct(member, name="王建设", by=officer, today=people.TODAY)
        assert not Duty.objects.exists()


class TestHistory:
    def test_a_given_duty_has_its_history_row_from_the_same_statement(self, member: Member) -> None:
        plan(date(2026, 7, 1))
        for duty in Duty.objects.all():
            row = duty.history.get()
            assert (row.history_type, row.history_user) == ("+", None)
            assert row.terms == duty.terms
            assert duty.pk.version == 7

    def test_terms_are_those_of_the_rule_on_that_day(self, member: Member) -> None:
        plan(date(2026, 7, 1))
        terms = Duty.objects.get(rule_code=BIRTHDAY).terms
        assert (terms["grace_days"], terms["fulfilled_by"]) == (7, ["greeting", "meeting", "talk"])
