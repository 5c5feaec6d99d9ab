"""What every answer carries, pages and errors alike."""

from typing import Any

import pytest
from django.test import Client

from carehelp.accounts.models import User
from carehelp.jobs.models import Job
from tests.access.matrix import MATRIX
from tests.conftest import signed_in

PLAIN = [name for name, row in MATRIX.items() if not row.of and not row.own and not row.more and "GET" in row.methods]
NOTHING = "/jobs/00000000-0000-7000-8000-000000000000/"


def policy(answer: Any) -> dict[str, list[str]]:
    parts = (part.split() for part in answer["Content-Security-Policy"].split(";"))
    return {words[0]: words[1:] for words in parts if words}


def assert_tight(answer: Any) -> None:
    found = policy(answer)
    assert found["default-src"] == ["'none'"]
    assert found["frame-ancestors"] == ["'none'"]
    assert found["base-uri"] == ["'none'"]
    assert found["form-action"] == ["'self'"]
    assert found["script-src"] == found["style-src"] == ["'self'"]
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert "http" not in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "no-store" in answer["Cache-Control"]


class TestPages:
    def test_every_page_is_tight(self, officer: User) -> None:
        from django.urls import reverse

        client = signed_in(officer)
        for name in PLAIN:
            assert_tight(client.get(reverse(name)))

    @pytest.mark.parametrize("path", ["/account/sign-in/", "/nothing/here/", "/account/"])
    def test_those_before_signing_in_too(self, path: str, client: Client, db: None) -> None:
        assert_tight(client.get(path))

    def test_a_file_too(self, stranger: User, settings: Any, tmp_path: Any) -> None:
        from carehelp.jobs import work

        settings.MEDIA_ROOT = tmp_path
        job = Job.objects.create(kind="x", owner=stranger, state="done")
        (tmp_path / "a").write_bytes(b"<script>")
        work.Context(job).keep_file(tmp_path / "a", name="a.html")
        job.save()
        answer = signed_in(stranger).get(f"/jobs/{job.pk}/file/")
        assert_tight(answer)
        assert answer["Content-Disposition"].startswith("attachment")


class TestErrorPages:
    def test_each_says_what_to_do_and_is_tight(self, stranger: User, client: Client) -> None:
        for answer, status in [
            (signed_in(stranger).get(NOTHING), 404),
            (signed_in(stranger).get("/accounts/"), 403),
            (Client(enforce_csrf_checks=True).post("/account/sign-in/", {"username": "x"}), 403),
            (client.get("/account/sign-in/", headers={"Host": "evil.example"}), 400),
        ]:
            assert answer.status_code == status
            assert_tight(answer)
            assert "btn-primary" in answer.content.decode()

    def test_a_fault_of_ours_shows_no_trace(self, stranger: User, monkeypatch: pytest.MonkeyPatch) -> None:
        def break_down(*args: Any) -> None:
            raise RuntimeError("secret of the house")

        monkeypatch.setattr("carehelp.jobs.models.JobQuerySet.visible_to", break_down)
        client = signed_in(stranger)
        client.raise_request_exception = False
        answer = client.get(NOTHING)
        assert answer.status_code == 500
        assert "secret" not in answer.content.decode()
        assert "Traceback" not in answer.content.decode()
        assert_tight(answer)

    def test_its_page_needs_no_database(self, django_assert_num_queries: Any, db: None, rf: Any) -> None:
        from carehelp.errors import server_error

        with django_assert_num_queries(0):
            assert server_error(rf.get("/")).status_code == 500

    def test_a_form_from_before_the_last_sign_in_leads_back_to_its_page(self, stranger: User) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(stranger, backend="django.contrib.auth.backends.ModelBackend")
        answer = client.post("/account/", {}, headers={"Referer": "http://testserver/account/"})
        assert answer.context["back"] == "/account/"
        answer = Client(enforce_csrf_checks=True).post("/account/", {}, headers={"Referer": "https://evil.example//x"})
        assert answer.context["back"] == "/account/sign-in/?next=%2F"


class TestCookies:
    def test_scripts_do_not_see_them_and_other_sites_do_not_send_them(self, secretary: User, client: Client) -> None:
        from tests import people

        client.post("/account/sign-in/", {"username": "secretary", "password": people.PASSWORD})
        assert client.cookies
        for cookie in client.cookies.values():
            assert cookie["httponly"]
            assert cookie["samesite"] == "Lax"
            assert not cookie["domain"]


class TestSessions:
    def test_half_an_hour_without_a_request_ends_it(self, secretary: User) -> None:
        client = signed_in(secretary)
        client.get("/account/")
        left = client.session.get_expiry_age()
        assert left == 30 * 60

    def test_every_request_starts_the_half_hour_anew(self, secretary: User) -> None:
        from django.conf import settings
        from django.contrib.sessions.models import Session

        client = signed_in(secretary)
        client.get("/account/")
        first = Session.objects.get().expire_date
        assert settings.SESSION_COOKIE_NAME in client.get("/account/").cookies
        assert Session.objects.get().expire_date > first

    def test_one_that_ended_asks_to_sign_in_and_leads_back(self, secretary: User) -> None:
        client = signed_in(secretary)
        client.session.flush()
        assert client.get("/account/password/")["Location"] == "/account/sign-in/?next=/account/password/"
        assert client.post("/account/password/")["Location"] == "/account/sign-in/?next=/account/password/"
