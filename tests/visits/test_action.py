from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from carehelp.accounts.models import User
from carehelp.audit.models import AuditEvent
from members.models import Member
from members.people import move_members
from tests.conftest import County, signed_in
from visits import actions
from visits.models import CareAction, Duty
from visits.record import texts


def record(duty: Duty, by: User, **changes: Any) -> CareAction:
    facts = {"id": uuid4(), "kind": "greeting", "on": date(2026, 11, 24), "who_went": "李书记", "found": "好"}
    facts |= {"duties": [duty], "today": date(2026, 11, 24)}
    return actions.record_action(**(facts | changes), member=duty.member, by=by).action


@pytest.fixture
def action(duty: Duty, secretary: User) -> CareAction:
    """A greeting on 24 November that ended the duty and named a next step for 10 December."""
    return record(duty, secretary, next_step="带医保单去", next_on=date(2026, 12, 10))


def correction(action: CareAction, **changes: Any) -> dict[str, Any]:
    fields = {"version": actions.version_of(action), "kind": action.kind, "on": action.on.isoformat()}
    fields |= {"who_went": action.who_went, "next_on": action.next_on.isoformat(), **texts(action)}
    return fields | changes


class TestTheRecord:
    def test_it_shows_what_was_done_and_what_comes_next(self, secretary: User, action: CareAction) -> None:
        page = signed_in(secretary).get(f"/actions/{action.pk}/?saved=1").content.decode()
        assert f'data-saved-draft="{action.pk}"' in page
        assert "“政治生日”已完成。" in page
        assert "王建国的下一项：后续跟进" in page
        assert "带医保单去" in page

    def test_opening_it_leaves_one_trace(self, officer: User, action: CareAction) -> None:
        signed_in(officer).get(f"/actions/{action.pk}/")
        event = AuditEvent.objects.get(verb="viewed")
        assert (event.actor_id, event.person_id, event.target) == (
            officer.pk,
            str(action.member_id),
            f"action:{action.pk}",
        )

    def test_whoever_moved_away_is_told_about_by_the_new_branch(
        self, secretary: User, officer: User, action: CareAction, county: County, today: date
    ) -> None:
        move_members([action.member], to=county.neighbour_branch, by=officer, today=today)
        page = signed_in(secretary).get(f"/actions/{action.pk}/?saved=1").content.decode()
        assert "王建国" in page
        assert "的下一项" not in page
        assert f"/people/{action.member_id}/" not in page

    def test_a_neighbour_and_an_administrator_do_not_get_it(
        self, neighbour: User, system_admin: User, action: CareAction
    ) -> None:
        for path in ("", "correct/", "cancel/"):
            assert signed_in(neighbour).get(f"/actions/{action.pk}/{path}").status_code == 404
            assert signed_in(system_admin).get(f"/actions/{action.pk}/{path}").status_code == 403
        assert not AuditEvent.objects.filter(verb="viewed").exists()

    def test_the_care_of_a_person_is_told_in_order(self, secretary: User, action: CareAction, member: Member) -> None:
        page = signed_in(secretary).get(f"/people/{member.pk}/care/").content.decode()
        assert f"/actions/{action.pk}/" in page
        assert "后续跟进" in page

    def test_a_neighbour_does_not_get_the_care_of_a_person(self, neighbour: User, member: Member) -> None:
        assert signed_in(neighbour).get(f"/people/{member.pk}/care/").status_code == 404


