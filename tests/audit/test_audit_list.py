"""The auditor's list: scope, filters, names only for those who see people."""

from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from carehelp.accounts.models import User
from carehelp.audit import trail
from carehelp.audit.models import AuditEvent
from members.models import Member
from tests import people
from tests.conftest import County, signed_in

LIST = "audit:list"


@pytest.fixture
def looks(county: County, member: Member, secretary: User, other_officer: User) -> dict[str, AuditEvent]:
    stranger = people.member(county.other_county_branch, "外县人")
    return {
        "here": look(member, secretary, reason="核对王建国的证件", fields=["id_number"]),
        "elsewhere": look(stranger, other_officer, reason="外县的事"),
    }


def look(member: Member, by: User, reason: str = "", **detail: Any) -> AuditEvent:
    return trail.record(
        AuditEvent.Verb.UNMASKED,
        by=by,
        target=f"member:{member.pk}",
        organization_id=member.organization_id,
        person_id=member.pk,
        reason=reason,
        **detail,
    )


def page(user: User, **query: Any) -> str:
    answer = signed_in(user).get(reverse(LIST), query)
    assert answer.status_code == 200
    return answer.content.decode()


class TestWhatIsSeen:
    def test_an_auditor_reads_name_and_reason_in_scope(
        self, auditor: User, member: Member, looks: dict[str, AuditEvent]
    ) -> None:
        seen = page(auditor)
        assert member.name in seen
        assert "核对王建国的证件" in seen
        assert "外县" not in seen

    def test_an_audit_administrator_reads_ids_and_no_names(
        self, audit_admin: User, member: Member, looks: dict[str, AuditEvent]
    ) -> None:
        seen = page(audit_admin)
        assert str(member.pk) in seen
        assert member.name not in seen
        assert "李书记" in seen  # Who looked: accounts are what this administrator is there for.

    @pytest.mark.parametrize("role", ["secretary", "officer", "fund_officer", "system_admin", "security_admin"])
    def test_others_do_not_get_in(self, role: str, request: pytest.FixtureRequest) -> None:
        assert signed_in(request.getfixturevalue(role)).get(reverse(LIST)).status_code == 403

    def test_signing_in_is_seen_where_the_account_has_its_appointment(
        self, audit_admin: User, secretary: User, other_officer: User
    ) -> None:
        for user in (secretary, other_officer):
            trail.record(AuditEvent.Verb.SIGNED_IN, by=user, target=f"user:{user.pk}")
        seen = page(audit_admin)
        assert "李书记" in seen
        assert "外县干事" not in seen


class TestFilters:
    def test_each_narrows(self, county: County, auditor: User, secretary: User, looks: dict[str, AuditEvent]) -> None:
        other = people.member(county.far_branch, "赵远")
        trail.record(
            AuditEvent.Verb.EXPORTED, by=auditor, target="report:duty-ledger", organization_id=county.far_branch.pk
        )
        look(other, secretary)
        for query, shown, hidden in (
            ({"verb": "exported"}, "关怀任务台账", "王建国"),
            ({"actor": "李书"}, "王建国", "关怀任务台账"),
            ({"person": str(other.pk)}, "赵远", "王建国"),
            ({"organization": county.town.code}, "王建国", "赵远"),
        ):
            seen = page(auditor, **query)
            assert shown in seen, query
            assert hidden not in seen, query

    def test_the_period_counts_whole_days(self, auditor: User, looks: dict[str, AuditEvent]) -> None:
        day = looks["here"].at.date().isoformat()
        assert "王建国" in page(auditor, first=day, last=day)
        assert "王建国" not in page(auditor, first="2001-01-01", last="2001-12-31")

    @pytest.mark.parametrize(
        "query", [{"person": "nonsense"}, {"first": "x"}, {"page": "x"}, {"page": "99999"}, {"organization": "no"}]
    )
    def test_nonsense_is_told_and_breaks_nothing(self, auditor: User, looks: Any, query: dict[str, str]) -> None:
        page(auditor, **query)

    def test_an_organization_out_of_scope_is_not_an_answer(
        self, county: County, auditor: User, looks: dict[str, AuditEvent]
    ) -> None:
        assert "外县人" not in page(auditor, organization=county.other_county.code)


class TestWhoLookedAtOnePerson:
    def test_for_auditors_with_the_name(self, auditor: User, member: Member, looks: dict[str, AuditEvent]) -> None:
        seen = signed_in(auditor).get(reverse("audit:person", args=[member.pk])).content.decode()
        assert "李书记" in seen
        assert member.name in seen

    def test_for_audit_administrators_without(
        self, audit_admin: User, member: Member, looks: dict[str, AuditEvent]
    ) -> None:
        seen = signed_in(audit_admin).get(reverse("audit:person", args=[member.pk])).content.decode()
        assert "李书记" in seen
        assert member.name not in seen

    def test_out_of_scope_is_not_found(self, auditor: User, looks: dict[str, AuditEvent]) -> None:
        outside = UUID(looks["elsewhere"].person_id)
        assert signed_in(auditor).get(reverse("audit:person", args=[outside])).status_code == 404


def test_a_full_page_costs_what_a_short_one_costs(
    county: County, auditor: User, secretary: User, looks: dict[str, AuditEvent]
) -> None:
    client = signed_in(auditor)
    client.get(reverse(LIST))
    with CaptureQueriesContext(connection) as few:
        client.get(reverse(LIST))
    for number in range(60):
        look(people.member(county.branch if number % 2 else county.far_branch, f"李{number}"), secretary, "核对")
    with CaptureQueriesContext(connection) as many:
        seen = client.get(reverse(LIST)).content.decode()
    assert len(many) == len(few)
    assert "page=2" in seen
