from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from carehelp.accounts.models import User
from carehelp.audit.models import AuditEvent
from carehelp.lib.fields import reveal
from members import people as acts
from members.models import Member
from tests import people
from tests.conftest import County, signed_in
from tests.people import TODAY

NO_FORMS = ["edit", "transfer", "death", "leaving", "suspend", "restore", "put-back"]


def url(name: str, member: Member, *more: str) -> str:
    return reverse(f"members:{name}", args=[member.pk, *more])


def text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def posted(member: Member, **changed: str) -> dict[str, str]:
    """What the edit form sends when only `changed` was typed."""
    return {
        "name": member.name, "sex": member.sex, "birth_on": str(member.birth_on), "ethnicity": member.ethnicity,
        "education": member.education, "occupation": member.occupation, "category": member.category,
        "joined_on": str(member.joined_on), "full_on": str(member.full_on or ""), "suspended_days": "0",
        "seen": str(acts.newest_change(member)),
    } | changed  # fmt: skip


class TestWhatIsShown:
    def test_sensitive_facts_are_masked_and_nothing_is_recorded(self, member: Member, secretary: User) -> None:
        page = text(signed_in(secretary), url("detail", member))
        for field in acts.SEALED:
            assert not reveal(member, field) or reveal(member, field) not in page
        assert "619901********" in page
        assert "199****1111" in page
        assert "云岭县红旗镇****" in page
        assert not AuditEvent.objects.filter(person_id=str(member.pk)).exists()

    def test_a_month_without_its_day_says_so(self, county: County, officer: User) -> None:
        member = people.member(
            county.branch, birth_on=date(1950, 1, 1), joined_on=date(1974, 5, 1), joined_precision="month", full_on=None
        )
        page = text(signed_in(officer), url("detail", member))
        assert "1974年5月" in page
        assert "1974年5月1日" not in page
        assert "档案仅记载到月" in page
        assert "党龄 52 年：1974年5月起算，无预备期时期入党" in page

    def test_changes_name_who_when_old_and_new(self, member: Member, officer: User) -> None:
        acts.correct(member, by=officer, today=TODAY, occupation="离退休人员", phone="19900002222")
        page = text(signed_in(officer), url("detail", member))
        assert "张干事" in page
        assert "<del>农牧渔民</del>" in page
        assert "<ins>离退休人员</ins>" in page
        assert "已变更（内容不显示）" in page
        assert "19900002222" not in page

    def test_a_move_names_no_organization_outside_the_readers_area(
        self, county: County, secretary: User, officer: User
    ) -> None:
        member = people.member(county.far_branch)
        acts.move_members([member], to=county.branch, by=officer, today=TODAY)
        assert "青山镇柳林村党支部" not in text(signed_in(secretary), url("detail", member))
        assert "青山镇柳林村党支部" in text(signed_in(officer), url("detail", member))

    def test_as_many_queries_for_fifty_changes_as_for_one(
        self, member: Member, officer: User, django_assert_max_num_queries
    ) -> None:
        counts = []
        for more in (1, 50):
            for number in range(more):
                acts.correct(member, by=officer, today=TODAY, occupation=f"岗位{more}-{number}")
            client = signed_in(officer)
            with django_assert_max_num_queries(25) as queries:
                client.get(url("detail", member))
            counts.append(len(queries))
        assert counts[0] == counts[1]


class TestWhoMay:
    @pytest.mark.parametrize("role", ["neighbour", "other_officer"])
    def test_out_of_scope_there_is_nobody(self, member: Member, role: str, request: pytest.FixtureRequest) -> None:
        client = signed_in(request.getfixturevalue(role))
        for name in ("detail", *NO_FORMS):
            assert client.get(url(name, member)).status_code == 404
        assert client.get(url("unmask", member, "contact")).status_code == 404

    @pytest.mark.parametrize("role", ["auditor", "fund_officer"])
    def test_who_only_reads_gets_no_form_and_no_button(
        self, member: Member, role: str, request: pytest.FixtureRequest
    ) -> None:
        client = signed_in(request.getfixturevalue(role))
        page = text(client, url("detail", member))
        assert "查看完整" not in page
        assert not any(url(name, member) in page for name in NO_FORMS)
        for name in NO_FORMS:
            assert client.get(url(name, member)).status_code == 403
            assert client.post(url(name, member), {"died_on": "2026-01-01"}).status_code == 403
        assert (
            client.post(url("unmask", member, "contact"), {"purpose": "visit", "words": "联系走访"}).status_code == 403
        )
        assert client.get(reverse("members:enroll")).status_code == 403
        member.refresh_from_db()
        assert member.is_in_place

    @pytest.mark.parametrize("role", ["system_admin", "security_admin", "audit_admin", "stranger"])
    def test_administrators_see_nobody(self, member: Member, role: str, request: pytest.FixtureRequest) -> None:
        assert signed_in(request.getfixturevalue(role)).get(url("detail", member)).status_code in (403, 404)


