from datetime import date

import pytest
from django.test import Client

from carehelp.accounts.models import User
from members.models import Appointment
from tests import people
from tests.conftest import County, signed_in

NEW = "Ganz-neu-2026"


def change(client: Client, new: str = NEW, again: str = "", old: str = people.PASSWORD):
    return client.post("/account/password/", {"old_password": old, "new_password1": new, "new_password2": again or new})


class TestMyAccount:
    def test_it_shows_the_appointments_in_force(self, secretary: User, county: County) -> None:
        Appointment.objects.create(
            user=secretary,
            organization=county.far_branch,
            role="secretary",
            starts=date(2020, 1, 1),
            ends=date(2021, 1, 1),
        )
        page = signed_in(secretary).get("/account/").content.decode()
        assert county.branch.name in page
        assert county.far_branch.name not in page

    def test_large_type_and_dark_look_hold_on_every_page(self, secretary: User) -> None:
        client = signed_in(secretary)
        client.post("/account/", {"text_size": "large", "look": "dark", "language": "zh-hans"})
        page = client.get("/").content.decode()
        assert 'data-text="large"' in page
        assert 'data-look="dark"' in page

    def test_english_is_a_choice(self, secretary: User) -> None:
        client = signed_in(secretary)
        client.post("/account/", {"text_size": "normal", "look": "system", "language": "en"})
        assert "My recent sign-ins" in client.get("/account/").content.decode()

    def test_nothing_but_preferences_can_be_written(self, secretary: User) -> None:
        signed_in(secretary).post(
            "/account/",
            {
                "text_size": "large",
                "look": "dark",
                "language": "en",
                "username": "root",
                "is_superuser": "on",
                "is_staff": "on",
            },
        )
        secretary.refresh_from_db()
        assert (secretary.username, secretary.is_superuser, secretary.is_staff) == ("secretary", False, False)

    def test_the_language_can_be_chosen_before_signing_in(self, db: None, client: Client) -> None:
        answer = client.post("/account/language/", {"language": "en", "next": "https://evil.example/"})
        assert answer["Location"] == "/account/sign-in/"
        assert "User name" in client.get("/account/sign-in/").content.decode()


class TestChangingThePassword:
    def test_it_works_and_keeps_this_session_but_no_other(self, secretary: User) -> None:
        here, elsewhere = signed_in(secretary), signed_in(secretary)
        assert change(here)["Location"] == "/account/"
        assert here.get("/account/").status_code == 200
        assert elsewhere.get("/account/").status_code == 302

    @pytest.mark.parametrize(
        "new", ["short-1A", "alllowercaseletters", "password12345", people.PASSWORD, "secretary-2026"]
    )
    def test_weak_or_unchanged_ones_are_refused(self, new: str, secretary: User) -> None:
        answer = change(signed_in(secretary), new)
        assert answer.status_code == 200
        assert answer.context["form"].errors

    def test_the_old_one_is_asked_for(self, secretary: User) -> None:
        assert change(signed_in(secretary), old="wrong").context["form"].errors["old_password"]

    def test_a_password_never_stands_in_the_history(self, secretary: User) -> None:
        change(signed_in(secretary))
        assert not hasattr(secretary.history.model, "password")


class TestAOneTimePassword:
    @pytest.fixture
    def newcomer(self, secretary: User) -> Client:
        secretary.must_change_password = True
        secretary.save()
        return signed_in(secretary)

    @pytest.mark.parametrize("path", ["/", "/account/", "/jobs/00000000-0000-0000-0000-000000000000/"])
    def test_leads_to_nothing_but_an_own_password(self, path: str, newcomer: Client) -> None:
        assert newcomer.get(path)["Location"] == "/account/password/"
        assert newcomer.post(path)["Location"] == "/account/password/"

    def test_everything_opens_afterwards(self, newcomer: Client) -> None:
        assert newcomer.get("/account/password/").status_code == 200
        change(newcomer)
        assert newcomer.get("/account/").status_code == 200

    def test_signing_out_is_possible(self, newcomer: Client) -> None:
        assert newcomer.post("/account/sign-out/")["Location"] == "/account/sign-in/"
