"""Dates as rosters write them, with the precision that the file (档案) gives."""

import math
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from members.models.member import Precision
from members.roster.cells import text_of

DAY, MONTH = Precision.DAY.value, Precision.MONTH.value
EXCEL_EPOCH = date(1899, 12, 30)  # Day 0, right for every serial after Excel's imagined 29 February 1900.
SERIALS = range(61, 73_051)  # 1 March 1900 to 31 December 2099.
EARLIEST, LATEST = 1900, 2099

_SEPARATED = re.compile(r"(\d{4})[-/.年,、·](\d{1,2})(?:[-/.月,、·](\d{1,2})[日号]?|月?)$")
_EIGHT = re.compile(r"(\d{4})(\d{2})(\d{2})$")
_SIX = re.compile(r"(\d{4})(\d{2})$")
_CLOCK = re.compile(r"[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?$")
_TRAILING = re.compile(r"(?:日|号|[.。,、;])+$")
_WORDS = str.maketrans(
    {"〇": "0", "○": "0", "零": "0", "一": "1", "二": "2", "三": "3", "四": "4", "五": "5", "六": "6"}
    | {"七": "7", "八": "8", "九": "9"}
)
_CHINESE = re.compile(
    r"([0-9〇○零一二三四五六七八九]{4})年([0-9一二三四五六七八九十]{1,3})月(?:([0-9一二三四五六七八九十廿卅]{1,4})[日号]?)?$"
)


@dataclass(frozen=True, slots=True)
class ReadDate:
    """A civil date; with precision `month` the day is the 1st and means nothing."""

    day: date
    precision: str = DAY

    @property
    def is_month(self) -> bool:
        return self.precision == MONTH

    def agrees_with(self, exact: date) -> bool:
        """Whether `exact` can be what this names."""
        return self.day == (exact.replace(day=1) if self.is_month else exact)

    def before(self, other: "ReadDate") -> bool:
        """Certainly earlier than `other`: by month as soon as one of the two names only a month."""
        if self.is_month or other.is_month:
            return (self.day.year, self.day.month) < (other.day.year, other.day.month)
        return self.day < other.day


class NoDate(ValueError):
    """The cell holds no date in any known style."""


class ImpossibleDate(ValueError):
    """The cell is written like a date, but the calendar has no such day (30 February)."""


def read_date(value: Any) -> ReadDate | None:
    """The date of a cell; None for an empty one or a word for "none".  Raises `NoDate` or `ImpossibleDate`."""
    if isinstance(value, datetime):
        return ReadDate(value.date())
    if isinstance(value, date):
        return ReadDate(value)
    if isinstance(value, bool):
        raise NoDate
    if isinstance(value, int | float):
        return _from_number(value)
    if isinstance(value, str):
        text = _CLOCK.sub("", text_of(value)).replace(" ", "")
        return _from_text(text) if text else None
    raise NoDate


@lru_cache(maxsize=50_000)
def _from_number(value: float) -> ReadDate:
    if not math.isfinite(value):
        raise NoDate
    if 190_000 < value < 21_000_000 and float(value).is_integer():  # 198707 or 19870701 typed as a number.
        return _from_text(str(int(value)))
    if 1900 < value < 2100 and not float(value).is_integer():  # 1987.07 typed as a number; 1987.1 may be October.
        return _from_decimal(value)
    if int(value) in SERIALS and not EARLIEST <= value <= LATEST:
        return ReadDate(EXCEL_EPOCH + timedelta(days=int(value)))
    raise NoDate


def _from_decimal(value: float) -> ReadDate:
    year, _dot, month = f"{value:.10g}".partition(".")
    if len(month) > 2:
        raise NoDate
    # A numeric cell drops the zero of .10, and nobody writes January as .1 beside .02: the file must decide.
    if month == "1":
        raise NoDate
    return _build(int(year), int(month), None)


@lru_cache(maxsize=50_000)
def _from_text(text: str) -> ReadDate:
    if text.isdigit():
        match = _EIGHT.match(text) or _SIX.match(text)
        if match is None:
            return _serial_text(text)
    else:
        match = _SEPARATED.match(text) or _SEPARATED.match(_TRAILING.sub("", text))
    if match is None:
        return _from_chinese(text)
    year, month, *day = match.groups()
    return _build(int(year), int(month), int(day[0]) if day and day[0] else None)


def _serial_text(text: str) -> ReadDate:
    if len(text) == 5 and int(text) in SERIALS:  # A date formatted away and stored as text.
        return ReadDate(EXCEL_EPOCH + timedelta(days=int(text)))
    raise NoDate


def _from_chinese(text: str) -> ReadDate:
    """一九八七年七月一日."""
    match = _CHINESE.match(text)
    if match is None:
        raise NoDate
    year, month, day = match.groups()
    return _build(int(year.translate(_WORDS)), _number(month), _number(day) if day else None)


def _number(words: str) -> int:
    if words.isdigit() and words.isascii():
        return int(words)
    words = words.replace("廿", "二十").replace("卅", "三十")
    tens, ten, ones = words.rpartition("十")
    digits = f"{(tens or '1') if ten else ''}{ones or ('0' if ten else '')}".translate(_WORDS)
    if not digits.isdigit():
        raise NoDate
    return int(digits)


def _build(year: int, month: int, day: int | None) -> ReadDate:
    if not EARLIEST <= year <= LATEST:
        raise ImpossibleDate
    try:
        found = date(year, month, day if day is not None else 1)
    except ValueError as fault:
        raise ImpossibleDate from fault
    return ReadDate(found, DAY if day is not None else MONTH)