class TestUnmasking:
    def test_one_group_is_shown_once_and_recorded_with_the_reason(self, member: Member, secretary: User) -> None:
        client = signed_in(secretary)
        response = client.post(url("unmask", member, "contact"), {"purpose": "visit", "words": "明天上门走访"})
        page = response.content.decode()
        assert reveal(member, "phone") in page
        assert reveal(member, "id_number") not in page
        assert "no-store" in response.headers["Cache-Control"]
        event = AuditEvent.objects.get(person_id=str(member.pk))
        assert (event.verb, event.actor_id, event.reason) == ("unmasked", secretary.pk, "visit: 明天上门走访")
        assert event.detail == {"fields": ["phone", "landline"]}
        assert reveal(member, "phone") not in text(client, url("detail", member))

    @pytest.mark.parametrize(
        "reason",
        [
            {},
            {"purpose": "visit", "words": " 走 "},
            {"purpose": "visit", "words": "走      走"},
            {"purpose": "", "words": "明天上门走访"},
        ],
    )
    def test_without_a_reason_nothing_is_shown(self, member: Member, secretary: User, reason: dict[str, str]) -> None:
        page = signed_in(secretary).post(url("unmask", member, "contact"), reason).content.decode()
        assert reveal(member, "phone") not in page
        assert not AuditEvent.objects.filter(person_id=str(member.pk)).exists()

    def test_asking_shows_nothing(self, member: Member, secretary: User) -> None:
        assert reveal(member, "phone") not in text(signed_in(secretary), url("unmask", member, "contact"))

    def test_the_fragment_hides_itself(self, member: Member, secretary: User) -> None:
        page = signed_in(secretary).post(
            url("unmask", member, "address"),
            {"purpose": "visit", "words": "明天上门走访"},
            headers={"HX-Request": "true"},
        )
        assert 'data-hide-after="60"' in page.content.decode()
        assert "<html" not in page.content.decode()

    def test_an_unknown_group_is_nowhere(self, member: Member, secretary: User) -> None:
        assert signed_in(secretary).get(url("unmask", member, "everything")).status_code == 404


class TestEditing:
    def test_only_what_was_typed_is_written(self, member: Member, secretary: User) -> None:
        before = bytes(member.phone)
        response = signed_in(secretary).post(url("edit", member), posted(member, occupation="离退休人员"))
        assert response.status_code == 302
        member.refresh_from_db()
        assert (member.occupation, bytes(member.phone)) == ("离退休人员", before)

    def test_the_form_shows_no_sealed_fact(self, member: Member, secretary: User) -> None:
        page = text(signed_in(secretary), url("edit", member))
        assert reveal(member, "id_number") not in page
        assert "619901********" in page

    def test_a_sealed_fact_is_replaced_or_cleared(self, member: Member, secretary: User) -> None:
        client = signed_in(secretary)
        client.post(url("edit", member), posted(member, phone="19900003333", address="无"))
        member.refresh_from_db()
        assert (reveal(member, "phone"), member.address) == ("19900003333", None)

    def test_a_birth_date_that_contradicts_the_number_on_file_is_refused(self, member: Member, secretary: User) -> None:
        page = signed_in(secretary).post(url("edit", member), posted(member, birth_on="1961-03-05"))
        assert "与身份证号码中的出生日期不一致" in page.content.decode()

    def test_somebody_elses_number_is_refused_without_saying_whose(
        self, member: Member, county: County, secretary: User
    ) -> None:
        other = people.member(county.other_county_branch, "外县人")
        page = signed_in(secretary).post(url("edit", member), posted(member, id_number=reveal(other, "id_number")))
        assert "该身份证号码已在名册中" in page.content.decode()
        assert "外县人" not in page.content.decode()
        assert "新民村" not in page.content.decode()

    def test_month_only_is_kept_as_such(self, member: Member, secretary: User) -> None:
        signed_in(secretary).post(url("edit", member), posted(member, joined_month_only="on", joined_on="1990-07-15"))
        member.refresh_from_db()
        assert (member.joined_on, member.joined_precision) == (date(1990, 7, 1), "month")

    def test_two_at_once_the_second_sees_what_changed_and_keeps_the_typing(
        self, member: Member, secretary: User, officer: User
    ) -> None:
        typed = posted(member, occupation="医生")
        acts.correct(member, by=officer, today=TODAY, occupation="教师", education="大学")
        client = signed_in(secretary)
        page = client.post(url("edit", member), typed).content.decode()
        assert "他人已变更该党员信息" in page
        assert "张干事" in page
        assert "<ins>教师</ins>" in page
        assert 'value="医生"' in page
        assert 'value="大学"' in page  # Left alone by the second, so the first one's word stands.
        member.refresh_from_db()
        assert member.occupation == "教师"
        again = typed | {"education": "大学", "seen": str(acts.newest_change(member))}
        assert client.post(url("edit", member), again).status_code == 302
        member.refresh_from_db()
        assert (member.occupation, member.education) == ("医生", "大学")


