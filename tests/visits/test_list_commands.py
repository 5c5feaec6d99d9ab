"""The commands of planning: exactly one JSON object on standard output."""

import json
from datetime import date
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from members.models import Member
from tests import people
from tests.conftest import County
from visits.models import Duty


def run(*words: str) -> Any:
    out = StringIO()
    call_command(*words, stdout=out)
    return json.loads(out.getvalue())


class TestPlanDuties:
    def test_says_what_it_did(self, member: Member) -> None:
        said = run("plan_duties", "--on", "2026-07-01", "--json")
        assert said["on"] == said["planned_through"] == "2026-07-01"
        assert (said["created"], said["voided"], said["moved"], said["failed"]) == (2, 0, 0, [])
        assert {rule["code"]: rule["created"] for rule in said["rules"]} == {
            "political-birthday": 1, "medal-50": 0, "festival-visit": 0, "leader-contact": 1, "follow-up": 0,
        }  # fmt: skip

    def test_plans_today_when_no_day_is_given(self, member: Member) -> None:
        assert run("plan_duties", "--json")["on"] == people.TODAY.isoformat()

    def test_ends_with_status_1_when_a_rule_failed(
        self, member: Member, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def refuse(*_args: Any) -> Any:
            raise ValueError("not now")

        monkeypatch.setattr("visits.planner.give", refuse)
        out = StringIO()
        with pytest.raises(SystemExit) as end:
            call_command("plan_duties", "--on", "2026-07-01", "--json", stdout=out)
        said = json.loads(out.getvalue())
        assert end.value.code == 1
        assert said["failed"] == ["political-birthday", "medal-50", "festival-visit", "leader-contact"]
        assert said["rules"][0]["failed"] == "ValueError: not now"
        assert said["planned_through"] is None

    def test_speaks_in_words_without_json(self, member: Member) -> None:
        out = StringIO()
        call_command("plan_duties", "--on", "2026-07-01", stdout=out)
        assert out.getvalue() == "2026-07-01：新增 2 项，恢复 0 项，失效 0 项，随转移 0 项。\n"

    def test_a_day_that_is_none_is_refused(self, db: None) -> None:
        with pytest.raises(CommandError, match="--on"):
            call_command("plan_duties", "--on", "2026-02-30")


class TestListDuties:
    @pytest.fixture(autouse=True)
    def planned(self, county: County) -> None:
        people.member(county.branch, name="王建国")
        people.member(county.far_branch, name="李秀英")
        people.member(county.other_county_branch, name="外县人")
        call_command("plan_duties", "--on", "2026-07-01", stdout=StringIO())

    def test_names_everything_in_the_subtree(self) -> None:
        said = run("list_duties", "--organization", "61", "--on", "2026-07-01", "--json")
        assert (said["organization"], said["on"]) == ("61", "2026-07-01")
        assert {duty["member"] for duty in said["duties"]} == {"王建国", "李秀英"}
        birthday = next(duty for duty in said["duties"] if duty["rule"] == "political-birthday")
        wanted = {
            "article": "6.2", "member": "王建国", "case": None, "branch": "红旗镇东风村党支部", "period": "2026",
            "opens": "2026-06-24", "due": "2026-07-01", "grace_until": "2026-07-08", "status": "open",
        }  # fmt: skip
        assert wanted.items() <= birthday.items()

    @pytest.mark.parametrize(
        ("day", "status"),
        [("2026-06-23", None), ("2026-06-24", "open"), ("2026-07-08", "open"), ("2026-07-09", "overdue")],
    )
    def test_judges_as_of_the_day(self, day: str, status: str | None) -> None:
        said = run("list_duties", "--organization", "610101", "--on", day, "--json")
        found = [duty["status"] for duty in said["duties"] if duty["rule"] == "political-birthday"]
        assert found == ([status] if status else [])

    def test_what_has_ended_since_was_open_on_the_day(self) -> None:
        Duty.objects.update(status="void", ended_on=date(2026, 7, 3), end_reason="other")
        assert len(run("list_duties", "--organization", "610101", "--on", "2026-07-02", "--json")["duties"]) == 2
        assert run("list_duties", "--organization", "610101", "--on", "2026-07-03", "--json")["duties"] == []

    def test_an_unknown_code_is_refused_in_one_sentence(self) -> None:
        with pytest.raises(CommandError, match="no organization with the code 999"):
            call_command("list_duties", "--organization", "999", "--json")

    def test_speaks_in_words_without_json(self) -> None:
        out = StringIO()
        call_command("list_duties", "--organization", "610101", "--on", "2026-07-01", stdout=out)
        assert "2026-06-24  2026-07-01  open  政治生日  王建国  红旗镇东风村党支部" in out.getvalue()


class TestListRules:
    def test_names_code_article_title_and_whether_in_force(self, db: None) -> None:
        rules = {rule["code"]: rule for rule in run("list_rules", "--json")["rules"]}
        assert {"article": "6.2", "title": "政治生日", "in_force": True}.items() <= rules["political-birthday"].items()
        assert rules["leader-contact"]["sentence"].startswith("每名在册党员 · 每年")

    def test_speaks_in_words_without_json(self, db: None) -> None:
        out = StringIO()
        call_command("list_rules", stdout=out)
        assert "6.1   medal-50             “光荣在党50年”纪念章颁发" in out.getvalue()
