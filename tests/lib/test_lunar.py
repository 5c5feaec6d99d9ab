from datetime import date

import pytest
from lunardate import LunarDate

from carehelp.lib import lunar

MONTHS = [(year, month) for year in range(1950, 2100) for month in range(1, 13)]
# What the table of `lunardate` has otherwise: the new moon fell within minutes of midnight, and the table stands on
# the other side.  Mid-Autumn of 1978 was kept on 17 September in China; the month of 2057 is uncertain (the Hong Kong
# Observatory says so beside its tables).
OTHERWISE = {(1954, 11): date(1954, 11, 25), (1978, 8): date(1978, 9, 3), (2057, 9): date(2057, 9, 29)}


class TestAgainstAnotherLibrary:
    """One library reckons, the other reads a table: two ways to the same days."""

    def test_every_month_from_1950_to_2099_begins_on_the_same_day(self) -> None:
        ours = {(year, month): lunar.kept_on(year, month, 1) for year, month in MONTHS}
        theirs = {(year, month): LunarDate(year, month, 1).to_solar_date() for year, month in MONTHS}
        assert {key: day for key, day in ours.items() if day != theirs[key]} == OTHERWISE

    def test_every_month_has_the_same_number_of_days(self) -> None:
        for year, month in MONTHS:
            if {(year, month), (year, month + 1)} & OTHERWISE.keys():
                continue
            try:
                last = LunarDate(year, month, 30).to_solar_date()
            except ValueError:
                last = LunarDate(year, month, 29).to_solar_date()
            assert lunar.kept_on(year, month, 30) == last


class TestKnownDays:
    def test_spring_festivals_as_the_state_council_announced_them(self) -> None:
        assert lunar.spring_festival(2024) == date(2024, 2, 10)
        assert lunar.spring_festival(2025) == date(2025, 1, 29)
        assert lunar.spring_festival(2026) == date(2026, 2, 17)
        assert lunar.spring_festival(2027) == date(2027, 2, 6)

    def test_elders_day_and_mid_autumn_of_2026(self) -> None:
        assert lunar.double_ninth(2026) == date(2026, 10, 18)
        assert lunar.mid_autumn(2026) == date(2026, 9, 25)

    def test_mid_autumn_of_1978_as_it_was_kept_in_china(self) -> None:
        assert lunar.mid_autumn(1978) == date(1978, 9, 17)


class TestBirthdays:
    def test_a_day_30_that_the_month_lacks_is_kept_on_day_29(self) -> None:
        # The twelfth month of the lunar year 2025 has 29 days.
        assert lunar.kept_on(2025, 12, 30) == lunar.kept_on(2025, 12, 29) == date(2026, 2, 16)

    def test_a_birthday_in_a_leap_month_is_kept_in_the_ordinary_one(self) -> None:
        # 2025 has two sixth months; the first of them is the ordinary one.
        assert lunar.kept_on(2025, 6, 1) == date(2025, 6, 25)

    @pytest.mark.parametrize(("month", "day"), [(0, 1), (13, 1), (1, 0), (1, 31)])
    def test_what_is_no_day_is_refused(self, month: int, day: int) -> None:
        with pytest.raises(ValueError, match="no day of the lunar calendar"):
            lunar.kept_on(2026, month, day)

    def test_a_year_outside_the_tables_is_refused(self) -> None:
        with pytest.raises(ValueError, match="only 1900 to 2099"):
            lunar.spring_festival(2100)
