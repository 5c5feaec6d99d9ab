from datetime import date, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from carehelp.accounts.models import User
from carehelp.audit.models import AuditEvent
from carehelp.audit.trail import verify
from members import appointments
from members.access import forget_powers, holds
from members.errors import NotPossible
from members.models import Appointment, Organization
from members.roles import VIEW_PEOPLE, Role
from tests.conftest import County, signed_in

ADMINS = [Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN]
SEEING = [Role.SECRETARY, Role.OFFICER, Role.FUND_OFFICER, Role.AUDITOR]


def appoint(user: User, role: Role, at: Organization, by: User | None, today: date, **days: date | None) -> Appointment:
    return appointments.appoint(
        user, organization=at, role=role, **{"starts": today, "ends": None} | days, by=by, today=today
    )


class TestAppointing:
    def test_gives_power_on_the_subtree_and_is_evidence(
        self, stranger: User, security_admin: User, county: County, today: date
    ) -> None:
        made = appoint(stranger, Role.SECRETARY, county.branch, security_admin, today)
        assert holds(stranger, VIEW_PEOPLE)
        event = AuditEvent.objects.get(verb="power")
        assert (event.target, event.organization_id) == (f"appointment:{made.pk}", county.branch.pk)
        assert event.detail["role"] == "secretary"
        assert verify().intact

    def test_it_ends_by_itself(
        self, stranger: User, security_admin: User, county: County, today: date, settings
    ) -> None:
        appoint(stranger, Role.SECRETARY, county.branch, security_admin, today, ends=today + timedelta(days=3))
        for after, has in [(0, True), (3, True), (4, False)]:
            settings.CAREHELP_TODAY = today + timedelta(days=after)
            forget_powers(stranger)
            assert holds(stranger, VIEW_PEOPLE) is has

    def test_nobody_appoints_or_ends_themselves(self, security_admin: User, county: County, today: date) -> None:
        with pytest.raises(NotPossible):
            appoint(security_admin, Role.SECURITY_ADMIN, county.town, security_admin, today)
        with pytest.raises(NotPossible):
            appointments.end(
                security_admin.appointments.get(), last_day=today, reason="x", by=security_admin, today=today
            )

    @pytest.mark.parametrize("first", ADMINS)
    @pytest.mark.parametrize("second", ADMINS + SEEING)
    def test_administrators_are_separate_people_and_see_nobody(
        self, first: Role, second: Role, stranger: User, security_admin: User, county: County, today: date
    ) -> None:
        appoint(stranger, first, county.county, security_admin, today)
        if first == second:
            appoint(stranger, second, county.town, security_admin, today)
            return
        with pytest.raises(NotPossible):
            appoint(stranger, second, county.town, security_admin, today)
        with pytest.raises(IntegrityError), transaction.atomic():
            Appointment.objects.create(user=stranger, organization=county.town, role=second, starts=today)

    def test_roles_that_see_people_may_meet(self, stranger: User, county: County, today: date) -> None:
        for role in SEEING:
            appoint(stranger, role, county.branch, None, today)

    def test_one_after_the_other_is_allowed(self, stranger: User, county: County, today: date) -> None:
        appoint(stranger, Role.SECRETARY, county.branch, None, today, ends=today)
        appoint(stranger, Role.AUDIT_ADMIN, county.county, None, today, starts=today + timedelta(days=1))

    def test_the_same_appointment_twice_is_refused(self, stranger: User, county: County, today: date) -> None:
        appoint(stranger, Role.SECRETARY, county.branch, None, today, ends=today)
        with pytest.raises(NotPossible):
            appoint(stranger, Role.SECRETARY, county.branch, None, today)
        assert AuditEvent.objects.count() == 1

    def test_a_closed_account_or_organization_gets_nothing(self, stranger: User, county: County, today: date) -> None:
        county.branch.closed_on = today
        with pytest.raises(NotPossible):
            appoint(stranger, Role.SECRETARY, county.branch, None, today)
        stranger.is_active = False
        with pytest.raises(NotPossible):
            appoint(stranger, Role.SECRETARY, county.far_branch, None, today)