class TestCorrecting:
    def test_the_original_stays_in_the_history(self, officer: User, action: CareAction) -> None:
        client = signed_in(officer)
        client.post(f"/actions/{action.pk}/correct/", correction(action, found="腿脚不便", who_went="张干事"))
        change = client.get(f"/actions/{action.pk}/").context["changes"][0]
        assert (change.by, change.what) == (officer, "更正")
        assert {(old, new) for _label, old, new in change.fields} == {("好", "腿脚不便"), ("李书记", "张干事")}

    def test_another_day_is_the_day_on_which_the_duty_ended(
        self, secretary: User, action: CareAction, duty: Duty, member: Member
    ) -> None:
        signed_in(secretary).post(f"/actions/{action.pk}/correct/", correction(action, on="2026-11-20"))
        duty.refresh_from_db()
        member.refresh_from_db()
        assert duty.ended_on == member.last_care_on == date(2026, 11, 20)

    def test_a_kind_that_does_not_fulfil_opens_the_duty_again(
        self, secretary: User, action: CareAction, duty: Duty
    ) -> None:
        client = signed_in(secretary)
        page = client.post(f"/actions/{action.pk}/correct/", correction(action, kind="call"), follow=True)
        assert "1 项任务恢复为待办。" in page.content.decode()
        duty.refresh_from_db()
        assert (duty.status, duty.fulfilled_by, duty.ended_on) == ("open", None, None)
        assert Duty.objects.get(rule_code="follow-up").status == "open"

    def test_two_who_correct_at_once_do_not_overwrite_each_other(
        self, secretary: User, officer: User, action: CareAction
    ) -> None:
        seen = correction(action, found="第一个人的更正"), correction(action, found="第二个人的更正")
        signed_in(secretary).post(f"/actions/{action.pk}/correct/", seen[0])
        answer = signed_in(officer).post(f"/actions/{action.pk}/correct/", seen[1])
        assert "其他人刚刚更正过" in answer.content.decode()
        assert "第二个人的更正" in answer.content.decode()
        action.refresh_from_db()
        assert texts(action)["found"] == "第一个人的更正"

    def test_another_day_for_the_next_step_moves_its_duty(self, secretary: User, action: CareAction) -> None:
        signed_in(secretary).post(f"/actions/{action.pk}/correct/", correction(action, next_on="2026-12-20"))
        assert Duty.objects.get(rule_code="follow-up").due == date(2026, 12, 20)

    def test_no_next_step_makes_its_duty_void_and_naming_it_again_opens_it(
        self, secretary: User, action: CareAction
    ) -> None:
        client = signed_in(secretary)
        client.post(f"/actions/{action.pk}/correct/", correction(action, next_step="", next_on=""))
        assert Duty.objects.get(rule_code="follow-up").status == "void"
        again = correction(action, version=actions.version_of(action))
        client.post(f"/actions/{action.pk}/correct/", again)
        assert Duty.objects.get(rule_code="follow-up").status == "open"

    def test_a_date_that_cannot_be_is_refused(self, secretary: User, action: CareAction) -> None:
        answer = signed_in(secretary).post(f"/actions/{action.pk}/correct/", correction(action, on="2026-11-25"))
        assert "on" in answer.context["form"].errors

    def test_nothing_changed_makes_no_sealed_value_anew(self, secretary: User, action: CareAction) -> None:
        before = bytes(CareAction.objects.get().found)
        signed_in(secretary).post(f"/actions/{action.pk}/correct/", correction(action))
        assert bytes(CareAction.objects.get().found) == before


