"""The evidence chain: nobody changes it through the database's front door, and a back door is found."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from carehelp.accounts.models import User
from carehelp.audit import trail
from carehelp.audit.models import AuditEvent, AuditHead
from carehelp.jobs.models import Job
from carehelp.reports import evidence
from tests.conftest import signed_in


@pytest.fixture
def five(officer: User) -> list[AuditEvent]:
    return [
        trail.record(AuditEvent.Verb.EXPORTED, by=officer, target="report:duty-ledger", rows=number)
        for number in range(1, 6)
    ]


@contextmanager
def back_door() -> Iterator[None]:
    """What somebody with the rights of the table's owner could do."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_auditevent DISABLE TRIGGER USER")
        yield
        cursor.execute("ALTER TABLE audit_auditevent ENABLE TRIGGER USER")


class TestTheFrontDoor:
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE audit_auditevent SET reason = 'x' WHERE id = 2",
            "DELETE FROM audit_auditevent WHERE id = 2",
            "TRUNCATE audit_auditevent",
        ],
        ids=["change", "remove", "empty"],
    )
    def test_is_shut(self, five: list[AuditEvent], statement: str) -> None:
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
        assert trail.verify() == trail.Verdict(5)


class TestTheBackDoor:
    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            ({"reason": "nothing happened"}, (2, 3, "altered")),
            ({"actor_name": "somebody else"}, (2, 3, "altered")),
            ({"detail": {"rows": 0}}, (2, 3, "altered")),
            ({"organization_id": 99}, (2, 3, "altered")),
        ],
    )
    def test_a_changed_row_is_named(self, five: list[AuditEvent], change: dict, expected: tuple) -> None:
        with back_door():
            AuditEvent.objects.filter(pk=3).update(**change)
        assert trail.verify() == trail.Verdict(*expected)

    def test_a_missing_row_is_named(self, five: list[AuditEvent]) -> None:
        with back_door():
            AuditEvent.objects.filter(pk=3).delete()
        assert trail.verify() == trail.Verdict(2, 3, "missing")

    def test_a_tail_cut_off_is_named(self, five: list[AuditEvent]) -> None:
        with back_door():
            AuditEvent.objects.filter(pk__gte=4).delete()
        assert trail.verify() == trail.Verdict(3, 4, "missing")

    def test_a_tail_cut_off_with_the_head_set_back_is_found(self, five: list[AuditEvent]) -> None:
        with back_door():
            AuditEvent.objects.filter(pk__gte=4).delete()
        AuditHead.objects.update(last_id=3)  # Without the seal that belongs to it.
        assert trail.verify() == trail.Verdict(3, 3, "altered")

    def test_a_forged_row_at_the_end_is_named(self, five: list[AuditEvent]) -> None:
        last = five[-1]
        AuditEvent.objects.create(
            id=6, at=last.at, verb="viewed", actor_name="x", target="x", previous=last.seal, seal=bytes(32)
        )
        assert trail.verify() == trail.Verdict(5, 6, "altered")

    def test_the_command_names_it_and_fails(self, five: list[AuditEvent], capsys: pytest.CaptureFixture[str]) -> None:
        call_command("verify_audit")
        assert "5" in capsys.readouterr().out
        with back_door():
            AuditEvent.objects.filter(pk=3).update(reason="x")
        with pytest.raises(SystemExit) as ended:
            call_command("verify_audit")
        assert ended.value.code == 1
        assert "event 3" in capsys.readouterr().err


def test_an_event_belongs_to_the_transaction_that_it_tells_of(officer: User) -> None:
    with transaction.atomic():
        trail.record(AuditEvent.Verb.EXPORTED, by=officer, target="report:x")
        transaction.set_rollback(True)
    assert not AuditEvent.objects.exists()
    assert trail.verify() == trail.Verdict(0)


class TestCheckingOnScreen:
    def test_says_that_the_chain_holds_and_notes_the_check(
        self, five: list[AuditEvent], audit_admin: User, django_capture_on_commit_callbacks: object
    ) -> None:
        self.check(audit_admin, django_capture_on_commit_callbacks)
        job = Job.objects.get()
        assert (job.state, "5" in job.message) == ("done", True)
        page = signed_in(audit_admin).get(reverse("audit:list")).content.decode()
        assert job.message in page

    def test_names_the_first_broken_row(
        self, five: list[AuditEvent], audit_admin: User, django_capture_on_commit_callbacks: object
    ) -> None:
        with back_door():
            AuditEvent.objects.filter(pk=3).delete()
        self.check(audit_admin, django_capture_on_commit_callbacks)
        assert "3" in Job.objects.get().message
        found = evidence.last_check()
        assert found is not None
        assert found[1] == Job.objects.get().message

    def test_is_for_those_who_read_the_log(self, officer: User) -> None:
        assert signed_in(officer).post(reverse("audit:verify")).status_code == 403
        assert not Job.objects.exists()

    @staticmethod
    def check(by: User, capture: object) -> None:
        with capture(execute=True):  # type: ignore[operator]
            assert signed_in(by).post(reverse("audit:verify")).status_code == 302
