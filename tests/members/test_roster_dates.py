"""Dates in every style that rosters use."""

from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.roster.dates import EXCEL_EPOCH, ImpossibleDate, NoDate, ReadDate, read_date

WIDE = str.maketrans("0123456789.-/", "０１２３４５６７８９．－／")
DAY_STYLES = [
    lambda day: day,
    lambda day: datetime(day.year, day.month, day.day, 8, 30),
    lambda day: (day - EXCEL_EPOCH).days,
    lambda day: float((day - EXCEL_EPOCH).days),
    lambda day: str((day - EXCEL_EPOCH).days) if (day - EXCEL_EPOCH).days >= 10_000 else day,
    lambda day: f"{day:%Y%m%d}",
    lambda day: int(f"{day:%Y%m%d}"),
    lambda day: float(f"{day:%Y%m%d}"),
    lambda day: f"{day.year}-{day.month}-{day.day}",
    lambda day: f"{day:%Y-%m-%d}",
    lambda day: f"{day.year}/{day.month}/{day.day}",
    lambda day: f"{day:%Y/%m/%d} ",
    lambda day: f"{day.year}.{day.month}.{day.day}",
    lambda day: f"{day:%Y.%m.%d}".translate(WIDE),
    lambda day: f"{day.year}年{day.month}月{day.day}日",
    lambda day: f" {day.year} 年 {day.month} 月 {day.day} 日\u00a0",
    lambda day: f"{day:%Y-%m-%d} 00:00:00",
    lambda day: f"{day.year}-{day.month}-{day.day} 0:00",
]
MONTH_STYLES = [
    lambda day: f"{day:%Y.%m}",
    lambda day: f"{day:%Y%m}",
    lambda day: int(f"{day:%Y%m}"),
    lambda day: f"{day.year}年{day.month}月",
    lambda day: f"{day:%Y年%m月}",
    lambda day: f"{day.year}-{day.month}",
    lambda day: f"{day:%Y/%m}",
    lambda day: f"{day:%Y.%m}".translate(WIDE),
]
days = st.dates(date(1900, 3, 1), date(2099, 12, 31))


@given(days, st.sampled_from(DAY_STYLES))
def test_any_day_in_any_style_reads_back(day: date, style: Any) -> None:
    assert read_date(style(day)) == ReadDate(day, "day")


@given(days, st.sampled_from(MONTH_STYLES))
def test_any_month_keeps_its_precision(day: date, style: Any) -> None:
    assert read_date(style(day)) == ReadDate(day.replace(day=1), "month")


@given(st.one_of(st.text(), st.integers(), st.floats(), st.booleans(), st.none()))
def test_no_cell_makes_the_reader_stumble(cell: Any) -> None:
    try:
        found = read_date(cell)
    except (NoDate, ImpossibleDate):
        return
    assert found is None or 1900 <= found.day.year <= 2099


@pytest.mark.parametrize("nothing", ["", " ", "\u3000", "无", "—", "/", "-", "不详"])
def test_words_for_none_are_no_date(nothing: str) -> None:
    assert read_date(nothing) is None


@pytest.mark.parametrize(
    "text", ["七十年代初", "1987", "1987年", 1987, "87.7.1", "7月1日", True, "123456789012345678", 1987.1]
)
def test_what_names_no_day_or_month_is_unreadable(text: Any) -> None:
    with pytest.raises(NoDate):
        read_date(text)


@pytest.mark.parametrize("text", ["19870230", 19870230, "1987.13", "1987年2月29日", "198700", "1987-00-01", "18870101"])
def test_what_the_calendar_lacks_is_impossible(text: Any) -> None:
    with pytest.raises(ImpossibleDate):
        read_date(text)


@pytest.mark.parametrize(
    ("text", "day"), [("一九八七年七月一日", date(1987, 7, 1)), ("二〇二一年十二月三十一日", date(2021, 12, 31))]
)
def test_chinese_numerals_are_read(text: str, day: date) -> None:
    assert read_date(text) == ReadDate(day)


class TestOrder:
    def test_days_are_compared_by_day(self) -> None:
        assert ReadDate(date(1990, 6, 30)).before(ReadDate(date(1990, 7, 1)))

    def test_a_month_is_compared_by_month(self) -> None:
        assert not ReadDate(date(1990, 7, 1), "month").before(ReadDate(date(1990, 7, 20)))
        assert ReadDate(date(1990, 6, 30)).before(ReadDate(date(1990, 7, 1), "month"))
