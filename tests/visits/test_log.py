import threading
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.http import HttpResponse

from carehelp.accounts.models import User
from carehelp.audit.models import AuditEvent
from members.models import Member
from tests import people
from tests.conftest import County, signed_in
from visits import actions
from visits.models import CareAction, Duty
from visits.record import texts


def sent(duty: Duty | None = None, **changes: Any) -> dict[str, Any]:
    """What the form sends; say what is different."""
    fields = {"id": str(uuid4()), "kind": "greeting", "on": "2026-11-24", "who_went": "李书记", "found": "身体硬朗"}
    fields |= {"done": "", "next_step": "", "next_on": "", "duties": [str(duty.pk)] if duty else []}
    return fields | changes


def post(user: User, duty: Duty, **changes: Any) -> HttpResponse:
    return signed_in(user).post(f"/log/duty/{duty.pk}/", sent(duty, **changes))


def errors(answer: Any) -> str:
    return str(answer.context["form"].errors)


class TestLoggingAVisit:
    def test_the_form_comes_filled_in(self, secretary: User, duty: Duty) -> None:
        form = signed_in(secretary).get(f"/log/duty/{duty.pk}/").context["form"]
        assert form.initial["kind"] == "greeting"
        assert form.initial["on"] == date(2026, 11, 24)
        assert form.initial["who_went"] == "李书记"
        assert form.initial["duties"] == [duty.pk]
        assert UUID(str(form.initial["id"]))

    def test_it_ends_the_duty_it_fulfils(self, secretary: User, duty: Duty, member: Member) -> None:
        answer = post(secretary, duty)
        action = CareAction.objects.get()
        assert answer["Location"] == f"/actions/{action.pk}/?saved=1"
        duty.refresh_from_db()
        assert (duty.status, duty.fulfilled_by, duty.ended_by) == ("done", action, secretary)
        assert duty.history.first().history_user == secretary
        assert action.history.get().history_user == secretary
        assert action.organization_id == member.organization_id

    def test_a_duty_ends_on_the_day_of_the_visit_not_of_typing(self, secretary: User, duty: Duty) -> None:
        post(secretary, duty, on="2026-11-21")
        duty.refresh_from_db()
        assert duty.ended_on == date(2026, 11, 21)

    def test_the_text_is_sealed_in_the_database(self, secretary: User, duty: Duty) -> None:
        post(secretary, duty, found="肺癌晚期")
        with connection.cursor() as cursor:
            cursor.execute("SELECT a::text, h::text FROM visits_careaction a, visits_historicalcareaction h")
            row = "".join(cursor.fetchone())
        assert "肺癌" not in row
        assert "肺癌".encode().hex() not in row
        assert texts(CareAction.objects.get())["found"] == "肺癌晚期"

    def test_the_same_form_sent_twice_makes_one_record(self, secretary: User, duty: Duty) -> None:
        fields = sent(duty)
        client = signed_in(secretary)
        first = client.post(f"/log/duty/{duty.pk}/", fields)
        second = client.post(f"/log/duty/{duty.pk}/", fields)
        assert first["Location"] == second["Location"]
        assert CareAction.objects.count() == 1
        assert CareAction.history.count() == 1

    def test_a_form_changed_after_it_was_saved_becomes_a_correction_to_confirm(
        self, secretary: User, duty: Duty
    ) -> None:
        fields = sent(duty)
        client = signed_in(secretary)
        client.post(f"/log/duty/{duty.pk}/", fields)
        answer = client.post(f"/log/duty/{duty.pk}/", fields | {"found": "改过的话"})
        page = answer.content.decode()
        assert "改过的话" in page
        assert f"/actions/{fields['id']}/correct/" in page
        assert texts(CareAction.objects.get())["found"] == "身体硬朗"

    def test_an_id_of_somebody_elses_record_is_refused_and_nothing_overwritten(
        self, secretary: User, officer: User, duty: Duty
    ) -> None:
        fields = sent(duty)
        signed_in(officer).post(f"/log/duty/{duty.pk}/", fields)
        answer = signed_in(secretary).post(f"/log/duty/{duty.pk}/", fields | {"found": "别的话"})
        assert answer.status_code == 409
        assert answer.context["form"]["id"].value() != fields["id"]
        assert texts(CareAction.objects.get())["found"] == "身体硬朗"
        assert CareAction.objects.get().created_by == officer

    def test_an_id_of_another_persons_record_is_refused(self, secretary: User, duty: Duty, county: County) -> None:
        fields = sent(duty)
        client = signed_in(secretary)
        client.post(f"/log/duty/{duty.pk}/", fields)
        other = people.member(county.branch, "赵桂兰")
        answer = client.post(f"/log/person/{other.pk}/", fields | {"duties": []})
        assert answer.status_code == 409
        assert CareAction.objects.get().member == duty.member

    def test_a_duty_that_somebody_else_just_ended_is_said_and_the_record_kept(
        self, secretary: User, officer: User, duty: Duty
    ) -> None:
        post(officer, duty)
        client = signed_in(secretary)
        page = client.post(f"/log/duty/{duty.pk}/", sent(duty), follow=True).content.decode()
        assert "此前已由他人办结" in page
        assert CareAction.objects.count() == 2
        duty.refresh_from_db()
        assert duty.ended_by == officer

    def test_a_kind_that_does_not_fulfil_the_ticked_duty_is_refused(self, secretary: User, duty: Duty) -> None:
        answer = post(secretary, duty, kind="visit")
        assert "“走访”不能完成“政治生日”" in errors(answer)
        assert not CareAction.objects.exists()

    def test_a_visit_before_the_window_opened_does_not_end_the_duty(self, secretary: User, duty: Duty) -> None:
        assert "自2026年11月19日起" in errors(post(secretary, duty, on="2026-11-18"))

    def test_a_visit_without_any_duty_is_recorded_all_the_same(self, secretary: User, member: Member) -> None:
        signed_in(secretary).post(f"/log/person/{member.pk}/", sent(kind="visit"))
        assert CareAction.objects.get().kind == "visit"

    def test_another_persons_duty_cannot_be_ticked(self, secretary: User, duty: Duty, county: County) -> None:
        other = people.member(county.branch, "赵桂兰")
        answer = signed_in(secretary).post(f"/log/person/{other.pk}/", sent(duty))
        assert "duties" in answer.context["form"].errors
        assert not CareAction.objects.exists()

    def test_last_care_is_the_newest_visit_whatever_the_order_of_typing(
        self, secretary: User, duty: Duty, member: Member
    ) -> None:
        post(secretary, duty, on="2026-11-24")
        post(secretary, duty, on="2026-11-20", duties=[])
        member.refresh_from_db()
        assert member.last_care_on == date(2026, 11, 24)

    def test_it_leaves_a_trace(self, secretary: User, duty: Duty) -> None:
        post(secretary, duty)
        event = AuditEvent.objects.get(verb="changed")
        assert (event.actor_id, event.person_id) == (secretary.pk, str(duty.member_id))
        assert event.detail == {"what": "recorded", "duties": 1}

    def test_hostile_text_is_text(self, secretary: User, duty: Duty) -> None:
        text = "<script>alert(1)</script>{{ x }}\x1f=cmd|' /C calc'!A0"
        page = signed_in(secretary).post(f"/log/duty/{duty.pk}/", sent(duty, found=text), follow=True).content.decode()
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)" in page

    def test_text_of_any_script_survives(self, secretary: User, duty: Duty) -> None:
        post(secretary, duty, found="𠮷野家 👵 བོད་ أهلا\n第二行")
        assert texts(CareAction.objects.get())["found"] == "𠮷野家 👵 བོད་ أهلا\n第二行"

    def test_too_much_text_is_refused_and_kept_on_the_page(self, secretary: User, duty: Duty) -> None:
        answer = post(secretary, duty, found="很" * 4001)
        assert "found" in answer.context["form"].errors
        assert "很很很" in answer.content.decode()


