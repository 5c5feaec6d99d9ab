from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from carehelp.accounts.models import User
from members.models import Member
from tests import people
from tests.conftest import County, signed_in
from tests.visits import duties
from visits import due_list
from visits.models import Duty
from visits.windows import standing, window

DAY = timedelta(days=1)


class TestTheDueList:
    def test_it_shows_the_whole_window_and_the_day_itself(self, secretary: User, duty: Duty) -> None:
        page = signed_in(secretary).get("/due/").content.decode()
        assert "可办理：11月19日—12月3日（当天 11月26日）" in page
        assert f"/log/duty/{duty.pk}/" in page

    def test_late_current_and_coming_stand_apart(self, secretary: User, member: Member, today: date) -> None:
        late = duties.duty(member, due=today - 8 * DAY, period="late")
        current = duties.duty(member, due=today - 7 * DAY, period="current")
        coming = duties.duty(member, due=today + 8 * DAY, period="coming")
        duties.duty(member, due=today + 60 * DAY, period="far")
        sections = signed_in(secretary).get("/due/").context["sections"]
        assert [[each.pk for each in section.rows] for section in sections] == [[late.pk], [current.pk], [coming.pk]]
        assert [section.count for section in sections] == [1, 1, 1]

    def test_what_has_ended_is_gone(self, secretary: User, duty: Duty, today: date) -> None:
        Duty.objects.update(status="void", ended_on=today, end_reason="去世")
        assert "王建国" not in signed_in(secretary).get("/due/").content.decode()

    def test_a_neighbour_sees_nothing_of_it(self, neighbour: User, duty: Duty) -> None:
        assert "王建国" not in signed_in(neighbour).get("/due/").content.decode()

    def test_an_auditor_sees_it_without_the_button(self, auditor: User, duty: Duty) -> None:
        page = signed_in(auditor).get("/due/").content.decode()
        assert "王建国" in page
        assert "/log/duty/" not in page

    def test_administrators_have_no_due_list(self, system_admin: User) -> None:
        assert signed_in(system_admin).get("/due/").status_code == 403

    @pytest.mark.parametrize("typed", ["单秀英", "秀英", "shanxiu", "sxy", "xy", " SXY "])
    def test_a_name_is_found_by_characters_pinyin_and_initials(
        self, typed: str, secretary: User, duty: Duty, county: County
    ) -> None:
        duties.duty(people.member(county.branch, "单秀英"), due=duty.due)
        sections = signed_in(secretary).get("/due/", {"q": typed}).context["sections"]
        assert [each.member.name for section in sections for each in section.rows] == ["单秀英"]

    @pytest.mark.parametrize("typed", ["'", "\\", "a' | 'b", "!!", "<script>", "%", "()&|:*"])
    def test_odd_characters_in_the_search_find_nobody(self, typed: str, secretary: User, duty: Duty) -> None:
        answer = signed_in(secretary).get("/due/", {"q": typed})
        assert answer.status_code == 200
        assert "<script>" not in answer.content.decode()

    def test_one_rule_alone(self, secretary: User, duty: Duty, today: date) -> None:
        other = duties.duty(duty.member, "leader-contact", due=date(2026, 12, 31), opens=date(2026, 1, 1))
        sections = signed_in(secretary).get("/due/", {"rule": "leader-contact"}).context["sections"]
        assert [each.pk for section in sections for each in section.rows] == [other.pk]

    def test_a_rule_that_does_not_exist_is_ignored(self, secretary: User, duty: Duty) -> None:
        assert "王建国" in signed_in(secretary).get("/due/", {"rule": "no-such"}).content.decode()

    def test_pages_follow_each_other_without_gap_or_repetition(
        self, secretary: User, county: County, today: date, monkeypatch: Any
    ) -> None:
        monkeypatch.setattr(due_list.section, "__kwdefaults__", {"size": 3, "after": ""})
        member = people.member(county.branch)
        made = {duties.duty(member, due=today + n // 4 * DAY, period=str(n)).pk for n in range(11)}
        seen: list[Any] = []
        client, after = signed_in(secretary), ""
        while True:
            section = client.get("/due/", {"section": "open", "after": after}).context["sections"][0]
            seen += [each.pk for each in section.rows]
            after = section.next_after
            if not after:
                break
        assert len(seen) == len(made)
        assert set(seen) == made

    def test_a_broken_position_begins_anew(self, secretary: User, duty: Duty) -> None:
        answer = signed_in(secretary).get("/due/", {"section": "open", "after": "2026-13-45,zzz"})
        assert "王建国" in answer.content.decode()

    def test_more_rows_take_no_more_queries(self, secretary: User, county: County, today: date) -> None:
        def queries() -> int:
            client = signed_in(secretary)
            with CaptureQueriesContext(
                connection,
            ) as seen:
                client.get("/due/")
            return len(seen)

        duties.duty(people.member(county.branch), due=today)
        few = queries()
        for n in range(8):
            duties.duty(people.member(county.branch), due=today + n * DAY, period=f"2026-{n}")
        assert queries() == few

    def test_names_are_text_and_nothing_else(self, secretary: User, county: County, today: date) -> None:
        duties.duty(people.member(county.branch, "<img src=x onerror=alert(1)>"), due=today)
        assert "<img src=x" not in signed_in(secretary).get("/due/").content.decode()


class TestWordsForAWindow:
    def test_a_window_without_grace_names_first_and_last_day(self, member: Member, today: date) -> None:
        duty = duties.duty(member, "leader-contact", due=date(2026, 12, 31), opens=date(2026, 1, 1))
        assert window(duty, today) == "1月1日—12月31日"

    def test_years_are_named_when_they_differ(self, member: Member, today: date) -> None:
        duty = duties.duty(member, due=date(2026, 12, 30))
        assert window(duty, today) == "2026年12月23日—2027年1月6日（当天 2026年12月30日）"

    @pytest.mark.parametrize(
        ("days", "words"),
        [(8, "已超期 1 天"), (7, "今天是最后一天"), (6, "还剩 1 天"), (-7, "还剩 14 天"), (-8, "11月25日起")],
    )
    def test_lateness_and_time_left_are_said_in_words(self, days: int, words: str, member: Member, today: date) -> None:
        assert standing(duties.duty(member, due=today - days * DAY), today) == words


class TestChoosingForWhom:
    def test_people_due_stand_on_top(self, secretary: User, duty: Duty) -> None:
        page = signed_in(secretary).get("/log/").content.decode()
        assert f"/log/duty/{duty.pk}/" in page

    def test_a_search_finds_people_without_duties(self, secretary: User, county: County) -> None:
        found = people.member(county.branch, "欧阳明华")
        page = signed_in(secretary).get("/log/", {"q": "oymh"}).content.decode()
        assert f"/log/person/{found.pk}/" in page

    def test_htmx_gets_the_fragment_alone(self, secretary: User, member: Member) -> None:
        page = signed_in(secretary).get("/log/", {"q": "王"}, headers={"HX-Request": "true"}).content.decode()
        assert page.strip().startswith('<div id="found"')

    def test_nobody_of_another_branch_is_found(self, neighbour: User, member: Member) -> None:
        assert f"{member.pk}" not in signed_in(neighbour).get("/log/", {"q": "王建国"}).content.decode()

    def test_an_auditor_cannot_start(self, auditor: User) -> None:
        assert signed_in(auditor).get("/log/").status_code == 403
