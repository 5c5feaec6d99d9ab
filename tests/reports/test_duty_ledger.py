"""The duty ledger: the same rows on paper and in the workbook, the same figures as on screen."""

from datetime import date, datetime
from pathlib import Path

import pytest

from carehelp.accounts.models import User
from carehelp.lib import clock
from carehelp.reports import duty_ledger, printing, sheets
from carehelp.reports.numbers import short_number
from carehelp.reports.periods import Period
from tests import people
from tests.conftest import County
from tests.reports import reading
from tests.visits import duties
from visits import compliance
from visits.models import Duty, PlanMark

YEAR = Period(date(2026, 1, 1), people.TODAY)
MADE = printing.Made("张干事", datetime(2026, 11, 24, 10, 30, tzinfo=clock.SHANGHAI))


def ledger(county: County, by: User | None = None, period: Period = YEAR) -> duty_ledger.Ledger:
    return duty_ledger.gather(county.county, period, by=by, today=people.TODAY)


class TestItsRows:
    def test_tell_every_outcome(self, county: County, outcomes: dict[str, Duty], planned: None) -> None:
        told = {row.duty_number: row for row in ledger(county).rows()}
        for outcome, duty in outcomes.items():
            assert told[short_number(duty.pk)].outcome == outcome
        done = told[short_number(outcomes["in-time"].pk)]
        assert (done.person, done.branch, done.article) == ("王建国", county.branch.name, "6.2")
        assert (done.ended_on, done.who_went) == (date(2026, 7, 2), "李书记、张委员")
        assert done.action_number == short_number(outcomes["in-time"].fulfilled_by_id)
        assert told[short_number(outcomes["waived"].pk)].reason == "本人放弃领取"

    def test_stop_where_the_period_stops(self, county: County, outcomes: dict[str, Duty], planned: None) -> None:
        spring = ledger(county, period=Period(date(2026, 1, 1), date(2026, 3, 31)))
        assert [row.outcome for row in spring.rows()] == ["late"]
        assert spring.count == 1

    def test_are_those_that_the_reader_may_export(
        self, county: County, outcomes: dict[str, Duty], planned: None, officer: User, other_officer: User
    ) -> None:
        assert len(list(ledger(county, officer).rows())) == 4
        assert list(ledger(county, other_officer).rows()) == []

    def test_cost_the_same_queries_for_one_and_for_many(
        self, county: County, outcomes: dict[str, Duty], planned: None, django_assert_num_queries: object
    ) -> None:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as few:
            list(ledger(county).rows())
        for number in range(20):
            duties.duty(people.member(county.neighbour_branch, f"李{number}"), due=date(2026, 5, 1))
        with CaptureQueriesContext(connection) as many:
            assert len(list(ledger(county).rows())) == 24
        assert len(many) == len(few)


class TestItsFigures:
    def test_are_those_of_the_screen(self, county: County, outcomes: dict[str, Duty], planned: None) -> None:
        told = ledger(county)
        assert told.total == compliance.tally(county.county, YEAR.ends, people.TODAY)
        assert told.count == len(list(told.rows())) == 4
        assert (told.total.done_in_time, told.total.done_late, told.total.waived, told.total.overdue) == (1, 1, 1, 1)
        assert told.percentage == 25

    def test_give_no_percentage_while_planning_is_behind(
        self, county: County, outcomes: dict[str, Duty], planned: None
    ) -> None:
        PlanMark.objects.filter(rule_code="medal-50").update(planned_through=date(2026, 11, 20))
        told = ledger(county)
        assert told.is_behind
        assert told.percentage is None

    def test_give_none_when_nothing_was_ever_planned(self, county: County, outcomes: dict[str, Duty]) -> None:
        assert ledger(county).is_behind
        assert ledger(county).percentage is None


class TestOnPaper:
    @pytest.fixture
    def text(self, county: County, outcomes: dict[str, Duty], planned: None, tmp_path: Path) -> str:
        printing.print_ledger(ledger(county), title="关怀任务台账", made=MADE, output=tmp_path / "ledger.pdf")
        return reading.text(tmp_path / "ledger.pdf")

    def test_says_whose_when_and_by_whom(self, text: str) -> None:
        for words in ("关怀任务台账", "中共云岭县委员会", "2026年1月1日", "2026年11月24日", "张干事", "10:30"):
            assert words in text

    def test_numbers_every_page(self, text: str) -> None:
        pages = text.removesuffix("\f").split("\f")
        for number, page in enumerate(pages, 1):
            assert f"第 {number} 页 共 {len(pages)} 页" in page

    def test_leads_back_to_article_person_and_record(self, text: str, outcomes: dict[str, Duty]) -> None:
        for duty in outcomes.values():
            assert short_number(duty.pk) in text
        for words in ("第6.2条", "王建国", "按期办结", "逾期办结", "逾期未办", "免办", "本人放弃领取"):
            assert words in text

    def test_has_the_chart_and_the_percentage(self, text: str) -> None:
        assert "近12个月" in text
        assert "25%" in text.replace(" ", "")


def test_paper_says_when_planning_is_behind(county: County, outcomes: dict[str, Duty], tmp_path: Path) -> None:
    printing.print_ledger(ledger(county), title="台账", made=MADE, output=tmp_path / "ledger.pdf")
    text = reading.text(tmp_path / "ledger.pdf")
    assert "故不计算比例" in text
    assert "25%" not in text.replace(" ", "")


def test_an_empty_ledger_says_so(county: County, planned: None, tmp_path: Path) -> None:
    printing.print_ledger(ledger(county), title="台账", made=MADE, output=tmp_path / "ledger.pdf")
    assert "没有到期的任务" in reading.text(tmp_path / "ledger.pdf")


def test_the_workbook_has_the_same_rows(
    county: County, outcomes: dict[str, Duty], planned: None, tmp_path: Path
) -> None:
    told = ledger(county)
    assert sheets.write_ledger(told, title="关怀任务台账", made=MADE, output=tmp_path / "ledger.xlsx") == 4
    book = reading.sheets(tmp_path / "ledger.xlsx")
    rows = [line for line in book["任务明细"] if line[0] in (1, 2, 3, 4)]
    assert [line[13] for line in rows] == [row.duty_number for row in told.rows()]
    assert [line[8] for line in rows] == [row.outcome_words for row in told.rows()]
    assert rows[0][6] == date(2026, 2, 17)
    assert rows[0][3] == "14.1"  # Text, not the number 14.1.
    assert book["按条款汇总"][-1][1:] == ["合计", 4, 1, 1, 1, 1, 1, 0]
