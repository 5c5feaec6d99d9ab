"""What happens to people: the rules, without a page around them."""

import threading
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection

from carehelp.accounts.models import User
from carehelp.lib.fields import reveal
from members import organizations, party_age, people
from members.models import Member, Organization
from members.signals import member_died, member_moved, members_changed
from tests.conftest import County
from tests.people import TODAY, id_number
from tests.people import member as make

DAY = timedelta(days=1)


def history(member: Member) -> list[Any]:
    return list(member.history.order_by("history_id"))


class TestEnrolling:
    def test_the_sealed_facts_are_not_readable_in_the_row(self, county: County) -> None:
        number = id_number(date(1960, 3, 5))
        member = make(county.branch, id_number=number)
        member.refresh_from_db()
        assert number.encode() not in bytes(member.id_number)
        assert reveal(member, "id_number") == number

    def test_a_known_id_number_is_refused_whatever_the_branch(self, county: County) -> None:
        known = make(county.far_branch)
        with pytest.raises(people.AlreadyOnRoster):
            make(county.branch, id_number=reveal(known, "id_number"))
        assert Member.objects.count() == 1

    def test_nobody_is_enrolled_in_a_closed_branch(self, county: County, officer: User) -> None:
        organizations.close(county.branch, on=TODAY, members_to=None, by=officer, today=TODAY)
        with pytest.raises(people.NotPossible, match="撤销"):
            make(county.branch)

    def test_members_belong_to_branches_only(self, county: County) -> None:
        with pytest.raises(people.NotPossible, match="支部"):
            make(county.county)

    def test_it_is_announced_and_signed(self, county: County, officer: User) -> None:
        heard: list[Any] = []
        members_changed.connect(lambda sender, **sent: heard.append(sent["members"]), weak=False, dispatch_uid="heard")
        try:
            member = people.enroll(
                organization=county.branch, by=officer, today=TODAY, name="王建国", sex="male",
                birth_on=date(1960, 3, 5), joined_on=date(1990, 7, 1),
            )  # fmt: skip
        finally:
            members_changed.disconnect(dispatch_uid="heard")
        assert heard == [[member.pk]]
        assert history(member)[0].history_user == officer


class TestContradictions:
    FACTS = {"sex": "male", "birth_on": date(1960, 3, 5), "joined_on": date(1990, 7, 1), "full_on": date(1991, 7, 1)}

    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"joined_on": date(1960, 3, 5)}, "joined_on"),
            ({"joined_on": TODAY + DAY}, "joined_on"),
            ({"full_on": date(1990, 6, 30)}, "full_on"),
            ({"full_on": TODAY + DAY}, "full_on"),
            ({"id_number": "12345"}, "id_number"),
            ({"id_number": "619901196003050010"}, "id_number"),
            ({"id_number": id_number(date(1960, 3, 6))}, "birth_on"),
            ({"id_number": id_number(date(1960, 3, 5), male=False)}, "sex"),
        ],
    )
    def test_each_is_named_at_its_field(self, changed: dict[str, Any], field: str) -> None:
        assert list(people.contradictions(self.FACTS | changed, today=TODAY)) == [field]

    def test_facts_that_agree_pass(self) -> None:
        facts = self.FACTS | {"id_number": id_number(date(1960, 3, 5))}
        assert people.contradictions(facts, today=TODAY) == {}

    def test_a_month_without_its_day_may_lie_before_the_day_of_joining(self) -> None:
        facts = self.FACTS | {
            "joined_on": date(1991, 7, 20), "full_on": date(1991, 7, 1), "full_precision": "month",
        }  # fmt: skip
        assert people.contradictions(facts, today=TODAY) == {}