class TestEnding:
    def test_yesterday_takes_the_power_at_once(self, secretary: User, security_admin: User, today: date) -> None:
        appointments.end(
            secretary.appointments.get(),
            last_day=today - timedelta(days=1),
            reason="调离",
            by=security_admin,
            today=today,
        )
        forget_powers(secretary)
        assert not holds(secretary, VIEW_PEOPLE)
        assert AuditEvent.objects.get().reason == "调离"

    def test_one_given_today_by_mistake_is_withdrawn_and_stays_in_the_history(
        self, stranger: User, security_admin: User, county: County, today: date
    ) -> None:
        made = appoint(stranger, Role.SECRETARY, county.branch, security_admin, today)
        yesterday = today - timedelta(days=1)
        assert appointments.end(made, last_day=yesterday, reason="误操作", by=security_admin, today=today) is None
        assert not stranger.appointments.exists()
        assert set(Appointment.history.filter(user=stranger).values_list("history_type", flat=True)) == {"+", "-"}

    def test_what_is_over_stays_as_it_was(self, secretary: User, security_admin: User, today: date) -> None:
        held = secretary.appointments.get()
        with pytest.raises(NotPossible):
            appointments.end(held, last_day=today - timedelta(days=2), reason="x", by=security_admin, today=today)

    def test_handing_over_is_one_step(
        self, secretary: User, stranger: User, security_admin: User, county: County, today: date
    ) -> None:
        appointments.hand_over(secretary.appointments.get(), to=stranger, on=today, by=security_admin, today=today)
        for user in (secretary, stranger):
            forget_powers(user)
        assert not holds(secretary, VIEW_PEOPLE)
        assert holds(stranger, VIEW_PEOPLE)

    def test_a_successor_who_is_an_administrator_leaves_everything_as_it_was(
        self, secretary: User, audit_admin: User, security_admin: User, today: date
    ) -> None:
        held = secretary.appointments.get()
        with pytest.raises(NotPossible):
            appointments.hand_over(held, to=audit_admin, on=today, by=security_admin, today=today)
        held.refresh_from_db()
        assert held.ends is None


class TestTheScreen:
    def form(self, **changed: str) -> dict[str, str]:
        return {"user": "stranger", "organization": "610101", "role": "secretary", "starts": "2026-11-24"} | changed

    def test_appointing_by_user_name_in_any_form(self, stranger: User, security_admin: User) -> None:
        answer = signed_in(security_admin).post("/appointments/new/", self.form(user="ＳＴＲＡＮＧＥＲ"))
        assert answer.status_code == 302
        assert stranger.appointments.get().role == "secretary"

    def test_an_organization_outside_the_own_area_does_not_exist(self, stranger: User, security_admin: User) -> None:
        for words in ["620101", "临川县新民村党支部", "C"]:
            answer = signed_in(security_admin).post("/appointments/new/", self.form(organization=words))
            assert answer.context["form"].errors["organization"]
        assert not stranger.appointments.exists()

    def test_oneself_is_refused_with_the_reason(self, security_admin: User) -> None:
        answer = signed_in(security_admin).post("/appointments/new/", self.form(user="security-admin"))
        assert answer.context["form"].non_field_errors()

    def test_ending_and_handing_over(self, secretary: User, stranger: User, security_admin: User) -> None:
        held, client = secretary.appointments.get(), signed_in(security_admin)
        assert client.post(f"/appointments/{held.pk}/end/", {"last_day": "2026-11-30"}).status_code == 200  # no reason
        assert (
            client.post(f"/appointments/{held.pk}/hand-over/", {"to": "stranger", "on": "2026-12-01"}).status_code
            == 302
        )
        held.refresh_from_db()
        assert held.ends == date(2026, 11, 30)
        assert (
            client.post(f"/appointments/{held.pk}/end/", {"last_day": "2026-11-25", "reason": "调离"}).status_code
            == 302
        )

    def test_the_list_shows_those_in_force_and_can_ask_for_others(
        self, secretary: User, security_admin: User, other_officer: User
    ) -> None:
        client = signed_in(security_admin)
        page = client.get("/appointments/").content.decode()
        assert "李书记" in page
        assert "外县干事" not in page
        assert "李书记" not in client.get("/appointments/?state=over").content.decode()
        assert "李书记" in client.get("/appointments/?q=东风&role=secretary").content.decode()


class TestFromTheShell:
    def test_the_first_administrator(self, county: County, capsys) -> None:
        call_command("appoint", "Root", "security-admin", "61", name="安全员")
        account = User.objects.get(username="root")
        assert account.must_change_password
        assert account.check_password(capsys.readouterr().out.rpartition(" ")[2].strip())
        assert account.appointments.get().role == "security-admin"

    def test_mistakes_leave_nothing_behind(self, county: County, audit_admin: User) -> None:
        for username, role, place in [("x1", "officer", "nowhere"), (audit_admin.username, "officer", "61")]:
            with pytest.raises(CommandError):
                call_command("appoint", username, role, place)
        assert not User.objects.filter(username="x1").exists()
        assert audit_admin.appointments.count() == 1
