"""Windows: pure dates, no database."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visits.calendar import Occurrence, in_window_on, of_year, opening_between, years_before
from visits.rules.vocabulary import (
    Anniversary,
    AtStart,
    Dates,
    DaysBefore,
    Every,
    Festivals,
    OnDayOfYear,
    OnEvent,
    When,
    Window,
    Yearly,
)

BIRTHDAY = Anniversary("joined"), Window(DaysBefore(7), 7)
MEDAL = Yearly(7, 1), Window(OnDayOfYear(3, 1))
FESTIVALS = Festivals(("new-year", "spring-festival", "july-1")), Window(DaysBefore(30))
CONTACT = Every("year"), Window(AtStart())
RULES = [BIRTHDAY, MEDAL, FESTIVALS, CONTACT, (Every("quarter"), Window(AtStart(), 10)), (Every("month"), CONTACT[1])]
days = st.dates(date(1951, 1, 1), date(2097, 12, 31))


def of_key(key: int, year: int) -> Occurrence:
    (found,) = [one for one in of_year(*BIRTHDAY, year) if key in one.joined_keys]
    return found


class TestPoliticalBirthday:
    def test_it_opens_seven_days_before_and_has_seven_days_of_grace(self) -> None:
        assert of_key(701, 2026).dates == Dates(date(2026, 6, 24), date(2026, 7, 1), date(2026, 7, 8))

    def test_the_window_reaches_back_over_new_year(self) -> None:
        assert of_key(103, 2027).dates == Dates(date(2026, 12, 27), date(2027, 1, 3), date(2027, 1, 10))
        assert of_key(103, 2027).period == "2027"

    def test_the_29th_of_february_is_kept_on_the_28th_in_common_years(self) -> None:
        assert of_key(229, 2027).dates.due == of_key(228, 2027).dates.due == date(2027, 2, 28)

    def test_the_29th_of_february_is_kept_on_itself_in_leap_years(self) -> None:
        assert of_key(229, 2028).dates.due == date(2028, 2, 29)
        assert of_key(228, 2028).dates.due == date(2028, 2, 28)

    def test_1900_is_no_leap_year_and_2000_is_one(self) -> None:
        assert of_key(229, 1900).dates.due == date(1900, 2, 28)
        assert of_key(229, 2000).dates.due == date(2000, 2, 29)

    def test_a_month_without_its_day_opens_on_the_1st_and_is_due_at_its_end(self) -> None:
        assert of_key(700, 2026).dates == Dates(date(2026, 7, 1), date(2026, 7, 31), date(2026, 8, 7))
        assert of_key(200, 2028).dates.due == date(2028, 2, 29)

    @given(joined=days, year=st.integers(1951, 2097))
    def test_everybody_has_exactly_one_a_year(self, joined: date, year: int) -> None:
        due = of_key(joined.month * 100 + joined.day, year).dates.due
        assert due.year == year
        assert (due.month, due.day) == (joined.month, joined.day) or (joined.day, due.day) == (29, 28)


class TestOtherTriggers:
    def test_the_medal_list_opens_in_march_and_is_due_on_1_july(self) -> None:
        (one,) = of_year(*MEDAL, 2026)
        assert one.dates == Dates(date(2026, 3, 1), date(2026, 7, 1), date(2026, 7, 1))

    def test_festivals_name_their_year(self) -> None:
        found = {one.period: one.dates for one in of_year(*FESTIVALS, 2026)}
        assert found == {
            "2026-new-year": Dates(date(2025, 12, 2), date(2026, 1, 1), date(2026, 1, 1)),
            "2026-spring-festival": Dates(date(2026, 1, 18), date(2026, 2, 17), date(2026, 2, 17)),
            "2026-july-1": Dates(date(2026, 6, 1), date(2026, 7, 1), date(2026, 7, 1)),
        }

    def test_a_year_runs_from_its_first_day_to_its_last(self) -> None:
        (one,) = of_year(*CONTACT, 2026)
        assert (one.period, one.dates.opens, one.dates.due) == ("2026", date(2026, 1, 1), date(2026, 12, 31))

    @pytest.mark.parametrize(
        ("unit", "periods"),
        [
            ("half-year", ["2026-H1", "2026-H2"]),
            ("quarter", ["2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4"]),
            ("month", [f"2026-{month:02}" for month in range(1, 13)]),
        ],
    )
    def test_stretches_follow_each_other_without_a_gap(self, unit: str, periods: list[str]) -> None:
        found = list(of_year(Every(unit), Window(AtStart()), 2026))
        assert [one.period for one in found] == periods
        assert found[0].dates.opens == date(2026, 1, 1)
        assert found[-1].dates.due == date(2026, 12, 31)
        for earlier, later in zip(found, found[1:], strict=False):
            assert later.dates.opens == earlier.dates.due + timedelta(days=1)

    def test_an_event_has_no_calendar(self) -> None:
        assert opening_between(OnEvent("next-step"), Window(DaysBefore(7)), date(2026, 1, 1), date(2027, 1, 1)) == []


class TestLookingForOccurrences:
    @pytest.mark.parametrize("rule", RULES, ids=lambda rule: type(rule[0]).__name__)
    @given(first=days, one=st.integers(0, 400), two=st.integers(0, 400))
    def test_two_intervals_one_after_the_other_give_what_the_whole_gives(
        self, rule: tuple[When, Window], first: date, one: int, two: int
    ) -> None:
        middle, last = first + timedelta(days=one), first + timedelta(days=one + two)
        halves = opening_between(*rule, first, middle) + opening_between(*rule, middle + timedelta(days=1), last)
        assert halves == opening_between(*rule, first, last)

    @pytest.mark.parametrize("rule", RULES, ids=lambda rule: type(rule[0]).__name__)
    @given(day=days)
    def test_what_is_in_its_window_opened_some_day_before(self, rule: tuple[When, Window], day: date) -> None:
        opened = opening_between(*rule, day - timedelta(days=800), day)
        assert in_window_on(*rule, day) == [one for one in opened if one.dates.grace_until >= day]

    @pytest.mark.parametrize("rule", RULES, ids=lambda rule: type(rule[0]).__name__)
    @given(day=days)
    def test_windows_are_in_order(self, rule: tuple[When, Window], day: date) -> None:
        for one in in_window_on(*rule, day):
            assert one.dates.opens <= one.dates.due <= one.dates.grace_until


class TestFullYears:
    @given(day=st.dates(date(1990, 1, 1), date(2099, 12, 31)), years=st.integers(1, 100), shift=st.integers(-400, 400))
    def test_whoever_began_by_the_cutoff_has_the_years(self, day: date, years: int, shift: int) -> None:
        cutoff = years_before(day, years)
        began = cutoff + timedelta(days=shift)
        full = day.year - began.year - ((day.month, day.day) < (began.month, began.day))
        assert (full >= years) == (began <= cutoff)