class TestDatesThatCannotBe:
    def test_a_day_to_come(self, secretary: User, duty: Duty) -> None:
        assert "日期晚于今天" in errors(post(secretary, duty, on="2026-11-25", duties=[]))

    def test_before_joining(self, secretary: User, duty: Duty) -> None:
        assert "王建国于1990年7月1日加入党组织" in errors(post(secretary, duty, on="1990-06-30", duties=[]))

    def test_after_death_only_condolences(self, secretary: User, member: Member, duty: Duty) -> None:
        Member.objects.filter(pk=member.pk).update(died_on=date(2026, 11, 20))
        assert "已于2026年11月20日去世" in errors(post(secretary, duty, on="2026-11-22", duties=[]))
        post(secretary, duty, on="2026-11-22", kind="condolence", duties=[])
        assert CareAction.objects.get().kind == "condolence"

    def test_after_leaving(self, secretary: User, member: Member, duty: Duty) -> None:
        Member.objects.filter(pk=member.pk).update(left_on=date(2026, 11, 20), left_reason="出国")
        assert "离开本组织" in errors(post(secretary, duty, on="2026-11-22", duties=[]))

    @pytest.mark.parametrize("typed", ["", "2026-02-30", "24/11/2026", "0000-00-00"])
    def test_no_date_at_all(self, typed: str, secretary: User, duty: Duty) -> None:
        assert "on" in post(secretary, duty, on=typed).context["form"].errors


