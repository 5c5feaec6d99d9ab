from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.db import IntegrityError, transaction
from django.test import Client

from carehelp.accounts.models import SignIn, User
from carehelp.audit.models import AuditEvent
from members.roles import VIEW_AUDIT
from tests import people
from tests.conftest import signed_in

SIGN_IN = "/account/sign-in/"


def attempt(client: Client, username: str, password: str = "wrong", **extra: str):
    return client.post(SIGN_IN, {"username": username, "password": password, **extra})


class TestSigningIn:
    def test_the_right_password_opens_the_start_page(self, secretary: User, client: Client) -> None:
        answer = attempt(client, "secretary", people.PASSWORD)
        assert answer.status_code == 302
        assert answer["Location"] == "/"

    @pytest.mark.parametrize("typed", ["Secretary", " secretary ", "ｓｅｃｒｅtary", "ＳＥＣＲＥＴary", "sec retary"])
    def test_the_name_may_be_typed_in_any_form(self, typed: str, secretary: User, client: Client) -> None:
        assert attempt(client, typed, people.PASSWORD).status_code == 302

    def test_it_leads_back_to_where_the_session_ended(self, secretary: User, client: Client) -> None:
        asked = client.get("/account/")
        assert asked["Location"] == f"{SIGN_IN}?next=/account/"
        page = client.get(asked["Location"])
        assert 'name="next" value="/account/"' in page.content.decode()
        assert attempt(client, "secretary", people.PASSWORD, next="/account/")["Location"] == "/account/"

    @pytest.mark.parametrize(
        "elsewhere", ["https://evil.example/", "//evil.example", "javascript:a()", "/\\evil.example"]
    )
    def test_it_never_leads_to_another_site(self, elsewhere: str, secretary: User, client: Client) -> None:
        assert attempt(client, "secretary", people.PASSWORD, next=elsewhere)["Location"] == "/"

    def test_the_session_gets_a_new_key(self, secretary: User, client: Client) -> None:
        client.get(SIGN_IN)
        client.session.save()
        before = client.session.session_key
        attempt(client, "secretary", people.PASSWORD)
        assert client.session.session_key != before

    def test_a_wrong_password_an_unknown_name_and_a_closed_account_read_the_same(
        self, secretary: User, neighbour: User, client: Client
    ) -> None:
        neighbour.is_active = False
        neighbour.save()
        pages = {
            attempt(client, name, password).context["form"].non_field_errors()[0]
            for name, password in [("secretary", "x"), ("nobody", "x"), ("neighbour", people.PASSWORD)]
        }
        assert len(pages) == 1

    def test_a_closed_account_is_out_at_its_next_click(self, secretary: User) -> None:
        client = signed_in(secretary)
        secretary.is_active = False
        secretary.save()
        assert client.get("/account/")["Location"].startswith(SIGN_IN)

    def test_a_fragment_asked_for_after_the_session_ended_reloads_the_page(self, db: None, client: Client) -> None:
        answer = client.get(
            "/account/", headers={"HX-Request": "true", "HX-Current-URL": "https://evil.example/account/?a=1"}
        )
        assert answer.status_code == 204
        assert answer["HX-Redirect"] == f"{SIGN_IN}?next=%2Faccount%2F"

    def test_signing_out_takes_a_post(self, secretary: User) -> None:
        client = signed_in(secretary)
        assert client.get("/account/sign-out/").status_code == 405
        client.post("/account/sign-out/")
        assert client.get("/account/").status_code == 302


class TestUserNames:
    @pytest.mark.parametrize("variant", ["Secretary", "ｓecretary", " secretary"])
    def test_a_variant_of_an_existing_name_is_refused(self, variant: str, secretary: User) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            User.objects.create_user(variant, password=people.PASSWORD)

    @pytest.mark.parametrize("raw", ["Someone", "some one", "ｓomeone", "some　one"])
    def test_the_database_refuses_a_name_that_is_not_folded(self, raw: str, db: None) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            User.objects.bulk_create([User(username=raw)])

    def test_chinese_names_are_welcome(self, db: None) -> None:
        assert User.objects.create_user("张干事", password=people.PASSWORD).username == "张干事"


