"""From a workbook to the rows of its table: which sheet, which header, where the table ends."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from carehelp.lib.sheets import CannotRead, SheetRows, open_workbook
from members.roster.cells import text_of
from members.roster.columns import FIELDS, SEARCHED_ROWS, Layout, NoHeader, clean_title, recognize

# Lines around a table that are no people.
NOTE = re.compile(
    r"(注|备注|说明|填表说明|填报说明|填表|填报|制表|审核|审批|合计|总计|小计|共计|共|联系人|联系电话|负责人|单位|打印|备案|盖章|日期|\(?盖章)"
)


class HeaderNotFound(CannotRead):
    """The workbook can be read, but no sheet has a row that names the columns."""


ENOUGH = 3  # A row with more known cells than that is about somebody, whatever its first words are.
LONGEST_ALONE = 8  # Characters: a longer text standing alone in its row is a remark, not a name.


@dataclass(frozen=True)
class Table:
    """The table found in a workbook: its sheet, its layout, and the names of other sheets that look like tables."""

    sheet: SheetRows
    layout: Layout
    others: tuple[str, ...] = ()

    def rows(self) -> Iterator[tuple[int, Sequence[Any]]]:
        return table_rows(self.sheet, self.layout)


def find_table(source: Path | bytes, *, names: dict[str, tuple[str, ...]] = FIELDS, sheet: str = "") -> Table:
    """The sheet of a workbook that names most of the known columns (the first of several, shown before hidden).

    Raises `CannotRead` when the file cannot be read or no sheet has a header row.
    """
    found: list[tuple[tuple[bool, int], SheetRows, Layout]] = []
    fault: NoHeader | None = None
    for candidate in open_workbook(source):
        if sheet and candidate.name != sheet:
            continue
        try:
            layout = recognize(candidate.head(SEARCHED_ROWS), names)
        except NoHeader as reason:
            fault = reason
        else:
            found.append(((candidate.visible, len(layout.columns)), candidate, layout))
    if not found:
        raise HeaderNotFound(str(fault or _("There is no sheet called %(sheet)s.") % {"sheet": sheet}))
    best = max(found, key=lambda entry: entry[0])
    others = tuple(entry[1].name for entry in found if entry is not best and entry[1].visible)
    return Table(best[1], best[2], others)


def table_rows(sheet: SheetRows, layout: Layout) -> Iterator[tuple[int, Sequence[Any]]]:
    """Rows below the header that are about somebody: not empty, not a note, not the header once more."""
    used = sorted(layout.columns.values())
    for number, cells in sheet.rows():
        if number > layout.header_row and _is_about_somebody(cells, used, layout):
            yield number, cells


def _is_about_somebody(cells: Sequence[Any], used: Sequence[int], layout: Layout) -> bool:
    filled: list[int] = []
    for index in used:
        if index < len(cells) and _is_filled(cells[index]):
            filled.append(index)
            if len(filled) > ENOUGH:
                return not _repeats_header(cells, filled, layout)
    if not filled:
        return False
    words = next((text for cell in cells if isinstance(cell, str) and (text := text_of(cell))), "")
    alone = sum(1 for cell in cells if _is_filled(cell)) == 1
    return not (NOTE.match(words) or (alone and len(words) > LONGEST_ALONE))


def _is_filled(cell: Any) -> bool:
    return cell != "" and not (isinstance(cell, str) and cell.isspace())


def _repeats_header(cells: Sequence[Any], filled: Sequence[int], layout: Layout) -> bool:
    return all(clean_title(cells[index]) == layout.titles[index] for index in filled)
