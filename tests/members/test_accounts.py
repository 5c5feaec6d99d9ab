import re
from datetime import date

import pytest
from django.test import Client

from carehelp.accounts.models import User
from carehelp.audit.models import AuditEvent
from members import accounts
from members.models import Appointment
from members.roles import Role
from tests import people
from tests.conftest import County, signed_in


@pytest.fixture
def admin(system_admin: User) -> Client:
    return signed_in(system_admin)


class TestOpeningAnAccount:
    def test_the_one_time_password_is_shown_once_and_works(self, admin: Client, client: Client) -> None:
        page = admin.post("/accounts/new/", {"username": "New.Person", "display_name": "新同志"}).content.decode()
        password = re.search(r'id="one-time">([^<]+)<', page).group(1)
        account = User.objects.get(username="new.person")
        assert password not in admin.get(f"/accounts/{account.pk}/").content.decode()
        client.post("/account/sign-in/", {"username": "new.person", "password": password})
        assert client.get("/")["Location"] == "/account/password/"

    @pytest.mark.parametrize("taken", ["secretary", "Secretary", "ｓecretary", "a b", "a'b", "x"])
    def test_taken_and_odd_names_are_refused(self, taken: str, admin: Client, secretary: User) -> None:
        before = User.objects.count()
        if taken == "a b":  # Spaces fold away.
            taken = "secre tary"
        answer = admin.post("/accounts/new/", {"username": taken, "display_name": "某"})
        assert answer.context["form"].errors["username"]
        assert User.objects.count() == before

    def test_it_is_evidence_that_the_auditor_of_the_area_sees(self, admin: Client, county: County) -> None:
        admin.post("/accounts/new/", {"username": "new", "display_name": "新"})
        event = AuditEvent.objects.get(verb="power")
        assert event.organization_id == county.county.pk
        assert event.detail["action"] == "created"

    def test_the_password_stands_in_no_evidence(self, system_admin: User) -> None:
        _account, password = accounts.create(username="new", display_name="新", by=system_admin)
        assert password not in str(list(AuditEvent.objects.values()))


class TestLookingAfterAccounts:
    def test_closing_and_opening(self, admin: Client, secretary: User) -> None:
        admin.post(f"/accounts/{secretary.pk}/close/")
        admin.post(f"/accounts/{secretary.pk}/close/")
        secretary.refresh_from_db()
        assert not secretary.is_active
        admin.post(f"/accounts/{secretary.pk}/reopen/")
        secretary.refresh_from_db()
        assert secretary.is_active
        assert [event.detail["action"] for event in AuditEvent.objects.order_by("id")] == ["closed", "reopened"]
        assert [row.is_active for row in secretary.history.order_by("history_id")] == [True, False, True]

    def test_a_new_password_ends_sessions_and_lifts_the_lock(
        self, admin: Client, secretary: User, client: Client
    ) -> None:
        inside = signed_in(secretary)
        for _attempt in range(5):
            client.post("/account/sign-in/", {"username": "secretary", "password": "x"})
        page = admin.post(f"/accounts/{secretary.pk}/password/").content.decode()
        password = re.search(r'id="one-time">([^<]+)<', page).group(1)
        assert inside.get("/account/").status_code == 302
        assert client.post("/account/sign-in/", {"username": "secretary", "password": password}).status_code == 302

    def test_a_lock_can_be_lifted(self, admin: Client, secretary: User, client: Client) -> None:
        for _attempt in range(5):
            client.post("/account/sign-in/", {"username": "secretary", "password": "x"})
        admin.post(f"/accounts/{secretary.pk}/unlock/")
        form = {"username": "secretary", "password": people.PASSWORD}
        assert client.post("/account/sign-in/", form).status_code == 302

    @pytest.mark.parametrize("act", ["close", "password", "unlock"])
    def test_not_to_oneself(self, act: str, admin: Client, system_admin: User) -> None:
        answer = admin.post(f"/accounts/{system_admin.pk}/{act}/")
        assert answer["Location"] == f"/accounts/{system_admin.pk}/"
        system_admin.refresh_from_db()
        assert system_admin.is_active
        assert not system_admin.must_change_password
        assert not AuditEvent.objects.exists()


class TestReach:
    def test_whoever_also_sees_elsewhere_is_out_of_reach(self, admin: Client, officer: User, county: County) -> None:
        assert admin.get(f"/accounts/{officer.pk}/").status_code == 200
        Appointment.objects.create(
            user=officer, organization=county.other_county, role=Role.OFFICER, starts=date(2026, 1, 1)
        )
        for path in ["", "close/", "password/", "unlock/", "reopen/"]:
            assert admin.post(f"/accounts/{officer.pk}/{path}").status_code == 404

    def test_one_with_nothing_belongs_to_the_area_that_made_it(
        self, system_admin: User, county: County, today: date
    ) -> None:
        colleague = people.user("colleague", (Role.SYSTEM_ADMIN, county.county))
        foreigner = people.user("foreigner", (Role.SYSTEM_ADMIN, county.other_county))
        made, _password = accounts.create(username="new", display_name="新", by=system_admin)
        assert made in accounts.in_reach(colleague, today)
        assert made not in accounts.in_reach(foreigner, today)

    def test_one_whose_appointments_are_over_belongs_to_where_they_were(
        self, system_admin: User, stranger: User, county: County, today: date
    ) -> None:
        assert stranger not in accounts.in_reach(system_admin, today)
        Appointment.objects.create(
            user=stranger, organization=county.branch, role="secretary", starts=date(2020, 1, 1), ends=date(2021, 1, 1)
        )
        assert stranger in accounts.in_reach(system_admin, today)

    def test_the_list_can_be_searched_and_paged(self, admin: Client, county: County) -> None:
        for number in range(60):
            people.user(f"clerk{number:02}", (Role.SECRETARY, county.branch), display_name=f"员{number}")
        assert "2 / 2" in admin.get("/accounts/?page=2").content.decode()
        page = admin.get("/accounts/?q=clerk07&state=active").content.decode()
        assert "clerk07" in page
        assert "clerk08" not in page