class TestLockout:
    def test_the_fifth_failure_locks_and_says_until_when(self, secretary: User, client: Client) -> None:
        answers = [attempt(client, "secretary") for _ in range(5)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 429]
        until = AccessAttempt.objects.get().attempt_time + timedelta(minutes=30)
        assert f"{answers[-1].context['until']:%H:%M}" == f"{until:%H:%M}"

    def test_the_right_password_does_not_help_then(self, secretary: User, client: Client) -> None:
        for _ in range(5):
            attempt(client, "secretary")
        assert attempt(client, "secretary", people.PASSWORD).status_code == 429

    def test_variants_of_the_name_are_counted_together(self, secretary: User, client: Client) -> None:
        for name in ["secretary", "SECRETARY", " secretary", "ｓｅｃｒｅｔａｒｙ"]:
            attempt(client, name)
        assert attempt(client, "Secretary ").status_code == 429

    def test_other_addresses_and_devices_are_counted_together(self, secretary: User) -> None:
        for number in range(5):
            client = Client(REMOTE_ADDR=f"10.0.0.{number}", headers={"User-Agent": f"device {number}"})
            answer = attempt(client, "secretary")
        assert answer.status_code == 429

    def test_an_unknown_name_is_locked_all_the_same(self, db: None, client: Client) -> None:
        assert [attempt(client, "nobody").status_code for _ in range(5)][-1] == 429

    def test_others_are_not_locked(self, secretary: User, neighbour: User, client: Client) -> None:
        for _ in range(5):
            attempt(client, "secretary")
        assert attempt(client, "neighbour", people.PASSWORD).status_code == 302

    def test_it_ends_by_itself_and_trying_meanwhile_does_not_lengthen_it(self, secretary: User, client: Client) -> None:
        for _ in range(7):
            attempt(client, "secretary")
        assert AccessAttempt.objects.get().failures_since_start == 5
        AccessAttempt.objects.update(attempt_time=AccessAttempt.objects.get().attempt_time - timedelta(minutes=31))
        assert attempt(client, "secretary", people.PASSWORD).status_code == 302

    def test_a_name_that_unfolds_to_thousands_of_characters_breaks_nothing(self, db: None, client: Client) -> None:
        assert attempt(client, "\ufdfa" * 150).status_code == 200

    def test_nothing_typed_is_kept_with_the_count(self, secretary: User, client: Client) -> None:
        attempt(client, "secretary", "Geheim-2026-x")
        kept = AccessAttempt.objects.get()
        assert "Geheim" not in kept.post_data + kept.get_data + kept.path_info


class TestSignInsOnRecord:
    def test_success_and_failure_with_address_and_device(self, secretary: User) -> None:
        client = Client(
            REMOTE_ADDR="10.1.2.3", headers={"User-Agent": "Mozilla/5.0 (Linux; Android 10) AppleWebKit Chrome/86.0"}
        )
        attempt(client, "Secretary")
        attempt(client, "secretary", people.PASSWORD)
        rows = SignIn.objects.order_by("at").values_list("user__username", "succeeded", "ip_address", "device")
        assert list(rows) == [
            ("secretary", False, "10.1.2.3", "Android · Chrome"),
            ("secretary", True, "10.1.2.3", "Android · Chrome"),
        ]

    def test_only_what_our_own_proxy_wrote_is_believed(self, secretary: User, settings) -> None:
        settings.TRUSTED_PROXIES = 1
        client = Client(REMOTE_ADDR="10.0.0.1", headers={"X-Forwarded-For": "1.1.1.1, 2.2.2.2"})
        attempt(client, "secretary")
        settings.TRUSTED_PROXIES = 0
        attempt(client, "secretary")
        assert list(SignIn.objects.order_by("at").values_list("ip_address", flat=True)) == ["2.2.2.2", "10.0.0.1"]

    def test_sign_ins_and_the_lockout_stand_on_the_chain_for_the_audit_administrator(
        self, secretary: User, audit_admin: User, client: Client
    ) -> None:
        attempt(client, "secretary", people.PASSWORD)
        client.post("/account/sign-out/")
        for _attempt in range(8):
            attempt(client, "secretary")
        events = AuditEvent.objects.visible_to(audit_admin, VIEW_AUDIT).filter(actor_id=secretary.pk)
        assert list(events.order_by("id").values_list("verb", flat=True)) == ["signed-in", "refused"]

    def test_own_ones_only_are_shown(self, secretary: User, neighbour: User, client: Client) -> None:
        SignIn.objects.create(user=neighbour, succeeded=True, ip_address="10.9.9.9")
        attempt(client, "secretary", people.PASSWORD)
        page = client.get("/account/").content.decode()
        assert "10.9.9.9" not in page
        assert "127.0.0.1" in page