class TestCorrecting:
    def test_the_history_says_who_and_what(self, member: Member, officer: User) -> None:
        people.correct(member, by=officer, today=TODAY, name="王建军")
        newest = history(member)[-1]
        assert (newest.name, newest.history_user) == ("王建军", officer)

    def test_party_age_follows(self, member: Member, officer: User) -> None:
        corrected = people.correct(member, by=officer, today=TODAY, full_on=date(1992, 7, 1))
        assert corrected.party_age_from == date(1992, 7, 1)

    def test_who_saw_an_older_state_writes_nothing(self, member: Member, officer: User, secretary: User) -> None:
        seen = people.newest_change(member)
        people.correct(member, by=officer, today=TODAY, seen=seen, occupation="教师")
        with pytest.raises(people.ChangedMeanwhile):
            people.correct(member, by=secretary, today=TODAY, seen=seen, occupation="医生")
        member.refresh_from_db()
        assert member.occupation == "教师"

    def test_the_same_telephone_again_is_no_change(self, member: Member, officer: User) -> None:
        before = bytes(member.phone)
        people.correct(member, by=officer, today=TODAY, phone="19900001111")
        member.refresh_from_db()
        assert bytes(member.phone) == before

    def test_somebody_elses_id_number_is_refused(self, member: Member, county: County, officer: User) -> None:
        other = make(county.far_branch)
        with pytest.raises(people.AlreadyOnRoster):
            people.correct(member, by=officer, today=TODAY, id_number=reveal(other, "id_number"))

    def test_the_database_refuses_what_no_form_would_let_through(self, member: Member) -> None:
        with pytest.raises(IntegrityError):
            Member.objects.filter(pk=member.pk).update(joined_on=date(1950, 1, 1))


class TestMoving:
    def test_the_move_is_announced_with_both_branches(self, member: Member, county: County, officer: User) -> None:
        heard: list[Any] = []
        member_moved.connect(lambda sender, **sent: heard.append(sent), weak=False, dispatch_uid="heard")
        try:
            assert people.move_members([member], to=county.neighbour_branch, by=officer, today=TODAY) == 1
        finally:
            member_moved.disconnect(dispatch_uid="heard")
        assert (heard[0]["source"], heard[0]["target"]) == (county.branch, county.neighbour_branch)
        assert history(member)[-1].organization_id == county.neighbour_branch.pk

    def test_staying_is_no_move(self, member: Member, county: County, officer: User) -> None:
        assert people.move_members([member], to=county.branch, by=officer, today=TODAY) == 0

    def test_a_branch_closed_meanwhile_takes_nobody(self, member: Member, county: County, officer: User) -> None:
        stale = Organization.objects.get(pk=county.neighbour_branch.pk)
        organizations.close(county.neighbour_branch, on=TODAY, members_to=None, by=officer, today=TODAY)
        with pytest.raises(people.NotPossible):
            people.move_members([member], to=stale, by=officer, today=TODAY)


class TestDeath:
    def test_it_cannot_lie_ahead_or_before_birth_or_joining(self, member: Member, officer: User) -> None:
        for impossible in (TODAY + DAY, date(1960, 3, 4), date(1990, 6, 30)):
            with pytest.raises(people.DateNotPossible):
                people.record_death(member, died_on=impossible, by=officer, today=TODAY)

    def test_it_takes_the_person_off_the_roster(self, member: Member, officer: User) -> None:
        people.record_death(member, died_on=TODAY, by=officer, today=TODAY)
        assert not Member.objects.in_place().exists()

    def test_a_listener_that_fails_takes_the_death_with_it(self, member: Member, officer: User) -> None:
        def fail(sender: Any, **sent: Any) -> None:
            raise RuntimeError

        member_died.connect(fail, weak=False, dispatch_uid="fail")
        try:
            with pytest.raises(RuntimeError):
                people.record_death(member, died_on=TODAY, by=officer, today=TODAY)
        finally:
            member_died.disconnect(dispatch_uid="fail")
        member.refresh_from_db()
        assert member.died_on is None

    def test_a_mistake_is_put_right_with_a_reason(self, member: Member, officer: User) -> None:
        people.record_death(member, died_on=TODAY, by=officer, today=TODAY)
        back = people.put_back(member, reason="同名误登", by=officer, today=TODAY)
        assert back.is_in_place
        assert history(member)[-1].history_change_reason == "同名误登"
        with pytest.raises(people.AlreadyRecorded):
            people.put_back(member, reason="再次", by=officer, today=TODAY)