class TestTheNextStep:
    def test_it_becomes_a_duty(self, secretary: User, duty: Duty, member: Member) -> None:
        post(secretary, duty, next_step="带医保单去", next_on="2026-12-10")
        action = CareAction.objects.get()
        follow_up = Duty.objects.get(rule_code="follow-up")
        assert (follow_up.article, follow_up.period) == ("3", f"action:{action.pk}")
        assert (follow_up.member, follow_up.due, follow_up.status) == (member, date(2026, 12, 10), "open")
        assert "visit" in follow_up.terms["fulfilled_by"]
        assert "带医保单" not in str(follow_up.__dict__)

    @pytest.mark.parametrize(
        ("step", "day", "field"),
        [("去", "", "next_on"), ("", "2026-12-10", "next_step"), ("去", "2026-11-23", "next_on")],
    )
    def test_it_needs_words_and_a_day_to_come(
        self, step: str, day: str, field: str, secretary: User, duty: Duty
    ) -> None:
        assert field in post(secretary, duty, next_step=step, next_on=day).context["form"].errors
        assert not Duty.objects.filter(rule_code="follow-up").exists()


class TestWhoMayLog:
    def test_a_neighbour_branch_gets_404(self, neighbour: User, duty: Duty, member: Member) -> None:
        client = signed_in(neighbour)
        assert client.get(f"/log/duty/{duty.pk}/").status_code == 404
        assert client.get(f"/log/person/{member.pk}/").status_code == 404
        assert post(neighbour, duty).status_code == 404
        assert not CareAction.objects.exists()

    def test_an_auditor_sees_but_cannot_log(self, auditor: User, secretary: User, duty: Duty, member: Member) -> None:
        post(secretary, duty)
        action = CareAction.objects.get()
        client = signed_in(auditor)
        assert client.get(f"/actions/{action.pk}/").status_code == 200
        assert client.get(f"/people/{member.pk}/care/").status_code == 200
        for path in (f"/log/duty/{duty.pk}/", f"/log/person/{member.pk}/", f"/actions/{action.pk}/correct/"):
            assert client.get(path).status_code == 403
            assert client.post(path, sent()).status_code == 403

    def test_without_a_session_one_is_asked_to_sign_in_and_comes_back(self, client: Any, duty: Duty) -> None:
        answer = client.post(f"/log/duty/{duty.pk}/", sent(duty))
        assert answer["Location"].endswith(f"?next=/log/duty/{duty.pk}/")


def together(*calls: Any) -> list[Any]:
    """Run the calls at the same moment, each on a database connection of its own; gives results or exceptions."""
    gate, results = threading.Barrier(len(calls)), [None] * len(calls)

    def run(number: int, call: Any) -> None:
        gate.wait()
        try:
            results[number] = call()
        except Exception as fault:  # noqa: BLE001 - the test looks at it
            results[number] = fault
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number, call)) for number, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


@pytest.mark.django_db(transaction=True)
class TestTwoAtOnce:
    def record(self, duty: Duty, by: User, today: date, **changes: Any) -> actions.Recorded:
        facts = {"id": uuid4(), "kind": "greeting", "on": today, "who_went": "李书记", "found": "好", "duties": [duty]}
        return actions.record_action(**(facts | changes), member=duty.member, by=by, today=today)

    def test_a_double_tap_makes_one_record(self, secretary: User, duty: Duty, today: date) -> None:
        same = uuid4()
        results = together(*[lambda: self.record(duty, secretary, today, id=same)] * 4)
        assert sorted(result.is_new for result in results) == [False, False, False, True]
        assert CareAction.objects.count() == 1
        assert CareAction.history.count() == 1
        assert Duty.history.filter(status="done").count() == 1

    def test_of_two_people_one_ends_the_duty_and_both_records_stay(
        self, secretary: User, officer: User, duty: Duty, today: date
    ) -> None:
        results = together(
            lambda: self.record(duty, secretary, today), lambda: self.record(duty, officer, today - timedelta(days=1))
        )
        assert sorted(len(result.ended) for result in results) == [0, 1]
        assert sorted(len(result.ended_before) for result in results) == [0, 1]
        assert CareAction.objects.count() == 2

    def test_two_cancellations_give_one(self, secretary: User, duty: Duty, today: date) -> None:
        action = self.record(duty, secretary, today).action
        cancel = lambda: actions.cancel_action(action, reason="记错人", by=secretary, today=today)  # noqa: E731
        results = together(cancel, cancel)
        assert sum(isinstance(result, actions.AlreadyEnded) for result in results) == 1
        assert CareAction.history.count() == 2
