"""Writing Excel workbooks in which a text stays a text: nothing that people typed becomes a formula or a link."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import xlsxwriter

LONGEST_TEXT = 32_767  # Characters of one cell; Excel calls a file with more damaged.
LONGEST_SHEET_NAME = 31
LAST_ROW = 1_048_575
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
NOT_IN_SHEET_NAME = re.compile(r"[\[\]:*?/\\']")
FILLS = {"error": "#F8CBAD", "warning": "#FFE699", "head": "#E7E6E6"}
FONT = {"font_name": "宋体", "font_size": 11, "valign": "vcenter"}


class Cell(NamedTuple):
    """A value with a colour (`error` or `warning`) and a comment that says in words what the colour means."""

    value: Any
    fill: str = ""
    note: str = ""


@dataclass(frozen=True)
class Column:
    """A column: its title, width in characters, a comment at the title, and the values that a drop-down offers.

    `as_text` formats the whole column as text, so that digits typed into it later are not turned into a number.
    """

    title: str
    width: float = 14
    note: str = ""
    choices: tuple[str, ...] = ()
    as_text: bool = False


@dataclass(frozen=True)
class Sheet:
    """One sheet: a title and lines above the table (may be empty), the header row, the rows, lines below."""

    name: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Any]] = ()
    title: str = ""
    above: Sequence[str] = ()
    below: Sequence[str] = ()
    landscape: bool = True
    extra_rows: int = field(default=0)  # Empty rows below the last one that drop-downs and text format reach.


def write_workbook(path: Path, sheets: Iterable[Sheet]) -> int:
    """Write the sheets row by row (memory does not grow with the rows); gives the number of table rows written.

    Values may be text, numbers, `Decimal`, dates, booleans (是/否), None, or a `Cell` around one of them.
    """
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    written = 0
    with xlsxwriter.Workbook(str(path), options) as book:
        writer = _Writer(book)
        for sheet in sheets:
            written += writer.add(sheet)
    return written


class _Writer:
    """One workbook being written; formats are made once and shared."""

    def __init__(self, book: Any) -> None:
        self.book = book
        self.formats: dict[tuple[str, str], Any] = {}

    def format(self, kind: str, fill: str = "") -> Any:
        """The cell format for a kind of value (`text`, `date`, `moment`, `number`, `head`, `title`) and a fill."""
        known = self.formats.get((kind, fill))
        if known is None:
            known = self.formats[kind, fill] = self.book.add_format(self._look(kind, fill))
        return known

    @staticmethod
    def _look(kind: str, fill: str) -> dict[str, Any]:
        look: dict[str, Any] = dict(FONT)
        if kind == "text":
            look |= {"num_format": "@"}
        elif kind == "date":
            look |= {"num_format": "yyyy-mm-dd", "align": "left"}
        elif kind == "moment":
            look |= {"num_format": "yyyy-mm-dd hh:mm", "align": "left"}
        elif kind == "head":
            look |= {"bold": True, "border": 1, "bg_color": FILLS["head"], "text_wrap": True, "align": "center"}
        elif kind == "title":
            look |= {"bold": True, "font_size": 16}
        if fill:
            look |= {"bg_color": FILLS[fill], "border": 1}
        return look

    def add(self, sheet: Sheet) -> int:
        page = self.book.add_worksheet(_sheet_name(sheet.name))
        for index, column in enumerate(sheet.columns):
            page.set_column(index, index, column.width, self.format("text") if column.as_text else None)
        row = 0
        for line, kind in [
            *([(sheet.title, "title")] if sheet.title else []),
            *((text, "plain") for text in sheet.above),
        ]:
            page.write_string(row, 0, _text(line), self.format(kind))
            row += 1
        head = row
        for index, column in enumerate(sheet.columns):
            self._put(page, head, index, Cell(column.title, "", column.note), "head")
        count = 0
        for count, values in enumerate(sheet.rows, 1):  # noqa: B007 (the number is used after the loop)
            for index, value in enumerate(values):
                self._put(page, head + count, index, value)
        row = head + count + 1
        self._drop_downs(page, sheet, head + 1, min(LAST_ROW, row - 1 + sheet.extra_rows))
        for offset, line in enumerate(sheet.below):
            page.write_string(row + sheet.extra_rows + offset, 0, _text(line), self.format("plain"))
        self._set_up(page, sheet, head, row)
        return count

    def _put(self, page: Any, row: int, index: int, given: Any, kind: str = "") -> None:
        cell = given if isinstance(given, Cell) else Cell(given)
        value = cell.value
        if value is None or value == "":
            if cell.fill:
                page.write_blank(row, index, None, self.format("text", cell.fill))
        elif isinstance(value, bool):
            page.write_string(row, index, "是" if value else "否", self.format(kind or "text", cell.fill))
        elif isinstance(value, int | float | Decimal):
            page.write_number(row, index, value, self.format(kind or "number", cell.fill))
        elif isinstance(value, datetime):
            page.write_datetime(row, index, value.replace(tzinfo=None), self.format(kind or "moment", cell.fill))
        elif isinstance(value, date):
            self._put_date(page, row, index, value, self.format(kind or "date", cell.fill))
        else:
            page.write_string(row, index, _text(value), self.format(kind or "text", cell.fill))
        if cell.note:
            page.write_comment(row, index, _text(cell.note), {"x_scale": 2, "author": ""})

    @staticmethod
    def _put_date(page: Any, row: int, index: int, value: date, look: Any) -> None:
        if value.year < 1900:  # Excel's calendar begins in 1900.
            page.write_string(row, index, value.isoformat(), look)
        else:
            page.write_datetime(row, index, value, look)

    @staticmethod
    def _drop_downs(page: Any, sheet: Sheet, first: int, last: int) -> None:
        for index, column in enumerate(sheet.columns):
            if column.choices and last >= first:
                page.data_validation(
                    first,
                    index,
                    last,
                    index,
                    {"validate": "list", "source": list(column.choices), "error_type": "warning"},
                )

    @staticmethod
    def _set_up(page: Any, sheet: Sheet, head: int, end: int) -> None:
        page.freeze_panes(head + 1, 0)
        page.repeat_rows(head)
        page.set_paper(9)  # A4
        page.fit_to_pages(1, 0)
        if sheet.landscape:
            page.set_landscape()
        page.set_footer("&C第 &P 页 共 &N 页")
        if sheet.columns and end > head + 1:
            page.autofilter(head, 0, end - 1, len(sheet.columns) - 1)


def _text(value: object) -> str:
    text = str(value) if isinstance(value, UUID) or not isinstance(value, str) else value
    return NOT_IN_XML.sub("", text)[:LONGEST_TEXT]


def _sheet_name(name: str) -> str:
    return NOT_IN_SHEET_NAME.sub(" ", NOT_IN_XML.sub("", name))[:LONGEST_SHEET_NAME].strip() or "Sheet"
