from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members import dates, party_age
from members.models import Member
from tests import people
from tests.conftest import County

NO_PROBATION, FULL, UNKNOWN = Member.AgeBasis.NO_PROBATION, Member.AgeBasis.FULL_MEMBERSHIP, Member.AgeBasis.UNKNOWN
DAYS = st.dates(date(1921, 7, 1), date(2100, 12, 31))


class TestWhereItBegins:
    @pytest.mark.parametrize(
        ("joined_on", "basis"),
        [
            (date(1969, 4, 13), UNKNOWN),
            (date(1969, 4, 14), NO_PROBATION),
            (date(1977, 8, 17), NO_PROBATION),
            (date(1977, 8, 18), UNKNOWN),
        ],
    )
    def test_the_years_without_probation_have_exact_borders(self, joined_on: date, basis: str) -> None:
        age = party_age.reckon(joined_on=joined_on, full_on=None)
        assert age.basis == basis
        assert age.counts_from == (joined_on if basis == NO_PROBATION else None)

    def test_outside_those_years_it_begins_with_full_membership(self) -> None:
        age = party_age.reckon(joined_on=date(1977, 8, 18), full_on=date(1978, 8, 18))
        assert (age.counts_from, age.basis) == (date(1978, 8, 18), FULL)

    def test_within_those_years_a_later_date_of_full_membership_changes_nothing(self) -> None:
        age = party_age.reckon(joined_on=date(1974, 5, 3), full_on=date(1975, 5, 3))
        assert (age.counts_from, age.basis) == (date(1974, 5, 3), NO_PROBATION)

    @pytest.mark.parametrize("month", [date(1969, 4, 1), date(1977, 8, 1)])
    def test_a_file_that_names_only_a_month_on_the_border_does_not_decide(self, month: date) -> None:
        assert party_age.reckon(joined_on=month, full_on=None, joined_precision="month").basis == UNKNOWN
        dated = party_age.reckon(joined_on=month, full_on=date(1978, 9, 1), joined_precision="month")
        assert dated.counts_from == date(1978, 9, 1)

    @pytest.mark.parametrize("month", [date(1969, 5, 1), date(1977, 7, 1)])
    def test_any_other_month_in_those_years_decides(self, month: date) -> None:
        age = party_age.reckon(joined_on=month, full_on=None, joined_precision="month")
        assert (age.counts_from, age.basis) == (month, NO_PROBATION)

    def test_suspended_days_do_not_count(self) -> None:
        age = party_age.reckon(joined_on=date(1974, 5, 3), full_on=None, suspended_days=365)
        assert age.counts_from == date(1975, 5, 3)
        assert age.years_on(date(2024, 5, 3)) == 49


class TestFullYears:
    def test_a_year_is_full_on_its_anniversary(self) -> None:
        age = party_age.PartyAge(date(1976, 7, 1), FULL)
        assert (age.years_on(date(2026, 6, 30)), age.years_on(date(2026, 7, 1))) == (49, 50)

    def test_29_february_is_full_on_1_march_of_common_years(self) -> None:
        age = party_age.PartyAge(date(1976, 2, 29), NO_PROBATION)
        assert [age.years_on(date(2026, 2, 28)), age.years_on(date(2026, 3, 1)), age.years_on(date(2028, 2, 29))] == [
            49, 50, 52,
        ]  # fmt: skip

    def test_it_is_never_negative(self) -> None:
        assert party_age.PartyAge(date(2030, 1, 1), FULL).years_on(date(2026, 1, 1)) == 0

    def test_it_stands_still_while_membership_is_suspended(self) -> None:
        age = party_age.PartyAge(date(1976, 7, 1), FULL, paused_on=date(2020, 1, 1))
        assert age.years_on(date(2026, 7, 1)) == 43

    def test_nothing_to_reckon_from_gives_nothing(self) -> None:
        assert party_age.PartyAge(None, UNKNOWN).years_on(date(2026, 7, 1)) is None

    @given(start=DAYS, day=DAYS, years=st.integers(0, 120))
    def test_a_filter_by_years_says_the_same_as_the_number_shown(self, start: date, day: date, years: int) -> None:
        if day.year - years < 1900:
            return
        assert (start <= dates.years_before(day, years)) == (dates.full_years(start, day) >= years)

    @given(start=DAYS, days=st.integers(0, 40_000))
    def test_it_never_shrinks_from_one_day_to_the_next(self, start: date, days: int) -> None:
        day = start + timedelta(days=days)
        gained = dates.full_years(start, day + timedelta(days=1)) - dates.full_years(start, day)
        assert gained in (0, 1)


class TestTheSentence:
    def test_it_names_the_month_where_the_file_does(self, county: County) -> None:
        member = people.member(
            county.branch, birth_on=date(1950, 1, 1), joined_on=date(1974, 5, 1), joined_precision="month", full_on=None
        )
        assert party_age.sentence(member, today=people.TODAY) == "党龄 52 年：1974年5月起算，无预备期时期入党。"

    def test_it_says_what_is_missing(self, county: County) -> None:
        member = people.member(county.branch, full_on=None)
        assert party_age.sentence(member, today=people.TODAY) == "党龄无法计算：缺少转为正式党员日期。"

    def test_a_probationary_member_misses_nothing(self, county: County) -> None:
        member = people.member(county.branch, full_on=None, category="probationary")
        assert party_age.sentence(member, today=people.TODAY) == "预备党员，党龄自转为正式党员之日起计算。"

    def test_it_tells_of_suspension(self, county: County) -> None:
        member = people.member(county.branch, suspended_days=400, party_status="suspended")
        sentence = party_age.sentence(member, today=people.TODAY)
        assert "停止党籍的 400 天不计入" in sentence
        assert "党龄不增加" in sentence