class TestActs:
    def test_a_death(self, member: Member, secretary: User) -> None:
        client = signed_in(secretary)
        assert client.post(url("death", member), {"died_on": "2026-11-20"}).status_code == 302
        assert "已去世" in text(client, url("detail", member))
        assert 'role="alert"' in client.post(url("death", member), {"died_on": "2026-11-21"}).content.decode()
        member.refresh_from_db()
        assert member.died_on == date(2026, 11, 20)

    def test_an_impossible_day_is_explained(self, member: Member, secretary: User) -> None:
        page = signed_in(secretary).post(url("death", member), {"died_on": "2027-01-01"})
        assert page.status_code == 200
        assert 'role="alert"' in page.content.decode()

    def test_suspending_restoring_leaving_and_coming_back(self, member: Member, secretary: User) -> None:
        client = signed_in(secretary)
        for name, data in (
            ("suspend", {"suspended_on": "2026-01-01"}),
            ("restore", {"restored_on": "2026-01-11"}),
            ("leaving", {"left_on": "2026-11-01", "reason": "转往外省"}),
            ("put-back", {"reason": "转回"}),
        ):
            assert client.post(url(name, member), data).status_code == 302, name
        member.refresh_from_db()
        assert (member.suspended_days, member.is_in_place) == (10, True)

    def test_a_move_goes_only_within_the_own_area(
        self, member: Member, county: County, secretary: User, officer: User
    ) -> None:
        refused = signed_in(secretary).post(url("transfer", member), {"to": "610102"})
        assert refused.status_code == 200
        assert "前进村" not in refused.content.decode().replace('value="610102"', "")
        assert (
            signed_in(officer).post(url("transfer", member), {"to": "红旗镇前进村党支部（610102）"}).status_code == 302
        )
        member.refresh_from_db()
        assert member.organization == county.neighbour_branch

    def test_suggestions_come_from_the_own_area(self, county: County, secretary: User, officer: User) -> None:
        address = f"{reverse('members:organization-options')}?for=roster&name=to&to=前进"
        assert "前进" not in text(signed_in(secretary), address)
        assert "红旗镇前进村党支部（610102）" in text(signed_in(officer), address)


class TestEnrolling:
    def facts(self, **changed: str) -> dict[str, str]:
        born = date(1980, 5, 6)
        return {
            "branch": "610101", "name": "新同志", "sex": "male", "birth_on": str(born), "category": "full",
            "id_number": people.id_number(born), "joined_on": "2005-07-01", "full_on": "2006-07-01",
        } | changed  # fmt: skip

    def test_a_new_person_stands_on_the_roster(self, county: County, secretary: User) -> None:
        response = signed_in(secretary).post(reverse("members:enroll"), self.facts())
        assert response.status_code == 302
        assert Member.objects.get().name == "新同志"

    @pytest.mark.parametrize(
        ("changed", "message"),
        [
            ({"sex": "female"}, "与身份证号码中的性别不一致"),
            ({"birth_on": "1980-05-07"}, "与身份证号码中的出生日期不一致"),
            ({"id_number": "619901198005060000"}, "校验码不符"),
            ({"joined_on": "2027-01-01"}, "尚未到来"),
            ({"branch": "610102"}, "职责范围内没有该党组织"),
        ],
    )
    def test_what_does_not_agree_is_refused(
        self, county: County, secretary: User, changed: dict[str, str], message: str
    ) -> None:
        page = signed_in(secretary).post(reverse("members:enroll"), self.facts(**changed)).content.decode()
        assert message in page
        assert not Member.objects.exists()

    def test_a_secretary_of_one_branch_need_not_name_it(self, county: County, secretary: User) -> None:
        assert "红旗镇东风村党支部（610101）" in text(signed_in(secretary), reverse("members:enroll"))