class TestCancelling:
    def test_it_needs_a_reason(self, secretary: User, action: CareAction) -> None:
        answer = signed_in(secretary).post(f"/actions/{action.pk}/cancel/", {"reason": "  "})
        assert "reason" in answer.context["form"].errors
        assert CareAction.objects.get().cancelled_at is None

    def test_duties_are_owed_again_and_the_next_step_falls_away(
        self, secretary: User, action: CareAction, duty: Duty, member: Member
    ) -> None:
        signed_in(secretary).post(f"/actions/{action.pk}/cancel/", {"reason": "记错了人"})
        duty.refresh_from_db()
        member.refresh_from_db()
        assert (duty.status, duty.fulfilled_by, duty.ended_on) == ("open", None, None)
        assert Duty.objects.get(rule_code="follow-up").status == "void"
        assert member.last_care_on is None
        assert [version.status for version in duty.history.order_by("history_id")] == ["open", "done", "open"]

    def test_what_the_dead_were_owed_is_not_owed_again(
        self, secretary: User, action: CareAction, duty: Duty, member: Member
    ) -> None:
        Member.objects.filter(pk=member.pk).update(died_on=date(2026, 11, 24))
        signed_in(secretary).post(f"/actions/{action.pk}/cancel/", {"reason": "记错了人"})
        duty.refresh_from_db()
        assert duty.status == "void"
        assert duty.end_reason

    def test_a_duty_owed_again_stands_where_the_person_stands_now(
        self, officer: User, action: CareAction, duty: Duty, county: County, today: date
    ) -> None:
        move_members([duty.member], to=county.neighbour_branch, by=officer, today=today)
        signed_in(officer).post(f"/actions/{action.pk}/cancel/", {"reason": "记错了人"})
        duty.refresh_from_db()
        assert (duty.status, duty.organization) == ("open", county.neighbour_branch)

    def test_the_record_stays_readable_with_the_reason(self, secretary: User, action: CareAction) -> None:
        client = signed_in(secretary)
        client.post(f"/actions/{action.pk}/cancel/", {"reason": "记错了人"})
        page = client.get(f"/actions/{action.pk}/").content.decode()
        assert "记错了人" in page
        assert "带医保单去" in page
        assert f"/actions/{action.pk}/correct/" not in page

    def test_it_cannot_be_done_twice_or_corrected_after(self, secretary: User, action: CareAction) -> None:
        client = signed_in(secretary)
        client.post(f"/actions/{action.pk}/cancel/", {"reason": "记错了人"})
        assert "已经撤销" in client.post(f"/actions/{action.pk}/cancel/", {"reason": "再来"}).content.decode()
        assert "已经撤销" in client.post(f"/actions/{action.pk}/correct/", correction(action)).content.decode()
        assert CareAction.objects.get().cancel_reason == "记错了人"

    def test_a_duty_that_is_open_again_can_be_ended_by_another_visit(
        self, secretary: User, action: CareAction, duty: Duty
    ) -> None:
        actions.cancel_action(action, reason="记错了人", by=secretary, today=date(2026, 11, 24))
        again = record(duty, secretary)
        duty.refresh_from_db()
        assert duty.fulfilled_by == again


class TestWaiving:
    def test_an_officer_waives_with_a_reason(self, officer: User, duty: Duty) -> None:
        signed_in(officer).post(f"/duties/{duty.pk}/waive/", {"reason": "长期在外，已电话联系"})
        duty.refresh_from_db()
        assert (duty.status, duty.ended_by, duty.end_reason) == ("waived", officer, "长期在外，已电话联系")
        assert duty.history.first().history_user == officer
        assert AuditEvent.objects.get(verb="changed").detail == {"what": "waived"}

    def test_a_secretary_may_not(self, secretary: User, duty: Duty) -> None:
        assert signed_in(secretary).post(f"/duties/{duty.pk}/waive/", {"reason": "不想去"}).status_code == 403

    def test_an_officer_of_another_county_does_not_get_it(self, other_officer: User, duty: Duty) -> None:
        assert signed_in(other_officer).get(f"/duties/{duty.pk}/waive/").status_code == 404

    def test_one_that_has_ended_stays_as_it_ended(self, officer: User, action: CareAction, duty: Duty) -> None:
        answer = signed_in(officer).post(f"/duties/{duty.pk}/waive/", {"reason": "晚了"})
        assert "已经办结" in answer.content.decode()
        duty.refresh_from_db()
        assert duty.status == "done"


def test_what_an_action_would_fulfil_follows_kind_and_day(duty: Duty, member: Member) -> None:

    def fulfilled_by(kind: str, on: date) -> list[Duty]:
        return [one for one in actions.open_duties(member, on) if actions.fits(one, kind, on)]

    assert fulfilled_by("greeting", date(2026, 11, 19)) == [duty]
    assert fulfilled_by("greeting", date(2026, 11, 18)) == []
    assert fulfilled_by("visit", date(2026, 11, 19)) == []
