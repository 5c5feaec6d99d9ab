"""The catalogue and the list of records to complete."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from members.models import Member
from tests import people
from tests.conftest import County, signed_in
from visits.models import PlanMark
from visits.planner import plan


def page(client: Client, **query: Any) -> str:
    response = client.get("/records-to-complete/", query)
    assert response.status_code == 200
    return response.content.decode()


class TestCatalogue:
    @pytest.mark.parametrize("who", ["secretary", "auditor", "audit_admin", "stranger"])
    def test_is_for_everybody_who_has_signed_in(self, who: str, request: pytest.FixtureRequest) -> None:
        text = signed_in(request.getfixturevalue(who)).get("/rules/").content.decode()
        for words in ("政治生日", "第六条第二款", "提前7天开启", "党员领导干部负责", "以谈心谈话完成"):
            assert words in text

    def test_strangers_to_the_product_have_to_sign_in(self, db: None) -> None:
        assert Client().get("/rules/").status_code == 302

    def test_says_when_nothing_is_planned_yet(self, secretary: Any) -> None:
        assert "关怀任务尚未生成" in signed_in(secretary).get("/rules/").content.decode()

    def test_warns_when_planning_is_behind(self, secretary: Any) -> None:
        plan(date(2026, 11, 20))
        assert "仅生成至2026年11月20日" in signed_in(secretary).get("/rules/").content.decode()

    def test_says_through_which_day_duties_are_planned(self, secretary: Any) -> None:
        plan(people.TODAY)
        text = signed_in(secretary).get("/rules/").content.decode()
        assert "已生成至2026年11月24日" in text
        assert "仅生成至" not in text

    def test_names_a_rule_whose_last_attempt_failed(self, secretary: Any) -> None:
        plan(people.TODAY)
        PlanMark.objects.filter(rule_code="medal-50").update(failed_at="2026-11-24T08:00+08:00", failure="secret")
        text = signed_in(secretary).get("/rules/").content.decode()
        assert text.count("上次生成失败") == 1
        assert "secret" not in text

    def test_leads_only_those_to_people_who_may_see_people(self, secretary: Any, system_admin: Any) -> None:
        assert "/records-to-complete/" in signed_in(secretary).get("/rules/").content.decode()
        assert "/records-to-complete/" not in signed_in(system_admin).get("/rules/").content.decode()


class TestRecordsToComplete:
    def test_names_whose_party_age_cannot_be_reckoned_and_what_is_missing(self, county: County, secretary: Any) -> None:
        people.member(county.branch, name="缺转正", full_on=None)
        people.member(
            county.branch, name="无预备期", joined_on=date(1972, 1, 1), birth_on=date(1950, 1, 1), full_on=None
        )
        people.member(county.branch, name="齐全")
        text = page(signed_in(secretary))
        assert "缺转正" in text
        assert "缺少转正日期" in text
        assert "当年直接转正" not in text
        assert "齐全" not in text

    def test_probation_is_no_gap_until_it_has_lasted_too_long(self, county: County, secretary: Any) -> None:
        young = {"category": "probationary", "full_on": None}
        people.member(county.branch, name="刚入党", joined_on=date(2026, 1, 1), **young)
        people.member(county.branch, name="拖久了", joined_on=date(2024, 11, 24), **young)
        text = page(signed_in(secretary))
        assert "刚入党" not in text
        assert "预备期已超过两年" in text

    def test_the_dead_and_those_who_left_are_not_asked_for(self, county: County, secretary: Any) -> None:
        people.member(county.branch, full_on=None, died_on=date(2026, 1, 1))
        people.member(county.branch, full_on=None, left_on=date(2026, 1, 1))
        assert "档案均已补全" in page(signed_in(secretary))

    def test_a_neighbour_sees_none_of_them(self, county: County, neighbour: Any, other_officer: Any) -> None:
        people.member(county.branch, name="缺转正", full_on=None)
        assert "缺转正" not in page(signed_in(neighbour))
        assert "缺转正" not in page(signed_in(other_officer))

    def test_who_may_see_no_people_is_refused(self, audit_admin: Any) -> None:
        assert signed_in(audit_admin).get("/records-to-complete/").status_code == 403

    def test_can_be_narrowed_to_an_organization_in_scope(self, county: County, officer: Any) -> None:
        people.member(county.branch, name="东风人", full_on=None)
        people.member(county.far_branch, name="柳林人", full_on=None)
        text = page(signed_in(officer), organization=county.town.pk)
        assert "东风人" in text
        assert "柳林人" not in text

    @pytest.mark.parametrize("asked", ["other", "0", "x", "-1", "9" * 30])
    def test_an_organization_out_of_scope_is_not_found(self, county: County, officer: Any, asked: str) -> None:
        pk = str(county.other_county.pk) if asked == "other" else asked
        assert signed_in(officer).get("/records-to-complete/", {"organization": pk}).status_code == 404

    def test_can_be_narrowed_by_a_part_of_the_branch_name(self, county: County, officer: Any) -> None:
        people.member(county.branch, name="东风人", full_on=None)
        people.member(county.far_branch, name="柳林人", full_on=None)
        text = page(signed_in(officer), branch="柳林")
        assert "柳林人" in text
        assert "东风人" not in text

    @pytest.mark.parametrize("typed", ["%", "_", "\0", "'", "<script>alert(1)</script>", "支" * 500])
    def test_whatever_is_typed_is_only_looked_for(self, county: County, officer: Any, typed: str) -> None:
        text = page(signed_in(officer), branch=typed, page="x")
        assert "<script>alert" not in text

    def test_pages_through_them_with_a_constant_number_of_queries(
        self, county: County, officer: Any, django_assert_num_queries: Any
    ) -> None:
        for _ in range(3):
            people.member(county.branch, full_on=None)
        client = signed_in(officer)
        page(client)
        with django_assert_num_queries(7) as few:
            page(client)
        made = [people.member(county.branch, name=f"第{number}人", full_on=None) for number in range(57)]
        with django_assert_num_queries(len(few)):
            first = page(client)
        second = page(client, page=2)
        assert "60" in first
        assert "下一页" in first
        assert "上一页" in second
        assert sum(member.name in first for member in made) + sum(member.name in second for member in made) >= 57
        assert Member.objects.count() == 60
        assert "本页没有内容" in page(client, page=9)