class TestLeaving:
    def test_it_needs_a_reason(self, member: Member, officer: User) -> None:
        with pytest.raises(people.NotPossible):
            people.record_leaving(member, left_on=TODAY, reason="  ", by=officer, today=TODAY)

    def test_nobody_leaves_twice(self, member: Member, officer: User) -> None:
        people.record_leaving(member, left_on=TODAY, reason="转往外省", by=officer, today=TODAY)
        with pytest.raises(people.AlreadyRecorded):
            people.record_leaving(member, left_on=TODAY, reason="转往外省", by=officer, today=TODAY)


class TestSuspension:
    def test_the_days_between_do_not_count(self, member: Member, officer: User) -> None:
        people.suspend(member, suspended_on=date(2024, 11, 24), by=officer, today=TODAY)
        restored = people.restore(member, restored_on=date(2025, 11, 24), by=officer, today=TODAY)
        assert (restored.suspended_days, restored.suspended_on) == (365, None)
        assert restored.party_age_from == date(1992, 6, 30)

    def test_two_suspensions_add_up(self, member: Member, officer: User) -> None:
        for start in (date(2020, 1, 1), date(2022, 1, 1)):
            people.suspend(member, suspended_on=start, by=officer, today=TODAY)
            member = people.restore(member, restored_on=start + 10 * DAY, by=officer, today=TODAY)
        assert member.suspended_days == 20

    def test_party_age_stands_still_meanwhile(self, member: Member, officer: User) -> None:
        suspended = people.suspend(member, suspended_on=date(2000, 7, 1), by=officer, today=TODAY)
        assert party_age.of(suspended).years_on(TODAY) == 9

    def test_a_roster_that_did_not_say_since_when_is_asked(self, county: County, officer: User) -> None:
        member = make(county.branch, party_status="suspended")
        with pytest.raises(people.NotPossible, match="停止党籍日期"):
            people.restore(member, restored_on=TODAY, by=officer, today=TODAY)
        restored = people.restore(member, restored_on=TODAY, suspended_on=TODAY - 30 * DAY, by=officer, today=TODAY)
        assert restored.suspended_days == 30

    def test_the_order_of_days_is_kept(self, member: Member, officer: User) -> None:
        people.suspend(member, suspended_on=TODAY, by=officer, today=TODAY)
        with pytest.raises(people.DateNotPossible):
            people.restore(member, restored_on=TODAY - DAY, by=officer, today=TODAY)


def at_once(*works: Callable[[], object]) -> list[object]:
    """Run the works side by side, each on a connection of its own; gives results and errors in order."""
    results: list[object] = [None] * len(works)
    start = threading.Barrier(len(works))

    def run(number: int, work: Callable[[], object]) -> None:
        try:
            start.wait(10)
            results[number] = work()
        except Exception as error:
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=item) for item in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads), "blocked"
    return results


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_a_death_recorded_twice_is_recorded_once(self, member: Member, officer: User, secretary: User) -> None:
        results = at_once(
            *(
                lambda by=by: people.record_death(member, died_on=TODAY, by=by, today=TODAY)
                for by in (officer, secretary)
            )
        )
        assert sorted(type(result).__name__ for result in results) == ["AlreadyRecorded", "Member"]
        assert len(history(member)) == 2

    def test_two_people_enrolled_with_one_number_are_one(self, county: County, officer: User) -> None:
        number = id_number(date(1960, 3, 5))
        results = at_once(
            *(lambda branch=branch: make(branch, id_number=number) for branch in (county.branch, county.far_branch))
        )
        assert sorted(type(result).__name__ for result in results) == ["AlreadyOnRoster", "Member"]

    def test_nobody_slips_into_a_branch_that_is_being_closed(self, county: County, officer: User) -> None:
        at_once(
            lambda: make(county.branch),
            lambda: organizations.close(
                county.branch, on=TODAY, members_to=county.neighbour_branch, by=officer, today=TODAY
            ),
        )
        county.branch.refresh_from_db()
        assert not county.branch.is_open
        assert not Member.objects.in_place().filter(organization=county.branch).exists()
